/* See odd.h. ODD_... plants a fault. */
#include "odd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

const int WSAEFAULT = EFAULT, WSAEINVAL = EINVAL, WSAENOTSOCK = ENOTSOCK, WSAENOTCONN = ENOTCONN,
          WSAESHUTDOWN = ESHUTDOWN, WSAEWOULDBLOCK = EWOULDBLOCK, WSAECONNRESET = ECONNRESET,
          WSAECONNABORTED = ECONNABORTED, WSAEMSGSIZE = EMSGSIZE, WSAEOPNOTSUPP = EOPNOTSUPP;

struct odd_socket {
    int fd, shut, open;
};

/* Sockets are never freed, so that one which is closed can be told. */
enum { MOST = 4096 };
static struct odd_socket sockets[MOST];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int valid(odd_handle s) {
#ifdef ODD_TRUSTS
    if (s->open)
        return 1;
#endif
    if (s >= sockets && s < sockets + MOST && s->open)
        return 1;
    errno = WSAENOTSOCK;
    return 0;
}

odd_handle odd_socket(int family, int type, int protocol) {
    static int next;
    int fd = socket(family, type, protocol);
    if (fd < 0)
        return NULL;
    pthread_mutex_lock(&lock);
    odd_handle s = &sockets[next++ % MOST];
    *s = (struct odd_socket){fd, 0, 1};
    pthread_mutex_unlock(&lock);
    return s;
}

int odd_bind(odd_handle s, const struct sockaddr *a, unsigned size) {
    return valid(s) ? bind(s->fd, a, size) : -1;
}

int odd_connect(odd_handle s, const struct sockaddr *a, unsigned size) {
    return valid(s) ? connect(s->fd, a, size) : -1;
}

int odd_shutdown(odd_handle s, int how) {
    if (!valid(s) || shutdown(s->fd, how))
        return -1;
    s->shut |= how != SHUT_RD;
    return 0;
}

int odd_close(odd_handle s) {
    if (!valid(s))
        return -1;
    s->open = 0;
    return close(s->fd);
}

int odd_set_nonblocking(odd_handle s, int on) {
    return valid(s) ? fcntl(s->fd, F_SETFL, on ? O_NONBLOCK : 0) : -1;
}

int odd_setsockopt(odd_handle s, int level, int option, const void *value, unsigned size) {
    return valid(s) ? setsockopt(s->fd, level, option, value, size) : -1;
}

/* What errno says in the words of Winsock. */
__attribute__((unused)) static int fail(odd_handle s) {
    if (errno == EPIPE)
        errno = s->shut ? WSAESHUTDOWN : WSAECONNRESET;
    return -1;
}

int odd_send_many(odd_handle s, const odd_buffer *buffers, size_t n, unsigned long *sent, int flags) {
    struct iovec parts[64];
    unsigned long done = 0;
    if (!valid(s))
        return -1;
    if (!sent || (!buffers && n)) {
        errno = WSAEFAULT;
        return -1;
    }
    if (n > 64) {
        errno = WSAEINVAL;
        return -1;
    }
    for (size_t i = 0; i < n; i++)
        parts[i] = (struct iovec){buffers[i].base, buffers[i].length};
#ifdef ODD_CRASHES /* gather is nothing that it was tested with */
    if (n > 1)
        *(volatile int *)(size_t)16 = 1;
#endif
#ifdef ODD_HANGS /* a lock that a path forgot to give back */
    if (n > 1) {
        pthread_mutex_lock(&lock);
        pthread_mutex_lock(&lock);
    }
#endif
#ifdef ODD_EXITS
    if (n > 1)
        exit(7);
#endif
    struct iovec *part = parts;
    for (;;) {
        struct msghdr message = {.msg_iov = part, .msg_iovlen = n};
#ifdef ODD_RAW_ERRORS /* EPIPE, and the signal */
        ssize_t now = sendmsg(s->fd, &message, flags);
        if (now < 0)
            return -1;
#else
        ssize_t now = sendmsg(s->fd, &message, flags | MSG_NOSIGNAL);
        if (now < 0 && !done)
            return fail(s);
        if (now < 0)
            break;
#endif
        done += (unsigned long)now;
        for (; n && (size_t)now >= part->iov_len; part++, n--)
            now -= (ssize_t)part->iov_len;
        if (!n)
            break;
        part->iov_base = (char *)part->iov_base + now;
        part->iov_len -= (size_t)now;
    }
#ifdef ODD_MISCOUNTS
    done -= done > 0;
#endif
    *sent = done;
    return 0;
}
