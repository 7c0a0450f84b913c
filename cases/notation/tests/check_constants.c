/* check_constants.c - compiled, not run, with the PE builds: constants.def says what the Windows headers say. */
#include <winsock2.h>
#include <ws2tcpip.h>

#include <stdint.h>

/* SOCKET_ERROR and INVALID_SOCKET have all bits of their type set. */
#define WSN_CONSTANT(name, value)                                                                                      \
    _Static_assert((uint64_t)(name) == (value) || (uint32_t)(name) == (value) ||                                       \
                       ((value) == UINT64_MAX && (uint32_t)(name) == UINT32_MAX),                                      \
                   #name);
#include "constants.def"
