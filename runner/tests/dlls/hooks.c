/* Windows Sockets 1.1 as it was: a send of 7 bytes, or of many, blocks for three runs of the hook, or until it is
 * cancelled; meanwhile no other send can be made. */
#include "shim.h"

enum { BLOCKING_LENGTH = 7, MANY = 1 << 20, RUNS = 3 };

static FARPROC hook;
static int blocked, cancelled;

EXPORT FARPROC WSAAPI WSASetBlockingHook(FARPROC wanted);
EXPORT FARPROC WSAAPI WSASetBlockingHook(FARPROC wanted) {
    FARPROC before = hook;
    hook = wanted;
    return before;
}

EXPORT int WSAAPI WSAUnhookBlockingHook(void);
EXPORT int WSAAPI WSAUnhookBlockingHook(void) {
    hook = NULL;
    return 0;
}

EXPORT int WSAAPI WSACancelBlockingCall(void);
EXPORT int WSAAPI WSACancelBlockingCall(void) {
    cancelled = blocked;
    if (blocked)
        return 0;
    WSASetLastError(WSAEINVAL);
    return SOCKET_ERROR;
}

EXPORT int WSAAPI WSASend(SEND_ARGUMENTS) {
    if (blocked) {
        WSASetLastError(WSAEINPROGRESS);
        return SOCKET_ERROR;
    }
    blocked = buffers[0].len == BLOCKING_LENGTH || buffers[0].len >= MANY;
    for (int i = 0; hook && i < RUNS && blocked && !cancelled; i++)
        hook();
    int stop = cancelled;
    blocked = cancelled = 0;
    if (stop) {
        WSASetLastError(WSAEINTR);
        return SOCKET_ERROR;
    }
    return real_send(SEND_ALL);
}
