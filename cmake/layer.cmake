# wsc_layer_executor(NAME INCLUDE dir... LIBRARY file-or-target... [ADAPTER header] [LINK option...])
#
# An executor for a Winsock that is a library of this system. What its headers declare and its libraries hold is learnt
# when it is built (runner/executor/posix/probe.py), so the library may be a target of the same build.
find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)
set(wsc_posix ${CMAKE_SOURCE_DIR}/runner/executor/posix)
set(wsc_notation ${CMAKE_SOURCE_DIR}/cases/notation)

# bridge.c against one set of headers: a library of objects NAME that defines BRIDGE.
function(wsc_bridge name bridge)
  cmake_parse_arguments(b "HOST" "ADAPTER;HEADER" "INCLUDE;LIBRARY" ${ARGN})
  set(have ${CMAKE_CURRENT_BINARY_DIR}/${name}.h)
  set(options -std=gnu11 -D_GNU_SOURCE -DWSX_BRIDGE=${bridge} "-DWSX_ADAPTER=\"${b_ADAPTER}\"" -I${wsc_notation})
  if(b_HOST)
    list(APPEND options -DWSX_HOST)
  endif()
  if(b_HEADER)
    list(APPEND options "-DWSX_HEADER=\"${b_HEADER}\"")
  endif()
  foreach(dir ${b_INCLUDE})
    list(APPEND options -I${dir})
  endforeach()
  set(files)
  set(arguments)
  foreach(library ${b_LIBRARY})
    if(TARGET ${library})
      set(library $<TARGET_FILE:${library}>)
    endif()
    list(APPEND files ${library})
    list(APPEND arguments --library ${library})
  endforeach()
  add_custom_command(
    OUTPUT ${have}
    COMMAND ${Python3_EXECUTABLE} ${wsc_posix}/probe.py --out ${have} --constants ${wsc_notation}/constants.def
            --nm ${CMAKE_NM} --objdump ${CMAKE_OBJDUMP} $<$<BOOL:${b_HOST}>:--host> ${arguments}
            -- ${CMAKE_C_COMPILER} ${options} ${wsc_posix}/bridge.c
    DEPENDS ${wsc_posix}/probe.py ${wsc_posix}/bridge.c ${wsc_posix}/bridge.h ${wsc_posix}/bridge.def
            ${wsc_notation}/constants.def ${b_ADAPTER} ${b_LIBRARY}
    DEPFILE ${have}.d
    COMMENT "What ${b_ADAPTER} declares" COMMAND_EXPAND_LISTS VERBATIM)
  add_library(${name} OBJECT ${wsc_posix}/bridge.c ${have})
  target_compile_options(${name} PRIVATE ${options} "-DWSX_HAVE=\"${have}\"")
  set_target_properties(${name} PROPERTIES C_EXTENSIONS ON)
endfunction()

function(wsc_layer_executor name)
  cmake_parse_arguments(e "" "ADAPTER" "INCLUDE;LIBRARY;LINK" ${ARGN})
  set(header)
  foreach(dir ${e_INCLUDE})
    if(EXISTS ${dir}/winsock2.h)
      set(header winsock2.h)
    endif()
  endforeach()
  if(NOT e_ADAPTER)
    if(NOT header)
      message(FATAL_ERROR "There is no winsock2.h in ${e_INCLUDE}: an adapter must say which headers declare WSASend "
                          "(-DWSCONFORM_WINSOCK_ADAPTER=FILE.h; runner/executor/posix/adapter.h is a template)")
    endif()
    set(e_ADAPTER ${wsc_posix}/adapter.h)
  endif()
  foreach(file ${e_INCLUDE} ${e_ADAPTER} ${e_LIBRARY})
    if(TARGET ${file})
      continue()
    elseif(NOT IS_ABSOLUTE ${file})
      message(FATAL_ERROR "${file}: say the absolute path, since the build runs in another folder")
    elseif(NOT EXISTS ${file})
      message(FATAL_ERROR "${file}: there is no such file")
    endif()
  endforeach()
  # One that includes it itself has done so: it may have no guard.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${e_ADAPTER})
  file(STRINGS ${e_ADAPTER} included REGEX "^[ \t]*#[ \t]*include[ \t]*[<\"](.*/)?winsock2\\.h[>\"]")
  if(included)
    set(header)
  endif()
  wsc_bridge(${name}-bridge wsx_layer ADAPTER ${e_ADAPTER} HEADER "${header}" INCLUDE ${e_INCLUDE} LIBRARY ${e_LIBRARY})
  add_executable(${name} $<TARGET_OBJECTS:wsx-native> $<TARGET_OBJECTS:wsx-host> $<TARGET_OBJECTS:${name}-bridge>)
  # A shared library may need others from its own folder: DT_RPATH is looked at for those, too, DT_RUNPATH is not.
  target_link_options(${name} PRIVATE -Wl,--disable-new-dtags)
  # Archives may need each other, and come in any order.
  target_link_libraries(${name} PRIVATE wsc_flags wsnotation
                        -Wl,--start-group ${e_LIBRARY} ${e_LINK} -Wl,--end-group Threads::Threads)
endfunction()
