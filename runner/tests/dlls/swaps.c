/* Keeps the data of one send back until after that of the next. */
#include "shim.h"

static char kept[4096];
static ULONG n_kept;

EXPORT int WSAAPI WSASend(SEND_ARGUMENTS) {
    (void)count, (void)flags, (void)overlapped, (void)routine;
    *sent = buffers[0].len;
    if (!n_kept) {
        n_kept = buffers[0].len;
        memcpy(kept, buffers[0].buf, n_kept);
        return 0;
    }
    send_bytes(s, buffers[0].buf, buffers[0].len);
    send_bytes(s, kept, n_kept);
    n_kept = 0;
    return 0;
}
