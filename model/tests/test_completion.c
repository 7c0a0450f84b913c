/* test_completion.c - overlapped operations: how they start, how their end is told by events, results and packets. */
#include "script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void successes(void **state) {
    (void)state;
    SCRIPT("without overlap", "tcp a b", "udp c d", "udp6 e f", "tcp6 g h not_overlapped", "send a 10 -> 0 10",
           "send a 10,0,4x1 -> 0 14", "send c 10 -> 0 10", "send e 10,20 -> 0 30", "send g 10 -> 0 10",
           "send a 10 = 0 10", "send a 10 = 0 11 ! amount sent.blocking", "send a 10 = 0 9 ! amount sent.blocking",
           "send a 10 = 0 - ! amount sent.blocking", "send a 10 = 0", "send c 10 = 0 4 ! amount sent.message",
           "send a 10 = 997 - ! outcome pending.not-overlapped", "send a 10 = other ! outcome sent.blocking");
    SCRIPT("non-blocking stream", "tcp a b nonblocking", "send a 2 -> 0 2 | 0 1",
           "send a 10 = 0 0 ! amount sent.nonblocking", "send a 10 = 0 9", "send a 10 = 0 1..9", "send a 10 = 0 10");
    SCRIPT("overlapped", "tcp a b nonblocking", "overlapped o0 null", "send a 10 o=o0 -> 0 10 | 997 -",
           "send a 0 o=o0 -> 0 0 | 997 -", "send a 10 o=o0 = 0 9 ! amount sent.overlapped");
    SCRIPT("pending leaves the amount alone", "tcp a b", "overlapped o0 null",
           "send a 10 o=o0 = 997 10 ! amount pending & pending");
    SCRIPT("conditions brought about", "tcp a b", "overlapped o0 null", "send a 10 o=o0 = 997 - & pending",
           "send a 10 = 0 10 &");
}

static void changed_memory(void **state) {
    (void)state;
    SCRIPT("in memory", "tcp a b", "overlapped o0 null", "send a 1 = 0 1 changed lpBuffers ! changed memory.array",
           "send a 1 = 0 1 changed data ! changed memory.data",
           "send a 1 o=o0 = 0 1 changed overlapped ! changed memory.overlapped",
           "send a 1 = 0 1 changed guard ! changed memory.guard",
           "send a 1 = 0 1 changed guard changed data ! changed memory.data, changed memory.guard",
           "send a 1 sent=null = 10014 changed guard ! changed memory.guard", "send a 1 flags=2 = 0 1 changed guard");
}

static void events(void **state) {
    (void)state;
    SCRIPT("immediate", "tcp a b", "event e0", "wait e0 -> timeout", "wait e0 limit -> timeout",
           "wait e0 = event ! outcome wait.timeout", "resetevent e0", "overlapped o0 e0", "send a 10 o=o0 = 0 10",
           "wait e0 -> event | timeout", "wait e0 limit -> event", "wait e0 = timeout",
           "wait e0 limit = timeout ! outcome wait.event", "wait e0 short -> event | timeout", "wait e0 = event",
           "wait e0 -> event", "result a o0 -> T 10", "resetevent e0", "wait e0 -> timeout");
    SCRIPT("pending", "tcp a b", "event e0", "overlapped o0 e0", "send a 10 o=o0 = 997 - unset",
           "wait e0 -> timeout | event", "wait e0 limit -> timeout | event", "recv b 10 = 1[0..10]",
           "wait e0 -> event | timeout", "wait e0 limit -> event", "result a o0 -> T 10 | F 996",
           "wait e0 limit = event", "result a o0 -> T 10", "wait e0 -> event");
    SCRIPT("told by the result", "tcp a b", "event e0", "overlapped o0 e0", "send a 10 o=o0 = 997 -",
           "result a o0 -> T 10 | F 996", "result a o0 = F 996", "result a o0 wait -> T 10", "result a o0 = T 10",
           "result a o0 -> T 10", "wait e0 -> event | timeout", "wait e0 limit -> event", "wait e0 = timeout",
           "result a o0 wait = T 10", "wait e0 -> event", "result a o0 = F 996 ! outcome complete.success");
    SCRIPT("the signal comes after the status", "tcp a b", "event e0", "overlapped o0 e0", "send a 10 o=o0 = 997 -",
           "result a o0 = T 10", "resetevent e0", "wait e0 -> timeout | event", "wait e0 limit -> timeout | event",
           "wait e0 = event", "resetevent e0", "wait e0 -> timeout");
    SCRIPT("waited for until it failed", "tcp a b", "event e0", "overlapped o0 e0", "send a 10 o=o0 = 997 -",
           "cancel a io", "result a o0 wait = F 995", "wait e0 -> event");
    SCRIPT("told by the event", "tcp a b", "event e0", "overlapped o0 e0", "send a 10 o=o0 = 997 -", "wait e0 = event",
           "result a o0 -> T 10", "resetevent e0", "send a 10 o=o0 -> 0 10 | 997 -");
    SCRIPT("told by the call itself", "tcp a b", "event e0", "overlapped o0 e0", "send a 10 o=o0 = 997 - set",
           "result a o0 -> T 10", "wait e0 -> event", "overlapped o1 e0", "resetevent e0", "send a 10 o=o1 = 0 10 set",
           "wait e0 -> event", "resetevent e0", "wait e0 -> timeout");
    SCRIPT("set before", "tcp a b", "event e0", "setevent e0", "overlapped o0 e0", "wait e0 -> event",
           "send a 10 o=o0 = 997 -", "wait e0 -> timeout | event", "wait e0 = event", "result a o0 -> T 10 | F 996",
           "result a o0 wait -> T 10 | F 996", "recv b 10 = 1[0..10]", "wait e0 limit -> event", "result a o0 = T 10");
    SCRIPT("set before, failed call", "tcp a b", "event e0", "setevent e0", "overlapped o0 e0",
           "send a 10 o=o0 sent=wild = 10014", "wait e0 -> timeout | event", "wait e0 = timeout", "wait e0 -> timeout",
           "setevent e0", "send a 10 o=o0 sent=wild = 10014 unset", "wait e0 -> timeout");
    SCRIPT("failed call leaves it unset", "tcp a b", "event e0", "overlapped o0 e0",
           "send a 10 o=o0 sent=wild = 10014 unset", "wait e0 -> timeout",
           "wait e0 limit = event ! outcome wait.timeout", "wait e0 -> event", "wait e0 = timeout ! outcome wait.event",
           "wait e0 -> timeout | event");
    SCRIPT("two operations, one event", "tcp a b", "event e0", "overlapped o0 e0", "overlapped o1 e0",
           "send a 10 o=o0 = 997 -", "send a 20 o=o1 = 997 -", "wait e0 -> timeout | event", "wait e0 = event",
           "result a o0 -> T 10 | F 996", "result a o1 wait -> T 20 | F 996", "resetevent e0",
           "wait e0 -> timeout | event", "recv b 10 = 1[0..10]", "wait e0 limit -> timeout | event",
           "result a o0 -> T 10 | F 996", "recv b 20 = 2[0..20]", "wait e0 limit -> timeout | event",
           "result a o0 = T 10", "result a o1 = T 20", "wait e0 limit -> timeout | event");
    SCRIPT("reset while it may come", "tcp a b", "event e0", "overlapped o0 e0", "send a 10 o=o0 = 997 -",
           "resetevent e0", "wait e0 -> timeout | event", "recv b 10 = 1[0..10]", "wait e0 limit -> timeout | event",
           "send b 1 = 0 1", "overlapped o1 e0");
    SCRIPT("reset while it is due", "tcp a b", "event e0", "overlapped o0 e0", "send a 10 o=o0 = 0 10", "resetevent e0",
           "wait e0 limit -> timeout | event", "wait e0 = timeout", "wait e0 limit -> timeout | event",
           "wait e0 = event", "resetevent e0", "wait e0 -> timeout");
    SCRIPT("with a routine it is left alone", "tcp a b", "event e0", "overlapped o0 e0",
           "send a 10 o=o0 r=r0 = 0 10 unset", "wait e0 limit -> timeout", "sleep = apc ran r0 0 10 o0",
           "send a 10 o=o0 r=r0 = 0 10 set ! event event.with-routine", "sleep = apc ran r0 0 10 o0", "setevent e0",
           "send a 10 o=o0 r=r0 = 0 10 set", "sleep = apc ran r0 0 10 o0",
           "send a 10 o=o0 r=r0 = 0 10 unset ! event event.with-routine");
    SCRIPT("without overlap it is left alone", "tcp a b not_overlapped", "event e0", "overlapped o0 e0",
           "send a 1 o=o0 = 0 1 unset", "wait e0 limit -> timeout",
           "send a 1 o=o0 = 0 1 set ! event event.not-overlapped", "resetevent e0", "send a 1 o=o0 = 10022 unset",
           "wait e0 -> timeout");
    SCRIPT("the attribute is not known", "socket l stream plain", "bind l", "listen l", "socket c stream",
           "connect c l", "accept l a", "event e0", "overlapped o0 e0", "send a 1 -> 0 1",
           "send a 1 o=o0 -> 0 1 | 997 - | 10022", "send a 1 o=o0 = 0 1", "wait e0 limit -> timeout | event",
           "result a o0 -> undefined F");
    SCRIPT("an OVERLAPPED that nobody made", "tcp a b", "send a 1 o=o3 = 0 1", "result a o3 -> T 1",
           "result a o5 -> undefined F");
}

static void several_events(void **state) {
    (void)state;
    SCRIPT("all or any", "tcp a b", "event e0", "event e1", "event e2", "overlapped o0 e0", "overlapped o1 e1",
           "send a 10 o=o0 = 0 10", "send a 10 o=o1 = 997 -", "wait e0 e1 -> event | event 1 | timeout",
           "wait e0 e1 limit -> event | event 1", "wait e0 e1 all -> timeout | event",
           "wait e1 e0 limit -> event | event 1", "wait e2 e0 -> event 1 | timeout", "wait e0 e1 limit = event 0",
           "wait e0 e1 -> event", "wait e2 e1 = event 1", "result a o1 -> T 10", "wait e0 e1 all = event",
           "wait e0 e1 all -> event", "wait e2 e1 limit = timeout ! outcome wait.event",
           "wait e2 e1 = event 0 ! amount wait.event", "wait e0 e9 -> unjudged failed", "wait -> unjudged failed");
    SCRIPT("all of those due", "tcp a b", "event e0", "event e1", "overlapped o0 e0", "overlapped o1 e1",
           "send a 10 o=o0 = 0 10", "send a 10 o=o1 = 0 10", "wait e0 e1 all limit -> event", "wait e0 e1 all = event");
}

static void results(void **state) {
    (void)state;
    SCRIPT("undefined", "tcp a b", "tcp c d", "overlapped o0 null", "result a none -> undefined F",
           "result a o0 -> undefined F", "send a 10 o=o0 sent=wild = 10014", "result a o0 -> undefined F",
           "result a o0 = T 99", "send a 10 o=o0 = 0 10", "result c o0 -> undefined T",
           "result a o0 at=null -> undefined T", "result a o0 at=guard -> T 10", "result a o0 -> T 10",
           "send a 10 o=o0 r=r0 = 0 10", "result a o0 -> T 10", "result a o0 wait -> undefined T", "overlapped o1 null",
           "tcp e f not_overlapped", "send e 1 o=o1 = 0 1", "result e o1 -> undefined F");
    SCRIPT("wrong", "tcp a b", "overlapped o0 null", "send a 10 o=o0 = 0 10",
           "result a o0 = T 9 ! amount complete.success", "result a o0 = F 995 ! outcome complete.success");
    SCRIPT("wrong error is taken over", "tcp a b", "overlapped o0 null", "send a 10 o=o0 = 997 -",
           "result a o0 = F 10060 ! outcome complete.success", "result a o0 -> F 10060");
    SCRIPT("nonsense", "tcp a b", "overlapped o0 null", "send a 10 o=o0 = 997 -",
           "result a o0 = other ! outcome complete.success", "result a o0 -> T 10 | F 996");
    SCRIPT("reset", "tcp a b", "event e0", "overlapped o0 e0", "send a 1000 o=o0 = 997 -", "abort b",
           "result a o0 -> T 1000 | F 10054 | F 996", "wait e0 limit -> event",
           "result a o0 wait = F 10054 & complete.reset", "result a o0 -> F 10054",
           "send a 1 -> 10054 | 10057 | 10053");
    SCRIPT("reset for nothing", "tcp a b", "overlapped o0 null", "send a 1000 o=o0 = 997 -",
           "result a o0 = F 10054 ! outcome complete.success");
    SCRIPT("closed in good order", "tcp a b", "overlapped o0 null", "send a 1000 o=o0 = 997 -", "close b",
           "result a o0 -> T 1000 | F 10054 | F 10053 | F 996", "result a o0 = F 10053",
           "send a 1 -> 10053 | 10057 | 10054");
    SCRIPT("closed here", "tcp a b", "overlapped o0 null", "send a 1000 o=o0 = 997 -",
           "close a & complete.aborted-close", "result a o0 -> T 1000 | F 995 | F 996 | F 10038",
           "result a o0 wait -> T 1000 | F 995 | F 10038", "result a o0 = F 10038",
           "result a o0 = F 995 & complete.aborted-close", "result a o0 -> F 995 | F 10038");
    SCRIPT("immediate ones are not cancelled", "tcp a b", "overlapped o0 null", "send a 10 o=o0 = 0 10", "close a &",
           "result a o0 -> T 10 | F 10038");
    SCRIPT("CancelIo", "tcp a b", "tcp c d", "overlapped o0 null", "overlapped o1 null", "overlapped o2 null",
           "send a 10 o=o0 = 997 -", "t1: send a 10 o=o1 = 997 -", "send c 10 o=o2 = 997 -", "cancel a io",
           "result a o0 -> T 10 | F 995 | F 996", "result a o1 -> T 10 | F 996", "result c o2 -> T 10 | F 996",
           "recv b 10 = 1[0..4] timeout ! data data.missing", "result a o0 = F 995 &");
    SCRIPT("CancelIoEx", "tcp a b", "overlapped o0 null", "overlapped o1 null", "send a 10 o=o0 = 997 -",
           "send a 10 o=o1 = 997 -", "cancel a ex o1", "result a o0 -> T 10 | F 996",
           "result a o1 -> T 10 | F 995 | F 996", "cancel a ex", "result a o0 -> T 10 | F 995 | F 996",
           "result a o0 = T 10", "cancel a ex", "result a o0 -> T 10");
    SCRIPT("SIO_FLUSH", "tcp a b", "overlapped o0 null", "send a 10 o=o0 = 997 -", "cancel a flush = 10045 &",
           "result a o0 -> T 10 | F 996", "cancel a flush & complete.aborted-flush",
           "result a o0 -> T 10 | F 995 | F 996", "result a o0 = F 995 & complete.aborted-flush");
    SCRIPT("thread exit", "tcp a b", "event e0", "overlapped o0 e0", "t1: send a 10 o=o0 = 997 -",
           "t1: exit & complete.aborted-thread", "result a o0 -> T 10 | F 995 | F 996",
           "wait e0 limit -> timeout | event", "result a o0 = F 995 & complete.aborted-thread");
    SCRIPT("faults", "tcp a b", "overlapped o0 null", "send a 10 o=o0 = 997 -", "fault a netdown maybe",
           "result a o0 -> T 10 | F 10050 | F 996", "fault all netreset.stream-keepalive yes",
           "result a o0 -> T 10 | F 10050 | F 10052 | F 996");
    SCRIPT("datagrams", "udp a b", "close b", "overlapped o0 null", "send a 10 = 0 10", "send a 10 o=o0 = 997 -",
           "result a o0 -> T 10 | F 10054 | F 996");
    SCRIPT("after WSACleanup", "tcp a b", "overlapped o0 null", "overlapped o1 null", "send a 10 o=o0 = 997 -",
           "send a 10 o=o1 = 0 10", "cleanup", "result a o0 -> undefined F", "result a o1 -> T 10 | F 10038 | F 10093",
           "result a o1 = F 10093", "result a o1 = T 10");
    SCRIPT("drained", "tcp a b", "event e0", "overlapped o0 e0", "overlapped o1 null", "send a 10 o=o0 = 997 -",
           "drain b", "wait e0 limit -> event", "send a 1000000 o=o1 = 997 -", "result a o1 wait -> T 1000000",
           "recv b 1000010 = 1[0..10] 2[0..1000000]", "drain z");
}

static void reuse(void **state) {
    (void)state;
    SCRIPT("in use", "tcp a b", "event e0", "overlapped o0 e0", "send a 10 o=o0 = 997 -",
           "send a 10 o=o0 -> undefined 0 10 | 997 - | 10035", "send a 10 o=o0 = 0 3", "result a o0 -> undefined F",
           "wait e0 limit -> timeout | event", "wait e0 = event", "send a 1 -> 0 1",
           "recv b 20 = 1[0..10] 2[0..3] timeout", "send a 10 o=o0 -> undefined 0 10 | 997 -");
    SCRIPT("complete", "tcp a b", "overlapped o0 null", "send a 10 o=o0 = 0 10", "send a 20 o=o0 = 0 20",
           "result a o0 -> T 20", "send a 30 o=o0 = 997 -", "result a o0 = T 30", "send a 40 o=o0 = 0 40",
           "result a o0 -> T 40");
    SCRIPT("not indicated yet", "tcp a b", "port p0 a", "overlapped o0 null", "send a 10 o=o0 = 0 10",
           "send a 10 o=o0 -> undefined 0 10 | 997 -", "send a 10 o=o0 = 0 10",
           "take p0 limit -> F 258 | T o0 | F any o0", "take p0 = T o0 77", "take p0 = T o0 10");
    SCRIPT("by a plain send it is not touched", "tcp a b not_overlapped", "overlapped o0 null", "send a 10 o=o0 = 0 10",
           "send a 10 o=o0 = 0 10");
    SCRIPT("undefined with a routine", "tcp a b", "overlapped o0 null", "send a 10 o=o0 r=r0 flags=2 = 0 10",
           "sleep -> 0 | apc ran r0 0 0..18446744073709551615 o0", "sleep = apc ran r0 995 7 o0 1",
           "sleep = apc ran r0 0 10 o0");
    SCRIPT("undefined with a routine alone", "tcp a b", "send a 10 r=r0 flags=2 = 0 10", "sleep = apc ran r0 0 10");
    SCRIPT("undefined on no socket", "event e0", "overlapped o0 e0", "send none 10 o=o0 flags=2 = 10038",
           "wait e0 limit -> timeout | event", "send none 10 flags=2 = 10038");
}

static void packets(void **state) {
    (void)state;
    SCRIPT("immediate", "tcp a b", "port p0 a", "overlapped o0 null", "take p0 -> F 258",
           "take p0 = T unknown 10 ! outcome take.nothing", "send a 10 o=o0 = 0 10", "take p0 -> T o0 10 | F 258",
           "take p0 limit -> T o0 10", "take p0 = F 258", "take p0 limit = F 258 ! outcome take.packet",
           "take p0 = T o0 10", "take p0 limit -> F 258", "take p0 = T o0 10 ! outcome packet.once");
    SCRIPT("pending", "tcp a b", "port p0 a", "overlapped o0 null", "send a 10 o=o0 = 997 -",
           "take p0 limit -> F 258 | T o0 10", "recv b 10 = 1[0..10]", "take p0 limit -> T o0 10",
           "take p0 -> T o0 10 | F 258", "take p0 limit = T o0 9 ! amount take.packet");
    SCRIPT("failed call", "tcp a b", "port p0 a", "overlapped o0 null", "send a 10 o=o0 sent=wild = 10014",
           "take p0 limit -> F 258", "take p0 = T o0 10 ! outcome packet.not-started");
    SCRIPT("no overlap", "tcp a b", "port p0 a", "send a 10 = 0 10", "take p0 limit -> F 258", "tcp c d not_overlapped",
           "port p1 c", "overlapped o0 null", "send c 1 o=o0 = 0 1", "take p1 limit -> F 258",
           "take p1 = T o0 1 ! outcome packet.once");
    SCRIPT("several, in any order", "tcp a b", "port p0 a", "overlapped o0 null", "overlapped o1 null",
           "overlapped o2 null", "send a 10 o=o1 = 997 -", "send a 20 o=o2 = 0 20", "send a 30 o=o0 = 0 30",
           "take p0 limit -> T o2 20 | T o0 30 | T o1 10", "take p0 = T o0 30", "take p0 = T o2 20",
           "take p0 -> F 258 | T o1 10", "result a o1 = T 10", "take p0 limit -> T o1 10",
           "take p0 -> T o1 10 | F 258");
    SCRIPT("closed", "tcp a b", "port p0 a", "overlapped o0 null", "send a 10 o=o0 = 997 -", "close a",
           "take p0 limit -> T o0 10 | F any o0 0..10", "take p0 = F 64 o0 3", "take p0 -> F 258");
    SCRIPT("reset", "tcp a b", "port p0 a", "overlapped o0 null", "send a 10 o=o0 = 997 -", "abort b",
           "take p0 limit -> T o0 10 | F any o0 0..10", "take p0 limit = F 258 ! outcome take.packet",
           "take p0 = F 64 o0 11 ! amount take.failed");
    SCRIPT("failed by its packet", "tcp a b", "port p0 a", "overlapped o0 null", "send a 10 o=o0 = 997 -", "abort b",
           "take p0 = F 64 o0 0", "result a o0 -> F 10054", "result a o0 = T 10 ! outcome complete.reset");
    SCRIPT("told an error first", "tcp a b", "port p0 a", "overlapped o0 null", "send a 10 o=o0 = 997 -", "close a",
           "result a o0 = F 995", "take p0 limit -> F any o0 0..10");
    SCRIPT("another port", "tcp a b", "tcp c d", "port p0 a", "port p1 c", "overlapped o0 null",
           "send a 10 o=o0 = 0 10", "take p1 limit -> F 258", "take p1 = T o0 10 ! outcome packet.once");
    SCRIPT("not a port of mine", "tcp a b", "port p0 z", "take p0 -> F 258");
}

static void many_packets(void **state) { /* more operations than a set can list */
    wsc_limits limits = {.operations = 200};
    static const char *lines[256] = {"startup", "tcp a b", "port p0 a"};
    static char text[200][32];
    size_t n = 3;
    (void)state;
    for (int i = 0; i < 100; i++) {
        snprintf(text[i], sizeof text[i], "send a 10 o=o%d = 997 -", i);
        lines[n++] = text[i];
    }
    lines[n++] = "take p0 = T o99 10";
    lines[n++] = "take p0 = T o99 10 ! outcome packet.once";
    lines[n++] = "take p0 = T o98 9 ! amount take.packet";
    lines[n++] = "take p0 = F 258";
    script_run_with("many packets", &limits, lines);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(successes),      cmocka_unit_test(changed_memory), cmocka_unit_test(events),
        cmocka_unit_test(several_events), cmocka_unit_test(results),        cmocka_unit_test(reuse),
        cmocka_unit_test(packets),        cmocka_unit_test(many_packets),
    };
    return cmocka_run_group_tests_name("completion", tests, NULL, NULL);
}
