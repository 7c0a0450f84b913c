/* test_errors.c - every error rule of WSASend: the allowed set in its condition and just outside of it. */
#include "script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void notinitialised(void **state) {
    static const char *const never[] = {"send a 10 -> 10093 | 10038", "send a 10 = 10093 & notinitialised notsock",
                                        "startup", "send a 10 -> 10038", NULL};
    (void)state;
    script_run_with("never started", NULL, never);
    SCRIPT("after the last of several", "tcp a b", "startup", "cleanup", "send a 1 -> 0 1", "cleanup",
           "send a 1 -> 10093 | 10038", "send a 1 = 10038", "cleanup = 10093", "startup",
           "send a 1 -> 0 1 | 10038 | 10054 | 10053");
    SCRIPT("with other errors", "tcp a b", "shutdown a send", "cleanup",
           "send a 1 sent=null -> 10093 | 10014 | 10058 | 10038");
    SCRIPT("a deviation is not blamed twice", "tcp a b", "send a 1 = 10093 ! outcome sent.blocking",
           "send a 1 -> 0 1 | 10093");
}

static void notsock(void **state) {
    (void)state;
    SCRIPT("no socket", "send none 10 -> 10038", "send none 10 = 10038 & notsock",
           "send none 10 = 10057 ! outcome notsock & notsock", "send z 10 -> 10038");
    SCRIPT("closed", "tcp a b", "close a", "send a 10 -> 10038", "send b 10 -> 0 10 | 10054 | 10053");
    SCRIPT("closing failed", "tcp a b", "close a = 10035", "send a 10 -> 0 10");
    SCRIPT("with faults", "send none 10 sent=null -> 10038 | 10014", "send none 10:wild -> 10038 | 10014",
           "send none 10 at=wild -> 10038 | 10014", "send none 10 o=o0 rat=wild -> 10038 | 10014",
           "send none 10 flags=1 -> 10038", "overlapped o0 null", "send none 10 o=o0 -> 10038");
    SCRIPT("nothing of it is started", "event e0", "overlapped o0 e0", "send none 10 o=o0 = 10038 unset",
           "send none 10 o=o0 = 10038 set ! event event.not-started", "wait e0 = event");
    SCRIPT("deviation", "tcp a b", "send a 1 = 10038 ! outcome sent.blocking", "send a 1 -> 0 1 | 10038");
}

static void fault_buffers(void **state) {
    (void)state;
    SCRIPT("the array", "tcp a b", "send a 10 array=null -> 10014", "send a 10 array=wild -> 10014",
           "send a 10 array=kernel -> 10014", "send a 10 array=straddle -> 10014",
           "send a 10,10 array=straddle -> 10014", "send a 10,10 array=straddle count=1 -> 0 10",
           "send a 10 array=readonly -> 0 10", "send a 10 array=guard -> 0 10", "send a 10 count=2 -> 10014",
           "send a 10 count=4294967295 -> 10014 | 10055", "send a 10 count=1 -> 0 10", "send a 10,5 count=1 -> 0 10");
    SCRIPT("the memory", "tcp a b", "send a 10:null -> 10014", "send a 10:wild -> 10014", "send a 10:kernel -> 10014",
           "send a 10:straddle -> 10014", "send a 10:readonly -> 0 10", "send a 10:guard -> 0 10",
           "send a 100/50 -> 10014", "send a 100/100 -> 0 100", "send a 10,10:wild -> 10014",
           "send a 10,10:wild count=1 -> 0 10", "send a 2x1,1000x4:null -> 10014");
    SCRIPT("no memory at all", "tcp a b", "send a 0:null -> 0 0 | 10014", "send a 0:wild -> 0 0 | 10014",
           "send a 0:kernel -> 0 0 | 10014", "send a 5,0:null,5 -> 0 10 | 10014", "send a 0:straddle -> 0 0",
           "send a [] array=null -> 0 0 | 10014 | 10022", "send a [] array=wild -> 0 0 | 10014 | 10022",
           "send a [] -> 0 0 | 10022");
    SCRIPT("overlapped", "tcp a b", "event e0", "overlapped o0 e0", "send a 10:wild o=o0 -> 10014",
           "send a 10:wild o=o0 = 10014 & fault.buffers", "wait e0 -> timeout",
           "send a 10:wild o=o0 = 997 - ! outcome fault.buffers");
}

static void fault_sent(void **state) {
    (void)state;
    SCRIPT("without overlap", "tcp a b", "send a 10 sent=null -> 10014", "send a 10 sent=wild -> 10014",
           "send a 10 sent=kernel -> 10014", "send a 10 sent=straddle -> 10014", "send a 10 sent=readonly -> 10014",
           "send a 10 sent=guard -> 0 10");
    SCRIPT("with", "tcp a b", "overlapped o0 null", "send a 10 sent=null o=o0 -> 0 | 997",
           "send a 10 sent=wild o=o0 -> 10014", "send a 10 sent=readonly o=o0 -> 997 - | 10014",
           "send a 10 sent=readonly o=o0 = 0 ! outcome pending", "send a 10 sent=guard o=o0 -> 0 10 | 997 -");
    SCRIPT("a socket that ignores the OVERLAPPED", "tcp a b not_overlapped", "overlapped o0 null",
           "send a 1 sent=null o=o0 -> 0 | 10022", "send a 1 sent=readonly o=o0 -> 10014 | 10022");
    SCRIPT("a routine does not replace it", "tcp a b", "send a 1 sent=null r=r0 -> 10014 | 10014 | 10022");
}

static void fault_overlapped(void **state) {
    (void)state;
    SCRIPT("overlapped socket", "tcp a b", "send a 10 at=wild -> 10014", "send a 10 at=kernel -> 10014",
           "send a 10 at=straddle -> 10014", "overlapped o0 null", "send a 10 o=o0 at=guard -> 0 10 | 997 -",
           "send a 10 o=o0 at=readonly -> 0 10 | 997 - | 10014", "send a 10 at=wild = 10014 & fault.overlapped");
    SCRIPT("ignored otherwise", "tcp a b not_overlapped", "send a 1 at=wild -> 0 1 | 10014 | 10022");
    SCRIPT("read-only: whatever it can report", "tcp a b", "overlapped o0 null", "send a 10 o=o0 at=readonly = 0 10",
           "result a o0 -> undefined F", "recv b 10 = 1[0..10]");
}

static void fault_routine(void **state) {
    (void)state;
    SCRIPT("overlapped socket", "tcp a b", "overlapped o0 null", "send a 10 o=o0 rat=wild -> 10014",
           "send a 10 o=o0 rat=kernel -> 10014", "send a 10 o=o0 r=r0 -> 0 10 | 997 -");
    SCRIPT("elsewhere it may be ignored", "tcp a b not_overlapped", "overlapped o0 null",
           "send a 1 o=o0 rat=wild -> 0 1 | 10014 | 10022", "tcp c d",
           "send c 1 rat=wild -> 0 1 | 997 - | 10014 | 10014 | 10022");
}

static void faults(void **state) { /* conditions that only wsc_fault brings about */
    (void)state;
    SCRIPT("intr", "tcp a b", "fault a intr yes", "send a 1 -> 10004", "send b 1 -> 0 1", "fault a intr maybe",
           "send a 1 -> 0 1 | 10004", "send a 1 = 10004 & intr", "fault a intr no", "send a 1 -> 0 1");
    SCRIPT("inprogress", "tcp a b", "fault all inprogress.blocking-call yes", "send a 1 -> 10036",
           "fault all inprogress.blocking-call no", "fault a inprogress.callback maybe", "send a 1 -> 0 1 | 10036");
    SCRIPT("netdown", "tcp a b", "fault all netdown yes", "send a 1 -> 10050", "send b 1 -> 10050",
           "send a 1 = 10050 & netdown", "fault all netdown no", "send a 1 -> 0 1");
    SCRIPT("netreset", "tcp a b", "udp c d", "fault a netreset.stream-keepalive maybe", "send a 1 -> 0 1 | 10052",
           "fault c netreset.datagram-ttl maybe", "send c 1 -> 0 1 | 10052",
           "send c 1 = 10052 & netreset.datagram-ttl");
    SCRIPT("nobufs", "tcp a b", "fault a nobufs maybe", "send a 1 -> 0 1 | 10055");
    SCRIPT("connaborted", "tcp a b", "fault a connaborted maybe", "send a 1 -> 0 1 | 10053",
           "send a 1 = 10053 & connaborted", "fault a connaborted no", "send a 1 -> 10053 | 10057 | 10054");
    SCRIPT("receive-only", "tcp a b", "fault a opnotsupp.receive-only yes", "send a 1 -> 10045");
}

static void inval(void **state) {
    (void)state;
    SCRIPT("never bound", "socket a stream", "send a 1 -> 10057 | 10022", "bind a", "send a 1 -> 10057");
    SCRIPT("never bound datagram", "socket a dgram", "send a 1 -> 10057 | 10022",
           "send a 1 = 10022 & notconn inval.unbound", "bind a = 10048", "send a 1 -> 10057 | 10022", "bind a",
           "send a 1 -> 10057");
    SCRIPT("bound by connect and accept", "socket a stream", "bind a", "listen a", "socket b stream", "connect b a",
           "accept a c", "send b 1 -> 0 1", "send c 1 -> 0 1", "send a 1 -> 10057");
    SCRIPT("a refused connect", "socket a stream", "connect a nobody = 10061", "send a 1 -> 10057 | 10022");
    SCRIPT("not overlapped", "tcp a b not_overlapped", "overlapped o0 null", "send a 1 -> 0 1",
           "send a 1 o=o0 -> 0 1 | 10022", "send a 1 o=o0 r=r0 -> 0 1 | 10022", "send a 1 r=r0 -> 0 1 | 10022",
           "send a 1 o=o0 = 10022 & inval.not-overlapped", "send a 1 o=o0 = 997 - ! outcome pending.not-overlapped",
           "tcp c d", "overlapped o1 null", "send c 1 o=o1 = 10022 ! outcome sent.overlapped");
    SCRIPT("a socket of each kind", "socket a stream plain", "socket b stream", "overlapped o0 null",
           "send a 1 o=o0 -> 10057 | 10022 | 10022", "send b 1 o=o0 -> 10057 | 10022");
}

static void msgsize(void **state) {
    (void)state;
    SCRIPT("IPv4", "udp a b", "send a 65507 -> 0 65507", "send a 65508 -> 10040", "send a 2x40000 -> 10040",
           "send a 65508 = 10040 & msgsize", "recv b 65536 = timeout");
    SCRIPT("IPv6", "udp6 a b", "send a 65527 -> 0 65527", "send a 65528 -> 10040");
    SCRIPT("the option's word", "udp a b max=1000", "send a 1000 -> 0 1000", "send a 1001 -> 0 1001 | 10040",
           "send a 65508 -> 10040");
    SCRIPT("no more than can be", "udp a b max=65527", "send a 65507 -> 0 65507", "send a 65508 -> 10040");
    SCRIPT("told later", "udp a b", "getopt a maxmsg = 0 500", "send a 501 -> 0 501 | 10040", "getopt a other = 0 7",
           "send a 500 -> 0 500", "getopt a maxmsg = 10038", "getopt a maxmsg = 0");
    SCRIPT("never for a stream", "tcp a b", "send a 1048576 -> 0 1048576");
    SCRIPT("another family", "socket a dgram other", "bind a", "connect a unknown", "send a 100 -> 0 100 | 10040",
           "socket b dgram other max=50", "bind b", "connect b unknown", "send b 51 -> 10040", "send b 50 -> 0 50");
    SCRIPT("in one packet", "udp a b", "setopt a whole 1", "send a 548 -> 0 548", "send a 549 -> 0 549 | 10040",
           "send a 65508 -> 10040", "setopt a whole 0", "send a 549 -> 0 549");
    SCRIPT("in one packet, told less", "udp a b max=500", "setopt a whole 1", "send a 500 -> 0 500",
           "send a 501 -> 0 501 | 10040");
    SCRIPT("in one packet of IPv6", "udp6 a b", "setopt a whole 1", "send a 1232 -> 0 1232",
           "send a 1233 -> 0 1233 | 10040", "recv b 65536 = timeout");
    SCRIPT("nothing of it comes", "udp a b", "send a 70000 = 10040", "send a 70000 = 0 70000 ! outcome msgsize",
           "recv b 65536 = 1[0..65536] ! data data.failed-call");
}

static void notconn(void **state) {
    (void)state;
    SCRIPT("streams", "socket a stream", "bind a", "send a 1 -> 10057", "send a 0 -> 10057",
           "send a 1 = 10057 & notconn", "listen a", "send a 1 -> 10057", "connect a unknown",
           "send a 1 -> 0 1 | 10054 | 10053");
    SCRIPT("datagrams", "socket a dgram", "bind a", "send a 1 -> 10057", "connect a nobody", "send a 1 -> 0 1");
    SCRIPT("the other end of a datagram pair", "udp a b", "send b 1 -> 10057");
    SCRIPT("refused", "socket a stream", "bind a", "connect a nobody = 10061", "send a 1 -> 10057");
    SCRIPT("connecting", "socket l stream", "bind l", "listen l", "socket a stream", "bind a", "nonblocking a on",
           "connect a l = 10035", "send a 1 -> 0 1 | 10057", "select a w = ready", "send a 1 -> 0 1");
    SCRIPT("connecting, not bound", "socket l stream", "bind l", "listen l", "socket a stream", "nonblocking a on",
           "connect a l = 10035", "send a 1 -> 0 1 | 10057 | 10022", "connect a l = 10037",
           "send a 1 -> 0 1 | 10057 | 10022", "select a x = timeout", "send a 1 -> 0 1 | 10057 | 10022",
           "select a x = ready", "send a 1 -> 10057 | 10022", "socket b stream", "bind b", "nonblocking b on",
           "connect b l = 10035", "connect b l = 10061", "send b 1 -> 10057", "connect b l", "send b 1 -> 0 1",
           "connect b l = 10056", "send b 1 -> 0 1");
    SCRIPT("connecting to nobody", "socket a stream", "bind a", "nonblocking a on", "connect a nobody = 10035",
           "send a 1 -> 10057");
    SCRIPT("a deviation", "tcp a b", "send a 1 = 10057 ! outcome sent.blocking", "send a 1 -> 0 1 | 10057");
    SCRIPT("sent all the same", "socket a stream", "bind a", "send a 1 = 0 1 ! outcome notconn", "send a 1 -> 10057");
}

static void opnotsupp(void **state) {
    (void)state;
    SCRIPT("MSG_OOB", "tcp a b", "udp c d", "tcp e f no_oob", "send a 1 flags=1 -> 0 1", "send c 1 flags=1 -> 10045",
           "send e 1 flags=1 -> 0 1 | 10045", "send c 1 flags=1 = 10045 & opnotsupp.oob-not-stream",
           "send e 1 flags=1 = 10045 & opnotsupp.oob-domain", "send c 1 -> 0 1", "send e 1 -> 0 1");
    SCRIPT("MSG_PARTIAL", "tcp a b", "udp c d", "udp e f partial", "send a 1 flags=0x8000 -> 10045",
           "send c 1 flags=0x8000 -> 10045", "send e 1 flags=0x8000 -> 0 1",
           "send a 1 flags=0x8000 = 10045 & opnotsupp.partial");
    SCRIPT("MSG_DONTROUTE", "tcp a b", "udp c d", "send a 1 flags=4 -> 0 1", "send c 1 flags=4 -> 0 1");
    SCRIPT("together", "tcp a b", "udp c d", "send a 1 flags=5 -> 0 1", "send a 1 flags=0x8001 -> 10045",
           "send c 1 flags=0x8001 -> 10045 | 10045", "send c 1 flags=0x8005 -> 10045 | 10045",
           "send c 1 flags=0x8004 -> 10045");
    SCRIPT("accepted sockets inherit", "socket l stream no_oob", "bind l", "listen l", "socket c stream", "connect c l",
           "accept l a", "send a 1 flags=1 -> 0 1 | 10045");
    SCRIPT("a domain without", "tcp a b other no_oob", "send a 1 flags=1 -> 10045", "send a 1 -> 0 1");
    SCRIPT("let pass", "tcp a b", "send a 10 flags=0x8000 = 0 10 ! outcome opnotsupp.partial", "recv b 10 = 1[0..10]");
}

static void undefined_flags(void **state) {
    (void)state;
    SCRIPT("any other bit", "tcp a b", "send a 1 flags=2 -> undefined 0 1", "send a 1 flags=0x10 -> undefined 0 1",
           "send a 1 flags=0x80000000 -> undefined 0 1", "send a 1 flags=9 -> undefined 0 1",
           "send a 1 flags=0x8002 -> undefined 10045", "send a 10 flags=2 = 10022", "send a 10 flags=2 = 0 3",
           "recv b 20 = 2[0..3] timeout", "send a 10 flags=2 = other", "send a 5 = 0 5", "recv b 5 = 4[0..5]");
}

static void shutdowns(void **state) {
    (void)state;
    SCRIPT("SD_SEND", "tcp a b", "shutdown a send", "send a 1 -> 10058", "send a 0 -> 10058",
           "send a 1 = 10058 & shutdown.sd-send", "send b 1 -> 0 1");
    SCRIPT("SD_BOTH", "tcp a b", "shutdown a both", "send a 1 -> 10058", "send a 1 = 10058 & shutdown.sd-both",
           "send b 1 -> 0 1", "send b 1 = 0 1", "send b 1 -> 0 1 | 10054");
    SCRIPT("SD_RECEIVE", "tcp a b", "shutdown a recv", "send a 1 -> 0 1", "send b 1 -> 0 1", "send b 0 = 0 0",
           "send b 1 -> 0 1", "send b 1 = 0 1", "send b 1 -> 0 1 | 10054", "tcp c d", "send d 1 = 0 1",
           "shutdown c recv", "send d 1 -> 0 1 | 10054");
    SCRIPT("one after the other", "tcp a b", "shutdown a send", "shutdown a both", "send a 1 -> 10058 | 10058");
    SCRIPT("a failed one", "tcp a b", "shutdown a send = 10057", "send a 1 -> 0 1");
    SCRIPT("datagrams", "udp a b", "shutdown a send", "send a 1 -> 10058", "udp c d", "shutdown d recv",
           "send c 1 -> 0 1");
    SCRIPT("the peer's", "tcp a b", "shutdown b send", "send a 1 -> 0 1");
    SCRIPT("sent all the same", "tcp a b", "shutdown a send", "send a 1 = 0 1 ! outcome shutdown.sd-send",
           "recv b 1 = 1[0..1]");
    SCRIPT("overlapped", "tcp a b", "event e0", "overlapped o0 e0", "shutdown a send", "send a 1 o=o0 = 10058 unset",
           "send a 1 o=o0 = 10058 set ! event event.not-started", "wait e0 -> event");
}

static void connreset(void **state) {
    (void)state;
    SCRIPT("perhaps arrived", "tcp a b", "abort b", "send a 1 -> 0 1 | 10054", "send a 1 = 0 1",
           "send a 1 = 10054 & connreset.stream", "send a 1 -> 10054 | 10057 | 10053", "send a 1 = 10057",
           "send a 1 = 0 1 ! outcome connreset.stream");
    SCRIPT("certainly arrived", "tcp a b", "abort b", "select a r = timeout", "send a 1 -> 0 1 | 10054",
           "select a w = ready", "send a 1 -> 0 1 | 10054", "select a r = ready", "send a 1 -> 10054",
           "send a 1 = 10057 ! outcome connreset.stream");
    SCRIPT("something else to read", "tcp a b", "send b 5 = 0 5", "abort b", "select a r = ready",
           "send a 1 -> 0 1 | 10054", "recv a 5 = 1[0..5]", "select a r = ready", "send a 1 -> 10054");
    SCRIPT("the end of what the peer sent", "tcp a b", "shutdown b send", "abort b", "select a r = ready",
           "send a 1 -> 0 1 | 10054");
    SCRIPT("told by recv", "tcp a b", "abort b", "recv a 1 = 10054", "send a 1 -> 10054 | 10057 | 10053");
    SCRIPT("told by recv otherwise", "tcp a b", "close b", "recv a 1 = 10053", "send a 1 -> 10053 | 10057 | 10054");
    SCRIPT("closed in good order", "tcp a b", "close b", "send a 1 -> 0 1 | 10054 | 10053", "select a r = ready",
           "send a 1 -> 0 1 | 10054 | 10053", "send a 1 = 10053 & connaborted", "send a 1 -> 10053 | 10057 | 10054");
    SCRIPT("the first report", "tcp a b", "abort b", "send a 1 = 10053 ! outcome sent.blocking",
           "send a 1 -> 10053 | 10057 | 10054");
    SCRIPT("for nothing", "tcp a b", "send a 1 = 10054 ! outcome sent.blocking");
    SCRIPT("datagram", "udp a b", "send a 1 -> 0 1", "close b", "send a 1 -> 0 1", "send a 1 = 0 1",
           "send a 1 -> 0 1 | 10054", "send a 1 = 10054 & connreset.datagram", "send a 1 -> 0 1 | 10054");
    SCRIPT("to nobody", "socket a dgram", "connect a nobody", "send a 1 -> 0 1", "send a 1 = 0 1",
           "send a 1 -> 0 1 | 10054", "send a 1 = 10057 ! outcome sent.message");
    SCRIPT("unobserved peers", "socket a stream", "connect a unknown", "send a 1 -> 0 1 | 10054 | 10053",
           "socket b dgram", "connect b unknown", "send b 1 -> 0 1", "send b 1 = 0 1", "send b 1 -> 0 1 | 10054");
}

static void wouldblock(void **state) {
    (void)state;
    SCRIPT("room at first", "tcp a b nonblocking", "send a 1 -> 0 1", "send a 10 -> 0 10 | 0 1..9",
           "send a 10 = 10035 ! outcome sent.nonblocking");
    SCRIPT("then nobody knows", "tcp a b nonblocking", "send a 10 = 0 4", "send a 1 -> 0 1 | 10035",
           "send a 10 -> 0 10 | 0 1..9 | 10035", "send a 0 -> 0 0", "select a w = ready", "send a 1 -> 0 1",
           "send a 1 = 0 1", "send a 1 -> 0 1 | 10035", "send a 1 = 10035 & wouldblock.nonblocking",
           "nonblocking a off", "send a 10 -> 0 10", "send a 10 = 10035 ! outcome sent.blocking",
           "send a 10 -> 0 10 | 10035 | 10035");
    SCRIPT("a failed call takes no room", "tcp a b nonblocking", "send a 1 sent=null = 10014", "send a 1 -> 0 1",
           "send a 0 = 0 0", "send a 1 -> 0 1");
    SCRIPT("datagrams", "udp a b nonblocking", "send a 10 -> 0 10", "send a 10 = 0 10", "send a 10 -> 0 10 | 10035",
           "send a 10 = 0 4 ! amount sent.message");
    SCRIPT("overlapped", "tcp a b nonblocking", "send a 1 = 0 1", "overlapped o0 null",
           "send a 10 o=o0 -> 0 10 | 997 -");
    SCRIPT("nobody knows whether it is non-blocking", "socket l stream", "bind l", "listen l", "nonblocking l on",
           "socket c stream", "connect c l", "accept l a", "send a 10 -> 0 10 | 0 1..9", "send a 10 = 0 10",
           "send a 10 -> 0 10 | 0 1..9 | 10035");
    SCRIPT("too many", "tcp a b", "overlapped o0 null", "overlapped o1 null", "send a 10 o=o0 -> 0 10 | 997 -",
           "send a 10 o=o0 = 0 10", "send a 10 o=o1 -> 0 10 | 997 -", "send a 10 o=o1 = 997 - & pending",
           "send a 10 o=o0 -> 0 10 | 997 - | 10035", "send a 1 -> 0 1",
           "send a 10 o=o0 = 10035 & wouldblock.too-many-overlapped", "result a o1 = T 10",
           "send a 10 o=o0 -> 0 10 | 997 -");
}

static void nobufs(void **state) {
    (void)state;
    SCRIPT("absurd requests", "tcp a b", "send a 1000000x1 -> 0 1000000", "send a 1000001x1 -> 0 1000001 | 10055",
           "send a 1073741823 -> 0 1073741823", "send a 1073741824 -> 0 1073741824 | 10055",
           "send a 1 = 10055 ! outcome sent.blocking", "send a 1073741824 = 10055 & nobufs");
    SCRIPT("more than a DWORD", "tcp a b", "send a 2x4000000000 -> 0 1..4294967295 | 10055");
}

static void silences(void **state) {
    (void)state;
    SCRIPT("no buffers", "tcp a b", "udp c d", "overlapped o0 null", "send a [] -> 0 0 | 10022",
           "send c [] -> 0 0 | 10022", "send a [] o=o0 -> 0 0 | 997 - | 10022",
           "send a [] = 10022 & silence.no-buffers");
    SCRIPT("a routine without OVERLAPPED", "tcp a b", "tcp c d nonblocking",
           "send a 10 r=r0 -> 0 10 | 997 - | 10014 | 10022", "send c 10 r=r0 -> 0 10 | 997 - | 0 1..9 | 10014 | 10022",
           "send a 10 r=r0 = 0 10", "sleep -> 0 | apc ran unknown", "sleep = apc ran r0 0 10",
           "sleep = apc ran r0 0 10 ! routine routine.overlapped", "recv b 10 = 1[0..10]", "send a 10 r=r0 = 997 -",
           "sleep = 0");
    SCRIPT("a routine and a port", "tcp a b", "port p0 a", "overlapped o0 null",
           "send a 10 o=o0 r=r0 -> 0 10 | 997 - | 10022", "send a 10 o=o0 r=r0 = 0 10",
           "take p0 limit -> F 258 | T o0 10", "take p0 = T o0 10", "sleep limit -> apc ran r0 0 10 o0!",
           "take p0 = T o0 10 ! outcome packet.once");
    SCRIPT("hEvent is no event", "tcp a b", "overlapped o0 bogus", "send a 10 o=o0 -> 0 10 | 997 - | 6 | 10038 | 10022",
           "send a 10 o=o0 r=r0 -> 0 10 | 997 -", "send a 10 o=o0 = 0 10", "result a o0 -> T 10");
    SCRIPT("hEvent is closed", "tcp a b", "event e0", "overlapped o0 e0", "closeevent e0", "closeevent e0",
           "send a 10 o=o0 -> 0 10 | 997 - | 6 | 10038 | 10022", "wait e0 -> unjudged failed", "wait e0 = failed");
    SCRIPT("SO_SNDTIMEO", "tcp a b", "setopt a sndtimeo 100", "send a 10 -> 0 10 | 0 1..9 | 10060", "send a 0 -> 0 0",
           "nonblocking a on", "send a 10 -> 0 10 | 0 1..9", "nonblocking a off", "send a 10 = 10060",
           "recv b 10 = 1[0..7] timeout", "send a 5 = 0 3", "recv b 5 = 2[0..3] timeout", "setopt a sndtimeo 0",
           "send a 10 -> 0 10", "setopt a sndtimeo 5 = 10042", "send a 10 -> 0 10", "setopt z sndtimeo 5");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notinitialised),   cmocka_unit_test(notsock),
        cmocka_unit_test(fault_buffers),    cmocka_unit_test(fault_sent),
        cmocka_unit_test(fault_overlapped), cmocka_unit_test(fault_routine),
        cmocka_unit_test(faults),           cmocka_unit_test(inval),
        cmocka_unit_test(msgsize),          cmocka_unit_test(notconn),
        cmocka_unit_test(opnotsupp),        cmocka_unit_test(undefined_flags),
        cmocka_unit_test(shutdowns),        cmocka_unit_test(connreset),
        cmocka_unit_test(wouldblock),       cmocka_unit_test(nobufs),
        cmocka_unit_test(silences),
    };
    return cmocka_run_group_tests_name("errors", tests, NULL, NULL);
}
