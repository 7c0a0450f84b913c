/*
 * loop.c - the bare loops that `wsconform bench` measures the executor against: the same calls as in bench.case,
 * written by hand, with nothing around them.
 *
 *   loop.exe tcp|udp|overlapped CALLS
 *
 * prints the nanoseconds that one round of the loop took on average, or says on standard error what failed and
 * ends with status 1.
 */
#include <winsock2.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SMALL = 10 };

static int fail(const char *what) {
    fprintf(stderr, "loop: %s failed: %d\n", what, WSAGetLastError());
    return 1;
}

/* Makes a connected pair over 127.0.0.1; 0, or 1 after saying what failed. */
static int make_pair(int type, SOCKET *a, SOCKET *b) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int size = sizeof address;
    SOCKET listener = socket(AF_INET, type, 0);

    if (listener == INVALID_SOCKET || bind(listener, (struct sockaddr *)&address, size) ||
        getsockname(listener, (struct sockaddr *)&address, &size))
        return fail("bind");
    if (type == SOCK_STREAM && listen(listener, 1))
        return fail("listen");
    *a = socket(AF_INET, type, 0);
    if (*a == INVALID_SOCKET || connect(*a, (struct sockaddr *)&address, size))
        return fail("connect");
    if (type == SOCK_DGRAM) {
        *b = listener;
        return 0;
    }
    *b = accept(listener, NULL, NULL);
    closesocket(listener);
    return *b == INVALID_SOCKET ? fail("accept") : 0;
}

static int plain(SOCKET s, int calls) {
    char data[SMALL] = {1};
    WSABUF buffer = {SMALL, data};
    DWORD sent;

    for (int i = 0; i < calls; i++)
        if (WSASend(s, &buffer, 1, &sent, 0, NULL, NULL) || sent != SMALL)
            return fail("WSASend");
    return 0;
}

static int overlapped(SOCKET s, int calls) {
    char data[SMALL] = {1};
    WSABUF buffer = {SMALL, data};
    DWORD sent, flags;
    WSAOVERLAPPED operation = {.hEvent = WSACreateEvent()};

    for (int i = 0; i < calls; i++) {
        if (WSASend(s, &buffer, 1, &sent, 0, &operation, NULL) && WSAGetLastError() != WSA_IO_PENDING)
            return fail("WSASend");
        if (WSAWaitForMultipleEvents(1, &operation.hEvent, TRUE, 5000, FALSE) != WSA_WAIT_EVENT_0)
            return fail("WSAWaitForMultipleEvents");
        if (!WSAGetOverlappedResult(s, &operation, &sent, FALSE, &flags) || sent != SMALL)
            return fail("WSAGetOverlappedResult");
        if (!WSAResetEvent(operation.hEvent))
            return fail("WSAResetEvent");
    }
    WSACloseEvent(operation.hEvent);
    return 0;
}

int main(int argc, char **argv) {
    WSADATA data;
    SOCKET a = INVALID_SOCKET, b = INVALID_SOCKET;
    LARGE_INTEGER frequency, begin, end;
    int calls = argc == 3 ? atoi(argv[2]) : 0;
    int failed;

    if (calls < 1) {
        fprintf(stderr, "usage: loop tcp|udp|overlapped CALLS\n");
        return 2;
    }
    if (WSAStartup(MAKEWORD(2, 2), &data))
        return fail("WSAStartup");
    if (make_pair(strcmp(argv[1], "udp") ? SOCK_STREAM : SOCK_DGRAM, &a, &b))
        return 1;
    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&begin);
    failed = strcmp(argv[1], "overlapped") ? plain(a, calls) : overlapped(a, calls);
    QueryPerformanceCounter(&end);
    if (failed)
        return 1;
    printf("%.1f\n", (double)(end.QuadPart - begin.QuadPart) * 1e9 / (double)frequency.QuadPart / calls);
    closesocket(a);
    closesocket(b);
    WSACleanup();
    return 0;
}
