/* test_corners.c - where rules meet: several things at once, order the other way round, what is just not the case. */
#include "script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void arguments(void **state) {
    (void)state;
    SCRIPT("read-only amount and a lone routine", "tcp a b", "send a 1 sent=readonly r=r0 -> 10014 | 10014 | 10022");
    SCRIPT("flags on no socket", "send none 1 flags=0x8000 -> 10038", "send none 1 flags=1 -> 10038",
           "send none 1 flags=2 -> undefined 10038");
    SCRIPT("an event that never was", "tcp a b", "overlapped o0 e9", "send a 1 o=o0 -> 0 1 | 997 - | 6 | 10038 | 10022",
           "send a 1 o=o0 = 0 1 set", "resetevent e9", "setevent e9");
    SCRIPT("an option of another size", "socket b dgram other max=70000", "bind b", "connect b unknown",
           "send b 70000 -> 0 70000", "send b 70001 -> 10040");
    SCRIPT("time-out and overlap", "tcp a b", "setopt a sndtimeo 5", "overlapped o0 null",
           "send a 10 o=o0 -> 0 10 | 997 -", "send a 1 -> 0 1 | 10060");
    SCRIPT("writable, but something is outstanding", "tcp a b nonblocking", "overlapped o0 null",
           "send a 10 o=o0 = 997 -", "select a w = ready", "send a 1 -> 0 1 | 10035");
    SCRIPT("a wild routine that was let pass", "tcp a b", "overlapped o0 null",
           "send a 10 o=o0 rat=wild = 0 10 ! outcome fault.routine", "result a o0 -> undefined F");
    SCRIPT("failed alike", "tcp a b", "send a 10 = 10036 ! outcome sent.blocking",
           "send a 10 = 10022 ! outcome sent.blocking", "send a 10 -> 0 10");
    SCRIPT("pending without overlap where it fails anyway", "tcp a b", "shutdown a send",
           "send a 10 = 997 - ! outcome shutdown.sd-send", "send a 10 = other ! outcome shutdown.sd-send");
    SCRIPT("non-blocking, failed half way", "tcp a b nonblocking", "abort b", "send a 10 = 10054", "udp c d",
           "fault c netdown maybe", "send c 10 = 10050", "tcp e f", "fault e intr maybe", "send e 10 = 10004",
           "recv f 10 = 3[0..5] timeout", "fault e netdown maybe", "send e 10 = 10050",
           "fault e netreset.stream-keepalive maybe", "send e 10 = 10052");
}

static void operations(void **state) {
    (void)state;
    SCRIPT("no socket of this number", "overlapped o0 null", "send none 10 o=o0 = 997 - ! outcome notsock",
           "result none o0 -> undefined F", "send z 10 r=r0 = 997 - ! outcome notsock",
           "send z 10 = 0 10 ! outcome notsock");
    SCRIPT("an immediate one beside a pending one", "tcp a b", "event e0", "overlapped o0 e0", "overlapped o1 e0",
           "send a 10 o=o0 = 997 -", "send a 20 o=o1 = 0 20", "wait e0 limit -> event", "wait e0 = event",
           "result a o0 -> T 10 | F 996", "resetevent e0", "wait e0 -> timeout | event",
           "recv b 30 = 1[0..10] 2[0..20]", "wait e0 limit -> timeout | event", "result a o0 = T 10");
    SCRIPT("due twice", "tcp a b", "event e0", "overlapped o0 e0", "overlapped o1 e0", "send a 10 o=o0 = 997 -",
           "send a 20 o=o1 = 997 -", "recv b 30 = 1[0..10] 2[0..20]", "wait e0 limit = event",
           "result a o0 -> T 10 | F 996", "result a o1 -> T 20 | F 996");
    SCRIPT("due once, but set before", "tcp a b", "event e0", "overlapped o0 e0", "setevent e0",
           "send a 10 o=o0 = 997 -", "recv b 10 = 1[0..10]", "wait e0 = event", "result a o0 -> T 10 | F 996");
    SCRIPT("set by the program while pending", "tcp a b", "event e0", "event e1", "overlapped o0 e0",
           "send a 10 o=o0 = 997 -", "setevent e1", "setevent e0", "wait e0 -> event", "result a o0 -> T 10 | F 996");
    SCRIPT("reset, then told", "tcp a b", "event e0", "overlapped o0 e0", "send a 10 o=o0 = 0 10", "resetevent e0",
           "result a o0 = T 10", "wait e0 limit -> timeout | event");
    SCRIPT("set before, told, reset", "tcp a b", "event e0", "setevent e0", "overlapped o0 e0",
           "send a 10 o=o0 = 997 -", "result a o0 = T 10", "wait e0 -> event | timeout", "wait e0 limit = event",
           "resetevent e0", "wait e0 -> timeout");
    SCRIPT("due before, told, reset", "tcp a b", "event e0", "overlapped o0 e0", "overlapped o1 e0",
           "send a 10 o=o0 = 0 10", "send a 10 o=o1 = 997 -", "result a o1 = T 10", "resetevent e0",
           "wait e0 -> timeout | event");
    SCRIPT("undefined on an event", "tcp a b", "event e0", "overlapped o0 e0", "send a 10 o=o0 flags=2 = 0 10",
           "resetevent e0", "wait e0 -> timeout | event", "wait e0 = timeout", "wait e0 -> timeout | event",
           "wait e0 = event", "resetevent e0", "wait e0 -> timeout");
    SCRIPT("undefined, and room", "tcp a b nonblocking", "send a 1 flags=2 = 0 1", "send a 1 -> 0 1 | 10035",
           "select a w = ready", "send a 1 flags=2 = 10022", "send a 1 -> 0 1 | 10035");
    SCRIPT("told at once", "tcp a b", "event e0", "overlapped o0 e0", "send a 10 o=o0 = 0 10", "result a o0 = T 10",
           "wait e0 -> event | timeout", "result a o0 = T 10", "send a 10 r=r0 o=o0 = 0 10", "result a o0 = T 10");
    SCRIPT("due, then told, its event reset", "tcp a b", "event e0", "overlapped o0 e0", "send a 10 o=o0 = 997 -",
           "resetevent e0", "result a o0 = T 10", "wait e0 -> timeout | event");
    SCRIPT("the event is closed meanwhile", "tcp a b", "event e0", "overlapped o0 e0", "send a 10 o=o0 = 997 -",
           "closeevent e0", "recv b 10 = 1[0..10]", "result a o0 = T 10", "send a 10 o=o0 flags=2 = 0 10");
    SCRIPT("undefined use of one that was complete", "tcp a b", "event e0", "overlapped o0 e0", "send a 10 o=o0 = 0 10",
           "send a 10 o=o0 flags=2 = 0 10", "wait e0 limit -> timeout | event", "send a 10 o=o0 = 997 -");
    SCRIPT("undefined use of a due one", "tcp a b", "event e0", "overlapped o0 e0", "send a 10 o=o0 = 997 -",
           "recv b 10 = 1[0..10]", "send a 10 o=o0 = 997 -", "send a 1 -> 0 1", "close a &");
    SCRIPT("cancel what is read", "tcp a b", "overlapped o0 null", "overlapped o1 null", "send a 10 o=o0 = 997 -",
           "recv b 10 = 1[0..10]", "cancel a io &", "result a o0 -> T 10 | F 995 | F 996");
    SCRIPT("cancel nothing", "cancel none io", "exit", "tcp a b", "overlapped o0 null",
           "send none 10 o=o0 = 997 - ! outcome notsock", "cancel none io");
    SCRIPT("failed on an event with a routine", "tcp a b", "event e0", "setevent e0", "overlapped o0 e0",
           "send a 10 o=o0 r=r0 sent=wild = 10014 set", "wait e0 -> event");
    SCRIPT("seen without an OVERLAPPED", "tcp a b", "send a 10 = 0 10 set", "send a 10 at=wild = 10014 set");
    SCRIPT("errors without a code", "tcp a b", "port p0 a", "overlapped o0 null", "send a 10 o=o0 = 997 -", "close a",
           "result a o0 = F 0 ! outcome complete.success", "take p0 = F 0 o0 5 ! outcome take.packet");
    SCRIPT("completion by a reset, with a port", "tcp a b", "tcp c d", "port p0 a", "overlapped o0 null",
           "overlapped o1 null", "overlapped o2 null", "send a 10 o=o0 = 997 -", "send c 10 o=o1 = 997 -",
           "send a 10 = 10054 ! outcome sent.blocking", "take p0 limit -> T o0 10 | F any o0 0..10",
           "result c o1 -> T 10 | F 996");
    SCRIPT("aborting one of two", "tcp a b", "tcp c d", "overlapped o0 null", "overlapped o1 null",
           "send a 10 o=o0 = 997 -", "send c 10 o=o1 = 997 -", "abort b", "result a o0 -> T 10 | F 10054 | F 996",
           "result c o1 -> T 10 | F 996");
    SCRIPT("packets that are first by order", "tcp a b", "port p0 a", "overlapped o0 null", "overlapped o1 null",
           "send a 10 o=o0 = 0 10", "send a 20 o=o1 = 0 20", "take p0 limit -> T o0 10 | T o1 20");
    SCRIPT("drained, and then not", "tcp a b", "tcp c d", "udp e f", "overlapped o0 null", "overlapped o1 null",
           "overlapped o2 null", "overlapped o3 null", "drain b", "drain d", "drain f", "abort d",
           "send a 10 o=o0 = 997 -", "send c 10 o=o1 = 997 -", "send e 10 o=o2 = 997 -", "result a o0 wait -> T 10",
           "result c o1 -> T 10 | F 10054 | F 996", "result e o2 -> T 10 | F 996", "send e 10 o=o3 = 997 -", "drain b",
           "send none 10 = 10038");
    SCRIPT("after several clean-ups", "tcp a b", "udp c d", "socket e stream", "startup", "cleanup", "send a 1 -> 0 1",
           "close b", "cleanup", "cleanup = 10093", "cleanup", "startup", "send a 1 -> 0 1 | 10038 | 10054 | 10053",
           "send c 1 -> 0 1 | 10038", "send e 1 -> 10057 | 10022 | 10038", "send b 1 -> 10038 ");
}

static void routines(void **state) {
    (void)state;
    SCRIPT("of an unknown name", "tcp a b", "overlapped o0 null", "send a 10 o=o0 r=r0 = 0 10",
           "sleep = apc ran x 0 10 o0");
    SCRIPT("loose and known ones", "tcp a b", "overlapped o0 null", "overlapped o1 null", "send a 10 r=r0 = 0 10",
           "send a 10 r=r0 = 0 10", "send a 10 o=o0 r=r1 = 0 10", "sleep = apc ran r0 0 10 o1, r1 0 10 o0, r0 0 10",
           "sleep -> 0");
    SCRIPT("a loose one inside", "tcp a b", "send a 10 r=r0 = 0 10", "begin sleep", "enter r0 0 10", "sleep -> 0",
           "leave r0", "end sleep = apc");
    SCRIPT("a lone routine that failed", "tcp a b", "send a 10 r=r0 = 10022", "sleep -> 0",
           "sleep = apc ran r0 0 10 ! routine routine.overlapped");
    SCRIPT("by flat lists at the end of an interval", "tcp a b", "overlapped o0 null", "send a 10 o=o0 r=r0 = 0 10",
           "begin sleep", "end sleep = apc ran r0 0 10 o0", "sleep -> 0");
    SCRIPT("a wait with a timeout in which one ran", "tcp a b", "event e0", "overlapped o0 null",
           "send a 10 o=o0 r=r0 = 997 -", "wait e0 alertable limit -> timeout | apc ran r0 0 10 o0",
           "wait e0 alertable = timeout ran r0 0 10 o0 ! outcome wait.routine");
    SCRIPT("ends of two threads", "tcp a b", "begin t1: sleep", "begin t2: sleep plain", "end t1: sleep = 0",
           "end t2: sleep plain = 0");
    SCRIPT("too deep to tell", "tcp a b", "overlapped o0 null", "send a 10 o=o0 r=r0 = 0 10", "begin sleep",
           "begin sleep", "begin sleep", "begin sleep", "begin sleep", "begin sleep", "begin sleep", "begin sleep",
           "sleep = apc ran r0 0 10 o0", "begin send a 5", "end send a 5 data=2 = 0 5", "send a 5 -> 0 5",
           "sleep -> 0");
    SCRIPT("a blocking call inside a wait", "tcp a b", "tcp c d nonblocking", "begin send a 5", "begin sleep",
           "send a 1 -> 0 1", "send c 1 -> 0 1");
    SCRIPT("inside a routine of a blocking one, non-blocking or overlapped", "tcp a b", "tcp c d nonblocking",
           "overlapped o0 null", "overlapped o1 null", "send a 10 o=o0 r=r0 = 0 10", "begin send a 5",
           "enter r0 0 10 o0", "send c 1 -> 0 1", "send a 1 o=o1 -> 0 1 | 997 -", "send a 1 -> undefined 0 1",
           "leave r0", "end send a 5 data=2 = 0 5");
    SCRIPT("a number that is none", "begin send none 5", "end send none 5 data=1 = 10038", "t3: sleep",
           "t2: send none 5 = 10038");
    SCRIPT("reset and cancelled", "tcp a b", "overlapped o0 null", "send a 10 o=o0 r=r0 = 997 -", "abort b", "close a",
           "sleep limit -> apc ran r0 0 10 o0!, r0 995 0..10 o0!, r0 10054 0..10 o0!");
}

static void connections(void **state) {
    (void)state;
    SCRIPT("accepted in order", "socket l stream", "bind l", "listen l", "socket a stream", "socket b stream",
           "connect a l", "connect b l", "accept l c", "accept l d", "send a 5 = 0 5", "send b 6 = 0 6",
           "recv d 6 = 2[0..6]", "recv c 5 = 1[0..5]", "accept l e", "recv e 5 = 9[0..5]");
    SCRIPT("sent before it was accepted", "socket l stream", "bind l", "listen l", "socket a stream", "connect a l",
           "send a 5 = 0 5", "accept l c", "recv c 5 = 1[0..5]");
    SCRIPT("hung up before it was accepted", "socket l stream", "bind l", "listen l", "socket a stream",
           "socket b stream", "connect a l", "connect b l", "close a", "accept l c", "send c 1 -> 0 1 | 10054 | 10053",
           "recv c 1 = x1", "send b 1 -> 0 1 | 10054 | 10053");
    wsc_limits many = {.sockets = 26};
    static const char *const crowd[] = {"startup",
                                        "socket l stream",
                                        "bind l",
                                        "listen l",
                                        "socket a stream",
                                        "connect a l",
                                        "socket b stream",
                                        "connect b l",
                                        "socket c stream",
                                        "connect c l",
                                        "socket d stream",
                                        "connect d l",
                                        "socket e stream",
                                        "connect e l",
                                        "socket f stream",
                                        "connect f l",
                                        "socket g stream",
                                        "connect g l",
                                        "socket h stream",
                                        "connect h l",
                                        "socket i stream",
                                        "connect i l",
                                        "udp y z",
                                        "accept l k",
                                        "send a 1 -> 0 1 | 10054 | 10053",
                                        "recv k 1 = x1",
                                        "close k",
                                        "send a 1 -> 0 1 | 10054 | 10053",
                                        NULL};
    script_run_with("more than are remembered", &many, crowd);
    SCRIPT("connecting twice", "socket l stream", "bind l", "listen l", "socket a stream", "nonblocking a on",
           "connect a l = 10035", "connect a l = 10035", "connect a l = 10056", "send a 1 -> 0 1", "accept l b",
           "recv b 1 = timeout");
    SCRIPT("connecting overlapped", "socket l stream", "bind l", "listen l", "socket a stream", "nonblocking a on",
           "connect a l = 997", "send a 1 -> 0 1 | 10057 | 10022", "select a w = ready", "send a 1 -> 0 1",
           "socket u dgram", "connect u l = 10035", "send u 1 -> 10057 | 10022", "connect z l = 0", "socket b stream",
           "bind b", "nonblocking b on", "connect b nobody = 10035", "select b w = ready", "send b 1 -> 10057",
           "select b r = ready");
    SCRIPT("to a socket that never was", "socket a stream", "connect a z", "send a 1 -> 0 1 | 10054 | 10053");
    SCRIPT("readable for other reasons", "tcp a b", "abort b", "shutdown a recv", "select a r = ready",
           "send a 1 -> 0 1 | 10054", "tcp c d", "abort d", "shutdown c both = 10057", "shutdown c both",
           "select c r = ready", "send c 1 -> 10058 | 10054", "udp e f", "close f", "select e r = ready",
           "send e 1 -> 0 1", "tcp g h", "shutdown h both", "abort h", "select g r = ready", "send g 1 -> 0 1 | 10054",
           "tcp i j", "select i x = ready", "send i 1 -> 0 1");
    SCRIPT("forgotten data to read", "socket l stream", "tcp a b", "t1: sleep", "begin t1: send b 5",
           "begin t2: send b 5", "abort b", "select a r = ready", "send a 1 -> 0 1 | 10054", "select l x = ready");
    SCRIPT("shut down twice", "tcp a b", "close b", "shutdown a recv", "shutdown a both", "udp c d", "shutdown c recv",
           "shutdown c both", "socket e stream", "shutdown e both", "send e 1 -> 10057 | 10022 | 10058");
    SCRIPT("closed twice", "tcp a b", "tcp c d", "abort b", "abort b", "close d", "close c", "close c = 10038",
           "shutdown c send = 10038", "cancel c io = 10038", "drain c");
}

static void receiving(void **state) {
    (void)state;
    SCRIPT("cancelled after it was passed", "tcp a b", "overlapped o0 null", "overlapped o1 null",
           "send a 10 o=o0 = 997 -", "send a 5 o=o1 = 997 -", "recv b 15 = 1[0..10] 2[0..5]", "close a",
           "result a o0 -> T 10 | F 995 | F 996 | F 10038");
    SCRIPT("the middle one goes", "udp a b", "socket c dgram", "bind c", "send a 1 = 0 1", "connect a c",
           "send a 2 = 0 2", "connect a b", "send a 3 = 0 3", "recv c 9 = 2[0..2]", "select c r -> unjudged timeout",
           "select b r -> unjudged ready", "recv b 9 = 1[0..1]", "recv c 9 = timeout", "recv b 9 = 3[0..3]",
           "recv c 9 = 3[0..3] ! data data.foreign");
    SCRIPT("others between", "udp a b", "socket c dgram", "bind c", "connect a c", "send a 1 = 0 1", "send a 2 = 0 2",
           "connect a b", "send a 3 = 0 3", "send a 4 = 0 4", "recv b 9 = 4[0..4]", "recv c 9 = 1[0..1]",
           "recv c 9 = 2[0..2]");
    SCRIPT("two gaps are one", "tcp a b", "send a 1 = 0 1", "send a 2 = 0 2", "send a 3 = 0 3",
           "recv b 9 = 3[0..3] ! data data.gap", "udp c d", "send c 1 = 0 1", "send c 2 = 0 2", "send c 3 = 0 3",
           "recv d 9 = 6[0..3]", "recv d 9 = timeout ! data data.missing");
    SCRIPT("read while being sent, and too much", "tcp a b", "begin send a 5", "recv b 9 = 1[0..7]",
           "end send a 5 data=1 = 0 5 ! data data.excess");
    SCRIPT("nobody's", "udp a b", "recv b 9 = x3 ! data data.foreign", "socket c dgram",
           "recv c 9 = 1[0..3] ! data data.foreign", "recv c 9 = 10054", "recv z 9 = 10038", "oob z 1 = 10038",
           "oob c 1 = timeout", "recv b 9 = 10040");
    SCRIPT("two who may have sent it", "udp a b", "socket c dgram", "connect c b", "send a 1 = 0 1", "send c 1 = 0 1",
           "send a 1 = 0 1", "send c 1 = 0 1", "recv b 9 = 1[0..1]", "recv b 9 = 2[0..1]",
           "recv b 9 = 2[0..1] ! data data.repeat", "recv b 9 = 3[0..1]", "recv b 9 = 4[0..1]",
           "recv b 9 = 3[0..1] ! data data.repeat");
    wsc_limits few = {.segments = 2};
    static const char *const lost[] = {"startup",
                                       "udp a b",
                                       "udp c d",
                                       "send a 1 = 0 1",
                                       "send a 1 = 0 1",
                                       "send a 1 = 0 1",
                                       "send c 1 = 0 1",
                                       "recv b 9 = 1[0..1]",
                                       "recv b 9 = 4[0..1] ! data data.foreign",
                                       "connect a d",
                                       "recv d 9 = 1[0..1]",
                                       "send c 1 = 0 1",
                                       "recv d 9 = timeout",
                                       "recv b 9 = 2[0..1]",
                                       "recv b 9 = 3[0..1]",
                                       "recv b 9 = timeout",
                                       "tcp e f",
                                       "send e 1 = 0 1",
                                       "send e 1 = 0 1",
                                       "send e 1 = 0 1",
                                       "select f r -> unjudged ready",
                                       "recv f 2 = 7[0..1] 8[0..1]",
                                       "recv f 9 = timeout",
                                       "socket g dgram",
                                       "connect g b",
                                       "recv b 9 = 3[0..1] ! data data.foreign",
                                       NULL};
    script_run_with("forgotten datagrams", &few, lost);
    SCRIPT("many small ones", "udp a b", "send a 1 = 0 1", "send a 1 = 0 1", "send a 1 = 0 1", "send a 1 = 0 1",
           "send a 1 = 0 1", "send a 1 = 0 1", "send a 1 = 0 1", "send a 1 = 0 1", "send a 1 = 0 1", "send a 1 = 0 1",
           "send a 1 = 0 1", "send a 1 = 0 1", "send a 1 = 0 1", "send a 1 = 0 1", "send a 1 = 0 1", "send a 1 = 0 1",
           "send a 1 = 0 1", "send a 1 = 0 1", "send a 1 = 0 1", "send a 1 = 0 1", "send a 1 = 0 1", "send a 1 = 0 1",
           "send a 1 = 0 1", "send a 1 = 0 1", "send a 1 = 0 1", "send a 1 = 0 1", "send a 1 = 0 1", "send a 1 = 0 1",
           "send a 1 = 0 1", "send a 1 = 0 1", "send a 1 = 0 1", "send a 1 = 0 1", "send a 1 = 0 1",
           "recv b 9 = 33[0..1]", "recv b 9 = 32[0..1]", "recv b 9 = timeout ! data data.missing");
    SCRIPT("a small buffer and a large one", "udp a b narrow", "send a 1001 = 0 1001", "recv b 9 = timeout",
           "udp c d narrow", "send c 1000 = 0 1000", "recv d 9 = timeout ! data data.missing");
    SCRIPT("urgent, nobody to read it", "tcp a b", "send a 3 flags=1 = 0 3", "abort a", "select b x -> unjudged ready",
           "oob b 1 = 1[2..3]", "send b 1 flags=1 = 0 1", "socket c stream", "bind c", "connect c unknown",
           "send c 1 flags=1 = 0 1");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(arguments), cmocka_unit_test(operations),
                                       cmocka_unit_test(routines), cmocka_unit_test(connections),
                                       cmocka_unit_test(receiving)};
    return cmocka_run_group_tests_name("corners", tests, NULL, NULL);
}
