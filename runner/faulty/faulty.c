/*
 * faulty.c - a Winsock provider with planted faults, one at a time: what a suite must notice; and with odd ways that
 * break no promise: what a suite must not flag.
 *
 * The name of the DLL's file says which: a copy (or a link) named drop_last.dll has the fault drop_last of faults.def;
 * any other name has none. Each fault is one function below, named as in faults.def; it gets the call and may pass it
 * on, changed or not. Where a call's arguments are not all in order a fault that is not about them passes it on
 * untouched, so that it is caught for itself and not for a crash.
 */
#define WIN32_LEAN_AND_MEAN
#define WINSOCK_API_LINKAGE
/* Functions of kernel32.dll that are exported here: their declarations must not stand in the way. */
#define GetQueuedCompletionStatus system_GetQueuedCompletionStatus
#define SleepEx system_SleepEx
#define CancelIoEx system_CancelIoEx
#include <winsock2.h>
/* clang-format off: windows.h comes second */
#include <windows.h>
/* clang-format on */
#include <mswsock.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#undef GetQueuedCompletionStatus
#undef SleepEx
#undef CancelIoEx

#define EXPORT __declspec(dllexport)
EXPORT BOOL WINAPI GetQueuedCompletionStatus(HANDLE, LPDWORD, PULONG_PTR, LPOVERLAPPED *, DWORD);
EXPORT DWORD WINAPI SleepEx(DWORD, BOOL);
EXPORT BOOL WINAPI CancelIoEx(HANDLE, LPOVERLAPPED);
BOOL WINAPI DllMain(HINSTANCE, DWORD, LPVOID);

typedef LPWSAOVERLAPPED_COMPLETION_ROUTINE completion;

typedef struct call {
    SOCKET s;
    LPWSABUF buffers;
    DWORD count;
    LPDWORD sent;
    DWORD flags;
    LPWSAOVERLAPPED overlapped;
    completion routine;
    bool orderly;   /* every pointer can be used as the call would use it, and the buffers are not too many */
    uint64_t total; /* bytes, if orderly */
} call;

/* --- the system's Winsock --------------------------------------------------------------------------------------- */

typedef int(WSAAPI *send_function)(SOCKET, LPWSABUF, DWORD, LPDWORD, DWORD, LPWSAOVERLAPPED, completion);
static struct {
    send_function send;
    BOOL(WSAAPI *result)(SOCKET, LPWSAOVERLAPPED, LPDWORD, BOOL, LPDWORD);
    int(WSAAPI *ioctl)(SOCKET, DWORD, LPVOID, DWORD, LPVOID, DWORD, LPDWORD, LPWSAOVERLAPPED, completion);
    int(WSAAPI *shutdown)(SOCKET, int);
    int(WSAAPI *close)(SOCKET);
    int(WSAAPI *getsockopt)(SOCKET, int, int, char *, int *);
    int(WSAAPI *getsockname)(SOCKET, struct sockaddr *, int *);
    int(WSAAPI *getpeername)(SOCKET, struct sockaddr *, int *);
    int(WSAAPI *plain_send)(SOCKET, const char *, int, int);
    int(WSAAPI *select)(int, fd_set *, fd_set *, fd_set *, const struct timeval *);
    int(WSAAPI *last)(void);
    void(WSAAPI *fail)(int);
    int(WSAAPI *control)(SOCKET, long, u_long *);
    SOCKET(WSAAPI *accept)(SOCKET, struct sockaddr *, int *);
    SOCKET(WSAAPI *make)(int, int, int, LPWSAPROTOCOL_INFOW, GROUP, DWORD);
    BOOL(WINAPI *take)(HANDLE, LPDWORD, PULONG_PTR, LPOVERLAPPED *, DWORD);
    DWORD(WINAPI *sleep)(DWORD, BOOL);
    BOOL(WINAPI *cancel)(HANDLE, LPOVERLAPPED);
} ws;

/* What no function tells of a socket: remembered when it is set. */
enum { NONBLOCKING = 1, NOT_OVERLAPPED = 2, ACCEPTED = 4, SHUT_RECEIVE = 8, SHUT_BOTH = 16, FAILED = 32 };
static BYTE marks[1 << 16];

static BYTE *marks_of(SOCKET s) {
    return &marks[(s >> 2) & 0xFFFF];
}

static bool marked(SOCKET s, int mark) {
    return *marks_of(s) & mark;
}

static void mark(SOCKET s, int mark, bool on) {
    *marks_of(s) = (BYTE)(on ? *marks_of(s) | mark : *marks_of(s) & ~mark);
}

static int pass(const call *c) {
    return ws.send(c->s, c->buffers, c->count, c->sent, c->flags, c->overlapped, c->routine);
}

static int fail(int error) {
    ws.fail(error);
    return SOCKET_ERROR;
}

/* Passes on, and turns one error into another (0: into success that says nothing). */
static int instead(const call *c, int error, int other) {
    int result = pass(c);
    return result == SOCKET_ERROR && ws.last() == error ? fail(other) : result;
}

/* Passes on, and turns an error into the success of a call that did nothing but says it did everything. */
static int as_success(const call *c, int error) {
    int result = pass(c);
    if (result != SOCKET_ERROR || ws.last() != error || !c->orderly)
        return result;
    if (c->sent)
        *c->sent = (DWORD)c->total;
    return 0;
}

static bool pending(int result) {
    return result == SOCKET_ERROR && ws.last() == WSA_IO_PENDING;
}

static int option(SOCKET s, int name) {
    int value = 0, size = sizeof value;
    int before = ws.last();
    if (ws.getsockopt(s, SOL_SOCKET, name, (char *)&value, &size))
        value = 0;
    ws.fail(before);
    return value;
}

static bool is_stream(const call *c) {
    return option(c->s, SO_TYPE) == SOCK_STREAM;
}

static bool is_datagram(const call *c) {
    return option(c->s, SO_TYPE) == SOCK_DGRAM;
}

static bool is_plain(const call *c) {
    return !c->overlapped && !c->routine;
}

static bool writable(SOCKET s) {
    fd_set set = {1, {s}};
    struct timeval now = {0, 0};
    return ws.select(0, NULL, &set, NULL, &now) == 1;
}

static bool connected(SOCKET s) {
    struct sockaddr_storage peer;
    int size = sizeof peer;
    return ws.getpeername(s, (struct sockaddr *)&peer, &size) == 0;
}

/* Sends other buffers in place of the call's own; the amount is told as the system tells it. */
static int with(const call *c, WSABUF *buffers, DWORD count) {
    return ws.send(c->s, buffers, count, c->sent, c->flags, c->overlapped, c->routine);
}

/* A send of some bytes without overlap; true if all went. */
static bool push(const call *c, char *bytes, ULONG size) {
    WSABUF buffer = {size, bytes};
    DWORD sent = 0;
    return ws.send(c->s, &buffer, 1, &sent, 0, NULL, NULL) == 0 && sent == size;
}

#define SOME 64
/* A copy of a short array, to be changed. */
static void copied(const call *c, WSABUF *copy) {
    memcpy(copy, c->buffers, c->count * sizeof *copy);
}

#include "sends.h"

/* --- which one ---------------------------------------------------------------------------------------------------- */

typedef struct fault {
    const char *name;
    int (*send)(const call *);
} fault;

static const fault faults[] = {
#define FAULT(name, clauses, text) {#name, name},
#define OTHER(name, clauses, text) {#name, NULL},
#define ODD(name, text) {#name, name},
#include "faults.def"
};
static const fault *chosen;

static bool is(const char *name) {
    return chosen && !strcmp(chosen->name, name);
}

static bool orderly(call *c) {
    if (c->count > 1024 || !c->count || IsBadReadPtr(c->buffers, c->count * sizeof *c->buffers))
        return false;
    for (DWORD i = 0; i < c->count; i++) {
        if (c->buffers[i].len && IsBadReadPtr(c->buffers[i].buf, c->buffers[i].len))
            return false;
        c->total += c->buffers[i].len;
    }
    return (!c->sent ? c->overlapped != NULL : !IsBadWritePtr(c->sent, sizeof *c->sent)) &&
           (!c->overlapped || !IsBadWritePtr(c->overlapped, sizeof *c->overlapped)) &&
           (!c->routine || !IsBadCodePtr((FARPROC)(void *)c->routine));
}

EXPORT int WSAAPI WSASend(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                          LPWSAOVERLAPPED overlapped, completion routine) {
    call c = {s, buffers, count, sent, flags, overlapped, routine, false, 0};
    if (!chosen || !chosen->send)
        return pass(&c);
    int before = ws.last();
    c.orderly = orderly(&c);
    ws.fail(before);
    return chosen->send(&c);
}

/* --- faults of the functions around it ---------------------------------------------------------------------------- */

EXPORT BOOL WSAAPI WSAGetOverlappedResult(SOCKET s, LPWSAOVERLAPPED overlapped, LPDWORD amount, BOOL wait,
                                          LPDWORD flags) {
    if (is("result_never_waits"))
        wait = FALSE;
    BOOL done = ws.result(s, overlapped, amount, wait, flags);
    int error = ws.last();
    if (is("result_one_less") && done && *amount)
        --*amount;
    if (is("result_zero") && done)
        *amount = 0;
    if (is("result_always_complete") && !done && error == WSA_IO_INCOMPLETE) {
        *amount = 0;
        return TRUE;
    }
    if (is("result_never_complete") && done && !wait) {
        error = WSA_IO_INCOMPLETE;
        done = FALSE;
    }
    if (is("result_pending_not_incomplete") && !done && error == WSA_IO_INCOMPLETE)
        error = WSA_IO_PENDING;
    if (is("aborted_as_reset") && !done && error == WSA_OPERATION_ABORTED)
        error = WSAECONNRESET;
    if (is("aborted_as_success") && !done && error == WSA_OPERATION_ABORTED) {
        *amount = 0;
        return TRUE;
    }
    if (!done)
        ws.fail(error);
    return done;
}

EXPORT int WSAAPI WSAIoctl(SOCKET s, DWORD code, LPVOID in, DWORD in_size, LPVOID out, DWORD out_size, LPDWORD returned,
                           LPWSAOVERLAPPED overlapped, completion routine) {
    if (is("flush_ignored") && code == SIO_FLUSH) {
        *returned = 0;
        return 0;
    }
    return ws.ioctl(s, code, in, in_size, out, out_size, returned, overlapped, routine);
}

EXPORT int WSAAPI shutdown(SOCKET s, int how) {
    if (how == SD_RECEIVE)
        mark(s, SHUT_RECEIVE, true);
    if (how == SD_BOTH)
        mark(s, SHUT_BOTH, true);
    if (is("shutdown_send_ignored") && how == SD_SEND)
        return 0;
    return ws.shutdown(s, how);
}

EXPORT int WSAAPI closesocket(SOCKET s) {
    *marks_of(s) = 0;
    return ws.close(s);
}

EXPORT int WSAAPI ioctlsocket(SOCKET s, long command, u_long *argument) {
    int result = ws.control(s, command, argument);
    if (!result && command == (long)FIONBIO)
        mark(s, NONBLOCKING, *argument != 0);
    return result;
}

EXPORT SOCKET WSAAPI accept(SOCKET s, struct sockaddr *address, int *size) {
    SOCKET made = ws.accept(s, address, size);
    if (made != INVALID_SOCKET)
        *marks_of(made) = (BYTE)(ACCEPTED | (*marks_of(s) & (NONBLOCKING | NOT_OVERLAPPED)));
    return made;
}

EXPORT SOCKET WSAAPI WSASocketW(int family, int type, int protocol, LPWSAPROTOCOL_INFOW info, GROUP group,
                                DWORD flags) {
    SOCKET made = ws.make(family, type, protocol, info, group, flags);
    if (made != INVALID_SOCKET)
        *marks_of(made) = flags & WSA_FLAG_OVERLAPPED ? 0 : NOT_OVERLAPPED;
    return made;
}

EXPORT BOOL WINAPI GetQueuedCompletionStatus(HANDLE port, LPDWORD amount, PULONG_PTR key, LPOVERLAPPED *overlapped,
                                             DWORD limit) {
    static HANDLE last_port;
    static OVERLAPPED *last_packet;
    static DWORD last_amount;
    if (is("packet_twice") && last_packet && port == last_port) {
        *overlapped = last_packet;
        *amount = last_amount;
        last_packet = NULL;
        return TRUE;
    }
    BOOL done = ws.take(port, amount, key, overlapped, limit);
    DWORD error = GetLastError();
    if (done && *overlapped && is("packet_one_less") && *amount)
        --*amount;
    if (done && *overlapped && is("packet_amount_zero"))
        *amount = 0;
    if (is("packet_twice")) {
        last_port = port;
        last_packet = done ? *overlapped : NULL;
        last_amount = *amount;
    }
    SetLastError(error);
    return done;
}

EXPORT DWORD WINAPI SleepEx(DWORD limit, BOOL alertable) {
    if (is("sleep_not_alertable"))
        alertable = FALSE;
    DWORD result = ws.sleep(limit, alertable);
    return is("sleep_says_nothing") ? 0 : result;
}

EXPORT BOOL WINAPI CancelIoEx(HANDLE handle, LPOVERLAPPED overlapped) {
    return is("cancel_ignored") ? TRUE : ws.cancel(handle, overlapped);
}

BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, LPVOID reserved) {
    (void)reserved;
    if (reason != DLL_PROCESS_ATTACH)
        return TRUE;
    HMODULE system = LoadLibraryW(L"ws2_32.dll");
    if (!system)
        return FALSE;
#define TAKE(member, name) ws.member = (void *)GetProcAddress(system, name)
    TAKE(send, "WSASend");
    TAKE(result, "WSAGetOverlappedResult");
    TAKE(ioctl, "WSAIoctl");
    TAKE(shutdown, "shutdown");
    TAKE(close, "closesocket");
    TAKE(getsockopt, "getsockopt");
    TAKE(getsockname, "getsockname");
    TAKE(getpeername, "getpeername");
    TAKE(plain_send, "send");
    TAKE(select, "select");
    TAKE(last, "WSAGetLastError");
    TAKE(fail, "WSASetLastError");
    TAKE(control, "ioctlsocket");
    TAKE(accept, "accept");
    TAKE(make, "WSASocketW");
    system = GetModuleHandleW(L"kernel32.dll");
    TAKE(take, "GetQueuedCompletionStatus");
    TAKE(sleep, "SleepEx");
    TAKE(cancel, "CancelIoEx");
    char path[MAX_PATH * 4] = "";
    GetModuleFileNameA(self, path, sizeof path - 1);
    char *name = strrchr(path, '\\'), *end;
    name = name ? name + 1 : path;
    if ((end = strchr(name, '.')))
        *end = 0;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (!strcmp(faults[i].name, name))
            chosen = &faults[i];
    return TRUE;
}
