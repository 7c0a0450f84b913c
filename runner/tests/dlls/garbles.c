/* Turns every bit of byte 20 round, and sends 30 bytes of its own behind the data. */
#include "shim.h"

EXPORT int WSAAPI WSASend(SEND_ARGUMENTS) {
    char copy[4096], own[30];
    (void)count, (void)flags, (void)overlapped, (void)routine;
    *sent = buffers[0].len;
    memcpy(copy, buffers[0].buf, buffers[0].len);
    copy[20] = (char)~copy[20];
    memset(own, 0, sizeof own);
    send_bytes(s, copy, buffers[0].len);
    send_bytes(s, own, sizeof own);
    return 0;
}
