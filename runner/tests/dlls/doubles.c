/* Sends everything twice. */
#include "shim.h"

EXPORT int WSAAPI WSASend(SEND_ARGUMENTS) {
    real_send(SEND_ALL);
    return real_send(SEND_ALL);
}
