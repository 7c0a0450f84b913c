/* A porting layer unlike Windows: sockets are pointers, names have a prefix, constants are objects, errors are in
 * errno, the members of a buffer have other names and another order, and there is no start-up, no event and nothing
 * overlapped. */
#ifndef ODD_H
#define ODD_H

#include <stddef.h>

struct sockaddr;
typedef struct odd_socket *odd_handle;
typedef struct odd_buffer {
    void *base;
    size_t length;
} odd_buffer;

extern const int WSAEFAULT, WSAEINVAL, WSAENOTSOCK, WSAENOTCONN, WSAESHUTDOWN, WSAEWOULDBLOCK, WSAECONNRESET,
    WSAECONNABORTED, WSAEMSGSIZE, WSAEOPNOTSUPP;
extern const int WSAENOBUFS; /* declared, and nowhere defined */

odd_handle odd_socket(int family, int type, int protocol);
int odd_bind(odd_handle s, const struct sockaddr *a, unsigned size);
int odd_connect(odd_handle s, const struct sockaddr *a, unsigned size);
int odd_shutdown(odd_handle s, int how);
int odd_close(odd_handle s);
int odd_set_nonblocking(odd_handle s, int on);
int odd_setsockopt(odd_handle s, int level, int option, const void *value, unsigned size);
int odd_send_many(odd_handle s, const odd_buffer *buffers, size_t n, unsigned long *sent, int flags);
int odd_listen(odd_handle s, int backlog); /* declared, and nowhere defined */

#endif
