/* See plain/winsock2.h. */
#include <winsock2.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/uio.h>

static _Thread_local int last_error;
static int started;

int WSAStartup(WORD version, WSADATA *data) {
    data->version = version;
    __atomic_add_fetch(&started, 1, __ATOMIC_SEQ_CST);
    return 0;
}

int WSACleanup(void) {
    if (__atomic_load_n(&started, __ATOMIC_SEQ_CST) <= 0) {
        last_error = WSANOTINITIALISED;
        return SOCKET_ERROR;
    }
    __atomic_sub_fetch(&started, 1, __ATOMIC_SEQ_CST);
    return 0;
}

int WSAGetLastError(void) {
    return last_error;
}

void WSASetLastError(int code) {
    last_error = code;
}

static int code_of(int error) {
    switch (error) {
    case EFAULT: return WSAEFAULT;
    case EINVAL: return WSAEINVAL;
    case EAGAIN: return WSAEWOULDBLOCK;
    case EBADF:
    case ENOTSOCK: return WSAENOTSOCK;
    case EMSGSIZE: return WSAEMSGSIZE;
    case EOPNOTSUPP: return WSAEOPNOTSUPP;
    case ECONNRESET: return WSAECONNRESET;
    case ENOTCONN:
    case EDESTADDRREQ: return WSAENOTCONN;
    case EPIPE: return WSAESHUTDOWN;
    default: return 10000 + error;
    }
}

int WSASend(SOCKET s, LPWSABUF buffers, DWORD n, LPDWORD sent, DWORD flags, WSAOVERLAPPED *overlapped,
            void (*routine)(DWORD, DWORD, WSAOVERLAPPED *, DWORD)) {
    struct iovec parts[16];
    if (!started) {
        last_error = WSANOTINITIALISED;
        return SOCKET_ERROR;
    }
    if (n > 16 || !buffers || !sent || overlapped || routine) {
        last_error = WSAEFAULT;
        return SOCKET_ERROR;
    }
    for (DWORD i = 0; i < n; i++)
        parts[i] = (struct iovec){buffers[i].buf, buffers[i].len};
    ssize_t done = sendmsg(s, &(struct msghdr){.msg_iov = parts, .msg_iovlen = n}, (int)flags | MSG_NOSIGNAL);
    if (done < 0) {
        last_error = code_of(errno);
        return SOCKET_ERROR;
    }
    *sent = (DWORD)done;
    return 0;
}
