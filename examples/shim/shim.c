/*
 * shim.c - WSASend written over send(), as porting layers do it, and what had to change before it kept the document's
 * promises.
 *
 * -DSTEP=N builds it as it was after the first N corrections; without it all are made. The README at the root of the
 * tree tells what wsconform said before each.
 */
#define WINSOCK_API_LINKAGE /* WSASend is exported here, not imported */
#include <winsock2.h>

#include <stdlib.h>
#include <string.h>

#ifndef STEP
#define STEP 3
#endif

#define ARGUMENTS                                                                                                      \
    SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags, LPWSAOVERLAPPED overlapped,                    \
        LPWSAOVERLAPPED_COMPLETION_ROUTINE routine

#if STEP >= 1
static int system_send(ARGUMENTS) {
    int(WSAAPI * next)(ARGUMENTS) =
        (int(WSAAPI *)(ARGUMENTS))(void *)GetProcAddress(GetModuleHandleA("ws2_32.dll"), "WSASend");
    return next(s, buffers, count, sent, flags, overlapped, routine);
}
#endif

#if STEP >= 3
/* Whatever a caller might get wrong with its pointers. */
static int readable(LPWSABUF buffers, DWORD count, LPDWORD sent) {
    if (IsBadWritePtr(sent, sizeof *sent) || IsBadReadPtr(buffers, count * sizeof *buffers))
        return 0;
    for (DWORD i = 0; i < count; i++)
        if (IsBadReadPtr(buffers[i].buf, buffers[i].len))
            return 0;
    return 1;
}
#endif

__declspec(dllexport) int WSAAPI WSASend(ARGUMENTS) {
#if STEP >= 1
    /* Correction 1: send() knows nothing of overlapped operations. They are the system's. */
    if (overlapped)
        return system_send(s, buffers, count, sent, flags, overlapped, routine);
#else
    (void)overlapped, (void)routine;
#endif

#if STEP >= 3
    /* Correction 3: what cannot be read or written is WSAEFAULT, not a crash. */
    if (!readable(buffers, count, sent)) {
        WSASetLastError(WSAEFAULT);
        return SOCKET_ERROR;
    }
#endif

#if STEP >= 2
    /* Correction 2: all buffers are one send. They are one datagram, and if they do not go nothing has gone. */
    size_t size = 0;
    for (DWORD i = 0; i < count; i++)
        size += buffers[i].len;
    char *all = malloc(size + 1);
    if (!all) {
        WSASetLastError(WSAENOBUFS);
        return SOCKET_ERROR;
    }
    for (size_t i = 0, at = 0; i < count; at += buffers[i++].len)
        memcpy(all + at, buffers[i].buf, buffers[i].len);
    int n = send(s, all, (int)size, (int)flags);
    int error = WSAGetLastError();
    free(all);
    if (n == SOCKET_ERROR) {
        WSASetLastError(error);
        return SOCKET_ERROR;
    }
    *sent = (DWORD)n;
#else
    *sent = 0;
    for (DWORD i = 0; i < count; i++) {
        int n = send(s, buffers[i].buf, (int)buffers[i].len, (int)flags);
        if (n == SOCKET_ERROR)
            return SOCKET_ERROR;
        *sent += (DWORD)n;
    }
#endif
    return 0;
}
