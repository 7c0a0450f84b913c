/* Crashes while it is being loaded. */
#include "shim.h"

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID reserved);
BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID reserved) {
    (void)module, (void)reserved;
    if (reason == DLL_PROCESS_ATTACH)
        TerminateProcess(GetCurrentProcess(), 5);
    return TRUE;
}

EXPORT int WSAAPI WSASend(SEND_ARGUMENTS) {
    return real_send(SEND_ALL);
}
