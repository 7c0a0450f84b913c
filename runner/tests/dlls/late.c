/* Reads the WSABUF array only after WSASend has returned. */
#include "shim.h"

static SOCKET to;
static LPWSABUF array;
static LPWSAOVERLAPPED operation;

EXPORT int WSAAPI WSASend(SEND_ARGUMENTS) {
    (void)count, (void)flags, (void)sent, (void)routine;
    to = s;
    array = buffers;
    operation = overlapped;
    WSASetLastError(WSA_IO_PENDING);
    return SOCKET_ERROR;
}

EXPORT BOOL WSAAPI WSAGetOverlappedResult(SOCKET s, LPWSAOVERLAPPED overlapped, LPDWORD transferred, BOOL wait,
                                          LPDWORD flags) {
    (void)s, (void)overlapped, (void)wait;
    send_bytes(to, array->buf, array->len);
    *transferred = array->len;
    *flags = 0;
    return TRUE;
}
