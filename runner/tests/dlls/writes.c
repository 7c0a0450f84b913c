/* Writes where it must not: which of [in] memory, hEvent, or behind *sent, is told by the first buffer's length. */
#include "shim.h"

EXPORT int WSAAPI WSASend(SEND_ARGUMENTS) {
    ULONG what = buffers[0].len;
    int result = real_send(SEND_ALL);
    if (what == 1)
        buffers[0].len = 0;
    else if (what == 2)
        buffers[0].buf[1] ^= 1;
    else if (what == 3)
        overlapped->hEvent = NULL;
    else if (what == 4)
        sent[1] = 0;
    else if (what == 5)
        buffers[0].buf[5] = 0;
    return result;
}
