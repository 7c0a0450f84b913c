/* Serves every send by an APC of its own, too: the thread's next alertable wait runs it. */
#include "shim.h"

static void CALLBACK own(ULONG_PTR nothing) {
    (void)nothing;
}

EXPORT int WSAAPI WSASend(SEND_ARGUMENTS) {
    int result = real_send(SEND_ALL);
    int error = WSAGetLastError();
    QueueUserAPC(own, GetCurrentThread(), 0);
    WSASetLastError(error);
    return result;
}
