/* Writes where nothing is. */
#include "provider.h"

static int fault(send_function next, SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                 LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) {
    *(volatile int *)16 = 1;
    return next(s, buffers, count, sent, flags, overlapped, routine);
}
