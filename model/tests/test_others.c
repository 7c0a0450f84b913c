/* test_others.c - what runs beside WSASend: receives, WSASendTo, user APCs, blocking hooks, second descriptors. */
#include "script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* --- receives and WSASendTo -------------------------------------------------------------------------------------- */

static void receives(void **state) {
    (void)state;
    SCRIPT("at once", "tcp a b", "receive b 5 -> unjudged 0", "send a 10 = 0 10", "receive b 5 = 0 5",
           "recv b 5 = 1[5..10]");
    SCRIPT("nothing to say of data that somebody else may have", "tcp a b", "receive b 5 = 0 5", "send a 10 = 0 10",
           "recv b 10 = timeout");
    SCRIPT("a routine", "tcp a b", "overlapped o0 null", "receive b 5 o=o0 r=r0 -> unjudged 997",
           "receive b 5 o=o0 r=r0 = 997", "sleep -> 0 | apc", "send a 10 = 0 10", "sleep -> apc ran r0 0 5 o0 | 0",
           "sleep = apc ran r0 0 5 o0", "sleep -> 0", "recv b 5 = 1[5..10]");
    SCRIPT("a routine of one that had data", "tcp a b", "overlapped o0 null", "send a 10 = 0 10",
           "receive b 5 o=o0 r=r0 = 0 5", "sleep -> apc ran r0 0 5 o0 | 0", "sleep limit -> apc ran r0 0 5 o0 | 0",
           "sleep = 0", "sleep = apc ran r0 0 5 o0");
    SCRIPT("an event", "tcp a b", "event e0", "overlapped o0 e0", "receive b 5 o=o0 = 997",
           "wait e0 -> timeout | event", "wait e0 = event", "result b o0 -> unjudged F 996", "send a 10 = 0 10",
           "result b o0 -> unjudged T 5", "result b o0 = F 996", "result b o0 = T 5", "result b o0 -> unjudged T 5",
           "result b o0 = T 5", "recv b 9 = 1[5..10] timeout");
    SCRIPT("a packet", "tcp a b", "port p0 b", "overlapped o0 null", "overlapped o1 null", "receive b 5 o=o0 = 997",
           "take p0 -> F 258", "send a 10 = 0 10", "take p0 -> T o0 5 | F 258", "take p0 limit -> T o0 5 | F 258",
           "take p0 = T o0 5", "take p0 -> F 258", "receive b 5 o=o1 r=r0 = 0 5", "take p0 -> F 258");
    SCRIPT("a packet beside one of WSASend", "tcp a b", "port p0 b", "overlapped o0 null", "overlapped o1 null",
           "send b 3 o=o0 = 0 3", "send a 10 = 0 10", "receive b 5 o=o1 = 0 5", "take p0 limit -> T o0 3 | T o1 5",
           "take p0 = T o0 3", "take p0 = T o1 5");
    SCRIPT("what it left is known again", "tcp a b", "overlapped o0 null", "receive b 5 o=o0 = 997", "send a 10 = 0 10",
           "result b o0 = T 5", "recv b 5 = 1[5..9] timeout ! data data.missing");
    SCRIPT("by a routine, by a packet", "tcp a b", "port p0 b", "overlapped o0 null", "overlapped o1 null",
           "receive b 5 o=o0 r=r0 = 997", "receive b 5 o=o1 = 997", "send a 20 = 0 20", "sleep = apc ran r0 0 3 o0",
           "take p0 = T o1 2", "recv b 15 = 1[4..19] ! data data.repeat");
    SCRIPT("unless another recv is made meanwhile", "tcp a b", "overlapped o0 null", "receive b 5 o=o0 = 997",
           "send a 20 = 0 20", "recv b 5 = 1[5..10]", "result b o0 = T 5", "recv b 15 = 1[11..20] timeout");
    SCRIPT("or nobody says how much it got", "tcp a b", "port p0 b", "overlapped o0 null", "overlapped o1 null",
           "receive b 5 o=o0 = 997", "send a 20 = 0 20", "result b o0 = F 995", "recv b 20 = 1[3..20] timeout",
           "tcp c d", "receive d 5 o=o1 = 997", "receive d 5 o=o1 = 997", "send c 20 = 0 20",
           "recv d 20 = 2[3..20] timeout");
    SCRIPT("that fails", "tcp a b", "overlapped o0 null", "receive b 5 o=o0 = 10022", "send b 5 o=o0 -> 0 5 | 997 -",
           "receive none 5 -> unjudged 10038", "receive none 5 o=o0 = 997");
    SCRIPT("that was cancelled", "tcp a b", "overlapped o0 null", "receive b 5 o=o0 = 997", "result b o0 = F 995",
           "send b 5 o=o0 -> 0 5 | 997 -");
    SCRIPT("its structure is in use until it is told", "tcp a b", "overlapped o0 null", "receive b 5 o=o0 r=r0 = 997",
           "send b 5 o=o0 -> undefined 0 5 | 997 - | 10035", "send a 5 = 0 5", "sleep = apc ran r0 0 5 o0",
           "send b 5 o=o0 -> 0 5 | 997 -");
    SCRIPT("on a structure that a WSASend has in use", "tcp a b", "event e0", "overlapped o0 e0",
           "send b 5 o=o0 = 997 -", "receive b 5 o=o0 = 997", "wait e0 limit -> timeout | event",
           "result b o0 -> undefined F", "receive b 5 o=o0 = 997", "send b 5 o=o0 -> undefined 0 5 | 997 - | 10035");
    SCRIPT("on a structure that a WSASend had in use", "tcp a b", "overlapped o0 null", "send b 5 o=o0 = 0 5",
           "receive b 5 o=o0 = 997", "result b o0 -> unjudged F 996");
    SCRIPT("at once, but the data has gone since", "tcp a b", "overlapped o0 null", "send a 5 = 0 5",
           "receive b 5 o=o0 r=r0 = 0 5", "recv b 5 = 1[0..5]", "sleep -> apc ran r0 0 0 o0 | 0",
           "sleep = apc ran r0 0 5 o0");
    SCRIPT("of no socket", "overlapped o0 null", "receive none 5 o=o0 r=r0 = 997", "sleep = apc ran r0 995 0 o0",
           "sleep -> 0");
    SCRIPT("of a number that was made again", "tcp a b", "overlapped o0 null", "receive b 5 o=o0 r=r0 = 997", "tcp a b",
           "sleep = apc ran r0 995 0 o0", "overlapped o1 null", "send b 5 o=o1 -> 0 5 | 997 -");
    SCRIPT("it counts as outstanding", "tcp a b", "overlapped o0 null", "overlapped o1 null", "receive b 5 o=o0 = 997",
           "send b 5 o=o1 -> 0 5 | 997 - | 10035");
    SCRIPT("a lone routine", "tcp a b", "receive b 5 r=r0 = 997", "sleep -> 0 | apc ran unknown",
           "sleep = apc ran r0 0 5");
    SCRIPT("datagrams", "udp a b", "send a 10 = 0 10", "send a 20 = 0 20", "receive b 99 = 0 10",
           "recv b 99 = 2[0..20]");
    SCRIPT("of what was cut into many", "tcp a b", "send a 1 = 0 1", "send a 1 = 0 1", "send a 1 = 0 1",
           "send a 1 = 0 1", "send a 1 = 0 1", "send a 1 = 0 1", "send a 1 = 0 1", "send a 1 = 0 1", "send a 1 = 0 1",
           "send a 1 = 0 1", "send a 1 = 0 1", "receive b 10 = 0 10", "recv b 1 = 11[0..1]");
    SCRIPT("blocking, from a routine that interrupted a blocking call", "tcp a b", "tcp c d", "overlapped o0 null",
           "send a 10 o=o0 r=r0 = 0 10", "begin send c 5", "enter r0 0 10 o0", "begin receive a 5",
           "end receive a 5 = 0 5", "leave r0", "end send c 5 data=2 = 7");
}

static void sendto(void **state) {
    (void)state;
    SCRIPT("on a stream its bytes are anybody's guess", "tcp a b", "sendto a 10 -> unjudged 0 10", "sendto a 10 = 0 10",
           "send a 10 = 0 10", "recv b 20 = 1[0..10] 2[0..10]", "sendto a 10 = 10054", "recv b 10 = 3[0..4]",
           "recv b 10 = 1[0..10]");
    SCRIPT("datagrams go where they are sent", "udp a b", "udp c d", "sendto a 10 to=d = 0 10", "send a 20 = 0 20",
           "recv d 99 = 1[0..10]", "recv b 99 = 2[0..20]", "recv b 99 = timeout");
    SCRIPT("and need not arrive", "udp a b", "sendto a 10 = 0 10", "recv b 99 = timeout");
    SCRIPT("it gives the socket an address, perhaps", "udp a b", "socket c dgram", "send c 1 -> 10057 | 10022",
           "sendto c 1 to=b = 0 1", "send c 1 -> 10057 | 10022");
    SCRIPT("to nobody", "socket c dgram", "udp a b", "bind c", "sendto a 1 to=nobody = 0 1", "send a 1 -> 0 1 | 10054",
           "sendto a 1 to=nobody = 0 1", "send a 1 -> 0 1 | 10054");
    SCRIPT("to somebody who has gone", "udp a b", "udp c d", "close d", "sendto a 1 to=d = 0 1",
           "send a 1 -> 0 1 | 10054");
    SCRIPT("its completions", "udp a b", "port p0 a", "event e0", "overlapped o0 e0", "overlapped o1 null",
           "overlapped o2 null", "sendto a 10 o=o0 = 0", "wait e0 -> timeout | event", "take p0 -> T o0 10 | F 258",
           "sendto a 10 o=o1 r=r0 = 997", "sleep -> apc ran r0 0 10 o1 | 0", "sleep = apc ran r0 0 10 o1",
           "take p0 = T o0 10", "sleep -> 0", "take p0 -> F 258");
    SCRIPT("of nothing on a stream", "tcp a b nonblocking", "sendto a 0 = 0 0", "send a 5 -> 0 5 | 0 1..4",
           "sendto a 1 = 0 1", "send a 5 -> 0 5 | 0 1..4 | 10035", "sendto none 5 = 10038",
           "sendto none 5 -> unjudged 10038");
    SCRIPT("while others send datagrams", "udp a b", "begin t1: send a 5", "begin t2: send a 6",
           "sendto a 7 to=b = 0 7", "end t1: send a 5 data=1 = 0 5", "end t2: send a 6 data=2 = 0 6",
           "recv b 99 = 3[0..7]", "recv b 99 = 2[0..6]", "recv b 99 = 1[0..5]");
    SCRIPT("an empty datagram", "udp a b", "sendto a 0 to=b = 0 0", "recv b 9 =", "recv b 9 = timeout");
    SCRIPT("while another sends", "tcp a b", "begin t1: send a 5", "begin t2: send a 6", "sendto a 7 = 0 7",
           "end t1: send a 5 data=1 = 0 5", "end t2: send a 6 data=2 = 0 6", "recv b 99 = 3[0..7] 1[0..5] timeout");
}

static void exits(void **state) {
    (void)state;
    SCRIPT("the event is no proof of the status", "tcp a b", "event e0", "overlapped o0 e0",
           "t1: send a 10 o=o0 = 997 -", "t1: exit", "wait e0 limit = event", "result a o0 -> T 10 | F 995 | F 996",
           "result a o0 = F 996", "result a o0 wait = F 995", "result a o0 -> F 995");
    SCRIPT("as it is otherwise", "tcp a b", "event e0", "overlapped o0 e0", "t1: send a 10 o=o0 = 997 -",
           "wait e0 limit = event", "t1: exit", "result a o0 -> T 10");
    SCRIPT("nor where it was due", "tcp a b", "event e0", "overlapped o0 e0", "t1: send a 10 o=o0 = 997 -", "t1: exit",
           "recv b 10 = 1[0..10]", "wait e0 limit = event", "result a o0 -> T 10 | F 995 | F 996");
}

static void amounts(void **state) { /* of what was cancelled: at least what it says, at most all */
    (void)state;
    SCRIPT("less than it says", "tcp a b", "overlapped o0 null", "send a 10 o=o0 r=r0 = 997 -", "cancel a io",
           "sleep = apc ran r0 995 4 o0", "recv b 10 = 1[0..3] timeout ! data data.missing");
    SCRIPT("as much, or more", "tcp a b", "overlapped o0 null", "overlapped o1 null", "send a 10 o=o0 r=r0 = 997 -",
           "cancel a io", "sleep = apc ran r0 995 4 o0", "send a 5 o=o1 = 0 5", "recv b 12 = 1[0..7] 2[0..5]");
    SCRIPT("by packet", "tcp a b", "port p0 a", "overlapped o0 null", "send a 10 o=o0 = 997 -", "cancel a flush",
           "take p0 = F 995 o0 4", "recv b 10 = 1[0..3] timeout ! data data.missing");
    SCRIPT("closed: nothing is certain", "tcp a b", "overlapped o0 null", "send a 10 o=o0 r=r0 = 997 -", "close a",
           "sleep = apc ran r0 995 4 o0", "recv b 10 = 1[0..3] eof");
    SCRIPT("one of two descriptors", "tcp a b", "overlapped o0 null", "send a 10 o=o0 r=r0 = 997 -", "closecopy a",
           "sleep = apc ran r0 995 10 o0", "recv b 10 = 1[0..9] timeout ! data data.missing");
    SCRIPT("of a datagram", "udp a b", "overlapped o0 null", "send a 10 o=o0 r=r0 = 997 -", "cancel a io",
           "sleep = apc ran r0 995 10 o0", "recv b 10 = timeout");
    SCRIPT("read before", "tcp a b", "overlapped o0 null", "send a 10 o=o0 r=r0 = 997 -", "cancel a io",
           "recv b 10 = 1[0..10]", "sleep = apc ran r0 995 4 o0", "recv b 1 = timeout");
}

static void interrupted(void **state) {
    (void)state;
    SCRIPT("recv, select, accept, connect, a result that waits", "tcp a b", "overlapped o0 null", "overlapped o1 null",
           "overlapped o2 null", "overlapped o3 null", "overlapped o4 null", "event e0", "overlapped o5 e0",
           "send a 1 o=o0 r=r0 = 0 1", "send a 1 o=o1 r=r0 = 0 1", "send a 1 o=o2 r=r0 = 0 1",
           "send a 1 o=o3 r=r0 = 0 1", "send a 1 o=o4 r=r0 = 0 1", "send a 1 o=o5 = 997 -",
           "recv b 1 = 1[0..1] ran r0 0 1 o0", "select b r = ready ran r0 0 1 o1", "socket l stream", "bind l",
           "listen l", "socket c stream", "connect c l ran r0 0 1 o2", "accept l d ran r0 0 1 o3",
           "result a o5 wait = T 1 ran r0 0 1 o4");
    SCRIPT("not where nothing waits", "tcp a b", "overlapped o0 null", "overlapped o1 null", "send a 1 o=o0 r=r0 = 0 1",
           "send a 1 o=o1 = 0 1", "result a o1 = T 1 ran r0 0 1 o0 ! routine routine.alertable");
    SCRIPT("nested: nothing is known of what either took", "tcp a b", "overlapped o0 null", "send a 5 o=o0 r=r0 = 0 5",
           "send b 9 = 0 9", "begin recv a 9", "enter r0 0 5 o0", "recv b 5 = 1[3..5] x3", "leave r0",
           "end recv a 9 = 2[5..6] timeout", "recv b 5 = timeout", "send b 1 = 0 1", "recv a 1 = 3[0..1]");
    SCRIPT("an abort that nobody caused is known to both", "tcp a b", "recv b 1 = 10053",
           "send b 1 -> 10053 | 10057 | 10054", "send a 1 -> 0 1 | 10054 | 10053");
}

/* --- user APCs --------------------------------------------------------------------------------------------------- */

static void apcs(void **state) {
    (void)state;
    SCRIPT("one", "apc r0 t0", "sleep plain -> 0", "sleep -> apc ran r0 | 0", "sleep limit -> apc ran r0 | 0",
           "alertable 1 -> nothing ran r0 | timeout", "sleep = apc ran r0 0 0", "sleep -> 0", "sleep = apc ran r0 0 0");
    SCRIPT("of another thread", "apc r0 t1", "sleep -> 0", "t1: sleep -> apc ran r0 | 0", "t1: sleep = apc ran r0 0 0",
           "t1: sleep -> 0");
    SCRIPT("one routine, three times", "apc r0 t0", "apc r0 t0", "apc r0 t0",
           "alertable 3 = nothing ran r0 0 0, r0 0 0, r0 0 0", "sleep -> 0");
    SCRIPT("several", "apc r0 t0", "apc r1 t0", "sleep -> apc ran r0, r1 | 0", "sleep = apc ran r1 0 0",
           "sleep -> apc ran r0 | 0");
    SCRIPT("more than are remembered", "apc r0 t0", "apc r1 t0", "apc r2 t0", "apc r3 t0", "apc r4 t0", "apc r5 t0",
           "apc r6 t0", "apc r7 t0", "apc r8 t0", "sleep = apc ran r8 0 0");
    SCRIPT("never queued", "sleep = apc ran r0 0 0 ! routine routine.overlapped");
    SCRIPT("beside completions", "tcp a b", "overlapped o0 null", "apc r1 t0", "send a 10 o=o0 r=r0 = 0 10",
           "alertable 1 -> nothing ran r0 0 10 o0!, r1", "alertable 2 -> nothing ran r0 0 10 o0!, r1 | timeout",
           "alertable 2 = timeout ran r1 0 0 ! outcome wait.routine, routine routine.all",
           "sleep = apc ran r0 0 10 o0");
    SCRIPT("ends of threads forget them", "apc r0 t1", "t1: exit", "t1: sleep = 0");
    SCRIPT("in a blocking send", "tcp a b", "apc r0 t0", "send a 10 -> 0 10 ran r0", "begin send a 10", "enter r0 0 0",
           "send b 1 -> undefined 0 1", "leave r0", "end send a 10 data=1 = 0 10", "recv b 10 = 1[0..10]");
    SCRIPT("in a send that cannot block", "tcp a b nonblocking", "apc r0 t0", "send a 10 -> 0 10 | 0 1..9");
    SCRIPT("a wait for an event", "event e0", "apc r0 t0", "wait e0 alertable -> apc ran r0 | timeout",
           "wait e0 alertable = apc ran r0 0 0", "wait e0 alertable -> timeout");
}

/* --- Windows Sockets 1.1 ----------------------------------------------------------------------------------------- */

static void old(const char *name, const char *const *lines) {
    script_run_with(name, NULL, lines);
}
#define OLD(name, ...) old(name, (const char *const[]){"startup old", __VA_ARGS__, NULL})

static void hooks(void **state) {
    (void)state;
    OLD("the hook of a blocking send", "tcp a b", "hook r0", "send a 10 -> 0 10 ran r0 hook", "begin send a 10",
        "enter r0 0 0", "send a 1 -> 10036 | 10036", "send b 1 = 10036 & inprogress.blocking-call inprogress.callback",
        "leave r0", "end send a 10 data=1 = 0 10", "send a 10 -> 0 10");
    OLD("its body runs once, it may run again", "tcp a b", "hook r0", "begin send a 10", "enter r0 0 0", "leave r0",
        "enter r0 0 0", "leave r0", "end send a 10 data=1 = 0 10");
    OLD("taken away", "tcp a b", "hook r0", "hook none", "send a 10 -> 0 10", "begin send a 10",
        "enter r0 0 0 ! routine routine.overlapped");
    OLD("cancelled", "tcp a b", "hook r0", "begin send a 10", "enter r0 0 0", "cancelblocking", "leave r0",
        "end send a 10 data=1 = 10004 & intr");
    OLD("cancelled, but done", "tcp a b", "begin send a 10", "t1: cancelblocking", "end send a 10 data=1 = 0 10");
    OLD("nothing to cancel", "tcp a b", "cancelblocking", "send a 10 -> 0 10", "begin sleep", "cancelblocking",
        "end sleep = 0");
    OLD("another thread blocks", "tcp a b", "tcp c d", "begin t1: send a 10", "send c 1 -> 0 1 | 10036",
        "end t1: send a 10 data=1 = 0 10", "send c 1 -> 0 1");
    OLD("another thread is deeper than is followed", "tcp a b", "tcp c d", "begin t1: sleep", "begin t1: sleep",
        "begin t1: sleep", "begin t1: sleep", "begin t1: sleep", "begin t1: sleep", "begin t1: sleep",
        "begin t1: sleep", "begin t1: send a 10", "send c 1 -> 0 1", "cancelblocking", "send c 1 -> 0 1");
    OLD("a hook where no call is in progress", "tcp a b", "hook r0", "enter r0 0 0", "leave r0",
        "send a 10 -> 0 10 ran r0 hook", "begin sleep", "enter r0 0 0", "leave r0",
        "enter r1 0 0 ! routine routine.overlapped", "leave r1", "end sleep = apc");
    OLD("a hook inside a hook", "tcp a b", "tcp c d", "hook r0", "begin send a 10", "enter r0 0 0",
        "send c 10 -> 10036 | 10036", "leave r0", "end send a 10 data=1 = 0 10");
    OLD("another thread waits, which is no blocking call", "tcp a b", "begin t1: sleep", "send a 1 -> 0 1");
    OLD("both versions", "startup new", "tcp a b", "hook r0", "begin send a 10", "enter r0 0 0",
        "send b 1 -> 0 1 | 10036 | 10036");
    SCRIPT("of version 2", "tcp a b", "tcp c d", "hook r0", "begin send a 10", "enter r0 0 0",
           "send c 1 -> 0 1 | 10036 | 10036", "leave r0", "begin t1: send c 1", "send d 1 -> 0 1", "sendto a 1 = 0 1");
    OLD("not where nothing blocks", "tcp a b nonblocking", "tcp c d not_overlapped", "tcp e f", "hook r0",
        "overlapped o0 null", "send a 10 -> 0 10 | 0 1..9", "send e 10 o=o0 -> 0 10 | 997 -",
        "send c 10 o=o0 -> 0 10 | 10022 ran r0 hook", "shutdown e send", "send e 10 -> 10058", "send none 5 -> 10038");
}

/* --- second descriptors ------------------------------------------------------------------------------------------- */

static void copies(void **state) {
    (void)state;
    SCRIPT("one goes, the socket stays", "tcp a b", "closecopy a -> unjudged 0", "closecopy a", "send a 10 -> 0 10",
           "send b 10 -> 0 10", "closecopy z", "closecopy z -> unjudged 10038", "abortcopy z -> unjudged 10038");
    SCRIPT("the last one makes an end", "tcp a b", "closecopy a", "close a", "send a 1 -> 10038",
           "send b 1 -> 0 1 | 10054 | 10053");
    SCRIPT("one goes with a reset in mind", "tcp a b", "abortcopy a", "send b 1 -> 0 1", "close a",
           "send b 1 -> 0 1 | 10054");
    SCRIPT("what is pending may end with it", "tcp a b", "overlapped o0 null", "send a 10 o=o0 = 997 -",
           "closecopy a &", "result a o0 -> T 10 | F 995 | F 996");
}

/* --- calls in calls ----------------------------------------------------------------------------------------------- */

static void nested(void **state) {
    (void)state;
    SCRIPT("a blocking receive in an APC that interrupted a blocking one", "tcp a b", "tcp c d", "apc r0 t0",
           "send d 5 = 0 5", "begin recv a 5", "enter r0 0 0", "recv c 5 = 10004", "leave r0", "end recv a 5 = 10004",
           "recv c 5 = timeout");
    SCRIPT("the same of one whose peer nobody sees", "socket a stream", "bind a", "connect a unknown", "tcp c d",
           "apc r0 t0", "begin recv c 5", "enter r0 0 0", "recv a 5 = 10054", "oob a 1 = 10054", "leave r0",
           "end recv c 5 = timeout");
    SCRIPT("calls that wait, and that do not", "tcp a b", "overlapped o0 null", "send a 5 o=o0 = 997 -", "apc r0 t0",
           "begin result a o0 wait", "enter r0 0 0", "send b 1 -> undefined 0 1", "leave r0",
           "end result a o0 wait = T 5");
    SCRIPT("select, connect, accept", "tcp a b", "socket l stream", "bind l", "listen l", "socket c stream",
           "apc r0 t0", "apc r1 t0", "apc r2 t0", "begin select a r", "enter r0 0 0", "send b 1 -> undefined 0 1",
           "leave r0", "end select a r = ready", "begin connect c l", "enter r1 0 0", "send b 1 -> undefined 0 1",
           "leave r1", "end connect c l = 0", "begin accept l d", "enter r2 0 0", "send b 1 -> undefined 0 1",
           "leave r2", "end accept l d = 0");
    SCRIPT("of no socket", "tcp c d", "apc r0 t0", "begin recv c 5", "enter r0 0 0", "recv none 5 = 10038", "leave r0",
           "end recv c 5 = timeout");
    SCRIPT("what does not wait", "tcp a b", "tcp c d nonblocking", "overlapped o0 null", "apc r0 t0",
           "begin receive a 5 o=o0", "enter r0 0 0", "send b 1 -> 0 1", "leave r0", "end receive a 5 o=o0 = 997",
           "apc r0 t0", "begin receive c 5", "enter r0 0 0", "send b 1 -> 0 1", "leave r0", "end receive c 5 = 10035",
           "receive none 5 = 10038");
    SCRIPT("too deep to tell", "tcp a b", "apc r0 t0", "begin recv a 5", "enter r0 0 0", "begin sleep", "begin sleep",
           "begin sleep", "begin sleep", "begin sleep", "begin sleep", "begin sleep", "recv b 5 = timeout",
           "sleep = apc ran r0 0 0");
    SCRIPT("a hook is no APC", "tcp a b", "tcp c d", "hook r0", "begin send a 5", "enter r0 0 0",
           "send c 1 -> 0 1 | 10036 | 10036");
}

/* Calls of two threads at once: each may have looked before the other acted. */
static void overtaken(void **state) {
    (void)state;
    SCRIPT("a poll of the result", "tcp a b", "overlapped o0 null", "send a 5 o=o0 = 997 -", "begin t1: result a o0",
           "recv b 5 = 1[0..5]", "result a o0 = T 5", "end t1: result a o0 = F 996");
    SCRIPT("a poll of the result that stands alone", "tcp a b", "overlapped o0 null", "send a 5 o=o0 = 997 -",
           "recv b 5 = 1[0..5]", "result a o0 = T 5", "begin t1: result a o0",
           "end t1: result a o0 = F 996 ! outcome complete.success");
    SCRIPT("a wait for the result", "tcp a b", "overlapped o0 null", "send a 5 o=o0 = 997 -",
           "begin t1: result a o0 wait", "send b 1 = 0 1",
           "end t1: result a o0 wait = F 996 ! outcome complete.success");
    SCRIPT("a poll of the port", "tcp a b", "port p0 a", "overlapped o0 null", "begin t1: take p0",
           "send a 5 o=o0 = 0 5", "end t1: take p0 = F 258", "take p0 = T o0 5");
    SCRIPT("a wait at the port", "tcp a b", "port p0 a", "overlapped o0 null", "begin t1: take p0 limit",
           "send a 5 o=o0 = 0 5", "end t1: take p0 limit = F 258 ! outcome take.packet");
    SCRIPT("a packet that was there", "tcp a b", "port p0 a", "overlapped o0 null", "send a 5 o=o0 = 0 5",
           "begin t1: take p0", "send b 1 = 0 1", "end t1: take p0 = T o0 5");
    SCRIPT("an event that was set and reset", "event e0", "begin t1: wait e0 limit", "setevent e0", "resetevent e0",
           "end t1: wait e0 limit = event");
    SCRIPT("an event that never was set", "event e0", "event e1", "begin t1: wait e0 limit", "setevent e1",
           "resetevent e1", "end t1: wait e0 limit = event ! outcome wait.timeout");
    SCRIPT("one of two events", "event e0", "event e1", "begin t1: wait e0 e1 limit", "setevent e1", "resetevent e1",
           "end t1: wait e0 e1 limit = event 1", "begin t1: wait e0 e1 limit", "setevent e1", "resetevent e1",
           "end t1: wait e0 e1 limit = event 0 ! outcome wait.timeout");
    SCRIPT("all of two events", "event e0", "event e1", "begin t1: wait e0 e1 all limit", "setevent e1", "setevent e0",
           "resetevent e1", "end t1: wait e0 e1 all limit = event 1", "closeevent e0", "begin t1: wait e1 limit",
           "setevent e1", "closeevent e1", "end t1: wait e1 limit = event");
    SCRIPT("an event that is being set, and one that is being reset", "tcp a b", "event e0", "event e1",
           "overlapped o0 e1", "send a 5 o=o0 = 997 -", "begin t1: setevent e0", "wait e0 -> timeout | event",
           "end t1: setevent e0", "wait e0 -> event", "begin t1: resetevent e0", "wait e0 -> timeout | event",
           "end t1: resetevent e0", "begin t1: setevent e1", "wait e1 = event", "result a o0 -> T 5 | F 996",
           "end t1: setevent e1", "begin t1: setevent e9", "end t1: setevent e9 = F 6");
    SCRIPT("a look at an event", "event e0", "begin t1: wait e0", "setevent e0", "end t1: wait e0 = timeout",
           "begin t1: wait e0 limit", "setevent e0", "end t1: wait e0 limit = timeout ! outcome wait.event");
    SCRIPT("a sleep", "begin t1: sleep", "setevent e0", "end t1: sleep = other ! outcome wait.nothing");
}

/* Threads that there are not. */
static void limits(void **state) {
    (void)state;
    wsc_model *m = wsc_model_new(NULL);
    wsc_set set;
    wsc_call call = {.kind = WSC_APC, .u.apc = {.routine = 0, .thread = -1}};
    assert_non_null(m);
    assert_int_equal(wsc_allowed(m, &call, &set), WSC_RANGE);
    call.u.apc.thread = 8;
    assert_int_equal(wsc_allowed(m, &call, &set), WSC_RANGE);
    call.u.apc.thread = 7;
    assert_int_equal(wsc_allowed(m, &call, &set), WSC_OK);
    wsc_model_free(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exits),     cmocka_unit_test(amounts), cmocka_unit_test(interrupted),
        cmocka_unit_test(receives),  cmocka_unit_test(sendto),  cmocka_unit_test(apcs),
        cmocka_unit_test(hooks),     cmocka_unit_test(copies),  cmocka_unit_test(nested),
        cmocka_unit_test(overtaken), cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests_name("others", tests, NULL, NULL);
}
