/* Every function has an error of its own, if it is called as it should be: so a test sees which one was called, and
 * with what. */
#define _KERNEL32_ /* functions of kernel32.dll are exported here, too */
#include "shim.h"

#include <mstcpip.h>
#include <ws2tcpip.h>

static int refuse(BOOL as_expected, int error) {
    WSASetLastError(as_expected ? error : WSAEINVAL);
    return SOCKET_ERROR;
}

EXPORT int WSAAPI WSASend(SEND_ARGUMENTS) {
    return real_send(SEND_ALL);
}

EXPORT int WSAAPI WSAStartup(WORD version, LPWSADATA data);
EXPORT int WSAAPI WSAStartup(WORD version, LPWSADATA data) {
    int(WSAAPI * f)(WORD, LPWSADATA) = (int(WSAAPI *)(WORD, LPWSADATA))(void *)real("WSAStartup");
    return version == 0x0101 ? WSAVERNOTSUPPORTED : f(version, data);
}

EXPORT int WSAAPI WSASendTo(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                            const struct sockaddr *to, int size, LPWSAOVERLAPPED overlapped,
                            LPWSAOVERLAPPED_COMPLETION_ROUTINE routine);
EXPORT int WSAAPI WSASendTo(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                            const struct sockaddr *to, int size, LPWSAOVERLAPPED overlapped,
                            LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) {
    const struct sockaddr_in *a = (const struct sockaddr_in *)to;
    (void)s;
    return refuse(buffers[0].len == 4 && count == 2 && sent && flags == MSG_DONTROUTE && overlapped && routine &&
                      size == sizeof *a && a->sin_family == AF_INET && a->sin_port,
                  WSAEHOSTUNREACH);
}

EXPORT int WSAAPI WSARecv(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD received, LPDWORD flags,
                          LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine);
EXPORT int WSAAPI WSARecv(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD received, LPDWORD flags,
                          LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) {
    (void)s;
    return refuse(buffers[0].len == 12 && count == 1 && received && !*flags && overlapped && routine, WSAEISCONN);
}

EXPORT int WSAAPI WSARecvFrom(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD received, LPDWORD flags,
                              struct sockaddr *from, int *size, LPWSAOVERLAPPED overlapped,
                              LPWSAOVERLAPPED_COMPLETION_ROUTINE routine);
EXPORT int WSAAPI WSARecvFrom(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD received, LPDWORD flags,
                              struct sockaddr *from, int *size, LPWSAOVERLAPPED overlapped,
                              LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) {
    (void)s;
    return refuse(buffers[0].len == 13 && count == 1 && received && !*flags && from && *size >= (int)sizeof *from &&
                      !overlapped && !routine,
                  WSAEALREADY);
}

EXPORT int WSAAPI WSASendDisconnect(SOCKET s, LPWSABUF data);
EXPORT int WSAAPI WSASendDisconnect(SOCKET s, LPWSABUF data) {
    (void)s;
    return refuse(!data, WSAENETDOWN);
}

EXPORT int WSAAPI WSADuplicateSocketW(SOCKET s, DWORD process, LPWSAPROTOCOL_INFOW info);
EXPORT int WSAAPI WSADuplicateSocketW(SOCKET s, DWORD process, LPWSAPROTOCOL_INFOW info) {
    (void)s;
    return refuse(process == GetCurrentProcessId() && info, WSAEMFILE);
}

EXPORT BOOL WINAPI DuplicateHandle(HANDLE a, HANDLE b, HANDLE c, LPHANDLE d, DWORD access, BOOL inherit, DWORD options);
EXPORT BOOL WINAPI DuplicateHandle(HANDLE a, HANDLE b, HANDLE c, LPHANDLE d, DWORD access, BOOL inherit,
                                   DWORD options) {
    (void)access;
    refuse(a == GetCurrentProcess() && b && c == a && d && !inherit && options == DUPLICATE_SAME_ACCESS, WSAEPROCLIM);
    return FALSE;
}

EXPORT DWORD WINAPI QueueUserAPC(PAPCFUNC routine, HANDLE thread, ULONG_PTR argument);
EXPORT DWORD WINAPI QueueUserAPC(PAPCFUNC routine, HANDLE thread, ULONG_PTR argument) {
    (void)argument;
    refuse(routine && thread, WSAEUSERS);
    return 0;
}

EXPORT int WSAAPI setsockopt(SOCKET s, int level, int option, const char *value, int size);
EXPORT int WSAAPI setsockopt(SOCKET s, int level, int option, const char *value, int size) {
    int number = size == sizeof number ? *(const int *)(const void *)value : 0;
    (void)s;
    return refuse(level == IPPROTO_IP ? option == IP_TTL && number == 1 : level == SOL_SOCKET && number == 4096,
                  level == IPPROTO_IP ? WSAENOPROTOOPT : WSAEPROTOTYPE);
}

EXPORT int WSAAPI WSAIoctl(SOCKET s, DWORD code, LPVOID in, DWORD in_size, LPVOID out, DWORD out_size, LPDWORD returned,
                           LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine);
EXPORT int WSAAPI WSAIoctl(SOCKET s, DWORD code, LPVOID in, DWORD in_size, LPVOID out, DWORD out_size, LPDWORD returned,
                           LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) {
    const struct tcp_keepalive *v = in;
    (void)s, (void)out, (void)out_size, (void)returned, (void)overlapped, (void)routine;
    return refuse(code == SIO_KEEPALIVE_VALS && in_size == sizeof *v && v->onoff && v->keepalivetime == 1000 &&
                      v->keepaliveinterval == 200,
                  WSAEPFNOSUPPORT);
}

/* Addresses of the driver's network: no packet goes out. */
EXPORT int WSAAPI connect(SOCKET s, const struct sockaddr *to, int size);
EXPORT int WSAAPI connect(SOCKET s, const struct sockaddr *to, int size) {
    static const unsigned char beyond6[16] = {0x20, 1, 0xd, 0xb8, 0, 2, [15] = 2};
    static const unsigned char silent6[16] = {0x20, 1, 0xd, 0xb8, 0, 1, [15] = 0x99};
    const struct sockaddr_in *a = (const struct sockaddr_in *)to;
    const struct sockaddr_in6 *a6 = (const struct sockaddr_in6 *)to;
    (void)s, (void)size;
    if (to->sa_family == AF_INET6)
        return refuse(a6->sin6_port, !memcmp(&a6->sin6_addr, beyond6, sizeof beyond6)   ? WSAEHOSTUNREACH
                                     : !memcmp(&a6->sin6_addr, silent6, sizeof silent6) ? WSAEHOSTDOWN
                                                                                        : WSAEFAULT);
    return refuse(a->sin_port, !memcmp(&a->sin_addr, "\306\063\144\002", 4)   ? WSAEHOSTUNREACH
                               : !memcmp(&a->sin_addr, "\300\000\002\143", 4) ? WSAEHOSTDOWN
                                                                              : WSAEFAULT);
}
