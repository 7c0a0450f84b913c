/* Verbs that make, connect and close sockets. Every call goes through the function table. */
#include "interpret.h"

#include "files.h"

#ifdef _WIN32
#include <mstcpip.h>
#include <mswsock.h>
#endif
#include <stdio.h>
#include <string.h>

struct unix_address {
    ADDRESS_FAMILY family;
    char path[108];
};

typedef union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct unix_address local;
} address;

enum {
    /* Of a narrow connection, which takes the same small amount every time. Room to send is four times the room to
     * receive: what the peer acknowledges late is then too little to make the socket writable, so that nothing moves
     * before the peer reads, however late the next call is made. */
    NARROW_RECEIVE = 16384, /* SO_RCVBUF */
    NARROW_SEND = 65536,    /* SO_SNDBUF */
    FAR_PORT = 9            /* where nothing listens: what goes to far addresses is not meant to be answered */
};

static int address_size(const address *a) {
    return a->any.sa_family == AF_UNIX    ? (int)sizeof a->local
           : a->any.sa_family == AF_INET6 ? (int)sizeof a->v6
                                          : (int)sizeof a->v4;
}

static address loopback(int family) {
    static const unsigned char v4[4] = {127, 0, 0, 1};
    address a;
    memset(&a, 0, sizeof a);
    a.any.sa_family = (ADDRESS_FAMILY)family;
    if (family == AF_INET6)
        a.v6.sin6_addr.s6_addr[15] = 1;
    else
        memcpy(&a.v4.sin_addr, v4, sizeof v4);
    return a;
}

/* The local address of a socket; a wildcard becomes loopback, since it is to be connected to. */
static bool local_address(SOCKET s, address *a) {
    int size = sizeof *a;
    memset(a, 0, sizeof *a);
    if (wsx_ws.getsockname(s, &a->any, &size))
        return false;
    address home = loopback(a->any.sa_family);
    if (a->any.sa_family == AF_INET && a->v4.sin_addr.s_addr == 0)
        a->v4.sin_addr = home.v4.sin_addr;
    if (a->any.sa_family == AF_INET6 && !memcmp(&a->v6.sin6_addr, &(struct in6_addr){0}, sizeof a->v6.sin6_addr))
        a->v6.sin6_addr = home.v6.sin6_addr;
    return true;
}

static bool same_address(const address *a, const address *b) {
    if (a->any.sa_family != b->any.sa_family)
        return false;
    if (a->any.sa_family == AF_INET6)
        return a->v6.sin6_port == b->v6.sin6_port &&
               !memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof a->v6.sin6_addr);
    return a->v4.sin_port == b->v4.sin_port && a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
}

void wsx_note_socket(wsx_object *o, SOCKET s, int family, int type, bool not_overlapped) {
    o->kind = WSX_SOCKET;
    o->handle = (HANDLE)s;
    o->open = true;
    o->family = family;
    o->type = type;
    o->not_overlapped = not_overlapped;
    o->stream = &o->stands;
}

/* --- what a maker tells of its socket -------------------------------------------------------------------- */

/* What the catalogue says of a kind of socket; asked once in a process. */
typedef struct kind_facts {
    bool asked, partial, no_oob;
    uint32_t max_msg; /* 0: not told */
} kind_facts;

static const kind_facts *facts_of(const wsx_object *o) {
    static kind_facts known[4];
    kind_facts *f = &known[(o->family == AF_INET6) * 2 + (o->type == SOCK_DGRAM)];
    unsigned int max = 0;
    int size = sizeof max;
    if (f->asked)
        return f;
    f->asked = true;
    if (o->type == SOCK_DGRAM &&
        !wsx_ws.getsockopt((SOCKET)o->handle, SOL_SOCKET, SO_MAX_MSG_SIZE, (char *)&max, &size))
        f->max_msg = max;
#ifdef _WIN32
    WSAPROTOCOL_INFOW info;
    size = sizeof info;
    memset(&info, 0, sizeof info);
    if (!wsx_ws.getsockopt((SOCKET)o->handle, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&info, &size)) {
        f->partial = info.dwServiceFlags1 & XP1_PARTIAL_MESSAGE;
        f->no_oob = o->type == SOCK_STREAM && !(info.dwServiceFlags1 & XP1_EXPEDITED_DATA);
    }
#endif
    return f;
}

static void tell_facts(wsx_thread *t, const wsx_object *o) {
    wsx_observation *seen = &wsx_frame_of(t)->seen;
    if ((o->family != AF_INET && o->family != AF_INET6) || (o->type != SOCK_STREAM && o->type != SOCK_DGRAM))
        return;
    const kind_facts *f = facts_of(o);
    if (f->max_msg) {
        wsx_see_name(seen, "max_msg");
        wsx_see_number(seen, f->max_msg);
    }
    if (f->partial)
        wsx_see_name(seen, "partial");
    if (f->no_oob)
        wsx_see_name(seen, "no_oob");
}

/* --- connected pairs ------------------------------------------------------------------------------------- */

/* A pair being made. step names the call that failed. */
typedef struct pair {
    wsx_thread *t;
    const wsx_step *s;
    int family, type;
    address home; /* of the listener */
    bool nonblocking, narrow, accepted, not_overlapped, wsasocket, bound, wsaconnect;
    SOCKET listener, client, peer;
    const char *step;
} pair;

static bool make_socket(pair *p, SOCKET *out, bool under_test) {
    wsx_beat(p->t->run);
    if (under_test && (p->not_overlapped || p->wsasocket)) {
        p->step = "WSASocket";
        *out = wsx_ws.WSASocketW(p->family, p->type, 0, NULL, 0, p->not_overlapped ? 0 : WSA_FLAG_OVERLAPPED);
    } else {
        p->step = "socket";
        *out = under_test ? wsx_ws.socket(p->family, p->type, 0) : wsx_peer_socket(p->family, p->type);
    }
    return *out != INVALID_SOCKET;
}

static bool set_size(pair *p, SOCKET s, int option) {
    int size = option == SO_RCVBUF ? NARROW_RECEIVE : NARROW_SEND;
    p->step = "setsockopt";
    return !p->narrow || !wsx_ws.setsockopt(s, SOL_SOCKET, option, (const char *)&size, sizeof size);
}

/* A name in the folder for temporary files that nobody else has. */
static address new_path(void) {
    address a = {.local.family = AF_UNIX};
    wsx_temporary_name(a.local.path, sizeof a.local.path);
    return a;
}

static bool bind_home(pair *p, SOCKET s) {
    p->home = p->family == AF_UNIX ? new_path() : loopback(p->family);
    wsx_beat(p->t->run);
    p->step = "bind";
    return !wsx_ws.bind(s, &p->home.any, address_size(&p->home));
}

static bool connect_to(pair *p, SOCKET s, const address *to) {
    wsx_beat(p->t->run);
    p->step = p->wsaconnect ? "WSAConnect" : "connect";
    int error = p->wsaconnect ? wsx_ws.WSAConnect(s, &to->any, address_size(to), NULL, NULL, NULL, NULL)
                              : wsx_ws.connect(s, &to->any, address_size(to));
    wsx_beat(p->t->run);
    return !error;
}

/* Takes the client's connection; one that a stranger made to our port is closed, as far as that can be told. */
static bool accept_client(pair *p) {
    address mine, from;
    bool told = p->family != AF_UNIX && wsx_has_getsockname();
    p->step = "getsockname";
    if (told && !local_address(p->client, &mine))
        return false;
    for (;;) {
        int size = sizeof from;
        p->step = "accept";
        wsx_beat(p->t->run);
        p->peer = wsx_ws.accept(p->listener, &from.any, &size);
        if (p->peer == INVALID_SOCKET || !told || same_address(&mine, &from))
            return p->peer != INVALID_SOCKET;
        wsx_ws.closesocket(p->peer);
    }
}

static bool connect_stream(pair *p) {
    address at;
    if (!make_socket(p, &p->listener, p->accepted) || !set_size(p, p->listener, p->accepted ? SO_SNDBUF : SO_RCVBUF) ||
        !bind_home(p, p->listener))
        return false;
    p->step = "getsockname";
    if (p->family == AF_UNIX)
        at = p->home;
    else if (!local_address(p->listener, &at))
        return false;
    p->step = "listen";
    if (wsx_ws.listen(p->listener, 1))
        return false;
    return make_socket(p, &p->client, !p->accepted) && set_size(p, p->client, p->accepted ? SO_RCVBUF : SO_SNDBUF) &&
           (!p->bound || bind_home(p, p->client)) && connect_to(p, p->client, &at) && accept_client(p);
}

static bool connect_datagram(pair *p) {
    address at;
    if (!make_socket(p, &p->peer, false) || !set_size(p, p->peer, SO_RCVBUF) || !bind_home(p, p->peer))
        return false;
    p->step = "getsockname";
    if (!local_address(p->peer, &at))
        return false;
    return make_socket(p, &p->client, true) && set_size(p, p->client, SO_SNDBUF) &&
           (!p->bound || bind_home(p, p->client)) && connect_to(p, p->client, &at);
}

static void close_if_open(SOCKET s) {
    if (s != INVALID_SOCKET)
        wsx_ws.closesocket(s);
}

static void connected_pair(wsx_thread *t, const wsx_step *s, int family, int type) {
    pair p = {.t = t,
              .s = s,
              .family = family,
              .type = type,
              .nonblocking = wsx_has_word(s, "nonblocking"),
              .narrow = wsx_has_word(s, "narrow"),
              .accepted = wsx_has_word(s, "accepted") && type == SOCK_STREAM,
              .not_overlapped = wsx_has_word(s, "not_overlapped"),
              .wsasocket = wsx_has_word(s, "wsasocket"),
              .bound = wsx_has_word(s, "bound"),
              .wsaconnect = wsx_has_word(s, "wsaconnect"),
              .listener = INVALID_SOCKET,
              .client = INVALID_SOCKET,
              .peer = INVALID_SOCKET};
    bool made = type == SOCK_STREAM ? connect_stream(&p) : connect_datagram(&p);
    SOCKET tested = p.accepted ? p.peer : p.client, other = p.accepted ? p.client : p.peer;
    ULONG on = 1;
    if (made && p.nonblocking) {
        p.step = "ioctlsocket";
        made = !wsx_ws.ioctlsocket(tested, (long)FIONBIO, &on);
    }
    if (!made) {
        wsx_see_failed(t, p.step);
        close_if_open(p.client);
        close_if_open(p.peer);
    } else {
        wsx_note_socket(s->results[0], tested, family, type, p.not_overlapped);
        wsx_note_socket(s->results[1], other, family, type, false);
        s->results[1]->narrow = p.narrow && type == SOCK_STREAM;
        tell_facts(t, s->results[0]);
    }
    close_if_open(p.listener);
    if (p.home.any.sa_family == AF_UNIX)
        remove(p.home.local.path);
}

void wsx_verb_tcp(wsx_thread *t, const wsx_step *s) {
    connected_pair(t, s, AF_INET, SOCK_STREAM);
}

void wsx_verb_tcp6(wsx_thread *t, const wsx_step *s) {
    connected_pair(t, s, AF_INET6, SOCK_STREAM);
}

void wsx_verb_udp(wsx_thread *t, const wsx_step *s) {
    connected_pair(t, s, AF_INET, SOCK_DGRAM);
}

void wsx_verb_udp6(wsx_thread *t, const wsx_step *s) {
    connected_pair(t, s, AF_INET6, SOCK_DGRAM);
}

void wsx_verb_af_unix(wsx_thread *t, const wsx_step *s) {
    connected_pair(t, s, AF_UNIX, SOCK_STREAM);
}

void wsx_verb_raw(wsx_thread *t, const wsx_step *s) {
    bool not_overlapped = wsx_has_word(s, "not_overlapped");
    address home = loopback(AF_INET);
    ULONG on = wsx_has_word(s, "nonblocking");
    const char *step = "WSASocket";
    SOCKET made = wsx_ws.WSASocketW(AF_INET, SOCK_RAW, IPPROTO_ICMP, NULL, 0, not_overlapped ? 0 : WSA_FLAG_OVERLAPPED);
    bool good = made != INVALID_SOCKET;
    if (good) {
        step = "connect";
        good = !wsx_ws.connect(made, &home.any, address_size(&home));
    }
    if (good && on) {
        step = "ioctlsocket";
        good = !wsx_ws.ioctlsocket(made, (long)FIONBIO, &on);
    }
    if (good) {
        wsx_note_socket(s->results[0], made, AF_INET, SOCK_RAW, not_overlapped);
    } else {
        wsx_see_failed(t, step);
        close_if_open(made);
    }
}

/* --- the functions --------------------------------------------------------------------------------------- */

static void made_socket(wsx_thread *t, const wsx_step *s, SOCKET made, const char *step, bool not_overlapped) {
    if (made == INVALID_SOCKET) {
        wsx_see_failed(t, step);
        return;
    }
    wsx_note_socket(s->results[0], made, (int)wsx_number(s, 0), (int)wsx_number(s, 1), not_overlapped);
    tell_facts(t, s->results[0]);
}

void wsx_verb_socket(wsx_thread *t, const wsx_step *s) {
    SOCKET made = wsx_ws.socket((int)wsx_number(s, 0), (int)wsx_number(s, 1), (int)wsx_number(s, 2));
    made_socket(t, s, made, "socket", false);
}

void wsx_verb_WSASocket(wsx_thread *t, const wsx_step *s) {
    DWORD flags = (DWORD)wsx_number(s, 3);
    SOCKET made =
        wsx_ws.WSASocketW((int)wsx_number(s, 0), (int)wsx_number(s, 1), (int)wsx_number(s, 2), NULL, 0, flags);
    made_socket(t, s, made, "WSASocket", !(flags & WSA_FLAG_OVERLAPPED));
}

/* A loopback port at which nobody listens. For a stream it is kept bound, so that nobody else gets it; a datagram
 * socket cannot be bound without receiving, so its port is free again, and just used, which systems avoid giving out at
 * once. */
static bool nobody(wsx_thread *t, int family, int type, address *a) {
    address home = loopback(family);
    SOCKET s = wsx_peer_socket(family, type);
    bool known = s != INVALID_SOCKET && !wsx_ws.bind(s, &home.any, address_size(&home)) && local_address(s, a);
    bool keep =
        known && type == SOCK_STREAM && t->run->n_reserved < (int)(sizeof t->run->reserved / sizeof *t->run->reserved);
    if (keep)
        t->run->reserved[t->run->n_reserved++] = s;
    else
        close_if_open(s);
    return known;
}

static unsigned short htons_of(unsigned port) {
    return (unsigned short)(port << 8 | port >> 8);
}

/* An address of the network that the driver made for the case: 198.51.100.2 and 2001:db8:2::2 are behind its router,
 * 192.0.2.99 and 2001:db8:1::99 on link. */
static address far_away(int family, bool beyond) {
    static const unsigned char beyond4[4] = {198, 51, 100, 2}, silent4[4] = {192, 0, 2, 99};
    address a = loopback(family);
    if (family == AF_INET6) {
        const unsigned char site[6] = {0x20, 0x01, 0x0d, 0xb8, 0, beyond ? 2 : 1};
        memcpy(&a.v6.sin6_addr, site, sizeof site);
        a.v6.sin6_addr.s6_addr[15] = beyond ? 0x02 : 0x99;
        a.v6.sin6_port = htons_of(FAR_PORT);
    } else {
        memcpy(&a.v4.sin_addr, beyond ? beyond4 : silent4, sizeof beyond4);
        a.v4.sin_port = htons_of(FAR_PORT);
    }
    return a;
}

static bool has_own_network(const wsx_case_run *run) {
    for (size_t i = 0; i < run->c->n_requires; i++)
        if (!strcmp(run->c->requires[i], "netns"))
            return true;
    return false;
}

/* Argument i as an address for the socket that is argument 0. False after seeing why there is none. */
static bool wanted_address(wsx_thread *t, const wsx_step *s, size_t i, address *a) {
    const char *word = s->statement->args[i].name ? s->statement->args[i].name : "";
    const wsx_object *o = s->objects[0];
    bool known = o && o->kind == WSX_SOCKET, found = true;
    int family = known ? o->family : AF_INET;
    if (!strcmp(word, "loopback"))
        *a = loopback(family);
    else if (!strcmp(word, "nobody"))
        found = nobody(t, family, known ? o->type : SOCK_STREAM, a);
    else if (!strcmp(word, "beyond") || !strcmp(word, "silent")) {
        if (!has_own_network(t->run)) {
            wsx_see_unsupported(t, "needs netns"); /* never out into a real network */
            return false;
        }
        *a = far_away(family, !strcmp(word, "beyond"));
    } else {
        found = s->objects[i] && local_address((SOCKET)s->objects[i]->handle, a);
    }
    if (!found)
        wsx_see_failed(t, "the address");
    return found;
}

bool wsx_wanted_address(wsx_thread *t, const wsx_step *s, size_t i, struct sockaddr_storage *a, int *size) {
    address found;
    if (!wanted_address(t, s, i, &found))
        return false;
    *size = address_size(&found);
    memcpy(a, &found, (size_t)*size);
    return true;
}

static void with_address(wsx_thread *t, const wsx_step *s, int (*call)(SOCKET, const address *)) {
    address a;
    if (!wanted_address(t, s, 1, &a))
        return;
    wsx_ws.WSASetLastError((int)WSX_NO_ERROR);
    wsx_beat(t->run);
    wsx_see_result(t, call((SOCKET)wsx_handle(s, 0), &a));
}

static int call_bind(SOCKET s, const address *a) {
    return wsx_ws.bind(s, &a->any, address_size(a));
}

static int call_connect(SOCKET s, const address *a) {
    return wsx_ws.connect(s, &a->any, address_size(a));
}

static int call_wsaconnect(SOCKET s, const address *a) {
    return wsx_ws.WSAConnect(s, &a->any, address_size(a), NULL, NULL, NULL, NULL);
}

void wsx_verb_bind(wsx_thread *t, const wsx_step *s) {
    with_address(t, s, call_bind);
}

void wsx_verb_connect(wsx_thread *t, const wsx_step *s) {
    with_address(t, s, call_connect);
}

void wsx_verb_WSAConnect(wsx_thread *t, const wsx_step *s) {
    with_address(t, s, call_wsaconnect);
}

#ifdef _WIN32
/* The result of an operation that is waited for as long as the case's limit; WSAETIMEDOUT if it is not over then. */
static uint32_t await(wsx_thread *t, SOCKET s, OVERLAPPED *operation) {
    DWORD transferred, flags;
    wsx_beat(t->run);
    if (WaitForSingleObject(operation->hEvent, t->run->limit_ms) != WAIT_OBJECT_0) {
        t->run->n_pending++; /* what it uses is never used again */
        return WSAETIMEDOUT;
    }
    bool good = wsx_ws.WSAGetOverlappedResult(s, operation, &transferred, FALSE, &flags);
    return good ? 0 : (uint32_t)wsx_ws.WSAGetLastError();
}

static uint32_t connect_ex(wsx_thread *t, SOCKET s, const address *to, LPFN_CONNECTEX call) {
    OVERLAPPED *operation = wsx_take(sizeof *operation);
    uint32_t code = 0;
    if (!operation || !(operation->hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)))
        return WSAENOBUFS;
    t->run->overlapped = true;
    if (!call(s, &to->any, address_size(to), NULL, 0, NULL, operation))
        code = (uint32_t)wsx_ws.WSAGetLastError();
    if (code == WSA_IO_PENDING)
        code = await(t, s, operation);
    if (code != WSAETIMEDOUT)
        CloseHandle(operation->hEvent);
    if (!code && wsx_ws.setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0))
        code = (uint32_t)wsx_ws.WSAGetLastError();
    return code;
}

void wsx_verb_ConnectEx(wsx_thread *t, const wsx_step *s) {
    GUID id = WSAID_CONNECTEX;
    LPFN_CONNECTEX call = NULL;
    SOCKET socket = (SOCKET)wsx_handle(s, 0);
    DWORD size;
    address to;
    if (!wanted_address(t, s, 1, &to))
        return;
    if (wsx_ws.WSAIoctl(socket, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &call, sizeof call, &size, NULL,
                        NULL) ||
        !call) {
        wsx_see_unsupported(t, "there is no ConnectEx");
        return;
    }
    wsx_ws.WSASetLastError((int)WSX_NO_ERROR);
    uint32_t code = connect_ex(t, socket, &to, call);
    if (code)
        wsx_see_name(&wsx_frame_of(t)->seen, "SOCKET_ERROR");
    else
        wsx_see_number(&wsx_frame_of(t)->seen, 0);
    if (code)
        wsx_see_error(t, code);
}

/* One more handle of a socket: what is known of it is known of this one. */
static void made_duplicate(wsx_thread *t, const wsx_step *s, SOCKET made, const char *step) {
    wsx_object *o = s->results[0], *from = s->objects[0];
    if (made == INVALID_SOCKET || !made) {
        wsx_see_failed(t, step);
        return;
    }
    if (!from || from->kind != WSX_SOCKET) {
        wsx_note_socket(o, made, AF_UNSPEC, 0, false);
    } else if (o != from) {
        wsx_note_socket(o, made, from->family, from->type, from->not_overlapped);
        o->stream = from->stream;
    } else {
        o->handle = (HANDLE)made;
    }
}

void wsx_verb_DuplicateHandle(wsx_thread *t, const wsx_step *s) {
    HANDLE self = GetCurrentProcess(), made = NULL;
    if (!wsx_ws.DuplicateHandle(self, wsx_handle(s, 0), self, &made, 0, FALSE, DUPLICATE_SAME_ACCESS))
        made = NULL;
    made_duplicate(t, s, (SOCKET)made, "DuplicateHandle");
}

void wsx_verb_WSADuplicateSocket(wsx_thread *t, const wsx_step *s) {
    WSAPROTOCOL_INFOW info;
    const wsx_object *from = s->objects[0];
    memset(&info, 0, sizeof info);
    if (wsx_ws.WSADuplicateSocketW((SOCKET)wsx_handle(s, 0), GetCurrentProcessId(), &info)) {
        wsx_see_failed(t, "WSADuplicateSocket");
        return;
    }
    DWORD flags = from && from->not_overlapped ? 0 : WSA_FLAG_OVERLAPPED;
    SOCKET made = wsx_ws.WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0, flags);
    made_duplicate(t, s, made, "WSASocket");
}
#endif

void wsx_verb_listen(wsx_thread *t, const wsx_step *s) {
    wsx_see_result(t, wsx_ws.listen((SOCKET)wsx_handle(s, 0), 1));
}

void wsx_verb_accept(wsx_thread *t, const wsx_step *s) {
    SOCKET listener = (SOCKET)wsx_handle(s, 0);
    int ready = wsx_wait_for(listener, WSX_READABLE, t->run->limit_ms);
    if (ready != 1) {
        if (ready == 0)
            wsx_ws.WSASetLastError(WSAETIMEDOUT);
        wsx_see_failed(t, ready ? "select" : "accept");
        return;
    }
    SOCKET made = wsx_ws.accept(listener, NULL, NULL);
    if (made == INVALID_SOCKET) {
        wsx_see_failed(t, "accept");
        return;
    }
    const wsx_object *from = s->objects[0];
    wsx_note_socket(s->results[0], made, from ? from->family : AF_INET, SOCK_STREAM, from && from->not_overlapped);
}

void wsx_verb_shutdown(wsx_thread *t, const wsx_step *s) {
    wsx_see_result(t, wsx_ws.shutdown((SOCKET)wsx_handle(s, 0), (int)wsx_number(s, 1)));
}

void wsx_verb_WSASendDisconnect(wsx_thread *t, const wsx_step *s) {
    wsx_see_result(t, wsx_ws.WSASendDisconnect((SOCKET)wsx_handle(s, 0), NULL));
}

void wsx_verb_keepalive(wsx_thread *t, const wsx_step *s) {
    struct tcp_keepalive values = {1, (ULONG)wsx_number(s, 1), (ULONG)wsx_number(s, 2)};
    DWORD returned = 0;
    wsx_see_result(t, wsx_ws.WSAIoctl((SOCKET)wsx_handle(s, 0), SIO_KEEPALIVE_VALS, &values, sizeof values, NULL, 0,
                                      &returned, NULL, NULL));
}

static void close_it(wsx_thread *t, const wsx_step *s) {
    int result = wsx_ws.closesocket((SOCKET)wsx_handle(s, 0));
    if (result == 0 && s->objects[0] && s->objects[0]->kind == WSX_SOCKET)
        s->objects[0]->open = false;
    wsx_see_result(t, result);
}

void wsx_verb_closesocket(wsx_thread *t, const wsx_step *s) {
    close_it(t, s);
}

void wsx_verb_abort(wsx_thread *t, const wsx_step *s) {
    struct linger at_once = {1, 0};
    if (wsx_ws.setsockopt((SOCKET)wsx_handle(s, 0), SOL_SOCKET, SO_LINGER, (const char *)&at_once, sizeof at_once)) {
        wsx_see_result(t, SOCKET_ERROR);
        return;
    }
    close_it(t, s);
}

void wsx_verb_ioctlsocket(wsx_thread *t, const wsx_step *s) {
    ULONG value = (ULONG)wsx_number(s, 2);
    wsx_see_result(t, wsx_ws.ioctlsocket((SOCKET)wsx_handle(s, 0), (long)wsx_number(s, 1), &value));
}

void wsx_verb_setsockopt(wsx_thread *t, const wsx_step *s) {
    size_t at = s->statement->n_args - 2; /* of the option: with a level or without */
    int level = at == 2 ? (int)wsx_number(s, 1) : SOL_SOCKET, value = (int)wsx_number(s, at + 1);
    struct linger linger = {(USHORT)(value != 0), (USHORT)value};
    bool lingers = level == SOL_SOCKET && wsx_number(s, at) == SO_LINGER;
    wsx_see_result(t, wsx_ws.setsockopt((SOCKET)wsx_handle(s, 0), level, (int)wsx_number(s, at),
                                        lingers ? (const char *)&linger : (const char *)&value,
                                        lingers ? (int)sizeof linger : (int)sizeof value));
}

void wsx_verb_getsockopt(wsx_thread *t, const wsx_step *s) {
    wsx_observation *seen = &wsx_frame_of(t)->seen;
    unsigned int value = 0;
    int size = sizeof value;
    int result = wsx_ws.getsockopt((SOCKET)wsx_handle(s, 0), SOL_SOCKET, (int)wsx_number(s, 1), (char *)&value, &size);
    wsx_see_result(t, result);
    if (!result) {
        wsx_see_name(seen, "value");
        wsx_see_number(seen, value);
    }
}

void wsx_verb_select(wsx_thread *t, const wsx_step *s) {
    wsx_observation *seen = &wsx_frame_of(t)->seen;
    const char *word = s->statement->args[1].name;
    wsx_condition what = !strcmp(word, "readable")   ? WSX_READABLE
                         : !strcmp(word, "writable") ? WSX_WRITABLE
                                                     : WSX_EXCEPT;
    int ready = wsx_wait_for((SOCKET)wsx_handle(s, 0), what, wsx_milliseconds(t, s, 2));
    if (ready == SOCKET_ERROR)
        wsx_see_result(t, ready);
    else
        wsx_see_name(seen, ready ? word : "timeout");
}
