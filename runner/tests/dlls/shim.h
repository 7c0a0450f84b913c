/*
 * shim.h - what the DLLs of test_executor.py share: the real functions. Each DLL exports what it gets wrong (or does in
 * an odd way), and nothing else: the executor takes the rest from the system.
 */
#ifndef SHIM_H
#define SHIM_H

#define WINSOCK_API_LINKAGE /* functions of that name are exported here, not imported */
#include <winsock2.h>

#include <string.h>
#include <windows.h> /* after winsock2.h */

#define WSASetLastError SetLastError /* the same thing, and nothing need be linked */
#define WSAGetLastError GetLastError

#define EXPORT __declspec(dllexport)

static FARPROC real(const char *name) {
    return GetProcAddress(GetModuleHandleA("ws2_32.dll"), name);
}

static inline int real_send(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                            LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) {
    int(WSAAPI * f)(SOCKET, LPWSABUF, DWORD, LPDWORD, DWORD, LPWSAOVERLAPPED, LPWSAOVERLAPPED_COMPLETION_ROUTINE) =
        (int(WSAAPI *)(SOCKET, LPWSABUF, DWORD, LPDWORD, DWORD, LPWSAOVERLAPPED, LPWSAOVERLAPPED_COMPLETION_ROUTINE))(
            void *)real("WSASend");
    return f(s, buffers, count, sent, flags, overlapped, routine);
}

/* Sends bytes of the application's choice, plainly. */
static inline void send_bytes(SOCKET s, const char *data, ULONG size) {
    WSABUF buffer = {size, (char *)data};
    DWORD sent;
    if (size)
        real_send(s, &buffer, 1, &sent, 0, NULL, NULL);
}

#define SEND_ARGUMENTS                                                                                                 \
    SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags, LPWSAOVERLAPPED overlapped,                    \
        LPWSAOVERLAPPED_COMPLETION_ROUTINE routine
#define SEND_ALL s, buffers, count, sent, flags, overlapped, routine

EXPORT int WSAAPI WSASend(SEND_ARGUMENTS);

#endif
