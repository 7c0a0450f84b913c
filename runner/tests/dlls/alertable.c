/* WSASend waits alertably, until an APC has run, before it sends. */
#include "shim.h"

EXPORT int WSAAPI WSASend(SEND_ARGUMENTS) {
    SleepEx(INFINITE, TRUE);
    return real_send(SEND_ALL);
}
