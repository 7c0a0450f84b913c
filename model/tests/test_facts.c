/* test_facts.c - the facts of the windows profile: each in the situation in which it was seen, and just outside of it.
 */
#include "script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void descriptors(void **state) {
    (void)state;
    SCRIPT("w.notsock-before-fault", "overlapped o9 null", "send none 10 at=wild sent=null -> 10038 | 10014 ~ - -",
           "send none 10 sent=null -> 10038 | 10014 ~ - w.notsock-before-fault",
           "send none 10 sent=null = 10014 ~ w.notsock-before-fault", "send none 10 sent=null = 10038 ~",
           "send none 10:wild -> 10038 | 10014 ~ - -", "send none 10:wild sent=null -> 10038 | 10014 | 10014 ~ - - -",
           "send none 10 sent=wild -> 10038 | 10014 ~ - -", "overlapped o0 null",
           "send none 10:wild o=o0 sent=null -> 10038 | 10014 ~ - -", "tcp a b", "send a 10 sent=null -> 10014 ~ -");
    static const char *const never[] = {"send none 10 sent=null -> 10093 | 10038 | 10014 ~ - - -", NULL};
    script_run_with("before WSAStartup nobody looked", NULL, never);
    SCRIPT("w.duplicate-handle", "tcp y z", "send y 1 = 10038 ! outcome sent.blocking ~", "send y 1 = 10038 ~",
           "tcp a b", "send a 10 copy -> 0 10 | 10038 ~ - w.duplicate-handle",
           "send a 10 copy = 10038 ~ w.duplicate-handle", "send a 10 copy = 0 10 ~", "send none 10 copy = 10038 ~",
           "send a 10 -> 0 10 ~ -", "close a", "send a 10 copy = 10038 ~");
    SCRIPT("w.restarted", "tcp y z", "port p0 y", "overlapped o0 null", "send y 10 o=o0 = 997 -", "cleanup", "startup",
           "take p0 -> F 258 | T o0 | F any o0 ~ - - -");
    SCRIPT("and no longer is one", "tcp a b", "cleanup", "send a 1 -> 10093 | 10038 ~ - -", "startup",
           "send a 1 -> 0 1 | 10038 | 10054 | 10053 ~ w.restarted - w.restarted w.restarted",
           "send a 1 = 0 1 ~ w.restarted", "send a 1 = 10038 ~", "tcp c d", "send c 1 -> 0 1 ~ -");
}

static void buffers(void **state) {
    (void)state;
    SCRIPT("w.empty-buffer", "tcp a b", "udp c d", "send a 0:null -> 0 0 | 10014 ~ - w.empty-buffer",
           "send c 0:null -> 0 0 | 10014 ~ - w.empty-buffer", "send a 0:wild -> 0 0 | 10014 ~ - -",
           "send a 1,0:null -> 0 1 | 10014 ~ - -", "send a [] array=null -> 0 0 | 10014 | 10022 ~ - - -",
           "send a 0:null = 10014 ~ w.empty-buffer", "send a 0:null = 0 0 ~");
    SCRIPT("w.notconn-before-fault", "socket y stream", "nonblocking y", "connect y unknown = 10035",
           "send y 0:null -> 0 0 | 10014 | 10057 | 10022 ~ - - - w.connecting", "socket a stream", "bind a",
           "send a 0:null -> 10057 | 10014 ~ - w.notconn-before-fault", "send a 0:kernel -> 10057 | 10014 ~ - -",
           "send a 1:null -> 10014 | 10057 ~ - -", "socket b dgram", "bind b", "send b 0:null -> 10057 | 10014 ~ - -");
}

static void connections(void **state) {
    (void)state;
    SCRIPT("w.unconnected", "socket a stream", "socket b dgram", "send a 1 -> 10057 | 10022 ~ - w.unconnected",
           "send b 1 = 10022 ~ w.unconnected", "send b 1 = 10057 ~", "tcp c d not_overlapped", "overlapped o0 null",
           "send a [] -> 10057 | 10022 | 10022 ~ - w.unconnected -");
    SCRIPT("w.connecting", "socket a stream", "nonblocking a", "connect a silent = 10035",
           "send a 1 -> 10057 | 10022 ~ - w.connecting", "send a 1 = 10022 ~ w.connecting", "socket l stream", "bind l",
           "listen l", "socket c stream", "nonblocking c", "connect c l = 10035",
           "send c 1 -> 0 1 | 10057 | 10022 ~ - - w.connecting");
    SCRIPT("w.first-send-after-close", "tcp y z", "shutdown z send", "close z", "overlapped o0 null",
           "send y 5 o=o0 r=r0 -> 0 5 | 997 - | 10054 | 10053 ~ - - w.first-send-after-close w.first-send-after-close",
           "tcp a b", "shutdown b send", "close b",
           "send a 5 -> 0 5 | 10054 | 10053 ~ - w.first-send-after-close w.first-send-after-close", "send a 5 = 0 5 ~",
           "send a 5 -> 0 5 | 10054 | 10053 ~ - - -");
    SCRIPT("without SD_SEND nobody looked", "tcp a b", "close b", "send a 5 -> 0 5 | 10054 | 10053 ~ - - -");
    SCRIPT("a reset is another matter", "tcp a b", "shutdown b send", "abort b", "send a 5 -> 0 5 | 10054 ~ - -");
    SCRIPT("so is unread data", "tcp a b", "send a 5 = 0 5", "shutdown b send", "close b", "send a 5 = 10054 ~");
    SCRIPT("nor a second report", "tcp y z", "shutdown z send", "close z",
           "send y 0 = 10054 ~ w.first-send-after-close", "send y 0 = 10053 ~ w.reset-sticks", "tcp a b",
           "shutdown b send", "close b", "send a 0 = 10053 ~ w.first-send-after-close", "send a 0 = 10053 ~",
           "socket c stream", "connect c unknown", "send c 1 = 10054 ~", "send c 1 = 10053 ~ w.reset-sticks");
    SCRIPT("w.reset-sticks", "tcp a b", "abort b", "send a 1 = 10054 ~",
           "send a 1 -> 10054 | 10057 | 10053 ~ - w.reset-sticks w.reset-sticks", "send a 1 = 10057 ~ w.reset-sticks",
           "send a 1 = 10054 ~");
    SCRIPT("after another report", "tcp a b", "close b", "send a 1 = 10053 ~", "send a 1 = 10057 ~");
    SCRIPT("w.datagram-unreachable", "socket y dgram", "connect y nobody", "send y 1 = 0 1", "overlapped o0 null",
           "send y 1 o=o0 = 997 -", "result y o0 -> T 1 | F 10054 | F 996 ~ - - -", "socket a dgram",
           "connect a nobody", "send a 1 = 0 1", "send a 1 -> 0 1 | 10054 ~ - w.datagram-unreachable",
           "send a 1 = 10054 ~ w.datagram-unreachable", "socket b dgram", "connect b beyond", "send b 1 = 0 1",
           "send b 1 -> 0 1 | 10054 ~ - -");
}

static void room(void **state) {
    (void)state;
    SCRIPT("w.all-or-nothing", "tcp a b", "nonblocking a", "send a 100 -> 0 100 | 0 1..99 ~ - w.all-or-nothing",
           "send a 100 = 0 40 ~ w.all-or-nothing", "send a 100 = 10035 ~", "send a 100 = 0 100 ~", "nonblocking a off",
           "setopt a sndtimeo 100", "send a 100 = 0 40 ~");
    SCRIPT("in the profile it decides", "profile windows", "tcp a b", "nonblocking a",
           "send a 100 = 0 40 ! practice sent.partial ~ w.all-or-nothing", "recv b 40 = 1[0..40]", "profile documented",
           "send a 100 = 0 40 ~ w.all-or-nothing");
    SCRIPT("an inferred one does not", "profile windows", "socket b dgram", "send b 1 = 10022 ~ w.unconnected");
    SCRIPT("nor one against what is wrong anyway", "profile windows", "tcp a b",
           "send a 100 = 0 40 ! amount sent.blocking ~");
    SCRIPT("w.unbuffered-pends", "tcp y z", "nonblocking y", "setopt y sndbuf 0", "send y 1048576 r=r0 = 0 1048576 ~",
           "tcp a b", "nonblocking a", "setopt a sndbuf 0", "event e0", "overlapped o0 e0",
           "send a 1048576 o=o0 -> 0 1048576 | 997 - ~ w.unbuffered-pends -",
           "send a 1048575 o=o0 -> 0 1048575 | 997 - ~ - -", "send a 1048576 o=o0 = 0 1048576 ~ w.unbuffered-pends");
    SCRIPT("with a buffer", "tcp a b", "nonblocking a", "overlapped o0 null", "setopt a sndbuf 1",
           "send a 1048576 o=o0 -> 0 1048576 | 997 - ~ - -", "tcp c d", "setopt c sndbuf 0",
           "send c 1048576 o=o0 -> 0 1048576 | 997 - ~ - -", "tcp e f", "nonblocking e", "setopt e sndbuf 0", "drain f",
           "send e 1048576 o=o0 -> 0 1048576 | 997 - ~ - -", "udp g h", "nonblocking g", "setopt g sndbuf 0",
           "send g 60000 o=o0 -> 0 60000 | 997 - | 10055 ~ - - -", "tcp i j", "nonblocking i", "setopt i sndbuf 0",
           "send i 1 = 0 1", "send i 1048576 o=o0 -> 0 1048576 | 997 - ~ - -", "socket k stream", "connect k unknown",
           "nonblocking k", "setopt k sndbuf 0", "send k 1048576 o=o0 = 0 1048576 ~");
    SCRIPT("w.small-at-once", "socket l stream plain", "bind l", "listen l", "socket y stream", "connect y l",
           "accept l z", "overlapped o9 null", "send z 10 o=o9 -> 0 10 | 997 - | 10022 ~ - - w.plain-socket-works",
           "tcp a b", "overlapped o0 null", "send a 1024 o=o0 -> 0 1024 | 997 - ~ - w.small-at-once",
           "send a 1025 o=o0 -> 0 1025 | 997 - ~ - -", "send a 10 o=o0 r=r0 -> 0 10 | 997 - ~ - -",
           "send a 10 o=o0 sent=null -> 0 | 997 ~ - -", "send a 10 o=o0 = 997 - ~ w.small-at-once");
    SCRIPT("not on any other socket", "tcp a b", "overlapped o0 null", "nonblocking a",
           "send a 10 o=o0 -> 0 10 | 997 - ~ - -", "tcp c d", "send c 1 = 0 1", "send c 10 o=o0 -> 0 10 | 997 - ~ - -",
           "udp e f", "send e 10 o=o0 -> 0 10 | 997 - ~ - -", "tcp g h", "setopt g sndbuf 10",
           "send g 10 o=o0 -> 0 10 | 997 - ~ - -");
}

static void broken_networks(void **state) {
    (void)state;
    SCRIPT("while failures are injected", "tcp a b", "overlapped o0 null", "net inject 10055",
           "send a 10 o=o0 -> 10055 | 0 10 | 997 - ~ - - -", "net heal",
           "send a 10 o=o0 -> 0 10 | 997 - ~ - w.small-at-once");
    SCRIPT("after a fault", "tcp a b", "overlapped o0 null", "net drop undrop", "net drop", "net undrop",
           "send a 10 o=o0 -> 0 10 | 997 - | 10053 ~ - - -", "tcp c d",
           "send c 10 o=o0 -> 0 10 | 997 - ~ - w.small-at-once");
    SCRIPT("raw sockets were not looked at", "socket a raw", "send a 1 -> 10057 | 10022 ~ - -");
}

static void overlap(void **state) {
    (void)state;
    SCRIPT("w.plain-socket-works", "tcp a b not_overlapped", "overlapped o0 null",
           "send a 1 o=o0 -> 0 1 | 10022 ~ - w.plain-socket-works", "send a 1 r=r0 -> 0 1 | 10022 ~ - -",
           "send a 1 o=o0 = 10022 ~ w.plain-socket-works");
    SCRIPT("w.lone-routine", "tcp a b",
           "send a 1 r=r0 -> 0 1 | 997 - | 10014 | 10022 ~ - w.lone-routine w.lone-routine w.lone-routine",
           "send a 1 r=r0 = 10014 ~ w.lone-routine", "overlapped o0 null", "send a 1 o=o0 r=r0 -> 0 1 | 997 - ~ - -");
}

static void completion(void **state) {
    (void)state;
    SCRIPT("w.port-reset", "tcp a b", "port p0 a", "overlapped o0 null", "overlapped o1 null", "send a 10 o=o0 = 997 -",
           "send a 10 o=o1 = 997 -", "abort b",
           "take p0 -> T o0 10 | F any o0 0..10 | F 258 | T o1 10 | F any o1 0..10 ~ - - - - -", "take p0 = F 64 o0 ~",
           "take p0 = F 64 o1 5 ~ w.port-reset");
    SCRIPT("with another code", "tcp a b", "port p0 a", "overlapped o0 null", "send a 10 o=o0 = 997 -", "abort b",
           "take p0 = F 1236 o0 0 ~ w.port-reset");
    SCRIPT("only a reset", "tcp y z", "port p5 y", "overlapped o5 null", "overlapped o6 null", "send y 10 o=o5 = 997 -",
           "send y 10 o=o6 = 997 -", "cancel y ex o5", "abort z", "take p5 = F 995 o5 0 ~", "take p5 = F 64 o6 0 ~",
           "tcp u v", "port p6 u", "overlapped o7 null", "send u 10 o=o7 = 997 -", "fault u netdown maybe",
           "take p6 = F 1231 o7 0 ~", "tcp a b", "port p0 a", "overlapped o0 null", "send a 10 o=o0 = 997 -", "close b",
           "take p0 = F 1236 o0 0 ~", "tcp c d", "port p1 c", "overlapped o1 null", "send c 10 o=o1 = 997 -",
           "cancel c ex o1", "take p1 = F 995 o1 0 ~");
    SCRIPT("w.port-close", "tcp a b", "port p0 a", "overlapped o0 null", "overlapped o1 null", "send a 10 o=o0 = 997 -",
           "send a 10 o=o1 = 997 -", "close a", "take p0 = F 995 o0 0 ~ w.port-close", "take p0 = F 64 o1 0 ~",
           "udp c d", "port p1 c", "overlapped o2 null", "send c 10 o=o2 = 997 -", "close c", "take p1 = F 995 o2 0 ~");
    SCRIPT("w.result-reset", "tcp a b", "overlapped o0 null", "send a 10 o=o0 = 997 -", "abort b", "send a 1 = 10054",
           "result a o0 -> T 10 | F 10054 | F 10053 | F 996 ~ - - w.result-reset -",
           "result a o0 = F 10053 ~ w.result-reset");
    SCRIPT("cancelled", "tcp a b", "overlapped o0 null", "send a 10 o=o0 = 997 -", "abort b", "send a 1 = 10054",
           "cancel a ex o0", "result a o0 = F 10053 ~");
    SCRIPT("not told of a reset", "tcp a b", "overlapped o0 null", "send a 10 o=o0 = 997 -", "close b",
           "result a o0 = F 10053 ~");
    SCRIPT("w.result-codes", "socket y dgram", "setopt y ttl 1", "connect y beyond", "send y 1 = 0 1",
           "send y 1 = 10052 ~", "tcp a b", "setopt a keepalive 1", "overlapped o0 null", "send a 10 o=o0 = 997 -",
           "net drop", "result a o0 -> T 10 | F 10053 | F 10052 | F 996 ~ - - w.result-codes -", "net inject 10036",
           "result a o0 = F 10036 ~ w.result-codes", "profile windows", "overlapped o1 null", "send a 10 o=o1 = 997 -",
           "result a o1 = F 10052 ! practice netreset.stream-keepalive ~ w.result-codes");
}

static void all(void **state) {
    (void)state;
    assert_true(wsc_fact_count() > 15);
    assert_null(wsc_fact(-1));
    assert_null(wsc_fact(wsc_fact_count()));
    assert_int_equal(wsc_fact_find("w.nothing"), WSC_NONE);
    for (int i = 0; i < wsc_fact_count(); i++)
        assert_int_equal(wsc_fact_find(wsc_fact(i)->id), i);
    assert_false(wsc_fact(wsc_fact_find("w.all-or-nothing"))->inferred);
    assert_true(wsc_fact(wsc_fact_find("w.port-close"))->inferred);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(descriptors), cmocka_unit_test(buffers),         cmocka_unit_test(connections),
        cmocka_unit_test(room),        cmocka_unit_test(overlap),         cmocka_unit_test(completion),
        cmocka_unit_test(all),         cmocka_unit_test(broken_networks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
