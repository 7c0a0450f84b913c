/* A porting layer with events, overlapped sends and completion routines: a send is done at once, the event is set, and
 * the routine waits for an alertable wait of its thread. DWORD is an unsigned long here, as in Windows' headers. */
#ifndef FULL_H
#define FULL_H

#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

typedef unsigned long DWORD;
typedef int BOOL;
typedef int SOCKET;
typedef struct full_event *WSAEVENT;
typedef struct WSABUF {
    DWORD len;
    char *buf;
} WSABUF;
typedef struct WSAOVERLAPPED {
    WSAEVENT hEvent; /* not where Windows has it */
    DWORD transferred;
    int done;
} WSAOVERLAPPED;
typedef void (*full_routine)(DWORD error, DWORD transferred, WSAOVERLAPPED *overlapped, DWORD flags);

#define INVALID_SOCKET (-1)
#define SOCKET_ERROR (-1)
#define WSAEFAULT 10014
#define WSAENOTSOCK 10038
#define WSAESHUTDOWN 10058
#define WSAENOTCONN 10057
#define WSAEWOULDBLOCK 10035
#define WSA_IO_PENDING 997
#define WSA_IO_INCOMPLETE 996
#define WSA_WAIT_EVENT_0 0
#define WSA_WAIT_TIMEOUT 258
#define WSA_WAIT_IO_COMPLETION 192
#define WSA_FLAG_OVERLAPPED 1
#define INFINITE 0xFFFFFFFFul
#define SD_RECEIVE SHUT_RD
#define SD_SEND SHUT_WR
#define SD_BOTH SHUT_RDWR
#define closesocket close
#define ioctlsocket ioctl

int WSAGetLastError(void);
void WSASetLastError(int code);
SOCKET WSASocketW(int family, int type, int protocol, void *info, unsigned group, DWORD flags);
int WSASend(SOCKET s, WSABUF *buffers, DWORD n, DWORD *sent, DWORD flags, WSAOVERLAPPED *overlapped,
            full_routine routine);
BOOL WSAGetOverlappedResult(SOCKET s, WSAOVERLAPPED *overlapped, DWORD *transferred, BOOL wait, DWORD *flags);
WSAEVENT WSACreateEvent(void);
BOOL WSASetEvent(WSAEVENT event);
BOOL WSAResetEvent(WSAEVENT event);
BOOL WSACloseEvent(WSAEVENT event);
DWORD WSAWaitForMultipleEvents(DWORD n, const WSAEVENT *events, BOOL all, DWORD ms, BOOL alertable);
DWORD SleepEx(DWORD ms, BOOL alertable);

#endif
