/* WSASend ends the thread that calls it. */
#include "shim.h"

EXPORT int WSAAPI WSASend(SEND_ARGUMENTS) {
    (void)s, (void)buffers, (void)count, (void)sent, (void)flags, (void)overlapped, (void)routine;
    ExitThread(5);
}
