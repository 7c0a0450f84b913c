/* Calls the completion routine on a thread of its own. */
#include "shim.h"

static LPWSAOVERLAPPED_COMPLETION_ROUTINE call;
static LPWSAOVERLAPPED with;

static DWORD WINAPI other(void *size) {
    call(0, (DWORD)(ULONG_PTR)size, with, 0);
    return 0;
}

EXPORT int WSAAPI WSASend(SEND_ARGUMENTS) {
    ULONG size = buffers[0].len;
    (void)count, (void)flags, (void)sent;
    send_bytes(s, buffers[0].buf, size);
    call = routine;
    with = overlapped;
    HANDLE thread = CreateThread(NULL, 0, other, (void *)(ULONG_PTR)size, 0, NULL);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    return 0;
}
