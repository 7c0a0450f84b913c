/* Odd, but as documented: every call takes its time, recv gives three bytes at most, and what failed leaves *sent
 * changed. */
#include "shim.h"

enum { SLOW_MS = 20 };

EXPORT int WSAAPI WSASend(SEND_ARGUMENTS) {
    Sleep(SLOW_MS);
    int result = real_send(SEND_ALL);
    if (result && WSAGetLastError() != WSA_IO_PENDING && sent)
        *sent = 12345;
    return result;
}

EXPORT int WSAAPI recv(SOCKET s, char *data, int size, int flags);
EXPORT int WSAAPI recv(SOCKET s, char *data, int size, int flags) {
    int(WSAAPI * f)(SOCKET, char *, int, int) = (int(WSAAPI *)(SOCKET, char *, int, int))(void *)real("recv");
    Sleep(SLOW_MS);
    return f(s, data, size < 3 ? size : 3, flags);
}

EXPORT SOCKET WSAAPI accept(SOCKET s, struct sockaddr *from, int *size);
EXPORT SOCKET WSAAPI accept(SOCKET s, struct sockaddr *from, int *size) {
    SOCKET(WSAAPI * f)
    (SOCKET, struct sockaddr *, int *) = (SOCKET(WSAAPI *)(SOCKET, struct sockaddr *, int *))(void *)real("accept");
    Sleep(SLOW_MS);
    return f(s, from, size);
}
