/* Writes into the caller's data, which is [in]. */
#include "provider.h"

static int fault(send_function next, SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                 LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) {
    int result = next(s, buffers, count, sent, flags, overlapped, routine);
    buffers->buf[0] ^= 0x55;
    return result;
}
