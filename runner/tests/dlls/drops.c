/* Loses bytes 40 to 49 of every send. */
#include "shim.h"

EXPORT int WSAAPI WSASend(SEND_ARGUMENTS) {
    (void)count, (void)flags, (void)overlapped, (void)routine;
    *sent = buffers[0].len;
    send_bytes(s, buffers[0].buf, 40);
    send_bytes(s, buffers[0].buf + 50, buffers[0].len - 50);
    return 0;
}
