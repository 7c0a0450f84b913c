/* test_edges.c - the far ends: numbers made twice, calls too deep, the last byte, what comes when nobody expects it. */
#include "script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const wsc_observed zero = {.ret = WSC_RET_0, .op = WSC_NONE};

static void tell(wsc_model *m, const char *line, uint32_t data, const wsc_observed *seen) {
    wsc_call call;
    wsc_verdict v;
    assert_true(script_call(line, data, &call));
    assert_int_equal(wsc_observe(m, &call, seen, &v), WSC_OK);
}

static wsc_model *started(const char *const *lines) {
    wsc_model *m = wsc_model_new(NULL);
    assert_non_null(m);
    for (tell(m, "startup", 0, &zero); *lines; lines++)
        tell(m, *lines, 0, &zero);
    return m;
}

#define MODEL(...) started((const char *const[]){__VA_ARGS__, NULL})

/* --- objects ---------------------------------------------------------------------------------------------------- */

static void made_again(void **state) {
    (void)state;
    SCRIPT("a number between others is none", "tcp a d", "send b 1 -> 10038", "send c 1 -> 10038",
           "recv d 1 = x3 ! data data.foreign");
    SCRIPT("sockets", "tcp a b", "overlapped o0 null", "send a 10 o=o0 = 997 -", "tcp a b", "result a o0 = T 10",
           "send a 10 o=o0 -> 0 10 | 997 -");
    SCRIPT("in a call", "tcp a b", "begin send a 10", "tcp a b", "end send a 10 data=1 = 0 10", "recv b 10 = 1[0..10]");
    SCRIPT("structures", "tcp a b", "overlapped o0 null", "send a 10 o=o0 = 997 -", "overlapped o0 null",
           "send a 10 o=o0 -> 0 10 | 997 - | 10035");
    SCRIPT("events", "tcp a b", "event e0", "overlapped o0 e0", "send a 10 o=o0 = 997 -", "closeevent e0", "event e0",
           "result a o0 = T 10", "wait e0 -> event | timeout");
    SCRIPT("events of what becomes loose", "tcp a b", "event e0", "overlapped o0 e0", "send a 10 o=o0 = 997 -",
           "closeevent e0", "event e0", "send a 10 o=o0 = 997 -", "wait e0 -> timeout | event");
    SCRIPT("ports", "tcp a b", "tcp c d", "port p0 a", "port p0 c", "overlapped o0 null", "send c 10 o=o0 = 0 10",
           "take p0 limit -> T o0 10");
    SCRIPT("what could not be closed is there", "tcp a b", "event e0", "setevent e0", "closeevent e0 = F 6",
           "wait e0 -> event", "close a = other", "send a 1 -> 0 1", "resetevent e0 = 10022", "wait e0 -> event");
}

/* --- too deep --------------------------------------------------------------------------------------------------- */

static void depth(void **state) {
    (void)state;
    SCRIPT("deeper than is followed", "tcp a b", "overlapped o0 null", "send a 10 o=o0 r=r0 = 0 10", "begin sleep",
           "begin sleep", "begin sleep", "begin sleep", "begin sleep", "begin sleep", "begin sleep", "begin sleep",
           "begin sleep", "send a 1 -> 0 1 ran r0 0 10 o0!", "sleep -> apc ran r0 0 10 o0!", "end sleep = 0",
           "sleep -> apc ran r0 0 10 o0!");
    SCRIPT("routines that interrupt calls on two sockets", "tcp a b", "tcp c d", "overlapped o0 null",
           "overlapped o1 null", "send a 10 o=o0 r=r0 = 0 10", "send c 10 o=o1 r=r1 = 0 10", "begin sleep",
           "enter r0 0 10 o0", "begin sleep", "sleep -> apc ran r1 0 10 o1!", "enter r1 0 10 o1", "sleep -> 0",
           "leave r1", "end sleep = apc", "leave r0", "end sleep = apc");
}

/* --- sends ------------------------------------------------------------------------------------------------------- */

static void sends(void **state) {
    (void)state;
    SCRIPT("perhaps non-blocking, and perhaps it waited", "socket l stream", "bind l", "nonblocking l on", "listen l",
           "socket a stream", "bind a", "connect a l", "accept l c", "begin send c 5", "end send c 5 data=1 = 0 5",
           "send c 5 -> 0 5 | 0 1..4 | 10035");
    SCRIPT("closed before it began", "tcp a b", "close a", "begin send a 5", "end send a 5 data=1 = 10038");
    SCRIPT("closed while it waited", "tcp a b", "begin send a 5", "close a", "end send a 5 data=1 = 10004",
           "begin send b 5", "end send b 5 data=2 = 10054 & connreset.stream");
    SCRIPT("a datagram without a peer that was accepted", "socket c dgram", "bind c",
           "send c 10 = 0 10 ! outcome notconn");
    SCRIPT("the second in the queue fails", "tcp a b", "send a 5 = 0 5", "begin send a 10",
           "recv b 15 = 1[0..5] 2[0..3]", "end send a 10 data=2 = 10022 ! outcome sent.blocking");
    SCRIPT("the second in the queue fails, nothing of it was read", "tcp a b", "send a 5 = 0 5", "begin send a 10",
           "end send a 10 data=2 = 10022 ! outcome sent.blocking", "recv b 15 = 1[0..5] timeout");
    SCRIPT("unlisted EFAULT", "tcp a b", "send a 10 = 10014 ! outcome sent.blocking", "send a 10 -> 0 10");
    SCRIPT("a routine where the last two parameters are ignored", "tcp a b not_overlapped", "event e0",
           "overlapped o0 e0", "send a 10 o=o0 r=r0 = 0 10 unset",
           "send a 10 o=o0 r=r0 = 0 10 set ! event event.not-overlapped");
    SCRIPT("a lone routine where the last two parameters are ignored", "tcp a b not_overlapped",
           "send a 10 r=r0 = 0 10", "sleep -> 0");
}

/* An OVERLAPPED that is in use stays so, whatever a socket without overlap ignores. */
static void ignored(void **state) {
    (void)state;
    SCRIPT("event", "tcp a b", "tcp c d not_overlapped", "event e0", "overlapped o0 e0", "send a 10 o=o0 = 997 -",
           "send c 5 o=o0 = 0 5", "recv b 10 = 1[0..10]", "wait e0 limit -> event", "result a o0 wait = T 10");
    SCRIPT("packet", "tcp a b", "tcp c d not_overlapped", "port p0 a", "overlapped o0 null", "send a 10 o=o0 = 0 10",
           "send c 5 o=o0 = 0 5", "take p0 limit -> T o0 10", "take p0 limit = T o0 10", "take p0 limit -> F 258");
    SCRIPT("routine", "tcp a b", "tcp c d not_overlapped", "overlapped o0 null", "send a 10 o=o0 r=r0 = 0 10",
           "send c 5 o=o0 = 10022", "sleep limit -> apc ran r0 0 10 o0!", "sleep limit = apc ran r0 0 10 o0",
           "sleep = apc ran r0 0 10 o0 ! routine routine.once");
    SCRIPT("never used before", "tcp c d not_overlapped", "overlapped o0 null", "send c 5 o=o0 r=r0 = 0 5",
           "result c o0 -> undefined F", "sleep = apc ran r0 0 5 o0 ! routine routine.not-overlapped");
    SCRIPT("failed before", "tcp a b", "tcp c d not_overlapped", "shutdown a send", "overlapped o0 null",
           "send a 5 o=o0 r=r0 = 10058", "send c 5 o=o0 r=r0 = 0 5",
           "sleep = apc ran r0 0 5 o0 ! routine routine.not-overlapped");
}

/* --- calls of two threads ----------------------------------------------------------------------------------------- */

/* While a call that changes something is under way, others find it as it was or as it will be. */
static void meanwhile(void **state) {
    (void)state;
    SCRIPT("a connect that succeeds", "socket l stream", "bind l", "listen l", "socket a stream", "begin connect a l",
           "t1: send a 5 -> 0 5 | 10057", "end connect a l = 0", "send a 5 -> 0 5");
    SCRIPT("one that fails", "socket l stream", "bind l", "listen l", "socket a stream", "begin connect a l",
           "t1: send a 5 -> 0 5 | 10057", "end connect a l = 10061", "send a 5 -> 10057 | 10022", "socket b stream",
           "connect b l", "accept l c", "send b 5 = 0 5", "recv c 5 = 1[0..5]");
    SCRIPT("one that fails behind another", "socket l stream", "bind l", "listen l", "socket a stream",
           "socket b stream", "begin connect a l", "t1: connect b l", "end connect a l = 10061",
           "send a 5 -> 10057 | 10022", "send b 5 -> 0 5");
    SCRIPT("one of a datagram", "socket w dgram", "bind w", "socket u dgram", "begin connect u w",
           "t1: send u 5 -> 0 5 | 10057", "end connect u w = 10022", "send u 5 -> 10057 | 10022");
    SCRIPT("one to where nobody is", "socket a stream", "begin connect a unknown",
           "t1: send a 5 -> 0 5 | 10057 | 10054 | 10053", "end connect a unknown = 10061",
           "send a 5 -> 10057 | 10022 | 10054 | 10053");
    SCRIPT("one whose socket is closed", "socket l stream", "bind l", "listen l", "socket a stream",
           "begin connect a l", "t1: close a", "end connect a l = 10004", "send a 5 -> 10038 | 10057 | 10022");
    SCRIPT("one of no socket, or of one that is connected", "tcp a b", "begin connect none b",
           "end connect none b = 10038", "begin connect a b", "t1: send a 5 -> 0 5", "end connect a b = 10056",
           "send a 5 -> 0 5");
    SCRIPT("a shutdown", "tcp a b", "begin shutdown a receive", "t1: send a 5 -> 0 5", "end shutdown a receive = 0",
           "begin shutdown a both", "t1: send a 5 -> 0 5 | 10058", "end shutdown a both = 0", "send a 5 -> 10058",
           "begin shutdown none send", "end shutdown none send = 10038");
    SCRIPT("a change of mode", "tcp a b", "begin nonblocking a on", "t1: send a 5 -> 0 5 | 0 1..4",
           "end nonblocking a on = 0", "begin nonblocking a on", "end nonblocking a on = 0",
           "begin nonblocking none on", "end nonblocking none on = 10038");
    SCRIPT("a clean-up", "tcp a b", "startup", "begin cleanup", "t1: send a 5 -> 0 5", "end cleanup = 0",
           "begin cleanup", "t1: send a 5 -> 0 5 | 10093 | 10038", "end cleanup = 0", "send a 5 -> 10093 | 10038");
    SCRIPT("a close", "tcp a b", "begin close none", "end close none = 10038", "begin abort a",
           "t1: send b 5 -> 0 5 | 10054", "end abort a = 0", "send a 5 -> 10038");
    SCRIPT("an event", "event e0", "begin resetevent e0", "t1: wait e0 -> timeout", "end resetevent e0 = T",
           "begin setevent e0", "t1: wait e0 -> timeout | event", "end setevent e0 = T", "begin setevent e0",
           "t1: wait e0 -> event", "end setevent e0 = T", "begin resetevent e0", "t1: wait e0 -> timeout | event",
           "end resetevent e0 = T", "wait e0 -> timeout");
    SCRIPT("a cancel of what began before and of what begins meanwhile", "tcp a b", "overlapped o0 null",
           "overlapped o1 null", "t1: send a 10 o=o0 = 997 -", "begin t1: send a 20 o=o1", "begin cancel a ex",
           "end cancel a ex", "end t1: send a 20 o=o1 data=2 = 997 -", "t2: result a o0 -> T 10 | F 995 | F 996",
           "t2: result a o1 -> T 20 | F 995 | F 996");
    SCRIPT("a cancel before what begins meanwhile", "tcp a b", "overlapped o0 null", "begin cancel a ex",
           "t1: send a 10 o=o0 = 997 -", "t1: result a o0 -> T 10 | F 996", "end cancel a ex &",
           "t1: result a o0 -> T 10 | F 995 | F 996");
    SCRIPT("a cancel of what other threads started is none", "tcp a b", "overlapped o0 null",
           "t1: send a 10 o=o0 = 997 -", "begin cancel a io", "t1: result a o0 -> T 10 | F 996", "end cancel a io &",
           "t1: result a o0 -> T 10 | F 996");
    SCRIPT("a close of what begins meanwhile", "tcp a b", "overlapped o0 null", "begin close a",
           "t1: send a 10 o=o0 = 997 -", "end close a & complete.aborted-close",
           "result a o0 -> T 10 | F 995 | F 996 | F 10038");
    SCRIPT("a shutdown of both ways, a part was sent", "tcp a b", "begin send a 5", "t1: shutdown a both",
           "end send a 5 data=1 = 10058", "recv b 5 = 1[0..3] eof");
    SCRIPT("a change of mode, a part was sent", "tcp a b", "begin send a 5", "t1: nonblocking a on",
           "end send a 5 data=1 = 0 3", "recv b 3 = 1[0..3]");
    SCRIPT("a change of mode does not make room scarce", "tcp a b", "nonblocking a on", "begin send a 5",
           "t1: nonblocking a off", "end send a 5 data=1 = 10035 ! outcome sent.blocking");
    SCRIPT("the end of one that failed was seen", "tcp a b", "event e0", "overlapped o0 e0", "begin send a 5 o=o0",
           "t1: wait e0 = event", "end send a 5 o=o0 data=1 = 10054 ! outcome sent.overlapped");
    SCRIPT("what a look without waiting missed", "tcp a b", "port p0 a", "overlapped o0 null", "event e0",
           "begin take p0", "t1: send a 5 o=o0 = 0 5", "end take p0 = F 258", "begin wait e0", "t1: setevent e0",
           "end wait e0 = timeout", "resetevent e0", "begin wait e0 limit", "t1: setevent e0",
           "end wait e0 limit = timeout ! outcome wait.event");
    SCRIPT("a structure that is in use again before the call returns", "tcp a b", "event e0", "overlapped o0 e0",
           "begin send a 5 o=o0", "t1: wait e0 = event", "t1: result a o0 = T 5", "t1: resetevent e0",
           "t1: send a 7 o=o0 -> undefined 0 7 | 997 -", "t1: send a 7 o=o0 = 997 -", "end send a 5 o=o0 data=1 = 0 5",
           "result a o0 -> undefined F");
    SCRIPT("and the call fails", "tcp a b", "event e0", "overlapped o0 e0", "begin send a 5 o=o0",
           "t1: wait e0 = event", "t1: resetevent e0", "t1: send a 7 o=o0 = 997 -", "end send a 5 o=o0 data=1 = 10054",
           "result a o0 -> undefined F");
    SCRIPT("one that the call only ignores", "tcp a b", "tcp c d not_overlapped", "overlapped o0 null",
           "begin send c 5 o=o0", "t1: send a 7 o=o0 = 997 -", "end send c 5 o=o0 data=1 = 0 5",
           "result a o0 -> T 7 | F 996");
    SCRIPT("one that a call ignores that fails", "tcp a b", "tcp c d not_overlapped", "overlapped o0 null",
           "begin send c 5 o=o0", "t1: send a 7 o=o0 = 997 -",
           "end send c 5 o=o0 data=1 = 10054 ! outcome sent.blocking", "result a o0 -> T 7 | F 996");
    SCRIPT("a packet of one that failed", "tcp a b", "port p0 a", "event e0", "overlapped o0 e0", "begin send a 5 o=o0",
           "t1: take p0 = T o0 5",
           "end send a 5 o=o0 data=1 = 10054 ! outcome sent.overlapped, outcome packet.not-started");
    SCRIPT("nothing of one that failed", "tcp a b", "event e0", "overlapped o0 e0", "begin send a 5 o=o0",
           "end send a 5 o=o0 data=1 = 10054 ! outcome sent.overlapped", "wait e0 -> timeout");
    SCRIPT("the event of one that failed is closed", "tcp a b", "event e0", "overlapped o0 e0", "begin send a 5 o=o0",
           "t1: closeevent e0", "end send a 5 o=o0 data=1 = 10054 ! outcome sent.overlapped");
    SCRIPT("a connect in a connect", "socket l stream", "bind l", "listen l", "socket a stream", "begin connect a l",
           "t1: connect a l = 0", "end connect a l = 10056", "send a 5 -> 10057 | 10022");
    SCRIPT("a connect that was accepted and fails", "socket l stream", "bind l", "listen l", "socket a stream",
           "begin connect a l", "t1: accept l c", "end connect a l = 10061", "send a 5 -> 10057 | 10022");
    SCRIPT("a look that says what nothing did", "tcp a b", "overlapped o0 null", "event e0", "send a 5 o=o0 = 997 -",
           "begin result a o0", "t1: setevent e0", "end result a o0 = F 995 ! outcome complete.success");
    SCRIPT("a close that resets", "tcp a b", "abortcopy a", "begin close a", "t1: send b 5 -> 0 5 | 10054",
           "end close a = 0");
}

/* --- rules made wrong -------------------------------------------------------------------------------------------- */

static void twisted(void **state) {
    (void)state;
    SCRIPT("a certain condition in doubt", "tcp a b", "twist shutdown.sd-send doubt", "send a 5 -> 0 5",
           "shutdown a send", "send a 5 -> 0 5 | 10058");
    SCRIPT("a possible one taken for certain", "tcp a b", "nonblocking a on", "send a 5 = 0 5",
           "twist wouldblock.nonblocking sure", "send a 5 -> 10035", "send b 5 -> 0 5");
    SCRIPT("one that is out of the question", "tcp a b", "twist nobufs wide", "send a 5 -> 0 5 | 10055",
           "send none 5 -> 10038");
    SCRIPT("no amount where none is told, another code", "tcp a b", "overlapped o0 null", "twist pending amount",
           "send a 5 o=o0 -> 0 5 | 997 0", "twist pending code", "send a 5 o=o0 -> 0 5 | 998 -");
    SCRIPT("any error stays any", "tcp a b", "port p0 a", "overlapped o0 null", "send a 5 o=o0 = 997 -", "close a",
           "twist take.failed code", "take p0 -> T o0 5 | F any o0 0..5 | F 258", "twist take.failed amount",
           "take p0 -> T o0 5 | F any o0 1..6 | F 258");
    SCRIPT("of routines only those of that rule", "tcp a b", "overlapped o0 null", "send a 5 o=o0 r=r0 = 0 5",
           "twist sent.blocking amount", "sleep -> apc ran r0 0 5 o0!");
}

/* --- operations -------------------------------------------------------------------------------------------------- */

static void operations(void **state) {
    (void)state;
    SCRIPT("a structure used again while the bytes of its first use are under way", "tcp a b", "event e0",
           "overlapped o0 e0", "send a 10 o=o0 = 0 10", "wait e0 limit = event", "resetevent e0",
           "send a 20 o=o0 = 997 -", "recv b 10 = 1[0..10]", "wait e0 limit -> timeout | event", "recv b 20 = 2[0..20]",
           "wait e0 limit -> event");
    SCRIPT("a packet taken, and the structure used again", "tcp a b", "port p0 a", "overlapped o0 null",
           "send a 10 o=o0 = 0 10", "send a 10 o=o0 -> undefined 0 10 | 997 -", "take p0 limit = T o0 10",
           "send a 10 o=o0 -> 0 10 | 997 -");
    SCRIPT("two on one event, one of them told", "tcp a b", "event e0", "overlapped o0 e0", "overlapped o1 e0",
           "send a 10 o=o0 = 0 10", "wait e0 limit = event", "resetevent e0", "send a 20 o=o1 = 997 -",
           "wait e0 = event", "result a o1 -> T 20");
    SCRIPT("of two on one event one was set before", "tcp a b", "event e0", "overlapped o0 e0", "setevent e0",
           "send a 10 o=o0 = 997 -", "resetevent e0", "wait e0 -> timeout | event", "wait e0 = event",
           "result a o0 -> T 10 | F 996");
    SCRIPT("each its own event", "tcp a b", "event e0", "event e1", "overlapped o0 e0", "overlapped o1 e1",
           "overlapped o2 e0", "send a 10 o=o0 = 997 -", "send a 10 o=o1 = 997 -", "resetevent e0",
           "send a 10 o=o2 = 997 -", "wait e1 = event", "result a o1 -> T 10", "result a o0 -> T 10 | F 996");
    SCRIPT("cancelled when it was read already", "tcp a b", "overlapped o0 null", "send a 10 o=o0 = 997 -",
           "recv b 10 = 1[0..10]", "cancel a io &", "result a o0 = T 10", "result a o0 -> T 10");
    SCRIPT("cancelled, and its thread ends", "tcp a b", "overlapped o0 null", "send a 10 o=o0 = 997 -", "cancel a io",
           "exit", "result a o0 -> T 10 | F 995 | F 995 | F 996", "recv b 10 = timeout");
    SCRIPT("a packet of a cancelled datagram, or of a closed stream, with an amount", "udp a b", "tcp c d", "port p0 a",
           "port p1 c", "overlapped o0 null", "overlapped o1 null", "send a 10 o=o0 = 997 -", "send c 10 o=o1 = 997 -",
           "cancel a io", "close c", "take p0 = F 995 o0 5", "take p1 = F 64 o1 5", "recv b 10 = timeout",
           "recv d 10 = timeout");
    SCRIPT("a packet of more than there was", "tcp c d", "port p1 c", "overlapped o1 null", "send c 10 o=o1 = 997 -",
           "cancel c io", "take p1 = F 64 o1 12 ! amount take.failed", "recv d 10 = timeout ! data data.missing");
    SCRIPT("flushing what is no socket", "tcp a b", "send a 5 = 0 5", "cancel none flush",
           "recv b 5 = timeout ! data data.missing");
    SCRIPT("a loose structure that is ignored", "tcp a b", "tcp c d not_overlapped", "overlapped o0 null",
           "send a 10 o=o0 r=r0 flags=2 = 0 10", "send c 5 o=o0 = 0 5",
           "sleep -> 0 | apc ran r0 0 0..18446744073709551615 o0", "sleep = apc ran r0 0 10 o0");
    SCRIPT("closed, and its thread ends", "tcp a b", "overlapped o0 null", "send a 10 o=o0 = 997 -",
           "close a & complete.aborted-close", "exit &", "recv b 10 = timeout");
    SCRIPT("a datagram cancelled, told to be done", "udp a b", "overlapped o0 null", "send a 10 o=o0 = 997 -",
           "cancel a io", "result a o0 = T 10", "recv b 10 = timeout ! data data.missing");
    SCRIPT("waited for without an event", "tcp a b", "overlapped o0 null", "send a 10 o=o0 = 997 -",
           "result a o0 wait = T 10", "result a o0 -> T 10");
    SCRIPT("waited for, but the signal was lost", "tcp a b", "event e0", "overlapped o0 e0", "send a 10 o=o0 = 997 -",
           "resetevent e0", "recv b 10 = 1[0..10]", "result a o0 wait = T 10", "wait e0 -> timeout | event");
    SCRIPT("the routine of a cancelled one", "tcp a b", "overlapped o0 null", "send a 10 o=o0 r=r0 = 997 -",
           "cancel a io", "sleep limit = apc ran r0 995 5 o0 &");
    SCRIPT("a routine beside a loose one", "tcp a b", "overlapped o0 null", "send a 10 r=r0 = 0 10",
           "send a 10 o=o0 r=r0 sent=wild = 10014", "sleep = apc ran r0 0 10 o0 ! routine routine.not-started");
    SCRIPT("a packet that failed, and then nothing can have failed", "tcp a b", "port p0 a", "overlapped o0 null",
           "send a 10 o=o0 = 997 -", "fault a netdown maybe", "take p0 = F 64 o0 0", "fault a netdown no",
           "result a o0 -> T 10");
    SCRIPT("a packet that failed, and the status says why", "tcp a b", "port p0 a", "overlapped o0 null",
           "send a 10 o=o0 = 997 -", "close a", "take p0 = F 64 o0 0", "result a o0 -> F 995 | F 10038",
           "result a o0 = F 995", "result a o0 -> F 995 | F 10038");
    SCRIPT("drained, but no stream", "udp a b", "overlapped o0 null", "send a 10 o=o0 = 997 -", "drain b",
           "result a o0 -> T 10 | F 996");
    SCRIPT("drained by somebody who is perhaps no more", "tcp a b", "overlapped o0 null", "drain b", "cleanup",
           "send a 10 o=o0 = 997 - ! outcome notinitialised");
    SCRIPT("drained, of several", "tcp a b", "tcp c d", "udp e f", "overlapped o0 null", "overlapped o1 null",
           "overlapped o2 null", "send a 10 o=o0 = 997 -", "send c 10 o=o1 = 997 -", "send e 10 o=o2 = 997 -",
           "send none 10 o=o3 = 997 - ! outcome notsock", "drain d", "result a o0 -> T 10 | F 996",
           "result c o1 wait -> T 10", "drain f", "result e o2 -> T 10 | F 996", "abort a", "drain b",
           "result a o0 -> T 10 | F 995 | F 996 | F 10038");
    SCRIPT("of a structure that a receive had, and another one", "tcp a b", "event e0", "overlapped o0 e0",
           "receive b 5 o=o0 = 997", "receive b 6 o=o0 = 997", "send a 7 = 0 7", "wait e0 limit -> timeout | event");
    SCRIPT("by nobody", "tcp a b", "receive none 5 = 0 5", "sendto none 5 to=b = 0 5", "send a 7 -> 0 7");
    SCRIPT("many reasons why it may end", "tcp a b", "overlapped o0 null", "net link_down", "net inject 10050",
           "setopt a keepalive 1", "send a 10 o=o0 = 997 -", "abort b",
           "result a o0 wait -> T 10 | F 10054 | F 10050 | F 10053");
    SCRIPT("a port comes later than a routine, and than an end", "tcp a b", "tcp c d", "event e0", "overlapped o0 null",
           "overlapped o1 e0", "overlapped o2 null", "send a 5 o=o0 = 997 -", "send a 5 o=o2 r=r0 = 997 -",
           "send c 5 o=o1 = 0 5", "wait e0 limit = event", "port p0 a", "port p1 c", "take p0 limit -> F 258 | T o0 5",
           "take p1 limit -> F 258");
    SCRIPT("a routine inside another of its socket", "tcp a b", "overlapped o0 null", "overlapped o1 null",
           "send a 5 o=o0 r=r0 = 0 5", "send a 5 o=o1 r=r1 = 0 5", "begin sleep", "enter r0 0 5 o0",
           "enter r1 0 5 o1 ! routine routine.alertable, routine routine.nested", "leave r1", "leave r0",
           "end sleep = apc");
    SCRIPT("a routine tells of a reset", "tcp a b", "overlapped o0 null", "send a 5 o=o0 r=r0 = 997 -", "abort b",
           "sleep limit -> apc ran r0 0 5 o0!, r0 10054 0..5 o0!", "sleep limit = apc ran r0 10054 0 o0",
           "send a 5 -> 10054 | 10057 | 10053");
    SCRIPT("options that change nothing here", "tcp a b", "setopt a maxmsg 4", "setopt none sndbuf 4",
           "send a 5 -> 0 5");
    SCRIPT("all of two events, or a routine", "tcp a b", "event e0", "event e1", "overlapped o0 null", "setevent e0",
           "wait e0 e1 all -> timeout", "wait e0 e1 -> event", "send a 5 o=o0 r=r0 = 0 5",
           "wait e0 e1 all alertable -> apc ran r0 0 5 o0!", "wait e1 alertable limit -> apc ran r0 0 5 o0!");
    SCRIPT("as many routines as are asked for", "tcp a b", "overlapped o0 null", "overlapped o1 null",
           "alertable 0 -> nothing", "alertable 1 -> timeout", "send a 5 o=o0 r=r0 = 0 5", "send a 5 o=o1 r=r1 = 997 -",
           "alertable 1 -> nothing ran r0 0 5 o0!, r1 0 5 o1",
           "alertable 2 -> timeout | nothing ran r0 0 5 o0!, r1 0 5 o1", "alertable 3 -> timeout");
    SCRIPT("connections that will not come about", "socket a stream", "connect a none -> unjudged 10061",
           "nonblocking a on", "connect a silent -> unjudged 10035");
    SCRIPT("a part that a reader drains", "tcp a b", "drain b", "begin send a 5", "t1: send a 5 -> undefined 0 5",
           "end send a 5 data=1 = 0 5");
    SCRIPT("a receive takes what a cancelled send may have left", "tcp a b", "overlapped o0 null",
           "send a 10 o=o0 = 997 -", "cancel a io", "receive b 5 = 0 5", "recv b 5 = timeout");
    SCRIPT("a receive takes of one that is sent", "tcp a b", "overlapped o0 null", "overlapped o1 null",
           "receive b 5 o=o1 = 997", "send a 5 = 0 5", "send a 10 o=o0 = 997 -", "result b o1 -> unjudged T 5",
           "result b o1 = T 5", "receive b 5 = 0 5", "recv b 9 = 2[5..10]");
    SCRIPT("a receive beside urgent data, and a send in progress", "tcp a b", "overlapped o0 null",
           "send a 5 flags=1 o=o0 = 997 -", "receive b 5 = 0 4", "begin send a 5", "receive b 5 = 0 2",
           "end send a 5 data=2 = 0 5");
}

/* --- data -------------------------------------------------------------------------------------------------------- */

static void data(void **state) {
    (void)state;
    SCRIPT("a repeat of one sender's among two", "udp a b", "socket c dgram", "bind c", "connect c b",
           "send a 10 = 0 10", "send c 20 = 0 20", "send a 30 = 0 30", "send c 40 = 0 40", "recv b 99 = 1[0..10]",
           "recv b 99 = 2[0..20]", "recv b 99 = 2[0..20] ! data data.repeat", "recv b 99 = 3[0..30]",
           "recv b 99 = 4[0..40]", "recv b 99 = 2[0..20] ! data data.repeat",
           "recv b 99 = 4[0..40] ! data data.repeat");
    SCRIPT("of a call that failed among two", "udp a b", "socket c dgram", "bind c", "connect c b", "send a 10 = 0 10",
           "send c 20 flags=1 = 10045", "send a 30 = 0 30", "send c 40 = 0 40", "recv b 99 = 1[0..10]",
           "recv b 99 = 2[0..20] ! data data.failed-call");
    SCRIPT("from whoever it may be", "socket a dgram", "bind a", "connect a unknown", "recv a 5 = x3",
           "recv a 5 = 7[0..3]", "udp c d", "recv d 5 = 7[0..3] ! data data.foreign");
    SCRIPT("a datagram in a call", "udp a b", "begin send a 10", "recv b 10 = 1[0..7]", "end send a 10 data=1 = 0 10");
    SCRIPT("a stream in a call, more than there is", "tcp a b", "begin send a 10", "recv b 20 = 1[0..12]",
           "recv b 20 = 1[12..14]", "end send a 10 data=1 = 0 10 ! data data.excess");
    SCRIPT("a reset out of nothing", "tcp a b", "send a 10 = 0 10", "recv b 5 = 10054 ! data data.missing");
    SCRIPT("another error", "tcp a b", "send a 10 = 0 10", "recv b 5 = 10053 ! data data.missing", "recv b 5 = 10060");
    SCRIPT("a reset of what is closed", "tcp a b", "send a 10 = 0 10", "close b", "recv b 5 = 10054");
    SCRIPT("a reset of what was aborted", "tcp a b", "send a 10 = 0 10", "abort a", "recv b 5 = 10054");
    SCRIPT("a reset where the sender was told", "tcp a b", "send a 10 = 0 10",
           "send a 10 = 10053 ! outcome sent.blocking", "recv b 5 = 10054");
    SCRIPT("a reset where the receiver was told", "tcp a b", "send a 10 = 0 10",
           "send b 10 = 10053 ! outcome sent.blocking", "recv b 5 = 10054");
    SCRIPT("a reset where the sender was told of one", "tcp a b", "send a 10 = 0 10", "recv a 1 = 10054",
           "recv b 5 = 10054");
    SCRIPT("a reset without a peer", "socket a stream", "bind a", "listen a", "recv a 5 = 10054");
    SCRIPT("urgent, passed by and asked for all the same", "tcp a b", "send a 1 flags=1 = 0 1", "send a 5 = 0 5",
           "recv b 5 = 2[0..5]", "oob b 1 = 1[0..1]");
    SCRIPT("urgent, two bytes", "tcp a b", "overlapped o0 null", "send a 2 flags=1 o=o0 = 997 -", "oob b 1 = 1[1..2]",
           "result a o0 -> T 2 | F 996");
    SCRIPT("room at a datagram socket without a peer", "socket c dgram", "select c w -> unjudged ready",
           "socket s stream", "select s w -> unjudged timeout");
    SCRIPT("half closed at a listener", "socket l stream", "bind l", "listen l", "socket a stream", "connect a l",
           "send a 5 = 0 5", "shutdown a both", "send a 5 -> 10058");
}

/* Rings of two segments: what they forgot may come, whoever had it. */
static void forgotten(void **state) {
    (void)state;
    const wsc_limits small = {.segments = 2};
    script_run_with("one of two senders has forgotten it", &small,
                    (const char *const[]){"startup", "udp a b", "socket c dgram", "bind c", "connect c b",
                                          "send a 10 = 0 10", "recv b 99 = 1[0..10]", "send c 20 = 0 20",
                                          "send c 30 = 0 30", "send c 40 = 0 40", "send a 50 = 0 50",
                                          "recv b 99 = 2[0..20]", "recv b 99 = 5[0..50]",
                                          "recv b 99 = 1[0..10] ! data data.repeat", NULL});
    script_run_with("the peer of before", &small,
                    (const char *const[]){"startup", "udp a b", "udp c d", "send a 10 = 0 10", "send a 20 = 0 20",
                                          "send a 30 = 0 30", "connect a d", "recv b 99 = 1[0..10]",
                                          "recv b 99 = 2[0..20]", "recv b 99 = 9[0..20] ! data data.foreign", NULL});
}

/* Unread datagrams that are too many for any receiver: what comes behind them may be lost. */
static void full_receiver(void **state) {
    wsc_model *m = MODEL("udp a b");
    const wsc_observed nothing = {.ret = WSC_RET_DATA, .end = WSC_END_TIMEOUT, .op = WSC_NONE};
    wsc_call receive;
    wsc_verdict v;
    (void)state;
    for (uint32_t i = 1; i <= 40; i++)
        tell(m, "send a 1", i, &zero);
    assert_true(script_call("recv b 9", 0, &receive));
    for (uint32_t i = 1; i <= 40; i++) { /* those that had to come come; then it may be over */
        const wsc_run run = {i, 0, 1};
        const wsc_observed got = {.ret = WSC_RET_DATA, .op = WSC_NONE, .data = &run, .n_data = 1};
        wsc_model *trial = wsc_model_clone(m);
        assert_int_equal(wsc_observe(trial, &receive, &nothing, &v), WSC_OK);
        assert_int_equal(v.ok, i > 32);
        wsc_model_free(trial);
        assert_int_equal(wsc_observe(m, &receive, &got, &v), WSC_OK);
        assert_true(v.ok);
    }
    wsc_model_free(m);
}

/* --- what a conforming target would give ------------------------------------------------------------------------- */

static void expect(const wsc_model *m, int socket, uint64_t bytes, bool urgent, size_t max, const char *should) {
    static const char *const ends[] = {"", "eof", "timeout", "error"};
    wsc_run runs[4];
    wsc_ending end;
    char text[256] = "";
    size_t n = wsc_expected_data(m, socket, bytes, urgent, runs, max, &end), used = 0;
    for (size_t i = 0; i < n; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%u[%u..%u] ", runs[i].data, (unsigned)runs[i].low,
                                 (unsigned)runs[i].high);
    snprintf(text + used, sizeof text - used, "%s", ends[end]);
    assert_string_equal(text, should);
}

static void expected(void **state) {
    (void)state;
    wsc_model *m = MODEL("tcp a b", "socket c stream", "udp d e", "socket f dgram", "bind f", "connect f e");
    tell(m, "send a 5", 1, &zero);
    tell(m, "send a 6", 2, &zero);
    tell(m, "send a 7 flags=1", 3, &zero);
    expect(m, 1, 9, false, 1, "1[0..5] "); /* no room for more, so nothing is said of an end */
    expect(m, 1, 99, false, 2, "1[0..5] 2[0..6] ");
    expect(m, 1, 11, false, 3, "1[0..5] 2[0..6] ");
    expect(m, 1, 99, false, 4, "1[0..5] 2[0..6] 3[0..6] timeout");
    expect(m, 1, 1, true, 0, "timeout");
    expect(m, 1, 1, true, 1, "3[6..7] ");
    expect(m, 2, 1, false, 4, "timeout"); /* never connected */
    expect(m, 2, 1, true, 4, "timeout");
    expect(m, 7, 1, false, 4, "error");
    tell(m, "send f 7", 4, &zero); /* of two senders the older datagram comes first */
    tell(m, "send d 8", 5, &zero);
    tell(m, "send f 9", 6, &zero);
    expect(m, 4, 99, false, 4, "4[0..7] ");
    tell(m, "connect d f", 0, &zero); /* the peer of before gets what was sent to it */
    tell(m, "send d 9", 7, &zero);
    const wsc_run old = {4, 0, 7};
    const wsc_observed got = {.ret = WSC_RET_DATA, .op = WSC_NONE, .data = &old, .n_data = 1};
    tell(m, "recv e 99", 0, &got);
    expect(m, 4, 99, false, 4, "5[0..8] ");
    expect(m, 5, 99, false, 4, "7[0..9] ");
    wsc_model_free(m);
    m = MODEL("tcp a b", "close a");
    const wsc_observed aborted = {.ret = WSC_RET_DATA, .end = WSC_END_ERROR, .error = 10053, .op = WSC_NONE};
    expect(m, 1, 1, false, 4, "eof");
    tell(m, "recv b 1", 0, &aborted);
    expect(m, 1, 1, false, 4, "error"); /* it was told, and is told again */
    wsc_model_free(m);
    m = MODEL("tcp a b", "net connections_killed",
              "close a"); /* ended by the system, and then closed: no reset is sure */
    expect(m, 1, 1, false, 4, "eof");
    wsc_model_free(m);
}

/* --- switches and comparisons ------------------------------------------------------------------------------------ */

/* A rule that is out offers nothing, and no call, whatever its arguments, falls over its absence. */
static void rules_out(void **state) {
    static const char *const asked[] = {"send none 5",
                                        "send none 5 o=o0",
                                        "send none 5 o=o0 sent=readonly",
                                        "send a 5",
                                        "send a 5 o=o0",
                                        "send a 5 r=r0",
                                        "send c 5",
                                        "send c 5 flags=1",
                                        "send n 5",
                                        "send a 5 sent=null",
                                        "send a [] count=7",
                                        "send e 70000",
                                        "send a 5 o=o0 sent=readonly",
                                        "send s 5 flags=0x8000"};
    (void)state;
    wsc_model *m =
        MODEL("tcp a b", "udp c d", "udp e f", "tcp n o nonblocking", "socket s dgram", "overlapped o0 null");
    tell(m, "send n 5", 1, &zero);
    for (int rule = 0; rule < wsc_rule_count(); rule++) {
        wsc_model_enable(m, rule, false);
        for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
            wsc_call call;
            wsc_set set;
            assert_true(script_call(asked[i], 9, &call));
            assert_int_equal(wsc_allowed(m, &call, &set), WSC_OK);
            for (size_t k = 0; k < set.n_outcomes; k++)
                assert_int_not_equal(set.outcomes[k].rule, rule);
            for (size_t k = 0; k < set.n_conditions; k++)
                assert_int_not_equal(set.conditions[k], rule);
        }
        wsc_model_enable(m, rule, true);
    }
    /* No rule says any more that it is no socket: then it might as well be one. */
    wsc_call call;
    wsc_set set;
    wsc_model_enable(m, wsc_rule_find("notsock"), false);
    assert_true(script_call("send none 5", 9, &call));
    wsc_allowed(m, &call, &set);
    assert_int_equal(set.n_outcomes, 1);
    assert_int_equal(set.outcomes[0].ret, WSC_RET_0);
    assert_false(set.may_block);
    wsc_model_free(m);
}

/* Models are equal only if nothing that matters differs; equal ones have equal hashes. */
static void comparisons(void **state) {
    (void)state;
    static const struct {
        const char *line;
        uint32_t data;
    } changes[] = {{"startup", 0},        {"tcp c d", 0},         {"close a", 0},
                   {"event e1", 0},       {"setevent e0", 0},     {"overlapped o1 null", 0},
                   {"exit", 0},           {"send a 11", 2},       {"send a 10 o=o0 r=r0", 2},
                   {"send a 10 r=r0", 2}, {"t2: exit", 0},        {"startup old", 0},
                   {"startup new", 0},    {"hook r0", 0},         {"apc r0 t0", 0},
                   {"net link_down", 0},  {"net inject 10050", 0}};
    wsc_model *m = MODEL("tcp a b", "event e0", "overlapped o0 e0", "t2: sleep");
    tell(m, "send a 10", 1, &zero);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        wsc_model *other = wsc_model_clone(m);
        assert_true(wsc_model_equal(m, other) && wsc_model_hash(m) == wsc_model_hash(other));
        tell(other, changes[i].line, changes[i].data, &zero);
        assert_false(wsc_model_equal(m, other));
        assert_false(wsc_model_equal(other, m));
        wsc_model_free(other);
    }
    wsc_model *loose = wsc_model_clone(m), *deep = wsc_model_clone(m), *deeper = wsc_model_clone(m);
    wsc_call sleep, send;
    assert_true(script_call("sleep", 0, &sleep) && script_call("send a 10 r=r0", 2, &send));
    assert_int_equal(wsc_begin(deep, &sleep), WSC_OK);
    assert_false(wsc_model_equal(m, deep));
    sleep.u.sleep.alertable = false;
    assert_int_equal(wsc_begin(deeper, &sleep), WSC_OK);
    assert_false(wsc_model_equal(deep, deeper)); /* as deep, but not in the same call */
    tell(deep, "sleep", 0, &zero);
    wsc_model_free(loose);
    loose = wsc_model_clone(m);
    assert_int_equal(wsc_fault(loose, WSC_NONE, 0, WSC_YES), WSC_OK);
    assert_false(wsc_model_equal(m, loose));
    assert_int_equal(wsc_fault(loose, WSC_NONE, 0, WSC_MAYBE), WSC_OK);
    assert_false(wsc_model_equal(m, loose));
    assert_int_equal(wsc_fault(loose, WSC_NONE, 0, WSC_NO), WSC_OK);
    assert_true(wsc_model_equal(m, loose));
    wsc_model_free(deeper);
    deeper = wsc_model_clone(m); /* the same call of the same length, with an operation and without */
    tell(loose, "send a 10 r=r0", 2, &zero);
    tell(deeper, "send a 10", 2, &zero);
    assert_false(wsc_model_equal(loose, deeper));
    const wsc_observed ran = {
        .ret = WSC_RET_IO_COMPLETION, .op = WSC_NONE, .ran = &(wsc_ran){.routine = 0, .op = WSC_NONE}, .n_ran = 1};
    wsc_model_copy(loose, m); /* as often started, but in other versions */
    wsc_model_copy(deeper, m);
    tell(loose, "startup old", 0, &zero);
    tell(deeper, "startup new", 0, &zero);
    assert_false(wsc_model_equal(loose, deeper));
    tell(loose, "cleanup", 0, &zero);
    assert_false(wsc_model_equal(loose, m)); /* what was asked for once is remembered */
    wsc_model_copy(loose, m);                /* as many APCs queued for one thread, but others */
    wsc_model_copy(deeper, m);
    tell(loose, "apc r0 t0", 0, &zero);
    tell(deeper, "apc r1 t0", 0, &zero);
    assert_false(wsc_model_equal(loose, deeper));
    tell(deep, "apc r0 t0", 0, &zero);
    wsc_model_copy(deeper, loose);
    tell(deeper, "sleep", 0, &ran);
    assert_false(wsc_model_equal(loose, deeper)); /* one has run */
    wsc_model_copy(loose, m);                     /* a hook that has run, and one that has not */
    tell(loose, "hook r0", 0, &zero);
    wsc_model_copy(deeper, loose);
    assert_true(script_call("send a 10", 3, &send));
    wsc_verdict v;
    wsc_begin(deeper, &send);
    wsc_begin(loose, &send);
    assert_true(wsc_model_equal(loose, deeper));
    tell(deeper, "enter r0 0 0", 0, &zero);
    tell(deeper, "leave r0", 0, &zero);
    assert_false(wsc_model_equal(loose, deeper));
    const wsc_observed done = {.ret = WSC_RET_0, .amount = WSC_AMOUNT_RANGE, .low = 10, .high = 10, .op = WSC_NONE};
    assert_int_equal(wsc_end(deeper, &send, &done, &v), WSC_OK);
    assert_int_equal(wsc_end(loose, &send, &done, &v), WSC_OK);
    assert_false(wsc_model_equal(loose, deeper));
    wsc_model_free(loose);
    wsc_model_free(deep);
    wsc_model_free(deeper);
    wsc_model_free(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_again),  cmocka_unit_test(depth),    cmocka_unit_test(sends),
        cmocka_unit_test(meanwhile),   cmocka_unit_test(twisted),  cmocka_unit_test(ignored),
        cmocka_unit_test(operations),  cmocka_unit_test(data),     cmocka_unit_test(full_receiver),
        cmocka_unit_test(forgotten),   cmocka_unit_test(expected), cmocka_unit_test(rules_out),
        cmocka_unit_test(comparisons),
    };
    return cmocka_run_group_tests_name("edges", tests, NULL, NULL);
}
