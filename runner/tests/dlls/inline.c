/* Calls the completion routine before WSASend returns. */
#include "shim.h"

EXPORT int WSAAPI WSASend(SEND_ARGUMENTS) {
    ULONG size = buffers[0].len;
    (void)count, (void)flags, (void)sent;
    send_bytes(s, buffers[0].buf, size);
    routine(0, size, overlapped, 0);
    return 0;
}
