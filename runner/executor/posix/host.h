/* The adapter by which bridge.c takes this system's own sockets for a Winsock: the other ends of connections are such.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define WSCONFORM_NAME "host"
#define WSCONFORM_NO_OVERLAPPED 1
typedef int SOCKET;
typedef uint32_t DWORD;
typedef struct WSABUF {
    uint32_t len;
    char *buf;
} WSABUF;
#define INVALID_SOCKET (-1)
#define SD_RECEIVE SHUT_RD
#define SD_SEND SHUT_WR
#define SD_BOTH SHUT_RDWR
#define closesocket close
#define ioctlsocket ioctl
