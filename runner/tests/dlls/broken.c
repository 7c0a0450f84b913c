/* One of the ways, chosen with -DNAME, in which a DLL can be none that calls can be taken from. */
#include "shim.h"

#ifdef ATTACH
BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID reserved);
BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID reserved) {
    (void)module, (void)reserved;
    if (reason == DLL_PROCESS_ATTACH) {
        ATTACH;
    }
    return TRUE;
}
#endif

#ifdef NEEDS
__declspec(dllimport) int needed(void);
#endif

#ifdef DATA
EXPORT int WSASend_data = 0; /* a .def file gives it its name */
#else
#ifndef CONVENTION
#define CONVENTION WSAAPI
#endif
int CONVENTION plain_send(SEND_ARGUMENTS);
int CONVENTION plain_send(SEND_ARGUMENTS) {
#ifdef NEEDS
    if (needed())
        return SOCKET_ERROR;
#endif
    return real_send(SEND_ALL);
}
#ifndef DEF
EXPORT int WSAAPI WSASend(SEND_ARGUMENTS) {
    return plain_send(SEND_ALL);
}
#endif
#endif
