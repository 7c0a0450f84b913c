# Warnings and instrumentation for every target of this project.
add_library(wsc_flags INTERFACE)
target_compile_options(wsc_flags INTERFACE -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
                                           $<$<BOOL:${WSCONFORM_WERROR}>:-Werror>)
if(WSCONFORM_SANITIZE)
  target_compile_options(wsc_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(wsc_flags INTERFACE -fsanitize=address,undefined)
endif()
if(WSCONFORM_COVERAGE)
  target_compile_options(wsc_flags INTERFACE --coverage -O0)
  target_link_options(wsc_flags INTERFACE --coverage)
endif()
