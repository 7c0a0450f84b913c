/* test_data.c - what the peer receives: content and order, messages, urgent data. */
#include "script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void streams(void **state) {
    (void)state;
    SCRIPT("in order", "tcp a b", "send a 10 = 0 10", "send a 5,5 = 0 10", "recv b 4 = 1[0..4]",
           "recv b 10 = 1[4..10] 2[0..4]", "recv b 6 = 2[4..10]", "recv b 1 = timeout");
    SCRIPT("both ways", "tcp a b", "send a 10 = 0 10", "send b 5 = 0 5", "recv a 5 = 2[0..5]", "recv b 10 = 1[0..10]");
    SCRIPT("a gap inside", "tcp a b", "send a 10 = 0 10", "recv b 9 = 1[0..4] 1[5..10] ! data data.gap",
           "recv b 1 = timeout");
    SCRIPT("a gap at the front", "tcp a b", "send a 10 = 0 10", "send a 5 = 0 5", "recv b 5 = 2[0..5] ! data data.gap",
           "recv b 1 = timeout");
    SCRIPT("the wrong order", "tcp a b", "send a 10 = 0 10", "send a 5 = 0 5",
           "recv b 15 = 2[0..5] 1[0..10] ! data data.gap, data data.repeat");
    SCRIPT("repeated", "tcp a b", "send a 10 = 0 10", "send a 5 = 0 5",
           "recv b 14 = 1[0..4] 1[0..10] ! data data.repeat", "recv b 15 = 1[0..10] 2[0..5] ! data data.repeat",
           "recv b 5 = 2[0..5] ! data data.repeat");
    SCRIPT("foreign", "tcp a b", "tcp c d", "send a 10 = 0 10", "send c 10 = 0 10", "recv b 3 = x3 ! data data.foreign",
           "recv b 10 = 2[0..10] ! data data.foreign", "recv b 10 = 9[0..10] ! data data.foreign",
           "recv b 10 = 1[0..10]");
    SCRIPT("of a failed call", "tcp a b", "send a 10 = 0 10", "send a 10:wild = 10014", "send a 5 = 0 5",
           "recv b 15 = 1[0..10] 2[0..10] 3[0..5] ! data data.failed-call");
    SCRIPT("too many", "tcp a b nonblocking", "send a 10 = 0 4", "recv b 10 = 1[0..6] ! data data.excess", "tcp c d",
           "send c 10 = 0 10", "recv d 12 = 2[0..12] ! data data.excess");
    SCRIPT("a part", "tcp a b nonblocking", "send a 10 = 0 4", "send a 10 = 0 10", "recv b 14 = 1[0..4] 2[0..10]");
    SCRIPT("a part that nobody knows", "tcp a b nonblocking", "send a 10 = 0 2..8", "send a 5 = 0 5",
           "recv b 4 = 1[0..4]", "recv b 5 = 2[0..5]", "tcp c d nonblocking", "send c 10 = 0 2..8", "send c 5 = 0 5",
           "recv d 4 = 3[0..1] 4[0..3] ! data data.gap");
    SCRIPT("missing", "tcp a b", "send a 10 = 0 10", "recv b 11 = 1[0..10] timeout", "send a 10 = 0 10",
           "recv b 10 = 2[0..9] timeout ! data data.missing", "recv b 1 = timeout", "recv b 1 = 2[9..10]");
    SCRIPT("missing at the end", "tcp a b", "send a 10 = 0 10", "shutdown a send",
           "recv b 10 = 1[0..9] eof ! data data.missing", "recv b 1 = eof");
    SCRIPT("missing altogether", "tcp a b", "send a 10 = 0 10", "send a 10 = 0 10",
           "recv b 10 = timeout ! data data.missing");
    SCRIPT("reset, though nobody did anything", "tcp a b", "send a 10 = 0 10", "recv b 10 = 10054 ! data data.missing",
           "recv b 10 = timeout");
    SCRIPT("reset by somebody", "tcp a b", "send a 10 = 0 10", "abort a", "recv b 10 = 10054");
    SCRIPT("another error", "tcp a b", "send a 10 = 0 10", "recv b 10 = 10053 ! data data.missing",
           "recv b 10 = timeout", "send b 1 -> 10053 | 10057 | 10054", "send a 1 -> 0 1 | 10054 | 10053");
    SCRIPT("cancelled too late", "tcp a b", "udp c d", "overlapped o0 null", "overlapped o1 null",
           "send a 10 o=o0 = 997 -", "send c 10 o=o1 = 997 -", "cancel a io", "cancel a io", "cancel c io",
           "result a o0 = T 10", "result c o1 = T 10", "recv b 10 = timeout ! data data.missing",
           "recv d 10 = timeout ! data data.missing");
    SCRIPT("pending must come too", "tcp a b", "overlapped o0 null", "send a 10 o=o0 = 997 -",
           "recv b 10 = timeout ! data data.missing");
    SCRIPT("cancelled ones need not", "tcp a b", "overlapped o0 null", "send a 10 o=o0 = 997 -", "send a 5 = 0 5",
           "cancel a io", "recv b 10 = 1[0..3] 2[0..5] timeout");
    SCRIPT("nor after abort", "tcp a b", "send a 10 = 0 10", "abort a", "recv b 10 = eof", "tcp c d",
           "send c 10 = 0 10", "close c", "recv d 10 = 2[0..8] eof ! data data.missing");
    SCRIPT("nor with unread data here", "tcp a b", "send b 5 = 0 5", "send a 10 = 0 10", "close a",
           "recv b 10 = 2[0..3] 10054");
    SCRIPT("nor to one that shut down", "tcp a b", "send a 10 = 0 10", "shutdown b recv", "recv b 10 = eof", "tcp c d",
           "send c 10 = 0 10", "shutdown d both", "recv d 10 = eof");
    SCRIPT("nor on a network that fails", "tcp a b", "fault all netdown maybe", "send a 10 = 0 10",
           "recv b 10 = timeout", "tcp c d", "fault d netdown maybe", "send c 1 = 0 1", "recv d 1 = timeout");
    SCRIPT("nor after a report", "tcp a b", "send a 10 = 0 10", "abort b", "send a 1 = 10054", "recv b 1 = timeout");
    SCRIPT("nothing to send", "tcp a b", "send a 0 = 0 0", "send a 5 = 0 5", "recv b 5 = 2[0..5]",
           "recv b 5 = timeout");
    SCRIPT("unobserved peers", "socket a stream", "connect a unknown", "send a 10 = 0 10", "recv a 5 = x5",
           "recv a 5 = 7[0..5]", "recv z 5 = x5", "oob a 1 = x1");
}

static void intervals(void **state) {
    (void)state;
    SCRIPT("read before the call returns", "tcp a b", "begin send a 10", "recv b 5 = 1[0..5]",
           "end send a 10 data=1 = 0 10", "recv b 5 = 1[5..10]");
    SCRIPT("wholly", "tcp a b", "begin send a 10", "recv b 10 = 1[0..10]", "end send a 10 data=1 = 0 10",
           "send a 1 = 0 1", "recv b 1 = 2[0..1]");
    SCRIPT("nothing is missing yet", "tcp a b", "begin send a 10", "recv b 10 = timeout", "end send a 10 data=1 = 0 10",
           "recv b 10 = timeout ! data data.missing");
    SCRIPT("read of a call that failed", "tcp a b nonblocking", "send a 1 = 0 1", "recv b 1 = 1[0..1]",
           "begin send a 10", "recv b 5 = 2[0..5]", "end send a 10 data=2 = 10035 ! data data.failed-call");
    SCRIPT("wholly read of a call that failed", "tcp a b nonblocking", "send a 1 = 0 1", "begin send a 10",
           "send a 4 = 0 4", "recv b 5 = 1[0..1] 3[0..4]", "end send a 10 data=2 = 10035");
    SCRIPT("more than it says", "tcp a b nonblocking", "begin send a 10", "recv b 5 = 1[0..5]",
           "end send a 10 data=1 = 0 3 ! data data.excess");
    SCRIPT("half way", "tcp a b", "begin send a 10", "recv b 5 = 1[0..5]", "abort b", "end send a 10 data=1 = 10054",
           "send a 1 -> 10054 | 10057 | 10053");
    SCRIPT("closed meanwhile", "tcp a b", "begin t1: send a 10", "close a", "end t1: send a 10 data=1 = 10004 ",
           "recv b 10 = 1[0..5] eof");
    SCRIPT("shut down meanwhile", "tcp a b", "begin t1: send a 10", "shutdown a send",
           "end t1: send a 10 data=1 = 0 10", "recv b 10 = 1[0..10]");
    SCRIPT("shut down half way", "tcp a b", "begin t1: send a 10", "recv b 5 = 1[0..5]", "shutdown a send",
           "end t1: send a 10 data=1 = 10058", "recv b 5 = eof");
    SCRIPT("shut down before: nothing is half way", "tcp a b", "shutdown a send", "begin t1: send a 10",
           "recv b 5 = 1[0..5]", "end t1: send a 10 data=1 = 10058 ! data data.failed-call");
    SCRIPT("flushed", "tcp a b", "send a 10 = 0 10", "cancel a flush = 10045 &", "recv b 1 = 1[0..1]", "cancel a flush",
           "send a 5 = 0 5", "recv b 5 = 2[0..5]", "recv b 5 = 1[1..6] ! data data.repeat");
    SCRIPT("an end without a beginning", "tcp a b", "end send a 10 data=1 = 0 10", "recv b 10 = 1[0..10]");
}

static void unordered(void **state) { /* order.concurrent-threads: the application's fault, nothing is demanded */
    (void)state;
    SCRIPT("two threads on one stream", "tcp a b", "send a 1 = 0 1", "begin t1: send a 10", "begin t2: send a 10",
           "end t1: send a 10 data=2 = 0 10", "end t2: send a 10 data=3 = 0 10",
           "recv b 21 = 3[0..5] 2[0..10] 3[5..10] timeout", "send a 5 = 0 5", "recv b 5 = 4[0..5]");
    SCRIPT("nothing is demanded of either", "tcp a b", "begin t1: send a 10", "send a 20 -> undefined 0 20",
           "send a 20 = 5", "end t1: send a 10 data=1 = 6", "send a 5 -> 0 5");
    SCRIPT("one after the other", "tcp a b", "t1: send a 10 = 0 10", "t2: send a 20 -> 0 20", "t2: send a 20 = 0 20",
           "recv b 30 = 1[0..10] 2[0..20]");
    SCRIPT("two threads on one datagram socket", "udp a b", "begin t1: send a 10", "begin t2: send a 20",
           "end t1: send a 10 data=1 = 0 10", "end t2: send a 20 data=2 = 0 20", "recv b 100 = 2[0..20]",
           "recv b 100 = 1[0..9] ! data data.message", "begin t1: send a 10", "send a 20 = 0 20",
           "recv b 100 = 4[0..20]", "end t1: send a 10 data=3 = 0 10", "recv b 100 = 3[0..10]", "send a 5 = 0 5",
           "send a 5 = 0 5", "recv b 9 = 6[0..5]", "recv b 9 = 5[0..5]");
}

static void datagrams(void **state) {
    (void)state;
    SCRIPT("one by one", "udp a b", "send a 10 = 0 10", "send a 5,5 = 0 10", "recv b 100 = 1[0..10]",
           "recv b 100 = 2[0..10]", "recv b 100 = timeout");
    SCRIPT("cut by the reader", "udp a b", "send a 10 = 0 10", "recv b 4 = 1[0..4] 10040", "send a 10 = 0 10",
           "recv b 4 = 2[0..4]");
    SCRIPT("truncated", "udp a b", "send a 10 = 0 10", "recv b 100 = 1[0..9] ! data data.message");
    SCRIPT("split", "udp a b", "send a 10 = 0 10", "recv b 100 = 1[0..5] ! data data.message",
           "recv b 100 = 1[5..10] ! data data.repeat");
    SCRIPT("its head cut off", "udp a b", "send a 10 = 0 10", "recv b 100 = 1[1..10] ! data data.message");
    SCRIPT("merged", "udp a b", "send a 10 = 0 10", "send a 10 = 0 10",
           "recv b 100 = 1[0..10] 2[0..10] ! data data.message");
    SCRIPT("swollen", "udp a b", "send a 10 = 0 10", "recv b 100 = 1[0..11] ! data data.excess");
    SCRIPT("lost", "udp a b", "send a 10 = 0 10", "send a 10 = 0 10", "recv b 100 = 2[0..10]",
           "recv b 100 = timeout ! data data.missing", "recv b 100 = timeout");
    SCRIPT("in another order", "udp a b", "send a 10 = 0 10", "send a 20 = 0 20", "send a 30 = 0 30",
           "recv b 100 = 3[0..30]", "recv b 100 = 1[0..10]", "recv b 100 = 1[0..10] ! data data.repeat",
           "recv b 100 = 2[0..20]", "recv b 100 = timeout");
    SCRIPT("doubled", "udp a b", "send a 10 = 0 10", "recv b 100 = 1[0..10]",
           "recv b 100 = 1[0..10] ! data data.repeat");
    SCRIPT("foreign", "udp a b", "udp c d", "send c 10 = 0 10", "recv b 100 = 1[0..10] ! data data.foreign",
           "recv b 100 = x5 ! data data.foreign", "recv b 100 = ! data data.foreign");
    SCRIPT("of a failed call", "udp a b", "send a 70000 = 10040", "send a 10 = 0 10",
           "recv b 65536 = 1[0..65536] ! data data.failed-call");
    SCRIPT("empty", "udp a b", "send a 0 = 0 0", "recv b 10 = 1[0..0]", "send a 0 = 0 0",
           "recv b 10 = ", "send a 0,0 = 0 0", "recv b 10 = timeout ! data data.missing", "send a [] = 0 0",
           "recv b 10 = timeout", "send a [] = 0 0", "recv b 10 =", "udp c d", "send c 3 = 0 3", "send c 0 = 0 0",
           "recv d 10 =", "recv d 10 = timeout ! data data.missing");
    SCRIPT("pending", "udp a b", "event e0", "overlapped o0 e0", "send a 10 o=o0 = 997 -", "recv b 10 = 1[0..10]",
           "wait e0 limit -> event");
    SCRIPT("more than a buffer holds may be lost", "udp a b", "send a 30000 = 0 30000", "send a 10000 = 0 10000",
           "send a 100 = 0 100", "recv b 65536 = 1[0..30000]", "recv b 65536 = 3[0..100]", "recv b 65536 = timeout");
    SCRIPT("a small buffer", "udp a b narrow", "send a 10 = 0 10", "send a 10 = 0 10", "recv b 10 = 1[0..10]",
           "recv b 10 = timeout", "udp c d", "setopt d rcvbuf 1000", "send c 10 = 0 10", "send c 10 = 0 10",
           "recv d 10 = 3[0..10]", "recv d 10 = timeout");
    SCRIPT("a reader that is gone", "udp a b", "shutdown b recv", "send a 10 = 0 10", "recv b 10 = timeout", "udp c d",
           "close d", "send c 10 = 0 10", "recv d 10 = timeout", "udp e f", "shutdown f both", "send e 10 = 0 10",
           "recv f 10 = timeout");
    SCRIPT("two senders", "udp a b", "socket c dgram", "connect c b", "send a 10 = 0 10", "send c 20 = 0 20",
           "send a 30 = 0 30", "send c 0 = 0 0", "recv b 100 = 2[0..20]", "recv b 100 = 1[0..10]",
           "recv b 100 = 4[0..0]", "recv b 100 = 3[0..30]", "recv b 9 = timeout");
    SCRIPT("another peer", "udp a b", "udp c d", "send a 10 = 0 10", "connect a d", "send a 20 = 0 20",
           "recv b 100 = 1[0..10]", "recv d 100 = 2[0..20]", "connect a d", "connect a b", "send a 7 = 0 7",
           "recv b 10 = 3[0..7]");
    SCRIPT("a partial message", "udp a b partial", "send a 10 flags=0x8000 = 0 10", "send a 10 = 0 10",
           "recv b 100 = 1[0..10] 2[0..10]");
    SCRIPT("deviating amounts", "udp a b", "send a 10 = 0 4 ! amount sent.message", "recv b 10 = 1[0..4]");
}

static void several_urgent(void **state) { /* any split, but each byte once */
    (void)state;
    SCRIPT("the last one", "tcp a b", "send a 5 flags=1 = 0 5", "oob b 1 = 1[4..5]", "recv b 4 = 1[0..4]",
           "send a 1 = 0 1", "recv b 1 = 2[0..1]", "recv b 1 = timeout");
    SCRIPT("the stream first", "tcp a b", "send a 5 flags=1 = 0 5", "recv b 4 = 1[0..4]", "oob b 1 = 1[4..5]",
           "oob b 1 = 1[4..5] ! data data.urgent", "recv b 1 = timeout");
    SCRIPT("all of them, one by one", "tcp a b", "send a 3 flags=1 = 0 3", "oob b 1 = 1[0..1]", "oob b 1 = 1[1..2]",
           "recv b 1 = timeout", "oob b 1 = 1[2..3]", "recv b 1 = timeout");
    SCRIPT("one lost in the stream", "tcp a b", "send a 5 flags=1 = 0 5", "oob b 1 = 1[4..5]", "recv b 3 = 1[0..3]",
           "recv b 1 = timeout ! data data.missing", "recv b 1 = timeout");
    SCRIPT("lost before the urgent one is read", "tcp a b", "send a 5 flags=1 = 0 5", "recv b 3 = 1[0..2] 1[3..4]",
           "oob b 1 = 1[4..5] ! data data.missing", "oob b 1 = timeout");
    SCRIPT("lost, and others follow", "tcp a b", "send a 5 flags=1 = 0 5", "send a 2 = 0 2", "oob b 1 = 1[4..5]",
           "recv b 5 = 1[0..3] 2[0..2] ! data data.gap");
    SCRIPT("twice: in the stream, too", "tcp a b", "send a 5 flags=1 = 0 5", "oob b 1 = 1[4..5]",
           "recv b 5 = 1[0..5] ! data data.urgent");
    SCRIPT("twice: out of band, too", "tcp a b", "send a 5 flags=1 = 0 5", "recv b 5 = 1[0..5]",
           "oob b 1 = 1[4..5] ! data data.urgent", "recv b 1 = timeout");
    SCRIPT("twice out of band", "tcp a b", "send a 5 flags=1 = 0 5", "oob b 2 = 1[0..2]",
           "oob b 2 = 1[1..3] ! data data.urgent");
    SCRIPT("a part of a call that failed", "tcp a b", "setopt a sndtimeo 1", "send a 5 flags=1 = 10060",
           "oob b 1 = 1[2..3]", "recv b 5 = 1[0..1] timeout");
    SCRIPT("over a broken connection", "tcp a b", "send a 5 flags=1 = 0 5", "oob b 1 = 1[4..5]",
           "fault all netdown maybe", "recv b 5 = 1[0..1] timeout");
    SCRIPT("not read, and discarded", "tcp a b", "send a 5 flags=1 = 0 5", "recv b 4 = 1[0..4]", "recv b 1 = timeout",
           "oob b 1 = timeout");
}

static void incomplete(void **state) {
    (void)state;
    SCRIPT("fewer bytes without a reason", "tcp a b", "send a 10 = 0 10", "recv b 10 = 1[0..5] ! data data.missing");
    SCRIPT("nothing at all", "tcp a b", "send a 10 = 0 10", "recv b 10 = ! data data.missing");
}

static void urgent(void **state) {
    (void)state;
    SCRIPT("one byte", "tcp a b", "send a 3 = 0 3", "send a 1 flags=1 = 0 1", "send a 2 = 0 2",
           "select b x -> unjudged ready", "oob b 1 = 2[0..1]", "recv b 5 = 1[0..3] 3[0..2]", "recv b 1 = timeout");
    SCRIPT("in the stream", "tcp a b", "send a 1 flags=1 = 0 1", "recv b 1 = 1[0..1] ! data data.urgent");
    SCRIPT("not there", "tcp a b", "send a 1 flags=1 = 0 1", "oob b 1 = timeout ! data data.urgent",
           "oob b 1 = timeout", "tcp c d", "send c 1 flags=1 = 0 1", "oob d 1 = 10022 ! data data.urgent");
    SCRIPT("something else", "tcp a b", "send a 3 = 0 3", "send a 1 flags=1 = 0 1",
           "oob b 1 = 1[0..1] ! data data.urgent", "tcp c d", "send c 1 flags=1 = 0 1",
           "oob d 1 = x1 ! data data.urgent", "oob d 1 = x1 ! data data.urgent");
    SCRIPT("passed over", "tcp a b", "send a 1 flags=1 = 0 1", "send a 2 = 0 2", "recv b 5 = 2[0..2] timeout",
           "oob b 1 = 10022");
    SCRIPT("more than one byte: any split", "tcp a b", "send a 5 flags=1 = 0 5", "recv b 5 = 1[0..4] timeout",
           "oob b 1 = 1[4..5]", "send a 5 flags=1 = 0 5", "recv b 5 = 2[0..5]", "oob b 1 = timeout",
           "send a 3 flags=1 = 0 3", "oob b 3 = 3[0..3]", "recv b 1 = timeout", "send a 5 flags=1 = 0 5",
           "recv b 2 = 4[1..2] 4[3..4]", "send a 5 flags=1 = 0 5", "oob b 1 = 5[4..6] ! data data.urgent");
    SCRIPT("two of them", "tcp a b", "send a 1 flags=1 = 0 1", "send a 1 flags=1 = 0 1", "recv b 2 = 1[0..1] timeout",
           "oob b 1 = 2[0..1]", "send a 1 flags=1 = 0 1", "send a 1 flags=1 = 0 1", "oob b 1 = 3[0..1]");
    SCRIPT("nothing of nothing", "tcp a b", "send a 0 flags=1 = 0 0", "oob b 1 = timeout", "send a 1 = 0 1",
           "recv b 1 = 2[0..1]");
    SCRIPT("in line on request", "tcp a b", "setopt b oobinline 1", "send a 1 flags=1 = 0 1", "recv b 1 = 1[0..1]",
           "oob b 1 = timeout");
    SCRIPT("overlapped", "tcp a b", "overlapped o0 null", "send a 1 flags=1 o=o0 = 997 -", "result a o0 wait -> T 1",
           "oob b 1 = 1[0..1]", "result a o0 -> T 1 | F 996", "port p0 a", "overlapped o1 null",
           "send a 1 flags=1 o=o1 = 997 -", "oob b 1 = 2[0..1]", "take p0 limit -> T o0 1 | T o1 1");
    SCRIPT("on a datagram", "udp a b", "send a 1 flags=1 = 0 1 ! outcome opnotsupp.oob-not-stream",
           "recv b 1 = 1[0..1]");
    SCRIPT("aborted", "tcp a b", "send a 1 flags=1 = 0 1", "abort a", "oob b 1 = 10054", "tcp c d",
           "send c 1 flags=1 = 0 1", "fault all netdown maybe", "oob d 1 = timeout");
}

static void forgetting(void **state) { /* more sends than the ring remembers */
    wsc_limits limits = {.segments = 3};
    static const char *const lines[] = {"startup",
                                        "tcp a b",
                                        "send a 1 = 0 1",
                                        "send a 2 = 0 2",
                                        "send a 3 = 0 3",
                                        "send a 4 = 0 4",
                                        "send a 5 = 0 5",
                                        "send a 6 = 0 6",
                                        "recv b 3 = 1[0..1] 2[0..2]",
                                        "recv b 7 = 3[0..3] 4[0..4]",
                                        "recv b 1 = 2[0..1] ! data data.repeat",
                                        "recv b 11 = 5[0..5] 6[0..6]",
                                        "send a 1 = 0 1",
                                        "recv b 1 = 7[0..1]",
                                        NULL};
    static const char *const loss[] = {"startup",
                                       "tcp a b",
                                       "overlapped o0 null",
                                       "send a 1 o=o0 = 997 -",
                                       "send a 2 = 0 2",
                                       "send a 3 = 0 3",
                                       "send a 4 = 0 4",
                                       "send a 5 = 0 5",
                                       "recv b 14 = 2[0..2] 3[0..3] 4[0..4] timeout ! data data.missing",
                                       "result a o0 -> T 1 | F 996",
                                       NULL};
    static const char *const udp[] = {"startup",
                                      "udp a b",
                                      "send a 1 = 0 1",
                                      "send a 2 = 0 2",
                                      "send a 3 = 0 3",
                                      "send a 4 = 0 4",
                                      "send a 5 = 0 5",
                                      "recv b 9 = 1[0..1]",
                                      "recv b 9 = 3[0..3]",
                                      "send a 6 = 0 6",
                                      "recv b 9 = timeout ! data data.missing",
                                      NULL};
    (void)state;
    script_run_with("a ring of four", &limits, lines);
    script_run_with("what is known still counts", &limits, loss);
    script_run_with("datagrams", &limits, udp);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(streams),    cmocka_unit_test(intervals),
                                       cmocka_unit_test(unordered),  cmocka_unit_test(datagrams),
                                       cmocka_unit_test(urgent),     cmocka_unit_test(several_urgent),
                                       cmocka_unit_test(incomplete), cmocka_unit_test(forgetting)};
    return cmocka_run_group_tests_name("data", tests, NULL, NULL);
}
