/* A porting layer as small as they come: sockets are the system's, and it adds what a program for Windows calls
 * otherwise. No adapter is needed: the executor finds out. */
#ifndef PLAIN_WINSOCK2_H
#define PLAIN_WINSOCK2_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

typedef int SOCKET;
typedef uint32_t DWORD, *LPDWORD;
typedef uint16_t WORD;
typedef struct WSAData {
    WORD version;
} WSADATA;
typedef struct WSABUF {
    uint32_t len;
    char *buf;
} WSABUF, *LPWSABUF;
typedef struct WSAOVERLAPPED WSAOVERLAPPED; /* there are none */

enum {
    SOCKET_ERROR = -1,
    WSAEFAULT = 10014,
    WSAEINVAL = 10022,
    WSAEWOULDBLOCK = 10035,
    WSAENOTSOCK = 10038,
    WSAEMSGSIZE = 10040,
    WSAEOPNOTSUPP = 10045,
    WSAECONNRESET = 10054,
    WSAENOTCONN = 10057,
    WSAESHUTDOWN = 10058,
    WSANOTINITIALISED = 10093
};
#define INVALID_SOCKET (-1)
#define SD_RECEIVE 0
#define SD_SEND 1
#define SD_BOTH 2
#define ioctlsocket(s, code, value) ioctl(s, code, value)

static inline int closesocket(SOCKET s) {
    return close(s);
}

int WSAStartup(WORD version, WSADATA *data);
int WSACleanup(void);
int WSAGetLastError(void);
void WSASetLastError(int code);
int WSASend(SOCKET s, LPWSABUF buffers, DWORD n, LPDWORD sent, DWORD flags, WSAOVERLAPPED *overlapped,
            void (*routine)(DWORD, DWORD, WSAOVERLAPPED *, DWORD));

#endif
