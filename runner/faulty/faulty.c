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
#define CreateIoCompletionPort system_CreateIoCompletionPort
#define GetQueuedCompletionStatus system_GetQueuedCompletionStatus
#define SleepEx system_SleepEx
#include <winsock2.h>
/* clang-format off: windows.h comes second */
#include <windows.h>
/* clang-format on */
#include <mswsock.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#undef CreateIoCompletionPort
#undef GetQueuedCompletionStatus
#undef SleepEx

#define EXPORT __declspec(dllexport)
EXPORT HANDLE WINAPI CreateIoCompletionPort(HANDLE, HANDLE, ULONG_PTR, DWORD);
EXPORT BOOL WINAPI GetQueuedCompletionStatus(HANDLE, LPDWORD, PULONG_PTR, LPOVERLAPPED *, DWORD);
EXPORT DWORD WINAPI SleepEx(DWORD, BOOL);
EXPORT FARPROC WSAAPI WSASetBlockingHook(FARPROC);
EXPORT int WSAAPI WSAUnhookBlockingHook(void);
EXPORT int WSAAPI WSACancelBlockingCall(void);
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
    int(WSAAPI *setsockopt)(SOCKET, int, int, const char *, int);
    int(WSAAPI *recv)(SOCKET, char *, int, int);
    SOCKET(WSAAPI *accept)(SOCKET, struct sockaddr *, int *);
    SOCKET(WSAAPI *make)(int, int, int, LPWSAPROTOCOL_INFOW, GROUP, DWORD);
    SOCKET(WSAAPI *socket)(int, int, int);
    int(WSAAPI *connect)(SOCKET, const struct sockaddr *, int, LPWSABUF, LPWSABUF, LPQOS, LPQOS);
    int(WSAAPI *send_to)(SOCKET, LPWSABUF, DWORD, LPDWORD, DWORD, const struct sockaddr *, int, LPWSAOVERLAPPED,
                         completion);
    int(WSAAPI *receive)(SOCKET, LPWSABUF, DWORD, LPDWORD, LPDWORD, LPWSAOVERLAPPED, completion);
    int(WSAAPI *receive_from)(SOCKET, LPWSABUF, DWORD, LPDWORD, LPDWORD, struct sockaddr *, int *, LPWSAOVERLAPPED,
                              completion);
    DWORD(WSAAPI *wait)(DWORD, const HANDLE *, BOOL, DWORD, BOOL);
    int(WSAAPI *startup)(WORD, LPWSADATA);
    int(WSAAPI *cleanup)(void);
    FARPROC(WSAAPI *set_hook)(FARPROC);
    int(WSAAPI *unhook)(void);
    int(WSAAPI *cancel_blocking)(void);
    HANDLE(WINAPI *join)(HANDLE, HANDLE, ULONG_PTR, DWORD);
    BOOL(WINAPI *take)(HANDLE, LPDWORD, PULONG_PTR, LPOVERLAPPED *, DWORD);
    DWORD(WINAPI *sleep)(DWORD, BOOL);
} ws;

/* What no function tells of a socket: remembered when it is set. */
enum {
    NONBLOCKING = 1,
    NOT_OVERLAPPED = 2,
    ACCEPTED = 4,
    SHUT_RECEIVE = 8,
    SHUT_BOTH = 16,
    FAILED = 32,
    BY_SOCKET = 64,
    BY_FLAG = 128,
    BY_WSACONNECT = 256,
    URGENT = 512,
    END_READ = 1024,
    UNBUFFERED = 2048
};
static WORD marks[1 << 16];
static HANDLE ports[1 << 16]; /* completion ports of sockets */

static unsigned number_of(SOCKET s) {
    return (unsigned)(s >> 2) & 0xFFFF;
}

static WORD *marks_of(SOCKET s) {
    return &marks[number_of(s)];
}

static bool marked(SOCKET s, int mark) {
    return *marks_of(s) & mark;
}

static void mark(SOCKET s, int mark, bool on) {
    *marks_of(s) = (WORD)(on ? *marks_of(s) | mark : *marks_of(s) & ~mark);
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

static bool failed_with(int result, int error) {
    return result == SOCKET_ERROR && ws.last() == error;
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

/* The routines of calls whose routine is replaced: found again by the OVERLAPPED. */
#define ROUTINES (1 << 16)
static struct {
    LPWSAOVERLAPPED overlapped;
    completion routine;
    DWORD flags;
    int of;
} routines[ROUTINES];

static unsigned slot(LPWSAOVERLAPPED overlapped) {
    unsigned i = (unsigned)(((ULONG_PTR)overlapped >> 4) * 40503u) % ROUTINES;
    for (;;) {
        PVOID *there = (PVOID *)&routines[i].overlapped;
        PVOID was = InterlockedCompareExchangePointer(there, overlapped, NULL);
        if (!was || was == overlapped)
            return i;
        i = (i + 1) % ROUTINES;
    }
}

/* Which function's routine runs, and on which thread. */
enum { OF_NONE, OF_SEND, OF_SEND_TO, OF_RECEIVE, OF_RECEIVE_FROM };
static int inside = OF_NONE;
static DWORD inside_thread;

static void CALLBACK inside_routine(DWORD error, DWORD amount, LPWSAOVERLAPPED overlapped, DWORD flags) {
    unsigned i = slot(overlapped);
    int before = inside;
    inside_thread = GetCurrentThreadId();
    inside = routines[i].of;
    routines[i].routine(error, amount, overlapped, flags);
    inside = before;
}

static void keep_routine(LPWSAOVERLAPPED overlapped, completion routine, DWORD flags, int of) {
    unsigned i = slot(overlapped);
    routines[i].routine = routine;
    routines[i].flags = flags;
    routines[i].of = of;
}

/* What to pass on so that it is known in which routine a call is made. */
static completion watched(LPWSAOVERLAPPED overlapped, completion routine, int of) {
    if (!overlapped || !routine || IsBadCodePtr((FARPROC)(void *)routine))
        return routine;
    keep_routine(overlapped, routine, 0, of);
    return inside_routine;
}

static bool is_inside(int of) {
    return inside == of && inside_thread == GetCurrentThreadId();
}

static int routines_in_wait; /* since SleepEx was called last */

/* --- blocking hooks of Windows Sockets 1.1 ------------------------------------------------------------------------ */

static struct {
    FARPROC function;
    DWORD thread;
    bool running, cancelled, waits;
} hook;

static bool hooked(void) {
    return hook.function && hook.thread == GetCurrentThreadId();
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
#define NONE(clause, why)
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
    DWORD before = is("result_unwritten") && amount ? *amount : 0;
    BOOL done = ws.result(s, overlapped, amount, wait, flags);
    int error = ws.last();
    if (is("odd_late_event") && (done || error != WSA_IO_INCOMPLETE))
        wait_until_set(overlapped);
    if (is("result_unwritten") && done)
        *amount = before;
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
    if (is("aborted_as_intr") && !done && error == WSA_OPERATION_ABORTED)
        error = WSAEINTR;
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
    ports[number_of(s)] = NULL;
    return ws.close(s);
}

EXPORT int WSAAPI ioctlsocket(SOCKET s, long command, u_long *argument) {
    int result = ws.control(s, command, argument);
    if (!result && command == (long)FIONBIO)
        mark(s, NONBLOCKING, *argument != 0);
    return result;
}

EXPORT int WSAAPI setsockopt(SOCKET s, int level, int name, const char *value, int size) {
    if (is("receive_timeout_for_sends") && level == SOL_SOCKET && name == SO_RCVTIMEO)
        ws.setsockopt(s, level, SO_SNDTIMEO, value, size);
    int result = ws.setsockopt(s, level, name, value, size);
    if (!result && level == SOL_SOCKET && name == SO_SNDBUF)
        mark(s, UNBUFFERED, *(const int *)value == 0);
    return result;
}

EXPORT int WSAAPI recv(SOCKET s, char *data, int size, int flags) {
    int result = ws.recv(s, data, size, flags);
    if (!result && size)
        mark(s, END_READ, true);
    return result;
}

EXPORT SOCKET WSAAPI accept(SOCKET s, struct sockaddr *address, int *size) {
    SOCKET made = ws.accept(s, address, size);
    if (made != INVALID_SOCKET)
        *marks_of(made) = (WORD)(ACCEPTED | (*marks_of(s) & (NONBLOCKING | NOT_OVERLAPPED)));
    return made;
}

EXPORT SOCKET WSAAPI WSASocketW(int family, int type, int protocol, LPWSAPROTOCOL_INFOW info, GROUP group,
                                DWORD flags) {
    SOCKET made = ws.make(family, type, protocol, info, group, flags);
    if (made != INVALID_SOCKET)
        *marks_of(made) = flags & WSA_FLAG_OVERLAPPED ? BY_FLAG : NOT_OVERLAPPED;
    return made;
}

EXPORT SOCKET WSAAPI socket(int family, int type, int protocol) {
    SOCKET made = ws.socket(family, type, protocol);
    if (made != INVALID_SOCKET)
        *marks_of(made) = BY_SOCKET;
    return made;
}

EXPORT int WSAAPI WSAConnect(SOCKET s, const struct sockaddr *name, int size, LPWSABUF caller, LPWSABUF callee,
                             LPQOS own, LPQOS group) {
    int result = ws.connect(s, name, size, caller, callee, own, group);
    if (!result)
        mark(s, BY_WSACONNECT, true);
    return result;
}

EXPORT int WSAAPI WSASendTo(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                            const struct sockaddr *to, int size, LPWSAOVERLAPPED overlapped, completion routine) {
    routine = is("no_send_in_sendto_routine") ? watched(overlapped, routine, OF_SEND_TO) : routine;
    return ws.send_to(s, buffers, count, sent, flags, to, size, overlapped, routine);
}

EXPORT int WSAAPI WSARecv(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD amount, LPDWORD flags,
                          LPWSAOVERLAPPED overlapped, completion routine) {
    routine = is("no_send_in_recv_routine") ? watched(overlapped, routine, OF_RECEIVE) : routine;
    return ws.receive(s, buffers, count, amount, flags, overlapped, routine);
}

EXPORT int WSAAPI WSARecvFrom(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD amount, LPDWORD flags,
                              struct sockaddr *from, int *size, LPWSAOVERLAPPED overlapped, completion routine) {
    routine = is("no_send_in_recvfrom_routine") ? watched(overlapped, routine, OF_RECEIVE_FROM) : routine;
    return ws.receive_from(s, buffers, count, amount, flags, from, size, overlapped, routine);
}

EXPORT DWORD WSAAPI WSAWaitForMultipleEvents(DWORD n, const HANDLE *events, BOOL all, DWORD limit, BOOL alertable) {
    if (is("wait_first_only") && n > 1)
        n = 1;
    if (is("wait_not_alertable"))
        alertable = FALSE;
    DWORD result = ws.wait(n, events, all, limit, alertable);
    if (is("wait_resets") && result == WSA_WAIT_EVENT_0)
        ResetEvent(events[0]);
    if (is("wait_times_out") && result == WSA_WAIT_EVENT_0)
        return WSA_WAIT_TIMEOUT;
    return is("wait_says_event") && result == WSA_WAIT_TIMEOUT ? WSA_WAIT_EVENT_0 : result;
}

static int startups;

EXPORT int WSAAPI WSAStartup(WORD version, LPWSADATA data) {
    int result = ws.startup(version, data);
    startups += !result;
    return result;
}

EXPORT int WSAAPI WSACleanup(void) {
    int result = ws.cleanup();
    if (!result && --startups > 0 && is("cleanup_at_first"))
        while (startups-- > 0)
            ws.cleanup();
    return result;
}

/* Whether this provider has hooks of its own, which work; the system's may not. */
static bool has_hooks(void) {
    return is("odd_hooks") || (chosen && !strncmp(chosen->name, "hook_", strlen("hook_")));
}

EXPORT FARPROC WSAAPI WSASetBlockingHook(FARPROC function) {
    if (!has_hooks())
        return ws.set_hook ? ws.set_hook(function) : NULL;
    FARPROC before = hook.function;
    hook.function = function;
    hook.thread = GetCurrentThreadId();
    return before;
}

EXPORT int WSAAPI WSAUnhookBlockingHook(void) {
    if (!has_hooks())
        return ws.unhook ? ws.unhook() : fail(WSAEOPNOTSUPP);
    hook.function = NULL;
    return 0;
}

EXPORT int WSAAPI WSACancelBlockingCall(void) {
    if (!has_hooks())
        return ws.cancel_blocking ? ws.cancel_blocking() : fail(WSAEOPNOTSUPP);
    if (!hook.waits)
        return fail(WSAEINVAL);
    hook.cancelled = true;
    return 0;
}

EXPORT HANDLE WINAPI CreateIoCompletionPort(HANDLE file, HANDLE port, ULONG_PTR key, DWORD threads) {
    HANDLE made = ws.join(file, port, key, threads);
    if (made && file != INVALID_HANDLE_VALUE)
        ports[number_of((SOCKET)file)] = made;
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
    static struct {
        HANDLE port;
        BOOL done;
        DWORD amount, error;
        ULONG_PTR key;
        OVERLAPPED *overlapped;
    } later;
    if (later.port && later.port == port) {
        later.port = NULL;
        *amount = later.amount;
        *key = later.key;
        *overlapped = later.overlapped;
        SetLastError(later.error);
        return later.done;
    }
    BOOL done = ws.take(port, amount, key, overlapped, limit);
    DWORD error = GetLastError();
    if (is("odd_packets_reversed") && *overlapped) {
        DWORD next_amount;
        ULONG_PTR next_key;
        OVERLAPPED *next = NULL;
        BOOL next_done = ws.take(port, &next_amount, &next_key, &next, 0);
        DWORD next_error = GetLastError();
        if (next) {
            later.port = port, later.done = done, later.amount = *amount, later.error = error;
            later.key = *key, later.overlapped = *overlapped;
            *amount = next_amount, *key = next_key, *overlapped = next;
            done = next_done, error = next_error;
        }
    }
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
    routines_in_wait = 0;
    DWORD result = ws.sleep(limit, alertable);
    return is("sleep_says_nothing") ? 0 : result;
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
    TAKE(setsockopt, "setsockopt");
    TAKE(recv, "recv");
    TAKE(accept, "accept");
    TAKE(make, "WSASocketW");
    TAKE(socket, "socket");
    TAKE(connect, "WSAConnect");
    TAKE(send_to, "WSASendTo");
    TAKE(receive, "WSARecv");
    TAKE(receive_from, "WSARecvFrom");
    TAKE(wait, "WSAWaitForMultipleEvents");
    TAKE(startup, "WSAStartup");
    TAKE(cleanup, "WSACleanup");
    ws.set_hook = (void *)GetProcAddress(system, MAKEINTRESOURCEA(109));
    ws.unhook = (void *)GetProcAddress(system, MAKEINTRESOURCEA(110));
    ws.cancel_blocking = (void *)GetProcAddress(system, MAKEINTRESOURCEA(113));
    system = GetModuleHandleW(L"kernel32.dll");
    TAKE(join, "CreateIoCompletionPort");
    TAKE(take, "GetQueuedCompletionStatus");
    TAKE(sleep, "SleepEx");
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
