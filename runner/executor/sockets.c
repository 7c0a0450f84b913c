/* Verbs that make, connect and close sockets. Every call goes through the function table. */
#include "interpret.h"

#include <stdio.h>
#include <string.h>

typedef union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} address;

enum { NARROW = 65536 }; /* SO_RCVBUF and SO_SNDBUF of a connection that takes the same small amount every time */

static int address_size(const address *a) {
    return a->any.sa_family == AF_INET6 ? (int)sizeof a->v6 : (int)sizeof a->v4;
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
    WSAPROTOCOL_INFOW info;
    int size = sizeof max;
    if (f->asked)
        return f;
    f->asked = true;
    if (o->type == SOCK_DGRAM &&
        !wsx_ws.getsockopt((SOCKET)o->handle, SOL_SOCKET, SO_MAX_MSG_SIZE, (char *)&max, &size))
        f->max_msg = max;
    size = sizeof info;
    memset(&info, 0, sizeof info);
    if (!wsx_ws.getsockopt((SOCKET)o->handle, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&info, &size)) {
        f->partial = info.dwServiceFlags1 & XP1_PARTIAL_MESSAGE;
        f->no_oob = o->type == SOCK_STREAM && !(info.dwServiceFlags1 & XP1_EXPEDITED_DATA);
    }
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
        *out = wsx_ws.socket(p->family, p->type, 0);
    }
    return *out != INVALID_SOCKET;
}

static bool set_size(pair *p, SOCKET s, int option) {
    int size = NARROW;
    p->step = "setsockopt";
    return !p->narrow || !wsx_ws.setsockopt(s, SOL_SOCKET, option, (const char *)&size, sizeof size);
}

static bool bind_home(pair *p, SOCKET s) {
    address home = loopback(p->family);
    wsx_beat(p->t->run);
    p->step = "bind";
    return !wsx_ws.bind(s, &home.any, address_size(&home));
}

static bool connect_to(pair *p, SOCKET s, const address *to) {
    wsx_beat(p->t->run);
    p->step = p->wsaconnect ? "WSAConnect" : "connect";
    int error = p->wsaconnect ? wsx_ws.WSAConnect(s, &to->any, address_size(to), NULL, NULL, NULL, NULL)
                              : wsx_ws.connect(s, &to->any, address_size(to));
    wsx_beat(p->t->run);
    return !error;
}

/* Takes the client's connection; one that a stranger made to our port is closed. */
static bool accept_client(pair *p) {
    address mine, from;
    p->step = "getsockname";
    if (!local_address(p->client, &mine))
        return false;
    for (;;) {
        int size = sizeof from;
        p->step = "accept";
        wsx_beat(p->t->run);
        p->peer = wsx_ws.accept(p->listener, &from.any, &size);
        if (p->peer == INVALID_SOCKET || same_address(&mine, &from))
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
    if (!local_address(p->listener, &at))
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
    u_long on = 1;
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
        tell_facts(t, s->results[0]);
    }
    close_if_open(p.listener);
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
    SOCKET s = wsx_ws.socket(family, type, 0);
    bool known = s != INVALID_SOCKET && !wsx_ws.bind(s, &home.any, address_size(&home)) && local_address(s, a);
    bool keep =
        known && type == SOCK_STREAM && t->run->n_reserved < (int)(sizeof t->run->reserved / sizeof *t->run->reserved);
    if (keep)
        t->run->reserved[t->run->n_reserved++] = s;
    else
        close_if_open(s);
    return known;
}

/* Argument 1 of bind and connect. */
static bool wanted_address(wsx_thread *t, const wsx_step *s, address *a) {
    const wsn_value *v = &s->statement->args[1];
    const wsx_object *o = s->objects[0];
    int family = o && o->kind == WSX_SOCKET ? o->family : AF_INET;
    if (!strcmp(v->name, "loopback")) {
        *a = loopback(family);
        return true;
    }
    if (!strcmp(v->name, "nobody"))
        return nobody(t, family, o && o->kind == WSX_SOCKET ? o->type : SOCK_STREAM, a);
    return s->objects[1] && local_address((SOCKET)s->objects[1]->handle, a);
}

static void with_address(wsx_thread *t, const wsx_step *s, int (*call)(SOCKET, const address *)) {
    address a;
    if (!s->objects[1]) {
        wsx_see_failed(t, "the address");
        return;
    }
    if (!strcmp(s->objects[1]->name, "beyond") || !strcmp(s->objects[1]->name, "silent")) {
        wsx_see_unsupported(t, "the executor has no addresses in a namespace yet");
        return;
    }
    if (!wanted_address(t, s, &a)) {
        wsx_see_failed(t, "the address");
        return;
    }
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

void wsx_verb_listen(wsx_thread *t, const wsx_step *s) {
    wsx_see_result(t, wsx_ws.listen((SOCKET)wsx_handle(s, 0), 1));
}

void wsx_verb_accept(wsx_thread *t, const wsx_step *s) {
    SOCKET listener = (SOCKET)wsx_handle(s, 0);
    struct timeval limit = {(long)(t->run->limit_ms / 1000), (long)(t->run->limit_ms % 1000 * 1000)};
    fd_set readable = {.fd_count = 1, .fd_array = {listener}};
    int ready = wsx_ws.select(0, &readable, NULL, NULL, &limit);
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
    u_long value = (u_long)wsx_number(s, 2);
    wsx_see_result(t, wsx_ws.ioctlsocket((SOCKET)wsx_handle(s, 0), (long)wsx_number(s, 1), &value));
}

void wsx_verb_setsockopt(wsx_thread *t, const wsx_step *s) {
    size_t at = s->statement->n_args - 2; /* of the option: with a level or without */
    int level = at == 2 ? (int)wsx_number(s, 1) : SOL_SOCKET, value = (int)wsx_number(s, at + 1);
    struct linger linger = {(u_short)(value != 0), (u_short)value};
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
    uint32_t ms = wsx_milliseconds(t, s, 2);
    struct timeval limit = {(long)(ms / 1000), (long)(ms % 1000 * 1000)};
    fd_set set = {.fd_count = 1, .fd_array = {(SOCKET)wsx_handle(s, 0)}};
    const char *word = s->statement->args[1].name;
    bool readable = !strcmp(word, "readable"), writable = !strcmp(word, "writable");
    int ready =
        wsx_ws.select(0, readable ? &set : NULL, writable ? &set : NULL, readable || writable ? NULL : &set, &limit);
    if (ready == SOCKET_ERROR)
        wsx_see_result(t, ready);
    else
        wsx_see_name(seen, ready ? word : "timeout");
}
