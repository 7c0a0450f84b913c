/*
 * bridge.h - between the executor, which speaks Winsock with Windows' own numbers, and a Winsock with its own headers.
 *
 * bridge.c is compiled twice: against the layer's headers, which makes wsx_layer, and against this system's, which
 * makes wsx_host. Nothing else sees either of them, so what they declare may clash with whatever it likes. Numbers of
 * families, options, flags and errors are Windows' here and the Winsock's own behind.
 */
#ifndef WSX_BRIDGE_H
#define WSX_BRIDGE_H

#include <stddef.h>
#include <stdint.h>

typedef enum wsx_condition { WSX_READABLE, WSX_WRITABLE, WSX_EXCEPT } wsx_condition; /* of select */

/* Addresses are laid out as Windows does it: two bytes each for family and port, and where the rest begins. */
enum { WSX_PORT_AT = 2, WSX_IPV4_AT = 4, WSX_IPV6_AT = 8, WSX_PATH_AT = 2, WSX_PATH_SIZE = 108 };
enum { WSX_UNIX = 1, WSX_IPV4 = 2, WSX_IPV6 = 23 };

enum { WSX_OVERLAPPED_MOST = 256 }; /* bytes of an OVERLAPPED */

enum { WSX_ROUTINES = 64 }; /* completion routines that a case can have */

typedef struct wsx_bridge {
    /* NULL: the library lacks it. */
#define WSX_ON_SOCKET(result, name, parameters, names, missing) result(*name) parameters;
#define WSX_OTHER WSX_ON_SOCKET
#include "bridge.def"
#undef WSX_ON_SOCKET
#undef WSX_OTHER
    /* Why it does, by the name of the function; NULL: it does not. */
    const char *(*why)(const char *function);
    uint32_t (*error)(void); /* the last one of this thread, in Windows' numbers */
    void (*set_error)(uint32_t code);

    const char *name, *version;                       /* of the layer, "" if the adapter does not say */
    int sockets_are_fds, only_sockets, host_peers;    /* see adapter.h */
    size_t buffer_size, overlapped_size, number_size; /* of WSABUF, OVERLAPPED (0: it has none), DWORD */
    void (*put_buffer)(void *at, uint32_t len, char *buf);
    void (*put_overlapped)(void *at, uint32_t internal, void *event);
    void *(*event_of)(const void *overlapped);
    void *(*routine)(int slot);
} wsx_bridge;

extern const wsx_bridge wsx_layer, wsx_host;

/* Something that a header does not declare was wanted, and the call has not been made. name must live on. */
void wsx_lacks_constant(const char *name);
/* A completion routine of the layer's type was called. */
void wsx_routine_called(int slot, uint32_t error, uint32_t transferred, void *overlapped, uint32_t flags);
/* errors.c: the errno that goes by that Winsock error's name on this system; 0: there is none. */
int wsx_errno_named(const char *name);

/* 64 numbers, in octal. */
#define WSX_EIGHT(X, n) X(0##n##0) X(0##n##1) X(0##n##2) X(0##n##3) X(0##n##4) X(0##n##5) X(0##n##6) X(0##n##7)
#define WSX_ALL(X)                                                                                                     \
    WSX_EIGHT(X, 0)                                                                                                    \
    WSX_EIGHT(X, 1)                                                                                                    \
    WSX_EIGHT(X, 2) WSX_EIGHT(X, 3) WSX_EIGHT(X, 4) WSX_EIGHT(X, 5) WSX_EIGHT(X, 6) WSX_EIGHT(X, 7)

#endif
