/*
 * winsock.h - the Winsock under test where it is a library of this system: included by ../winsock.h, and read with it.
 *
 * Each function is looked for in the layer; where the layer's sockets are file descriptors, then in the host. One that
 * is in neither remembers that it was wanted and fails, and the case is told as unsupported. Sockets of the host that
 * are no layer's (other ends of connections, see adapter.h) are numbers beyond all of the layer's.
 */
#ifndef WSX_POSIX_WINSOCK_H
#define WSX_POSIX_WINSOCK_H

#include "bridge.h"

typedef struct wsx_winsock {
#define WSX_ON_SOCKET(result, name, parameters, names, missing) result(*name) parameters;
#define WSX_OTHER WSX_ON_SOCKET
#include "bridge.def"
#undef WSX_ON_SOCKET
#undef WSX_OTHER
    uint32_t (*WSAGetLastError)(void);
    void (*WSASetLastError)(int code);
} wsx_winsock;

#define WSX_BUFFER_SIZE wsx_layer.buffer_size
#define WSX_OVERLAPPED_SIZE wsx_layer.overlapped_size
#define WSX_NUMBER_SIZE wsx_layer.number_size
#define WSX_ONLY_ITS_OWN wsx_layer.only_sockets
enum { WSX_BUFFER_MOST = 64 };

#define wsx_put_buffer wsx_layer.put_buffer
#define wsx_put_overlapped wsx_layer.put_overlapped
#define wsx_event_of wsx_layer.event_of

uint32_t wsx_kernel_error(void);
int wsx_event_is_set(HANDLE event);
const char *wsx_lacking(void);
void wsx_nothing_lacks(void);
bool wsx_has_startup(void);
const char *wsx_no_startup(void);
bool wsx_has_getsockname(void);
void wsx_exit_thread(void);
void wsx_close_handle(HANDLE handle);
SOCKET wsx_peer_socket(int family, int type);

/* Are the layer's sockets descriptors of this process? */
bool wsx_sockets_are_fds(void);

#endif
