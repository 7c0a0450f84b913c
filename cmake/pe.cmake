# The PE programs are sub-builds of this same project with a mingw-w64 toolchain file each.
include(ExternalProject)
foreach(arch x86_64 i686)
  ExternalProject_Add(pe-${arch}
    SOURCE_DIR ${CMAKE_SOURCE_DIR}
    BINARY_DIR ${CMAKE_BINARY_DIR}/pe-${arch}
    CMAKE_ARGS -DCMAKE_TOOLCHAIN_FILE=${CMAKE_SOURCE_DIR}/cmake/mingw-${arch}.cmake
               -DCMAKE_BUILD_TYPE=${CMAKE_BUILD_TYPE} -DWSCONFORM_WERROR=${WSCONFORM_WERROR}
    BUILD_ALWAYS ON
    INSTALL_COMMAND "")
endforeach()
