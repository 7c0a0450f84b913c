/* Tells an overlapped send at its event and port only when the next one begins, by the numbers that their handles had.
 */
#include "shim.h"

static HANDLE event, last_port, port;

/* The headers know that name as an imported one. */
EXPORT HANDLE WINAPI create_port(HANDLE of, HANDLE existing, ULONG_PTR key,
                                 DWORD threads) __asm__("CreateIoCompletionPort");

HANDLE WINAPI create_port(HANDLE of, HANDLE existing, ULONG_PTR key, DWORD threads) {
    HANDLE(WINAPI * real_create)
    (HANDLE, HANDLE, ULONG_PTR, DWORD) = (HANDLE(WINAPI *)(HANDLE, HANDLE, ULONG_PTR, DWORD))(void *)GetProcAddress(
        GetModuleHandleA("kernel32.dll"), "CreateIoCompletionPort");
    return last_port = real_create(of, existing, key, threads);
}

EXPORT int WSAAPI WSASend(SEND_ARGUMENTS) {
    (void)s, (void)buffers, (void)count, (void)sent, (void)flags, (void)routine;
    if (event)
        SetEvent(event);
    if (port)
        PostQueuedCompletionStatus(port, 0, 0, NULL);
    event = overlapped->hEvent;
    port = last_port;
    WSASetLastError(WSA_IO_PENDING);
    return SOCKET_ERROR;
}
