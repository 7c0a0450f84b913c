/*
 * bridge.c - a Winsock with headers of its own, as the executor calls it. See bridge.h; adapter.h tells what a user can
 * say.
 *
 * Compiled once to learn what there is (cmake/layer.cmake): with every WSX_HAVE_... and WSX_C_... 1, and again and
 * again with those 0 at whose lines the compiler complained. So each wrapper stands between an #if with its name and an
 * #endif, and makes the call in the words of a program: a macro, an inline function, or one with a slightly different
 * prototype will do. Pointers are passed as void *, which C turns into whatever the header wants.
 */
#include "bridge.h" /* before what the headers may define */

#include WSX_HAVE

#if WSX_SYSTEM_SOCKETS /* the headers leave sockaddr_in and the like to the system; before macros may rename things */
#include <netinet/in.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#endif

#include WSX_ADAPTER
#ifdef WSX_HEADER
#include WSX_HEADER
#endif

#include <errno.h>
#include <string.h>

/* --- what an adapter may say ----------------------------------------------------------------------------- */

#ifndef WSCONFORM_NAME
#define WSCONFORM_NAME ""
#endif
#ifndef WSCONFORM_VERSION
#define WSCONFORM_VERSION ""
#endif
#ifndef WSCONFORM_ONLY_SOCKETS
#define WSCONFORM_ONLY_SOCKETS 0
#endif
#ifndef WSCONFORM_HOST_PEERS
#define WSCONFORM_HOST_PEERS 0
#endif
#ifndef WSCONFORM_NO_OVERLAPPED
#define WSCONFORM_NO_OVERLAPPED 0
#endif
#ifndef WSCONFORM_LEN
#define WSCONFORM_LEN len
#endif
#ifndef WSCONFORM_BUF
#define WSCONFORM_BUF buf
#endif
#ifndef WSCONFORM_CALLBACK
#define WSCONFORM_CALLBACK
#endif
#ifndef WSCONFORM_FROM_SOCKET
#define WSCONFORM_FROM_SOCKET(s) ((intptr_t)(s))
#endif
#ifndef WSCONFORM_TO_SOCKET
#define WSCONFORM_TO_SOCKET(n) ((SOCKET)(n))
#endif
#ifndef WSCONFORM_FROM_EVENT
#define WSCONFORM_FROM_EVENT(e) ((void *)(intptr_t)(e))
#endif
#ifndef WSCONFORM_TO_EVENT
#define WSCONFORM_TO_EVENT(p) ((wsx_event)(intptr_t)(p))
#endif

/* Integers in GCC's count of kinds of types; a pointer is none. */
#define IS_INTEGER(type) (__builtin_classify_type(*(type *)0) == 1)

#ifndef WSCONFORM_SOCKETS_ARE_FDS
/* Where the library makes no sockets at all, and they are numbers, only the system can make them. */
#if WSX_HAVE_socket || WSX_HAVE_WSASocketW
#define WSCONFORM_SOCKETS_ARE_FDS 0
#else
#define WSCONFORM_SOCKETS_ARE_FDS IS_INTEGER(SOCKET)
#endif
#endif

#if WSX_HAVE_DWORD
typedef DWORD wsx_dword;
#else
typedef uint32_t wsx_dword;
#endif
#if WSX_HAVE_WSACreateEvent
typedef __typeof__(WSACreateEvent()) wsx_event;
#elif WSX_HAVE_WSAEVENT
typedef WSAEVENT wsx_event;
#else
typedef void *wsx_event;
#endif
#if WSX_HAVE_WSAOVERLAPPED && !WSCONFORM_NO_OVERLAPPED
#define HAS_OVERLAPPED 1
typedef WSAOVERLAPPED wsx_block;
#else
#define HAS_OVERLAPPED 0
#endif

/* Types: used here, so that the compiler tells whether they are there, or are such. */
#if WSX_HAVE_number_socket
typedef char probe_number_socket[IS_INTEGER(SOCKET) ? 1 : -1];
#endif
#if WSX_HAVE_DWORD
typedef DWORD probe_dword;
#endif
#if WSX_HAVE_WSAEVENT
typedef WSAEVENT probe_event;
#endif
#if WSX_HAVE_WSAOVERLAPPED
typedef char probe_overlapped[sizeof(((WSAOVERLAPPED *)0)->hEvent)];
#endif
#if WSX_HAVE_Internal
typedef char probe_internal[sizeof(((WSAOVERLAPPED *)0)->Internal) + sizeof(((WSAOVERLAPPED *)0)->InternalHigh)];
#endif
#if WSX_HAVE_sockaddr_in
typedef char probe_in[sizeof(struct sockaddr_in)];
#endif
#if WSX_HAVE_sockaddr_in6
typedef char probe_in6[sizeof(struct sockaddr_in6)];
#endif
#if WSX_HAVE_sockaddr_un
typedef char probe_un[sizeof(struct sockaddr_un)];
#endif
#if WSX_HAVE_WSADATA
typedef char probe_data[sizeof(WSADATA)];
#endif
#if WSX_HAVE_linger
typedef char probe_linger[sizeof(struct linger)];
#endif
#if WSX_HAVE_timeval
typedef char probe_timeval[sizeof(struct timeval)];
#endif

/* --- numbers --------------------------------------------------------------------------------------------- */

typedef struct wsx_constant {
    const char *name;
    uint64_t windows;
    int declared, error;
    long long value; /* the Winsock's; after fill() */
} wsx_constant;

#define VALUE_1(expression) ((long long)(intptr_t)(expression))
#define VALUE_0(expression) 0
#define VALUE_OF(has) VALUE_##has
#define VALUE(has) VALUE_OF(has)

static wsx_constant wsx_constants[] = {
#define WSN_CONSTANT(name, value) {#name, value, WSX_C_##name, 0, 0},
#define WSN_ERROR(name, value) {#name, value, WSX_C_##name, 1, 0},
#include "constants.def"
#undef WSN_CONSTANT
#undef WSN_ERROR
};

enum { CONSTANTS = sizeof wsx_constants / sizeof *wsx_constants };

/* They may be objects: known only when the program runs. */
__attribute__((constructor)) static void wsx_fill(void) {
    size_t i = 0;
#define WSN_CONSTANT(name, windows_number) wsx_constants[i++].value = VALUE(WSX_C_##name)(name);
#include "constants.def"
#undef WSN_CONSTANT
}

static int wsx_begins(const char *text, const char *with) {
    return !strncmp(text, with, strlen(with));
}

/* Windows' number of the constants whose names begin so, as this Winsock has it. 0 after telling that it has none. */
static int wsx_translate(const char *prefix, uint64_t windows, int *out) {
    const wsx_constant *known = NULL;
    for (const wsx_constant *c = wsx_constants; c < wsx_constants + CONSTANTS; c++) {
        if (!wsx_begins(c->name, prefix) || c->windows != windows)
            continue;
        known = c;
        if (c->declared) {
            *out = (int)c->value;
            return 1;
        }
    }
    /* These have the same numbers everywhere; what the notation has no name for is passed on as it is. */
    *out = (int)windows;
    if (!known || !windows || !strcmp(known->name, "AF_INET") || !strcmp(prefix, "SD_") ||
        !strcmp(known->name, "SOCK_STREAM") || !strcmp(known->name, "SOCK_DGRAM") ||
        !strcmp(known->name, "IPPROTO_TCP") || !strcmp(known->name, "IPPROTO_UDP") ||
        !strcmp(known->name, "WSA_FLAG_OVERLAPPED"))
        return 1;
    wsx_lacks_constant(known->name);
    return 0;
}

/* Each bit that has a name in the group. */
static int wsx_translate_flags(const char *prefix, uint32_t windows, int *out) {
    uint32_t all = 0;
    for (int bit = 0; bit < 32; bit++) {
        int flag;
        if (!(windows >> bit & 1))
            continue;
        if (!wsx_translate(prefix, (uint64_t)1 << bit, &flag))
            return 0;
        all |= (uint32_t)flag;
    }
    *out = (int)all;
    return 1;
}

static const wsx_constant *wsx_error_with_value(const char *prefix, long long value) {
    for (const wsx_constant *c = wsx_constants; c < wsx_constants + CONSTANTS; c++)
        if (c->declared && wsx_begins(c->name, prefix) && c->windows && (c->error || wsx_begins(c->name, "ERROR_")) &&
            c->value == value)
            return c;
    return NULL;
}

/* An error code of this Winsock in Windows' numbers: by its own constants; one that it does not declare goes by the
 * errno of the same name; a number that is none of these is told as it is. */
static uint32_t wsx_windows_error(long long code) {
    const wsx_constant *c = wsx_error_with_value("WSA", code);
    if (!c)
        c = wsx_error_with_value("", code);
    if (c)
        return (uint32_t)c->windows;
    for (c = wsx_constants; code && c < wsx_constants + CONSTANTS; c++)
        if (c->error && !c->declared && wsx_errno_named(c->name) == code)
            return (uint32_t)c->windows;
    return (uint32_t)code;
}

static uint32_t wsx_last_error(void) {
#ifdef WSCONFORM_LAST_ERROR
    return wsx_windows_error((long long)(WSCONFORM_LAST_ERROR()));
#else
#if WSX_HAVE_WSAGetLastError
    return wsx_windows_error((long long)WSAGetLastError());
#endif
    return wsx_windows_error(errno);
#endif
}

static void wsx_set_last_error(uint32_t code) {
    long long value = (int)code;
    for (const wsx_constant *c = wsx_constants; c < wsx_constants + CONSTANTS; c++)
        if (c->error && c->declared && c->windows == code)
            value = c->value;
    errno = (int)value;
#if WSX_HAVE_WSASetLastError
    WSASetLastError((int)value);
#endif
}

/* --- sockets, addresses, events -------------------------------------------------------------------------- */

#if WSX_C_INVALID_SOCKET
#define NO_SOCKET (INVALID_SOCKET)
#else
#define NO_SOCKET WSCONFORM_TO_SOCKET((intptr_t)-1)
#endif

static SOCKET wsx_to_socket(uintptr_t s) {
    return s == UINTPTR_MAX ? NO_SOCKET : WSCONFORM_TO_SOCKET((intptr_t)s);
}

static uintptr_t wsx_from_socket(SOCKET s) {
    return WSCONFORM_FROM_SOCKET(s) == WSCONFORM_FROM_SOCKET(NO_SOCKET) ? UINTPTR_MAX
                                                                        : (uintptr_t)WSCONFORM_FROM_SOCKET(s);
}

__attribute__((unused)) static void *wsx_from_event(wsx_event e) {
    return WSCONFORM_FROM_EVENT(e);
}

__attribute__((unused)) static wsx_event wsx_to_event(void *p) {
    return WSCONFORM_TO_EVENT(p);
}

typedef union wsx_native {
#if WSX_HAVE_sockaddr_in
    struct sockaddr_in v4;
#endif
#if WSX_HAVE_sockaddr_in6
    struct sockaddr_in6 v6;
#endif
#if WSX_HAVE_sockaddr_un
    struct sockaddr_un local;
#endif
    char room[128];
} wsx_native;

/* Returns the size of *out, 0 after telling what is missing. */
__attribute__((unused)) static int wsx_to_address(const void *windows, wsx_native *out) {
    const char *a = windows;
    uint16_t kind;
    int family;
    memcpy(&kind, a, sizeof kind);
    memset(out, 0, sizeof *out);
    if (!wsx_translate("AF_", kind, &family))
        return 0;
#if WSX_HAVE_sockaddr_in
    if (kind == WSX_IPV4) {
        out->v4.sin_family = (__typeof__(out->v4.sin_family))family;
        memcpy(&out->v4.sin_port, a + WSX_PORT_AT, 2);
        memcpy(&out->v4.sin_addr, a + WSX_IPV4_AT, 4);
        return (int)sizeof out->v4;
    }
#endif
#if WSX_HAVE_sockaddr_in6
    if (kind == WSX_IPV6) {
        out->v6.sin6_family = (__typeof__(out->v6.sin6_family))family;
        memcpy(&out->v6.sin6_port, a + WSX_PORT_AT, 2);
        memcpy(&out->v6.sin6_addr, a + WSX_IPV6_AT, 16);
        return (int)sizeof out->v6;
    }
#endif
#if WSX_HAVE_sockaddr_un
    if (kind == WSX_UNIX) {
        out->local.sun_family = (__typeof__(out->local.sun_family))family;
        memcpy(out->local.sun_path, a + WSX_PATH_AT, strnlen(a + WSX_PATH_AT, WSX_PATH_SIZE - 1));
        return (int)sizeof out->local;
    }
#endif
    wsx_lacks_constant(kind == WSX_IPV6 ? "sockaddr_in6" : kind == WSX_UNIX ? "sockaddr_un" : "sockaddr_in");
    return 0;
}

__attribute__((unused)) static void wsx_from_address(const wsx_native *in, void *windows) {
    char *a = windows;
    uint16_t kind = 0;
    (void)in;
#if WSX_HAVE_sockaddr_in
    int family;
    if (wsx_translate("AF_", WSX_IPV4, &family) && in->v4.sin_family == (__typeof__(in->v4.sin_family))family) {
        kind = WSX_IPV4;
        memcpy(a + WSX_PORT_AT, &in->v4.sin_port, 2);
        memcpy(a + WSX_IPV4_AT, &in->v4.sin_addr, 4);
    }
#endif
#if WSX_HAVE_sockaddr_in6 && WSX_C_AF_INET6
    if (in->v6.sin6_family == (__typeof__(in->v6.sin6_family))(AF_INET6)) {
        kind = WSX_IPV6;
        memcpy(a + WSX_PORT_AT, &in->v6.sin6_port, 2);
        memcpy(a + WSX_IPV6_AT, &in->v6.sin6_addr, 16);
    }
#endif
    memcpy(a, &kind, sizeof kind);
}

/* --- memory that the functions under test see ------------------------------------------------------------- */

static void wsx_put_buffer(void *at, uint32_t len, char *data) {
    WSABUF b;
    memset(&b, 0, sizeof b);
    b.WSCONFORM_LEN = (__typeof__(b.WSCONFORM_LEN))len;
    b.WSCONFORM_BUF = (void *)data;
    memcpy(at, &b, sizeof b);
}

static void wsx_put_overlapped(void *at, uint32_t internal, void *e) {
#if HAS_OVERLAPPED
    wsx_block block;
    memset(&block, 0, sizeof block);
#if WSX_HAVE_Internal
    block.Internal = (__typeof__(block.Internal))(intptr_t)internal;
    block.InternalHigh = (__typeof__(block.InternalHigh))(intptr_t)internal;
#endif
    block.hEvent = (__typeof__(block.hEvent))(intptr_t)e;
    memcpy(at, &block, sizeof block);
#endif
    (void)at;
    (void)internal;
    (void)e;
}

static void *wsx_event_of(const void *at) {
#if HAS_OVERLAPPED
    wsx_block block;
    memcpy(&block, at, sizeof block);
    return (void *)(intptr_t)block.hEvent;
#endif
    (void)at;
    return NULL;
}

#if HAS_OVERLAPPED
_Static_assert(sizeof(wsx_block) <= WSX_OVERLAPPED_MOST, "an OVERLAPPED is that large at most");
#define ROUTINE(n)                                                                                                     \
    static void WSCONFORM_CALLBACK routine_##n(wsx_dword error, wsx_dword transferred, wsx_block *o,                   \
                                               wsx_dword flags) {                                                      \
        wsx_routine_called(n, wsx_windows_error((long long)error), (uint32_t)transferred, o, (uint32_t)flags);         \
    }
WSX_ALL(ROUTINE)
#define ENTRY(n) (void *)routine_##n,
static void *const wsx_routines[WSX_ROUTINES] = {WSX_ALL(ENTRY)};
#endif

static void *wsx_routine(int slot) {
#if HAS_OVERLAPPED
    return wsx_routines[slot];
#endif
    (void)slot;
    return NULL;
}

/* --- functions ------------------------------------------------------------------------------------------- */

/* What a call returns; 0 if the layer has made a procedure of the function. */
#define RESULT(call)                                                                                                   \
    ((int)__builtin_choose_expr(__builtin_types_compatible_p(__typeof__(call), void), ((void)(call), 0), (call)))

#if WSX_HAVE_WSAStartup
static int b_WSAStartup(uint16_t version, void *unused) {
#if WSX_HAVE_WSADATA
    WSADATA data;
#else
    char data[512]; /* for a macro that takes no notice of it */
#endif
    (void)unused;
    (void)version;
    memset(&data, 0, sizeof data);
    return (int)wsx_windows_error(RESULT(WSAStartup(version, &data)));
}
#endif

#if WSX_HAVE_WSACleanup
static int b_WSACleanup(void) {
    return RESULT(WSACleanup());
}
#endif

#if WSX_HAVE_WSAGetLastError
static int probe_get_error(void) {
    return (int)WSAGetLastError();
}
#endif

#if WSX_HAVE_WSASetLastError
static void probe_set_error(int code) {
    WSASetLastError(code);
}
#endif

#if WSX_HAVE_socket
static uintptr_t b_socket(int family, int type, int protocol) {
    if (!wsx_translate("AF_", (uint64_t)family, &family) || !wsx_translate("SOCK_", (uint64_t)type, &type) ||
        !wsx_translate("IPPROTO_", (uint64_t)protocol, &protocol))
        return UINTPTR_MAX;
    return wsx_from_socket(socket(family, type, protocol));
}
#endif

#if WSX_HAVE_WSASocketW
static uintptr_t b_WSASocketW(int family, int type, int protocol, void *info, uint32_t group, uint32_t windows) {
    int flags;
    if (!wsx_translate("AF_", (uint64_t)family, &family) || !wsx_translate("SOCK_", (uint64_t)type, &type) ||
        !wsx_translate("IPPROTO_", (uint64_t)protocol, &protocol) || !wsx_translate_flags("WSA_FLAG_", windows, &flags))
        return UINTPTR_MAX;
    return wsx_from_socket(WSASocketW(family, type, protocol, info, group, (wsx_dword)flags));
}
#endif

#if WSX_HAVE_bind
static int b_bind(uintptr_t s, const void *a, int size) {
    wsx_native to;
    size = wsx_to_address(a, &to);
    return size ? (int)bind(wsx_to_socket(s), (void *)&to, size) : -1;
}
#endif

#if WSX_HAVE_connect
static int b_connect(uintptr_t s, const void *a, int size) {
    wsx_native to;
    size = wsx_to_address(a, &to);
    return size ? (int)connect(wsx_to_socket(s), (void *)&to, size) : -1;
}
#endif

#if WSX_HAVE_WSAConnect
static int b_WSAConnect(uintptr_t s, const void *a, int size, void *in, void *out, void *q, void *g) {
    wsx_native to;
    size = wsx_to_address(a, &to);
    return size ? (int)WSAConnect(wsx_to_socket(s), (void *)&to, size, in, out, q, g) : -1;
}
#endif

#if WSX_HAVE_listen
static int b_listen(uintptr_t s, int backlog) {
    return (int)listen(wsx_to_socket(s), backlog);
}
#endif

#if WSX_HAVE_accept
static uintptr_t b_accept(uintptr_t s, void *a, int *unused) {
    wsx_native from;
    int size = (int)sizeof from;
    (void)unused;
    memset(&from, 0, sizeof from);
    uintptr_t made = wsx_from_socket(accept(wsx_to_socket(s), (void *)&from, (void *)&size));
    if (made != UINTPTR_MAX && a)
        wsx_from_address(&from, a);
    return made;
}
#endif

#if WSX_HAVE_shutdown
static int b_shutdown(uintptr_t s, int how) {
    return wsx_translate("SD_", (uint64_t)how, &how) ? (int)shutdown(wsx_to_socket(s), how) : -1;
}
#endif

#if WSX_HAVE_closesocket
static int b_closesocket(uintptr_t s) {
    return RESULT(closesocket(wsx_to_socket(s)));
}
#endif

#if WSX_HAVE_ioctlsocket
static int b_ioctlsocket(uintptr_t s, long code, uint32_t *value) {
    unsigned long wide = *value; /* u_long has 32 or 64 bits: the low ones come first either way */
    int result;
#if WSX_C_FIONBIO
    if ((uint32_t)code == 0x8004667Eu)
        code = (long)(FIONBIO);
#endif
#if WSX_C_FIONREAD
    if ((uint32_t)code == 0x4004667Fu)
        code = (long)(FIONREAD);
#endif
    result = (int)ioctlsocket(wsx_to_socket(s), code, (void *)&wide);
    *value = (uint32_t)wide;
    return result;
}
#endif

/* Level and option: those of SOL_SOCKET have names, and so have a few of other levels. 0 after telling which is
 * missing. */
__attribute__((unused)) static int wsx_find_option(int *level, int *option) {
    const char *prefix = *level == 0xFFFF ? "SO_" : *level == 6 ? "TCP_" : *level == 41 ? "IPV6_" : "IP_";
    uint64_t windows = (uint32_t)*option;
    if (*level == 0xFFFF ? !wsx_translate("SOL_", 0xFFFF, level) : !wsx_translate("IPPROTO_", (uint64_t)*level, level))
        return 0;
    return wsx_translate(prefix, windows, option);
}

enum { SOCKET_LEVEL = 0xFFFF, LINGER = 128, SEND_TIMEOUT = 0x1005, RECEIVE_TIMEOUT = 0x1006, ERROR_OPTION = 0x1007 };

#if WSX_HAVE_setsockopt
static int b_setsockopt(uintptr_t s, int level, int option, const void *value, int size) {
    int is_socket = level == SOCKET_LEVEL, windows = option;
    if (!wsx_find_option(&level, &option))
        return -1;
#if WSX_HAVE_linger
    if (is_socket && windows == LINGER) {
        const uint16_t *given = value;
        struct linger linger;
        memset(&linger, 0, sizeof linger);
        linger.l_onoff = (__typeof__(linger.l_onoff))given[0];
        linger.l_linger = (__typeof__(linger.l_linger))given[1];
        return (int)setsockopt(wsx_to_socket(s), level, option, (void *)&linger, (int)sizeof linger);
    }
#endif
    int result = (int)setsockopt(wsx_to_socket(s), level, option, (void *)value, size);
#if WSX_HAVE_timeval /* a layer may hand milliseconds on to a system that wants another form: how is not under test */
    if (result && is_socket && (windows == SEND_TIMEOUT || windows == RECEIVE_TIMEOUT)) {
        int ms = *(const int *)value;
        struct timeval limit;
        memset(&limit, 0, sizeof limit);
        limit.tv_sec = ms / 1000;
        limit.tv_usec = (int)(ms % 1000 * 1000);
        result = (int)setsockopt(wsx_to_socket(s), level, option, (void *)&limit, (int)sizeof limit);
    }
#endif
    (void)is_socket;
    (void)windows;
    return result;
}
#endif

#if WSX_HAVE_getsockopt
static int b_getsockopt(uintptr_t s, int level, int option, void *value, int *size) {
    int windows = option, is_socket = level == SOCKET_LEVEL;
    if (!wsx_find_option(&level, &option))
        return -1;
    int result = (int)getsockopt(wsx_to_socket(s), level, option, value, (void *)size);
    if (!result && is_socket && windows == ERROR_OPTION)
        *(int *)value = (int)wsx_windows_error(*(int *)value);
    return result;
}
#endif

#if WSX_HAVE_getsockname
static int b_getsockname(uintptr_t s, void *a, int *unused) {
    wsx_native from;
    int size = (int)sizeof from;
    (void)unused;
    memset(&from, 0, sizeof from);
    int result = (int)getsockname(wsx_to_socket(s), (void *)&from, (void *)&size);
    wsx_from_address(&from, a);
    return result;
}
#endif

#if WSX_HAVE_select
static int b_select(uintptr_t s, int what, uint32_t ms) {
    struct timeval limit;
    fd_set set;
    SOCKET one = wsx_to_socket(s);
    memset(&limit, 0, sizeof limit);
    limit.tv_sec = ms / 1000;
    limit.tv_usec = (int)(ms % 1000 * 1000);
    FD_ZERO(&set);
    FD_SET(one, &set);
    /* cppcheck-suppress nullPointer ; of a sizeof only */
    int ready = (int)select(IS_INTEGER(SOCKET) ? (int)WSCONFORM_FROM_SOCKET(one) + 1 : 0,
                            (void *)(what == WSX_READABLE ? &set : 0), (void *)(what == WSX_WRITABLE ? &set : 0),
                            (void *)(what == WSX_EXCEPT ? &set : 0), (void *)&limit);
    return ready > 0 ? 1 : ready; /* whatever it counts */
}
#endif

#if WSX_HAVE_recv
static int b_recv(uintptr_t s, char *data, int size, int flags) {
    return wsx_translate_flags("MSG_", (uint32_t)flags, &flags) ? (int)recv(wsx_to_socket(s), (void *)data, size, flags)
                                                                : -1;
}
#endif

/* An OVERLAPPED or a routine is given, and the Winsock has none. */
__attribute__((unused)) static int wsx_cannot(const void *o, const void *r) {
    if (HAS_OVERLAPPED || (!o && !r))
        return 0;
    wsx_lacks_constant("WSAOVERLAPPED");
    return 1;
}

#if WSX_HAVE_WSASend
static int b_WSASend(uintptr_t s, void *b, uint32_t n, void *sent, uint32_t windows, void *o, void *r) {
    int flags;
    if (wsx_cannot(o, r) || !wsx_translate_flags("MSG_", windows, &flags))
        return -1;
    return (int)WSASend(wsx_to_socket(s), b, (wsx_dword)n, sent, (wsx_dword)(uint32_t)flags, o, r);
}
#endif

#if WSX_HAVE_WSASendTo
static int b_WSASendTo(uintptr_t s, void *b, uint32_t n, void *sent, uint32_t windows, const void *a, int size, void *o,
                       void *r) {
    wsx_native to;
    int flags;
    if (wsx_cannot(o, r) || !wsx_translate_flags("MSG_", windows, &flags))
        return -1;
    size = wsx_to_address(a, &to);
    if (!size)
        return -1;
    memcpy((void *)(uintptr_t)a, &to,
           (size_t)size); /* it must live as long as the operation, and so does that memory */
    return (int)WSASendTo(wsx_to_socket(s), b, (wsx_dword)n, sent, (wsx_dword)(uint32_t)flags, (void *)(uintptr_t)a,
                          size, o, r);
}
#endif

#if WSX_HAVE_WSARecv
static int b_WSARecv(uintptr_t s, void *b, uint32_t n, void *got, void *flags, void *o, void *r) {
    return wsx_cannot(o, r) ? -1 : (int)WSARecv(wsx_to_socket(s), b, (wsx_dword)n, got, flags, o, r);
}
#endif

#if WSX_HAVE_WSARecvFrom
static int b_WSARecvFrom(uintptr_t s, void *b, uint32_t n, void *got, void *flags, void *a, int *size, void *o,
                         void *r) {
    return wsx_cannot(o, r) ? -1
                            : (int)WSARecvFrom(wsx_to_socket(s), b, (wsx_dword)n, got, flags, a, (void *)size, o, r);
}
#endif

#if WSX_HAVE_WSASendDisconnect
static int b_WSASendDisconnect(uintptr_t s, void *b) {
    return (int)WSASendDisconnect(wsx_to_socket(s), b);
}
#endif

#if WSX_HAVE_WSAGetOverlappedResult
static int b_WSAGetOverlappedResult(uintptr_t s, void *o, void *n, int wait, void *unused) {
    wsx_dword flags = 0;
    (void)unused;
    return (int)WSAGetOverlappedResult(wsx_to_socket(s), o, n, wait, (void *)&flags) != 0;
}
#endif

#if WSX_HAVE_WSAIoctl
static int b_WSAIoctl(uintptr_t s, uint32_t windows, void *in, uint32_t in_size, void *out, uint32_t out_size,
                      uint32_t *n, void *o, void *r) {
    wsx_dword returned = 0;
    int code;
    if (in) { /* structures of Windows */
        wsx_lacks_constant("SIO_KEEPALIVE_VALS");
        return -1;
    }
    if (!wsx_translate("SIO_", windows, &code))
        return -1;
    int result =
        (int)WSAIoctl(wsx_to_socket(s), (wsx_dword)(uint32_t)code, in, in_size, out, out_size, (void *)&returned, o, r);
    *n = (uint32_t)returned;
    return result;
}
#endif

#if WSX_HAVE_CancelIo
static int b_CancelIo(void *s) {
    return (int)CancelIo((HANDLE)(intptr_t)wsx_to_socket((uintptr_t)s)) != 0;
}
#endif

#if WSX_HAVE_CancelIoEx
static int b_CancelIoEx(void *s, void *o) {
    return (int)CancelIoEx((HANDLE)(intptr_t)wsx_to_socket((uintptr_t)s), o) != 0;
}
#endif

#if WSX_HAVE_CreateIoCompletionPort
static void *b_CreateIoCompletionPort(void *s, void *port, uintptr_t key, uint32_t threads) {
    return (void *)(intptr_t)CreateIoCompletionPort((HANDLE)(intptr_t)wsx_to_socket((uintptr_t)s),
                                                    (HANDLE)(intptr_t)port, key, threads);
}
#endif

#if WSX_HAVE_GetQueuedCompletionStatus
static int b_GetQueuedCompletionStatus(void *port, uint32_t *n, uintptr_t *key, void **o, uint32_t ms) {
    wsx_dword transferred = 0;
    int result = (int)GetQueuedCompletionStatus((HANDLE)(intptr_t)port, (void *)&transferred, (void *)key, (void *)o,
                                                (wsx_dword)(int32_t)ms) != 0;
    *n = (uint32_t)transferred;
    return result;
}
#endif

#if WSX_HAVE_WSACreateEvent
static void *b_WSACreateEvent(void) {
    return wsx_from_event(WSACreateEvent());
}
#endif

#if WSX_HAVE_WSASetEvent
static int b_WSASetEvent(void *e) {
    return (int)WSASetEvent(wsx_to_event(e)) != 0;
}
#endif

#if WSX_HAVE_WSAResetEvent
static int b_WSAResetEvent(void *e) {
    return (int)WSAResetEvent(wsx_to_event(e)) != 0;
}
#endif

#if WSX_HAVE_WSACloseEvent
static int b_WSACloseEvent(void *e) {
    return (int)WSACloseEvent(wsx_to_event(e)) != 0;
}
#endif

/* Milliseconds; without end is what the header says it is. */
__attribute__((unused)) static wsx_dword wsx_to_ms(uint32_t ms) {
#if WSX_C_INFINITE
    if (ms == UINT32_MAX)
        return (wsx_dword)(INFINITE);
#endif
    return (wsx_dword)ms;
}

/* What a wait said, as Windows says it. */
__attribute__((unused)) static uint32_t wsx_from_wait(long long result) {
#if WSX_C_WSA_WAIT_TIMEOUT
    if (result == VALUE_1(WSA_WAIT_TIMEOUT))
        return 258;
#endif
#if WSX_C_WSA_WAIT_IO_COMPLETION
    if (result == VALUE_1(WSA_WAIT_IO_COMPLETION))
        return 192;
#endif
#if WSX_C_WAIT_IO_COMPLETION
    if (result == VALUE_1(WAIT_IO_COMPLETION))
        return 192;
#endif
#if WSX_C_WSA_WAIT_FAILED
    if (result == VALUE_1(WSA_WAIT_FAILED))
        return UINT32_MAX;
#endif
    return (uint32_t)result;
}

#if WSX_HAVE_WSAWaitForMultipleEvents
static uint32_t b_WSAWaitForMultipleEvents(uint32_t n, void *const *e, int all, uint32_t ms, int alertable) {
    wsx_event events[64];
    for (uint32_t i = 0; i < n && i < 64; i++)
        events[i] = wsx_to_event(e[i]);
    return wsx_from_wait(
        (long long)WSAWaitForMultipleEvents((wsx_dword)n, (void *)events, all, wsx_to_ms(ms), alertable));
}
#endif

#if WSX_HAVE_SleepEx
static uint32_t b_SleepEx(uint32_t ms, int alertable) {
    return wsx_from_wait((long long)SleepEx(wsx_to_ms(ms), alertable));
}
#endif

/* --- all together ---------------------------------------------------------------------------------------- */

static const char *wsx_why(const char *function) {
    static const struct {
        const char *name, *why;
    } reasons[] = {
#define WSX_ON_SOCKET(result, name, parameters, names, missing) {#name, WSX_WHY_##name},
#define WSX_OTHER WSX_ON_SOCKET
#include "bridge.def"
#undef WSX_ON_SOCKET
#undef WSX_OTHER
    };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (!strcmp(reasons[i].name, function))
            return reasons[i].why;
    return NULL;
}

#define CHOSEN_1(name) name
#define CHOSEN_0(name) 0
#define CHOSEN_OF(has) CHOSEN_##has
#define CHOSEN(has) CHOSEN_OF(has)

const wsx_bridge WSX_BRIDGE = {
#define WSX_ON_SOCKET(result, name, parameters, names, missing) CHOSEN(WSX_HAVE_##name)(b_##name),
#define WSX_OTHER WSX_ON_SOCKET
#include "bridge.def"
#undef WSX_ON_SOCKET
#undef WSX_OTHER
    wsx_why,
    wsx_last_error,
    wsx_set_last_error,
    WSCONFORM_NAME,
    WSCONFORM_VERSION,
    WSCONFORM_SOCKETS_ARE_FDS,
    WSCONFORM_ONLY_SOCKETS,
    WSCONFORM_HOST_PEERS,
    sizeof(WSABUF),
#if HAS_OVERLAPPED
    sizeof(wsx_block),
#else
    0,
#endif
    sizeof(wsx_dword),
    wsx_put_buffer,
    wsx_put_overlapped,
    wsx_event_of,
    wsx_routine,
};
