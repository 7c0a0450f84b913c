/* Does not return. */
#include "provider.h"

static int fault(send_function next, SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                 LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) {
    Sleep(INFINITE);
    return next(s, buffers, count, sent, flags, overlapped, routine);
}
