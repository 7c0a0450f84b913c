/* Blocking hooks are exported and do nothing. */
#include "shim.h"

EXPORT int WSAAPI WSASend(SEND_ARGUMENTS) {
    return real_send(SEND_ALL);
}

EXPORT FARPROC WSAAPI WSASetBlockingHook(FARPROC wanted);
EXPORT FARPROC WSAAPI WSASetBlockingHook(FARPROC wanted) {
    (void)wanted;
    WSASetLastError(WSAEOPNOTSUPP);
    return NULL;
}
