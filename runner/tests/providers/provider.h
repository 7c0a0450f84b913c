/* provider.h - a WSASend that passes on to the system's; a provider with a fault includes it and defines fault(). */
#define WINSOCK_API_LINKAGE /* WSASend is exported here, not imported */
#include <winsock2.h>

typedef int(WSAAPI *send_function)(SOCKET, LPWSABUF, DWORD, LPDWORD, DWORD, LPWSAOVERLAPPED,
                                   LPWSAOVERLAPPED_COMPLETION_ROUTINE);

/* The fault shows only in a send of one buffer with this many bytes: the other cases go well. */
enum { FAULTY_LENGTH = 7 };

/* Called instead of the system's WSASend for a faulty send; returns what WSASend returns. */
static int fault(send_function next, SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                 LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine);

__declspec(dllexport) int WSAAPI WSASend(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                                         LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) {
    send_function next = (send_function)(void *)GetProcAddress(GetModuleHandleA("ws2_32.dll"), "WSASend");

    if (count == 1 && buffers && buffers->len == FAULTY_LENGTH)
        return fault(next, s, buffers, count, sent, flags, overlapped, routine);
    return next(s, buffers, count, sent, flags, overlapped, routine);
}
