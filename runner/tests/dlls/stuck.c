/* WSASend works; closesocket never returns. */
#include "shim.h"

EXPORT int WSAAPI WSASend(SEND_ARGUMENTS) {
    return real_send(SEND_ALL);
}

EXPORT int WSAAPI closesocket(SOCKET s);
EXPORT int WSAAPI closesocket(SOCKET s) {
    (void)s;
    if (GetModuleHandleA("ws2_32.dll"))
        Sleep(INFINITE);
    return 0;
}
