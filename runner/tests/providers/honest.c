/* Passes everything on: must not be flagged. */
#include "provider.h"

static int fault(send_function next, SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                 LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) {
    return next(s, buffers, count, sent, flags, overlapped, routine);
}
