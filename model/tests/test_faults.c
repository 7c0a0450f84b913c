/* test_faults.c - faults of the network, failures injected into the transport, and sockets of every kind. */
#include "script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* --- what each fault makes possible ------------------------------------------------------------------------------ */

static void links(void **state) {
    (void)state;
    SCRIPT("down", "tcp a b", "udp c d", "net link_down", "send a 1 -> 10050 | 10053 | 0 1", "send c 1 -> 10050 | 0 1",
           "tcp e f", "send e 1 -> 10050 | 10053 | 0 1", "send c 1 = 10050 & netdown",
           "send a 1 = 10050 & netdown connaborted");
    SCRIPT("up again: who was there may hear of it late", "tcp a b", "udp c d", "net link_down", "net link_up",
           "send a 1 -> 0 1 | 10050 | 10053", "send c 1 -> 0 1 | 10050", "tcp e f", "send e 1 -> 0 1",
           "send c 1 = 10050 & netdown");
    SCRIPT("each ends its own", "udp c d", "net link_down", "net route_back", "send c 1 -> 10050 | 0 1", "net undrop",
           "udp e f", "send e 1 -> 10050 | 0 1", "net link_up", "udp g h", "send g 1 -> 0 1");
    SCRIPT("route and address", "tcp y z", "net route_gone", "send y 1 -> 10050 | 10053 | 0 1", "net heal", "udp c d",
           "tcp a b", "net route_gone", "send c 1 -> 10050 | 0 1", "net route_back", "udp e f", "send e 1 -> 0 1",
           "net address_gone", "send e 1 -> 10050 | 0 1", "send a 1 -> 10050 | 10053 | 0 1", "net heal", "udp g h",
           "send g 1 -> 0 1");
    SCRIPT("another code shows the condition as well", "udp c d", "send c 1 = 10051 ! outcome sent.message &",
           "net link_down", "send c 1 = 10051 ! outcome netdown & netdown", "send c 1 = 0 1 &");
    SCRIPT("a room that is full is no other reason", "tcp a b", "nonblocking a", "send a 100 = 0 100", "net drop",
           "send a 100 -> 10053 | 0 100 | 0 1..99 | 10035", "send a 100 = 10035 & wouldblock.nonblocking",
           "send a 100 = 10060 ! outcome connaborted & connaborted");
    SCRIPT("but a reset is", "tcp a b", "abort b", "net drop", "send a 100 -> 10053 | 0 100 | 10054",
           "send a 100 = 10060 ! outcome connaborted &");
    SCRIPT("AF_UNIX is on no network", "pair a b local stream", "net link_down connections_killed", "send a 1 -> 0 1",
           "net inject 10055", "send a 1 -> 0 1");
}

static void vanished(void **state) {
    (void)state;
    SCRIPT("drop", "tcp a b", "udp c d", "net drop", "send a 1 -> 10053 | 0 1", "send c 1 -> 0 1",
           "setopt a keepalive 1", "send a 1 -> 10053 | 10052 | 0 1", "setopt a keepalive 0", "send a 1 -> 10053 | 0 1",
           "net undrop", "send a 1 -> 0 1 | 10053");
    SCRIPT("keep-alive", "tcp a b", "setopt a keepalive 1", "send a 1 -> 0 1", "net drop",
           "send a 1 = 10052 & connaborted netreset.stream-keepalive", "send a 1 -> 10053 | 10052 | 0 1 | 10057");
    SCRIPT("readable, with nothing sent: the connection has ended", "tcp a b", "setopt a keepalive 1", "net drop",
           "select a r = ready", "send a 1 -> 10053 | 10052", "send a 1 = 0 1 ! outcome connaborted & connaborted");
    SCRIPT("but not if it may be data", "tcp a b", "send b 1 = 0 1", "net drop", "select a r = ready",
           "send a 1 -> 10053 | 0 1");
    SCRIPT("or the peer's end", "tcp a b", "shutdown b send", "net drop", "select a r = ready",
           "send a 1 -> 10053 | 0 1", "tcp c d", "shutdown c receive", "select c r = ready", "send c 1 -> 10053 | 0 1",
           "tcp e f", "shutdown f both", "select e r = ready", "send e 1 -> 10053 | 0 1", "tcp g h", "shutdown g both",
           "select g r = ready", "send g 1 -> 10058 | 10053", "tcp i j", "close j", "select i r = ready",
           "send i 1 -> 10053 | 0 1 | 10054");
    SCRIPT("or nobody's", "socket a stream", "connect a unknown", "net drop", "select a r = ready",
           "send a 1 -> 10053 | 0 1 | 10054", "socket l stream", "bind l", "listen l", "socket c stream",
           "nonblocking c", "connect c l = 10035", "select c r = ready", "send c 1 -> 10053 | 0 1 | 10057 | 10022",
           "udp e f", "select e r = ready", "send e 1 -> 0 1");
}

static void killed(void **state) {
    (void)state;
    SCRIPT("connections_killed", "tcp a b", "udp c d", "socket e stream", "net connections_killed",
           "send a 1 -> 10053 | 10054", "send b 1 -> 10053 | 10054", "send c 1 -> 0 1", "send e 1 -> 10057 | 10022",
           "send a 1 = 10053 & connaborted", "send a 1 -> 10053 | 10057 | 10054", "tcp f g", "send f 1 -> 0 1",
           "send b 1 = 0 1 ! outcome connaborted & connaborted");
    SCRIPT("while connecting", "socket l stream", "bind l", "listen l", "socket a stream", "nonblocking a",
           "connect a l = 10035", "net connections_killed", "send a 1 -> 0 1 | 10057 | 10022 | 10054 | 10053");
    SCRIPT("one that is closed", "tcp a b", "close a", "net connections_killed", "send a 1 -> 10038");
    SCRIPT("what is pending ends", "tcp a b", "event e0", "overlapped o0 e0", "send a 10 o=o0 = 997 -",
           "wait e0 limit -> timeout | event", "net connections_killed", "wait e0 limit -> event",
           "result a o0 -> T 10 | F 10054 | F 10053 | F 996", "recv b 10 = 10053",
           "result a o0 = F 10053 & complete.connaborted");
}

static void expired(void **state) {
    (void)state;
    SCRIPT("behind the router", "socket a dgram", "setopt a ttl 1", "connect a beyond", "send a 1 -> 0 1",
           "send a 1 = 0 1 &", "send a 1 -> 10052 | 0 1", "send a 1 = 10052 & netreset.datagram-ttl",
           "send a 1 = 0 1 & netreset.datagram-ttl");
    SCRIPT("far enough", "socket a dgram", "setopt a ttl 2", "connect a beyond", "send a 1 = 0 1",
           "send a 1 -> 0 1 | 10054");
    SCRIPT("not behind it", "udp a b", "setopt a ttl 1", "send a 1 = 0 1", "send a 1 -> 0 1", "socket c dgram",
           "setopt c ttl 1", "connect c silent", "send c 1 = 0 1", "send c 1 -> 0 1");
    SCRIPT("a stream's is another matter", "socket a stream", "setopt a ttl 1", "connect a beyond", "send a 1 = 0 1",
           "send a 1 -> 0 1 | 10054 | 10053");
    SCRIPT("only as the reason", "socket a dgram", "setopt a ttl 1", "connect a beyond", "send a 1 = 0 1",
           "shutdown a send", "send a 1 = 10058 & shutdown.sd-send");
}

static void buffers(void **state) {
    (void)state;
    SCRIPT("larger than SO_SNDBUF", "udp a b", "setopt a sndbuf 1024", "send a 1024 -> 0 1024",
           "send a 1025 -> 0 1025 | 10055", "net mtu", "send a 1024 -> 0 1024", "send a 1025 -> 10055 | 0 1025",
           "send a 1025 = 10055 & nobufs", "setopt a sndbuf 18446744073709551615", "send a 1025 -> 0 1025");
    SCRIPT("a stream's is sent in pieces", "tcp a b", "setopt a sndbuf 1024", "net mtu", "send a 2000 -> 0 2000");
    SCRIPT("overlapped", "udp a b", "setopt a sndbuf 1024", "overlapped o0 null", "send a 2000 o=o0 = 997 -",
           "result a o0 -> T 2000 | F 10055 | F 996", "overlapped o1 null", "send a 10 o=o1 = 997 -",
           "result a o1 -> T 10 | F 996");
}

/* --- an unreliable network -----------------------------------------------------------------------------------------
 */

static void data(void **state) {
    (void)state;
    SCRIPT("may be missing", "tcp a b", "send a 10 = 0 10", "net drop", "send a 10 = 0 10", "recv b 20 = timeout",
           "send b 5 = 0 5", "recv a 5 = eof");
    SCRIPT("but not on a network that is well", "tcp y z", "send y 5 = 0 5", "net connections_killed",
           "net link_up route_back undrop heal", "tcp w x", "send w 5 data=7 = 0 5",
           "recv x 5 = timeout ! data data.missing");
    SCRIPT("whatever is wrong with it", "tcp a b", "net link_down", "send a 5 = 0 5", "recv b 5 = timeout", "net heal",
           "tcp c d", "net route_gone", "send c 5 = 0 5", "recv d 5 = timeout", "net heal", "tcp e f",
           "net address_gone", "send e 5 = 0 5", "recv f 5 = timeout", "net heal", "tcp g h", "send g 5 = 0 5",
           "recv h 5 = timeout ! data data.missing");
    SCRIPT("and not on one that is well otherwise", "tcp a b", "send a 10 = 0 10", "net mtu",
           "recv b 10 = timeout ! data data.missing");
    SCRIPT("and who lived through it may miss some later", "tcp a b", "net drop", "net undrop", "send a 10 = 0 10",
           "recv b 10 = timeout", "tcp c d", "send c 10 = 0 10", "recv d 10 = timeout ! data data.missing");
    SCRIPT("foreign, repeated, excess", "tcp a b", "net drop", "send a 10 = 0 10", "recv b 10 = 1[0..10]",
           "recv b 5 = 1[0..5] ! data data.repeat", "recv b 3 = x3 ! data data.foreign", "send a 4 = 0 4",
           "recv b 9 = 2[0..9] ! data data.excess");
    SCRIPT("a gap in a stream", "tcp a b", "net drop", "send a 10 = 0 10", "send a 10 = 0 10",
           "recv b 5 = 2[0..5] ! data data.gap");
    SCRIPT("datagrams", "udp a b", "send a 1 = 0 1", "net drop", "send a 2 = 0 2", "send a 3 = 0 3",
           "recv b 10 = 3[0..3]", "recv b 10 = timeout", "send a 4 = 0 4", "recv b 10 = 4[0..2] ! data data.message");
    SCRIPT("lost without a fault", "udp a b", "send a 1 = 0 1", "send a 2 = 0 2", "recv b 9 = 2[0..2]",
           "recv b 9 = timeout ! data data.missing");
}

static void stalls(void **state) {
    (void)state;
    SCRIPT("an operation that would have been over soon", "tcp a b", "event e0", "overlapped o0 e0", "drain b",
           "send a 10 o=o0 = 997 -", "wait e0 limit -> event", "net drop", "wait e0 limit -> timeout | event",
           "wait e0 limit = timeout", "result a o0 -> T 10 | F 10053 | F 996", "result a o0 = F 10053 & connaborted");
    SCRIPT("without an event", "tcp a b", "overlapped o0 null", "drain b", "send a 10 o=o0 = 997 -", "net link_down",
           "result a o0 -> T 10 | F 10050 | F 10053 | F 996", "result a o0 wait -> T 10 | F 10050 | F 10053",
           "result a o0 = F 10050 & netdown connaborted");
    SCRIPT("one that starts later", "tcp a b", "event e0", "overlapped o0 e0", "drain b", "net drop",
           "send a 10 o=o0 = 997 -", "wait e0 limit -> timeout | event");
    SCRIPT("but not what was read, was cancelled, or is over", "tcp a b", "event e0", "overlapped o0 e0", "event e1",
           "overlapped o1 e1", "send a 10 o=o0 = 997 -", "recv b 10 = 1[0..10]", "send a 10 o=o1 = 997 -",
           "cancel a flush", "net drop", "wait e0 limit -> event", "wait e1 limit -> event");
    SCRIPT("cancelled by a function that the document does not know", "tcp a b", "event e0", "overlapped o0 e0",
           "drain b", "send a 10 o=o0 = 997 -", "cancel a ex o0", "wait e0 limit -> event", "net drop",
           "wait e0 limit -> timeout | event");
    SCRIPT("routines and packets", "tcp a b", "port p0 a", "overlapped o0 null", "drain b", "send a 10 o=o0 = 997 -",
           "take p0 limit -> T o0 10", "net drop", "take p0 limit -> F 258 | T o0 10 | F any o0 0..10", "tcp c d",
           "overlapped o1 null", "send c 5 o=o1 r=r0 = 997 -", "sleep limit = apc ran r0 10053 0 o1 & connaborted");
    SCRIPT("other reasons stay other reasons", "socket a dgram", "connect a nobody", "send a 1 = 0 1", "net link_down",
           "overlapped o0 null", "send a 1 o=o0 = 997 -", "result a o0 = F 10054 & connreset.datagram", "tcp c d",
           "overlapped o1 null", "send c 10 o=o1 = 997 -", "cancel c ex o1",
           "result c o1 = F 10065 ! outcome complete.success &");
    SCRIPT("a wrong code of an operation", "udp a b", "overlapped o0 null", "send a 10 o=o0 = 997 -", "net link_down",
           "result a o0 = F 10065 ! outcome complete.success & netdown");
}

/* --- injected failures ---------------------------------------------------------------------------------------------
 */

static void injected(void **state) {
    (void)state;
    SCRIPT("on every Internet socket, with data", "tcp a b", "udp6 c d", "net inject 10050", "send a 1 -> 10050 | 0 1",
           "send c 1 -> 10050 | 0 1", "send a 0 -> 0 0", "send a 1 = 10050 & (netdown)", "send a 1 = 0 1 &", "net heal",
           "send a 1 -> 0 1");
    SCRIPT("codes of several rules", "tcp a b", "udp c d", "net inject 10052",
           "send a 1 = 10052 & (netreset.stream-keepalive)", "send c 1 = 10052 & (netreset.datagram-ttl)", "net heal",
           "tcp a b", "net inject 10045", "send a 1 = 10045 & (opnotsupp.receive-only)",
           "send a 1 flags=1 = 10045 & (opnotsupp.oob-not-stream) (opnotsupp.oob-domain) (opnotsupp.receive-only)",
           "send a 1 flags=0x8000 -> 10045 | 10045", "send a 1 flags=0x8000 = 10045 & opnotsupp.partial");
    SCRIPT("another code", "tcp a b", "net inject 10055", "send a 1 = 10022 ! outcome nobufs & (nobufs)");
    SCRIPT("a code that is not documented stays one", "tcp a b", "net inject 10051", "send a 1 -> 10050 | 10053 | 0 1",
           "send a 1 = 10051 ! outcome netdown & (netdown) (connaborted)");
    SCRIPT("what holds anyway is no injection", "tcp a b", "abort b", "net inject 10054", "send a 1 -> 0 1 | 10054",
           "send a 1 = 10054 & connreset.stream");
    SCRIPT("beside a fault", "udp a b", "net link_down", "net inject 10055", "send a 1 -> 10050 | 10055 | 0 1",
           "send a 1 = 10055 & (nobufs)", "send a 1 = 10050 & netdown",
           "send a 1 = 1 ! outcome netdown & netdown (nobufs)");
    SCRIPT("not now, to a non-blocking call", "tcp a b", "udp c d", "nonblocking a", "nonblocking c",
           "overlapped o0 null", "net inject 10004", "send a 1 -> 10004 | 10035 | 0 1",
           "send c 1 -> 10004 | 10035 | 0 1", "send a 1 o=o0 -> 10004 | 0 1 | 997 -", "send b 1 -> 10004 | 0 1",
           "send a 1 = 10035 & (intr) (wouldblock.nonblocking)", "send none 1 -> 10038", "net heal", "net inject 10036",
           "send a 1 -> 10036 | 10036 | 10035 | 0 1", "net heal", "net inject 10055", "send a 1 -> 10055 | 0 1");
    SCRIPT("a reset that never was", "tcp a b", "net inject 10054", "send a 5 = 10054 & (connreset.stream)",
           "send a 5 -> 10054 | 0 5 | 10057", "send a 5 data=2 = 10054 & (connreset.stream)", "send a 5 = 0 5",
           "recv b 5 = 3[0..5]", "tcp c d", "send c 5 = 10053 ! outcome connreset.stream & (connreset.stream)");
    SCRIPT("half of a blocking send", "tcp a b", "net inject 10055", "send a 100 = 10055 & (nobufs)",
           "recv b 40 = 1[0..40]", "send a 5 = 0 5", "recv b 5 = 2[0..5]");
    SCRIPT("nothing of a datagram", "udp a b", "net inject 10055", "send a 100 = 10055",
           "recv b 100 = 1[0..100] ! data data.failed-call");
}

static void injected_completions(void **state) {
    (void)state;
    SCRIPT("a completion", "tcp a b", "event e0", "overlapped o0 e0", "net inject 10055",
           "send a 10 o=o0 -> 10055 | 0 10 | 997 -", "send a 10 o=o0 = 997 -", "result a o0 -> T 10 | F 10055 | F 996",
           "recv b 10 = timeout", "result a o0 = F 10055 & (nobufs)", "recv b 10 = 1[0..4]");
    SCRIPT("one that was pending before", "tcp a b", "overlapped o0 null", "send a 10 o=o0 = 997 -", "net inject 10055",
           "recv b 10 = timeout", "result a o0 = T 10", "recv b 10 = 1[0..10]");
    SCRIPT("its data, if it succeeded", "tcp a b", "overlapped o0 null", "net inject 10055", "send a 10 o=o0 = 997 -",
           "result a o0 = T 10", "recv b 10 = timeout ! data data.missing");
    SCRIPT("a datagram's", "udp a b", "overlapped o0 null", "net inject 10055", "send a 10 o=o0 = 997 -",
           "result a o0 = T 10", "recv b 10 = timeout ! data data.missing");
    SCRIPT("at once, it is certain", "tcp a b", "overlapped o0 null", "net inject 10055", "send a 10 o=o0 = 0 10",
           "result a o0 -> T 10", "recv b 10 = timeout ! data data.missing");
    SCRIPT("an empty one", "tcp a b", "overlapped o0 null", "net inject 10055", "send a 0 o=o0 = 997 -",
           "result a o0 -> T 0 | F 996");
    SCRIPT("a routine's", "tcp a b", "overlapped o0 null", "net inject 10055", "send a 10 o=o0 r=r0 = 997 -",
           "sleep = apc ran r0 10055 0 o0 & (nobufs)");
    SCRIPT("cancelled: no wonder", "tcp a b", "overlapped o0 null", "net inject 10055", "send a 10 o=o0 = 997 -",
           "cancel a ex o0", "result a o0 -> T 10 | F 995 | F 10055 | F 996", "result a o0 = F 995 &");
    SCRIPT("what is over cannot fail any more", "tcp a b", "overlapped o0 null", "overlapped o1 null",
           "overlapped o2 null", "send a 10 o=o0 = 997 -", "result a o0 = T 10", "send a 10 o=o1 = 0 10",
           "send a 10 o=o2 = 997 -", "cancel a ex o2", "net inject 10055",
           "recv b 30 = 1[0..10] timeout ! data data.missing");
    SCRIPT("one that was never on a socket", "overlapped o0 null", "send none 10 o=o0 = 997 - ! outcome notsock",
           "net inject 10055", "net link_down", "cleanup");
    SCRIPT("on no Internet socket", "pair a b other stream", "net inject 10055", "send a 1 -> 0 1");
    SCRIPT("a code for which there are several words", "tcp a b", "overlapped o0 null", "net inject 10022",
           "send a 10 o=o0 = 997 -", "result a o0 -> T 10 | F 10022 | F 996",
           "result a o0 = F 10022 & (inval.unbound) (inval.not-overlapped)");
}

/* --- kinds of sockets ----------------------------------------------------------------------------------------------
 */

static void kinds(void **state) {
    (void)state;
    SCRIPT("raw", "pair a unknown inet raw", "send a 10 -> 0 10", "send a 1 flags=1 -> 10045",
           "send a 1 flags=1 = 10045 & opnotsupp.oob-not-stream", "send a 1 flags=0x8000 -> 10045",
           "send a 65515 -> 0 65515", "send a 65516 -> 0 65516 | 10040", "send a 65536 -> 10040", "shutdown a send",
           "send a 1 -> 10058");
    SCRIPT("raw, IPv6 and by its own word", "pair a unknown v6 raw", "send a 65535 -> 0 65535", "send a 65536 -> 10040",
           "pair b unknown inet raw max=100", "send b 101 -> 0 101 | 10040");
    SCRIPT("raw, not connected", "socket a raw", "send a 1 -> 10057 | 10022", "connect a unknown", "send a 1 -> 0 1",
           "nonblocking a", "select a w -> unjudged ready");
    SCRIPT("AF_UNIX", "pair a b local stream", "send a 10 = 0 10", "recv b 10 = 1[0..10]",
           "send a 1 flags=1 -> 10045 | 0 1", "send a 1 flags=1 = 10045 & opnotsupp.oob-domain", "shutdown b send",
           "send a 1 -> 0 1", "abort b", "send a 1 -> 0 1 | 10054", "pair c d local stream no_oob",
           "send c 1 flags=1 -> 10045");
    SCRIPT("connections of messages", "socket l rdm", "bind l", "listen l", "socket a rdm",
           "send a 1 -> 10057 | 10022 | 10040", "connect a l", "accept l b", "send a 1 flags=1 -> 10045 | 10040",
           "send a 10 -> 0 10 | 10040", "send a 10 = 0 10", "recv b 20 = 1[0..10]", "send b 10 -> 10045 | 0 10 | 10040",
           "send b 10 = 10045 & opnotsupp.receive-only", "abort b", "send a 1 = 10054 & connreset.stream",
           "send a 1 -> 10054 | 10057 | 10053 | 10040");
    SCRIPT("of messages, as the catalogue says", "pair a b other seqpacket max=100 partial",
           "send a 1 flags=1 -> 0 1 | 10045", "send a 1 flags=0x8000 -> 0 1", "send a 101 -> 10040",
           "send a 100 = 0 100", "recv b 200 = 1[0..50] ! data data.message", "send a 5 = 0 5", "recv b 5 = timeout");
    SCRIPT("only receives", "tcp a b receive_only", "send a 1 -> 10045", "send b 1 -> 0 1",
           "send a 1 = 10045 & opnotsupp.receive-only");
    SCRIPT("listening", "socket l stream", "bind l", "listen l", "send l 1 -> 10057", "send l 0 -> 10057");
    SCRIPT("connecting to where nobody answers", "socket a stream", "nonblocking a", "connect a silent = 10035",
           "send a 1 -> 10057 | 10022", "send a 1 = 10035 ! outcome notconn & notconn");
    SCRIPT("connecting behind the router", "socket a stream", "nonblocking a", "connect a beyond = 10035",
           "send a 1 -> 0 1 | 10057 | 10022", "socket b stream", "connect b silent -> unjudged 10061");
    SCRIPT("half closed by the peer", "tcp a b", "shutdown b send", "send a 10 -> 0 10", "send a 10 = 0 10",
           "recv a 1 = eof", "recv b 10 = 1[0..10]", "send a 10 -> 0 10");
}

static void words(void **state) {
    (void)state;
    assert_int_equal(wsc_fault_word("nothing"), WSC_NONE);
    assert_true(wsc_fault_word("heal") > 0);
    wsc_model *m = wsc_model_new(NULL), *other;
    wsc_call call;
    wsc_verdict v;
    const wsc_observed ok = {.ret = WSC_RET_0, .op = WSC_NONE};
    assert_non_null(m);
    assert_true(script_call("net link_down inject 10055", 0, &call));
    assert_int_equal(wsc_observe(m, &call, &ok, &v), WSC_OK);
    other = wsc_model_clone(m);
    assert_non_null(other);
    assert_true(wsc_model_equal(m, other));
    assert_true(script_call("net link_up", 0, &call));
    assert_int_equal(wsc_observe(m, &call, &ok, &v), WSC_OK);
    assert_false(wsc_model_equal(m, other));
    assert_true(wsc_model_hash(m) != wsc_model_hash(other));
    assert_int_equal(wsc_observe(other, &call, &ok, &v), WSC_OK);
    assert_true(wsc_model_equal(m, other));
    assert_true(script_call("net heal", 0, &call));
    assert_int_equal(wsc_observe(m, &call, &ok, &v), WSC_OK);
    assert_false(wsc_model_equal(m, other));
    wsc_model_reset(other);
    assert_true(wsc_model_equal(m, other));
    wsc_model_free(m);
    wsc_model_free(other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links),   cmocka_unit_test(vanished), cmocka_unit_test(killed),
        cmocka_unit_test(expired), cmocka_unit_test(buffers),  cmocka_unit_test(data),
        cmocka_unit_test(stalls),  cmocka_unit_test(injected), cmocka_unit_test(injected_completions),
        cmocka_unit_test(kinds),   cmocka_unit_test(words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
