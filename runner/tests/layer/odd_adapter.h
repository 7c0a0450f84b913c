#include <odd.h>

#define WSCONFORM_NAME "odd"
#define WSCONFORM_VERSION "0.1"
#define WSCONFORM_LEN length
#define WSCONFORM_BUF base
typedef odd_handle SOCKET;
typedef odd_buffer WSABUF;
typedef unsigned long DWORD;
#define INVALID_SOCKET NULL
#define WSASend(s, buffers, n, sent, flags, overlapped, routine) odd_send_many(s, buffers, n, sent, flags)
#define socket odd_socket
#define bind odd_bind
#define connect odd_connect
#define listen odd_listen
#define shutdown odd_shutdown
#define closesocket odd_close
#define setsockopt odd_setsockopt
#define ioctlsocket(s, code, value) odd_set_nonblocking(s, *(unsigned long *)(value) != 0)
