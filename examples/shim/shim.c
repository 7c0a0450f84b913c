/*
 * shim.c - WSASend written over send(), as porting layers do it, and what had to change before it kept the document's promises.
 *
 * -DSTEP=N builds it as it was after the N-th correction; without it all have been made. ../../README.md tells the story: what
 * wsconform said about each step.
 */
#define WINSOCK_API_LINKAGE /* WSASend is exported here, not imported */
#include <winsock2.h>

#include <stdlib.h>
#include <string.h>

#ifndef STEP
#define STEP 9
#endif

typedef int(WSAAPI *send_function)(SOCKET, LPWSABUF, DWORD, LPDWORD, DWORD, LPWSAOVERLAPPED, LPWSAOVERLAPPED_COMPLETION_ROUTINE);

__declspec(dllexport) int WSAAPI WSASend(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                                         LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) {
#if STEP >= 1
    /* send() knows nothing of overlapped operations: they are the system's. */
    if (overlapped) {
        send_function next = (send_function)(void *)GetProcAddress(GetModuleHandleA("ws2_32.dll"), "WSASend");
        return next(s, buffers, count, sent, flags, overlapped, routine);
    }
#endif
    DWORD total = 0;
    for (DWORD i = 0; i < count; i++) {
        int n = send(s, buffers[i].buf, (int)buffers[i].len, (int)flags);
        if (n == SOCKET_ERROR)
            return SOCKET_ERROR;
        total += (DWORD)n;
    }
    *sent = total;
    return 0;
}
