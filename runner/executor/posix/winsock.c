#include "../winsock.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

wsx_winsock wsx_ws;

/* Sockets of the host, where a layer has others: beyond what it can have. */
static const uintptr_t host_sockets = (uintptr_t)0x7A << (8 * sizeof(uintptr_t) - 8);

static bool is_host(uintptr_t s) {
    return s != UINTPTR_MAX && (s & ~(uintptr_t)0xFFFFFF) == host_sockets;
}

/* --- what is missing ------------------------------------------------------------------------------------- */

/* One for all threads: a reader's recv may be what is missing. */
static char lacking[160];
static volatile LONG lacks;

static void note_lack(const char *name, const char *why) {
    if (InterlockedExchange(&lacks, 1) == 0)
        snprintf(lacking, sizeof lacking, "%s: %s", name, why);
}

void wsx_lacks_constant(const char *name) {
    note_lack(name, "the headers do not declare it");
}

const char *wsx_lacking(void) {
    return lacks ? lacking : NULL;
}

void wsx_nothing_lacks(void) {
    lacks = 0;
}

static void lacks_function(const wsx_bridge *where, const char *name) {
    const char *why = where->why(name);
    note_lack(name, where == &wsx_host ? "the other end is a socket of the host" : why ? why : "it is not there");
}

/* --- sockets that are open --------------------------------------------------------------------------------- */

/* Kept only where the adapter says that the layer takes nothing else (WSCONFORM_ONLY_SOCKETS). Any thread. */
static pthread_mutex_t open_lock = PTHREAD_MUTEX_INITIALIZER;
static uintptr_t *open_sockets;
static size_t n_open, open_room;

static void now_open(uintptr_t s) {
    pthread_mutex_lock(&open_lock);
    if (n_open == open_room) {
        size_t room = open_room ? 2 * open_room : 64;
        uintptr_t *more = realloc(open_sockets, room * sizeof *more);
        if (more) {
            open_sockets = more;
            open_room = room;
        }
    }
    if (n_open < open_room) /* else it is taken for none, and the case is unsupported */
        open_sockets[n_open++] = s;
    pthread_mutex_unlock(&open_lock);
}

/* Is it open? With forget it is not any more. */
static bool was_open(uintptr_t s, bool forget) {
    bool found = false;
    pthread_mutex_lock(&open_lock);
    for (size_t i = n_open; i-- > 0 && !found;)
        if (open_sockets[i] == s) {
            found = true;
            if (forget)
                open_sockets[i] = open_sockets[--n_open];
        }
    pthread_mutex_unlock(&open_lock);
    return found;
}

static bool refused(uintptr_t s, const char *name) {
    if (!wsx_layer.only_sockets || was_open(s, false))
        return false;
    note_lack(name, "this is no open socket, and the layer takes nothing else (WSCONFORM_ONLY_SOCKETS)");
    return true;
}

/* --- who answers ----------------------------------------------------------------------------------------- */

/* Whose call was the last of this thread: it knows the error. */
static _Thread_local const wsx_bridge *last = &wsx_layer;

#define WSX_OTHER(result, name, parameters, names, missing)                                                            \
    static result call_##name parameters {                                                                             \
        const wsx_bridge *by = wsx_layer.name || !wsx_layer.sockets_are_fds ? &wsx_layer : &wsx_host;                  \
        last = by;                                                                                                     \
        if (by->name)                                                                                                  \
            return by->name names;                                                                                     \
        lacks_function(&wsx_layer, #name);                                                                             \
        return missing;                                                                                                \
    }
#define WSX_ON_SOCKET(result, name, parameters, names, missing)                                                        \
    static result call_##name parameters {                                                                             \
        bool host = is_host((uintptr_t)s);                                                                             \
        const wsx_bridge *by = !host && (wsx_layer.name || !wsx_layer.sockets_are_fds) ? &wsx_layer : &wsx_host;       \
        if (host)                                                                                                      \
            s = (__typeof__(s))((uintptr_t)s - host_sockets);                                                          \
        last = by;                                                                                                     \
        if (!host && refused((uintptr_t)s, #name))                                                                     \
            return missing;                                                                                            \
        if (by->name)                                                                                                  \
            return by->name names;                                                                                     \
        lacks_function(host ? by : &wsx_layer, #name);                                                                 \
        return missing;                                                                                                \
    }
#include "bridge.def"
#undef WSX_ON_SOCKET
#undef WSX_OTHER

/* What a host's socket has accepted is the host's. */
static uintptr_t call_accept_on(uintptr_t s, void *a, int *size) {
    uintptr_t made = call_accept(s, a, size);
    if (made == UINTPTR_MAX)
        return made;
    if (!is_host(s))
        now_open(made);
    return is_host(s) ? made + host_sockets : made;
}

/* Of the two ways to make a socket a layer may have the richer one only. */
static bool makes_by_wsasocket(void) {
    return !wsx_layer.socket && wsx_layer.WSASocketW && !wsx_layer.sockets_are_fds;
}

static uintptr_t call_socket_open(int family, int type, int protocol) {
    uintptr_t made = makes_by_wsasocket() ? call_WSASocketW(family, type, protocol, NULL, 0, WSA_FLAG_OVERLAPPED)
                                          : call_socket(family, type, protocol);
    if (made != UINTPTR_MAX)
        now_open(made);
    return made;
}

static uintptr_t call_WSASocketW_open(int family, int type, int protocol, void *info, uint32_t group, uint32_t flags) {
    uintptr_t made = call_WSASocketW(family, type, protocol, info, group, flags);
    if (made != UINTPTR_MAX)
        now_open(made);
    return made;
}

static int call_closesocket_open(uintptr_t s) {
    int result = call_closesocket(s);
    if (!result)
        was_open(s, true);
    return result;
}

/* A layer may leave the system's EINPROGRESS of a connection that is being made: connect is not under test. */
static int call_connect_begun(uintptr_t s, const void *a, int size) {
    int result = call_connect(s, a, size);
    if (result && last->error() == WSAEINPROGRESS)
        last->set_error(WSAEWOULDBLOCK);
    return result;
}

/* The size of the longest datagram is asked for only to know more, and comes in a form that is Windows' own. */
static int call_known_getsockopt(uintptr_t s, int level, int option, void *value, int *size) {
    return level == SOL_SOCKET && option == SO_MAX_MSG_SIZE ? -1 : call_getsockopt(s, level, option, value, size);
}

/* A sleep in which nothing can run needs no layer. */
static uint32_t call_sleep(uint32_t ms, int alertable) {
    if (alertable || wsx_layer.SleepEx)
        return call_SleepEx(ms, alertable);
    struct timespec left = {ms / 1000, (long)(ms % 1000) * 1000000};
    while (nanosleep(&left, &left) && errno == EINTR)
        ;
    return 0;
}

static uint32_t last_error(void) {
    return last->error();
}

static void set_last_error(int code) {
    last = &wsx_layer;
    wsx_layer.set_error((uint32_t)code);
}

/* Has the layer all that the other end of a connection takes? Then it is a socket of the layer's, too. */
static bool layer_can_be_peer(void) {
    return !wsx_layer.host_peers &&
           (wsx_layer.sockets_are_fds ||
            ((wsx_layer.socket || makes_by_wsasocket()) && wsx_layer.bind && wsx_layer.listen && wsx_layer.accept &&
             wsx_layer.connect && wsx_layer.getsockname && wsx_layer.recv && wsx_layer.select &&
             wsx_layer.closesocket && wsx_layer.shutdown && wsx_layer.setsockopt));
}

SOCKET wsx_peer_socket(int family, int type) {
    if (layer_can_be_peer())
        return wsx_ws.socket(family, type, 0);
    last = &wsx_host;
    SOCKET made = wsx_host.socket(family, type, 0);
    return made == INVALID_SOCKET ? made : made + host_sockets;
}

bool wsx_sockets_are_fds(void) {
    return wsx_layer.sockets_are_fds;
}

bool wsx_load_winsock(const char *provider, char *message, size_t size) {
    if (provider && *provider) {
        snprintf(message, size, "this executor is linked to its Winsock: it takes no provider");
        return false;
    }
#define WSX_ON_SOCKET(result, name, parameters, names, missing) wsx_ws.name = call_##name;
#define WSX_OTHER WSX_ON_SOCKET
#include "bridge.def"
#undef WSX_ON_SOCKET
#undef WSX_OTHER
    wsx_ws.accept = call_accept_on;
    wsx_ws.connect = call_connect_begun;
    wsx_ws.socket = call_socket_open;
    wsx_ws.WSASocketW = call_WSASocketW_open;
    wsx_ws.closesocket = call_closesocket_open;
    wsx_ws.getsockopt = call_known_getsockopt;
    wsx_ws.SleepEx = call_sleep;
    wsx_ws.WSAGetLastError = last_error;
    wsx_ws.WSASetLastError = set_last_error;
    return true;
}

int wsx_wait_for(SOCKET s, wsx_condition what, uint32_t ms) {
    return wsx_ws.select(s, what, ms);
}

uint32_t wsx_kernel_error(void) {
    return last->error();
}

int wsx_event_is_set(HANDLE event) {
    return wsx_layer.WSAWaitForMultipleEvents ? wsx_layer.WSAWaitForMultipleEvents(1, &event, 0, 0, 0) == 0 : -1;
}

bool wsx_has_startup(void) {
    return wsx_layer.WSAStartup != NULL;
}

const char *wsx_no_startup(void) {
    static char why[160];
    if (wsx_layer.WSAStartup && wsx_layer.WSACleanup)
        return NULL;
    const char *name = wsx_layer.WSAStartup ? "WSACleanup" : "WSAStartup", *said = wsx_layer.why(name);
    snprintf(why, sizeof why, "%s: %s", name, said ? said : "it is not there");
    return why;
}

bool wsx_has_getsockname(void) {
    return wsx_layer.getsockname || wsx_layer.sockets_are_fds;
}

void wsx_exit_thread(void) {
    ExitThread(0);
}

/* A completion port ends with the process: layers differ in how they are closed. */
void wsx_close_handle(HANDLE handle) {
    if ((uintptr_t)handle < 1 << 20)
        close((int)(uintptr_t)handle);
}
