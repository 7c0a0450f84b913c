/* Sends other bytes. */
#include "provider.h"
#include <string.h>

static int fault(send_function next, SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                 LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) {
    char data[FAULTY_LENGTH];
    WSABUF other = {FAULTY_LENGTH, data};
    memset(data, 0x55, sizeof data);
    return next(s, &other, count, sent, flags, overlapped, routine);
}
