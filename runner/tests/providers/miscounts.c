/* Says one byte less than was sent. */
#include "provider.h"

static int fault(send_function next, SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                 LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) {
    int result = next(s, buffers, count, sent, flags, overlapped, routine);
    if (result == 0 && sent)
        --*sent;
    return result;
}
