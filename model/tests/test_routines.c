/* test_routines.c - completion routines: when they may run, when they must, with what. */
#include "script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void sleeping(void **state) {
    (void)state;
    SCRIPT("nothing to run", "tcp a b", "sleep -> 0", "sleep limit -> 0", "sleep plain -> 0", "sleep = 0",
           "sleep = apc ! outcome wait.nothing", "alertable 0 -> nothing", "alertable 1 -> timeout",
           "alertable 1 = timeout", "alertable 1 ! outcome wait.nothing, routine routine.all", "alertable 0");
    SCRIPT("immediate", "tcp a b", "overlapped o0 null", "send a 10 o=o0 r=r0 = 0 10", "sleep plain -> 0",
           "sleep plain = 0", "sleep -> apc ran r0 0 10 o0!", "sleep = 0 ! outcome wait.routine",
           "sleep limit -> apc ran r0 0 10 o0!", "alertable 1 -> nothing ran r0 0 10 o0!", "alertable 2 -> timeout",
           "sleep = apc ran r0 0 10 o0", "sleep -> 0", "sleep = apc ran r0 0 10 o0 ! routine routine.once");
    SCRIPT("said to have run, and did not", "tcp a b", "overlapped o0 null", "send a 10 o=o0 r=r0 = 0 10",
           "sleep = apc ! routine routine.all");
    SCRIPT("ran, and not said", "tcp a b", "overlapped o0 null", "send a 10 o=o0 r=r0 = 0 10",
           "sleep = 0 ran r0 0 10 o0 ! outcome wait.routine");
    SCRIPT("pending", "tcp a b", "overlapped o0 null", "send a 10 o=o0 r=r0 = 997 -", "sleep -> 0 | apc ran r0 0 10 o0",
           "sleep limit -> 0 | apc ran r0 0 10 o0", "sleep = 0", "alertable 1 -> timeout | nothing ran r0 0 10 o0",
           "recv b 10 = 1[0..10]", "sleep -> 0 | apc ran r0 0 10 o0", "sleep limit -> apc ran r0 0 10 o0!",
           "sleep short -> 0 | apc ran r0 0 10 o0", "alertable 1 -> nothing ran r0 0 10 o0!",
           "alertable 1 = timeout ! outcome wait.routine", "alertable 1 = ran r0 0 10 o0", "sleep limit -> 0");
    SCRIPT("several", "tcp a b", "overlapped o0 null", "overlapped o1 null", "overlapped o2 null",
           "send a 10 o=o1 r=r0 = 0 10", "send a 20 o=o0 r=r1 = 0 20", "send a 30 o=o2 r=r0 = 997 -",
           "sleep -> apc ran r0 0 10 o1!, r1 0 20 o0!, r0 0 30 o2",
           "alertable 1 -> nothing ran r0 0 10 o1!, r1 0 20 o0!, r0 0 30 o2",
           "alertable 3 -> timeout | nothing ran r0 0 10 o1!, r1 0 20 o0!, r0 0 30 o2",
           "sleep = apc ran r1 0 20 o0 ! routine routine.all", "sleep = 0", "alertable 1 = timeout");
    SCRIPT("in any order", "tcp a b", "overlapped o0 null", "overlapped o1 null", "send a 10 o=o0 r=r0 = 0 10",
           "send a 20 o=o1 r=r1 = 0 20", "sleep = apc ran r1 0 20 o1, r0 0 10 o0", "sleep = 0");
    SCRIPT("enough came", "tcp a b", "overlapped o0 null", "overlapped o1 null", "send a 10 o=o0 r=r0 = 0 10",
           "send a 20 o=o1 r=r1 = 997 -", "alertable 1 = ran r0 0 10 o0", "alertable 1 = ran r1 0 20 o1");
    SCRIPT("one is left out", "tcp a b", "overlapped o0 null", "overlapped o1 null", "send a 10 o=o0 r=r0 = 0 10",
           "send a 20 o=o1 r=r1 = 0 20", "alertable 1 = ran r0 0 10 o0 ! routine routine.all");
    SCRIPT("alertable waits for events", "tcp a b", "event e0", "overlapped o0 null", "send a 10 o=o0 r=r0 = 0 10",
           "wait e0 -> timeout", "wait e0 alertable -> apc ran r0 0 10 o0!",
           "wait e0 alertable = timeout ! outcome wait.routine", "wait e0 alertable limit = apc ran r0 0 10 o0",
           "wait e0 alertable -> timeout");
    SCRIPT("an event beside it", "tcp a b", "event e0", "setevent e0", "overlapped o0 null",
           "send a 10 o=o0 r=r0 = 0 10", "wait e0 alertable -> apc ran r0 0 10 o0! | event",
           "wait e0 alertable = event", "sleep = apc ran r0 0 10 o0", "send a 10 o=o0 r=r0 = 997 -",
           "wait e0 alertable -> event | apc ran r0 0 10 o0", "wait e0 alertable = event ran r0 0 10 o0");
    SCRIPT("a set event that was missed", "tcp a b", "event e0",
           "wait e0 alertable = timeout ran r0 0 10 o0 ! routine routine.overlapped, outcome wait.routine");
    SCRIPT("no OVERLAPPED that ever was used", "tcp a b", "event e0", "overlapped o0 null",
           "sleep = apc ran r0 0 10 o0 ! routine routine.overlapped");
}

static void arguments(void **state) {
    (void)state;
    SCRIPT("wrong", "tcp a b", "overlapped o0 null", "overlapped o1 null", "send a 10 o=o0 r=r0 = 0 10",
           "sleep = apc ran r0 5 10 o0 ! routine routine.error", "send a 10 o=o0 r=r0 = 0 10",
           "sleep = apc ran r0 0 9 o0 ! routine routine.amount", "send a 10 o=o0 r=r0 = 0 10",
           "sleep = apc ran r1 0 10 o0 ! routine routine.which", "send a 10 o=o0 r=r0 = 0 10",
           "sleep = apc ran r0 0 10 o0 1 ! routine routine.flags", "send a 10 o=o0 r=r0 = 0 10",
           "sleep = apc ran r0 0 10 o1 ! routine routine.overlapped, routine routine.all", "sleep = 0");
    SCRIPT("an unknown one", "tcp a b", "overlapped o0 null", "send a 10 o=o0 r=r0 = 0 10",
           "sleep = apc ran r0 0 10 unknown ! routine routine.overlapped, routine routine.all");
    SCRIPT("not started", "tcp a b", "overlapped o0 null", "send a 10 o=o0 r=r0 sent=wild = 10014", "sleep -> 0",
           "sleep = apc ran r0 0 10 o0 ! routine routine.not-started",
           "sleep = apc ran r0 10014 0 o0 ! routine routine.not-started");
    SCRIPT("not overlapped", "tcp a b not_overlapped", "overlapped o0 null", "send a 1 o=o0 r=r0 = 0 1", "sleep -> 0",
           "sleep = apc ran r0 0 1 o0 ! routine routine.not-overlapped");
    SCRIPT("no routine was given", "tcp a b", "overlapped o0 null", "send a 1 o=o0 = 0 1",
           "sleep = apc ran r0 0 1 o0 ! routine routine.which");
    SCRIPT("cancelled", "tcp a b", "overlapped o0 null", "send a 10 o=o0 r=r0 = 997 -", "close a",
           "sleep limit -> apc ran r0 0 10 o0!, r0 995 0..10 o0!",
           "sleep limit = apc ran r0 995 0 o0 & complete.aborted-close", "sleep = 0");
    SCRIPT("cancelled by call", "tcp a b", "overlapped o0 null", "send a 10 o=o0 r=r0 = 997 -", "cancel a io",
           "alertable 1 -> timeout | nothing ran r0 0 10 o0, r0 995 0..10 o0",
           "alertable 1 = ran r0 995 11 o0 ! routine routine.amount &");
    SCRIPT("reset", "tcp a b", "overlapped o0 null", "send a 10 o=o0 r=r0 = 997 -", "abort b",
           "alertable 1 = ran r0 10054 0 o0 & complete.reset", "send a 1 -> 10054 | 10057 | 10053");
}

static void places(void **state) {
    (void)state;
    SCRIPT("outside of every wait", "tcp a b", "overlapped o0 null", "send a 10 o=o0 r=r0 = 0 10",
           "enter r0 0 10 o0 ! routine routine.alertable", "leave r0", "sleep -> 0");
    SCRIPT("in a wait that is not alertable", "tcp a b", "event e0", "overlapped o0 null", "send a 10 o=o0 r=r0 = 0 10",
           "begin sleep plain", "enter r0 0 10 o0 ! routine routine.alertable", "leave r0", "end sleep plain = 0");
    SCRIPT("inside a call", "tcp a b", "overlapped o0 null",
           "send a 10 o=o0 r=r0 = 0 10 ran r0 0 10 o0 ! routine routine.alertable");
    SCRIPT("in the wait of a blocking send", "tcp a b", "overlapped o0 null", "send a 10 o=o0 r=r0 = 0 10",
           "begin send a 20", "enter r0 0 10 o0", "send a 5 -> undefined 0 5", "leave r0",
           "end send a 20 data=2 = 0 20", "send a 5 -> 0 5", "recv b 30 = 1[0..10] 2[0..20]");
    SCRIPT("on another thread", "tcp a b", "overlapped o0 null", "send a 10 o=o0 r=r0 = 0 10", "t1: sleep -> 0",
           "t1: sleep = apc ran r0 0 10 o0 ! routine routine.thread");
    SCRIPT("each thread its own", "tcp a b", "overlapped o0 null", "overlapped o1 null",
           "t1: send a 10 o=o0 r=r0 = 0 10", "t2: send a 20 o=o1 r=r0 = 0 20", "sleep -> 0",
           "t1: sleep -> apc ran r0 0 10 o0!", "t2: sleep -> apc ran r0 0 20 o1!", "t1: sleep = apc ran r0 0 10 o0",
           "t2: exit", "t2: sleep -> apc ran r0 0 20 o1!");
    SCRIPT("calls inside", "tcp a b", "overlapped o0 null", "overlapped o1 null", "send a 10 o=o0 r=r0 = 0 10",
           "begin sleep", "enter r0 0 10 o0", "send a 5 o=o1 r=r0 = 0 5", "leave r0",
           "end sleep = apc ! routine routine.all", "sleep = 0");
    SCRIPT("and those run too", "tcp a b", "overlapped o0 null", "overlapped o1 null", "send a 10 o=o0 r=r0 = 0 10",
           "begin sleep", "enter r0 0 10 o0", "send a 5 o=o1 r=r0 = 0 5", "leave r0", "enter r0 0 5 o1", "leave r0",
           "end sleep = apc", "sleep = 0");
    SCRIPT("nested on one socket", "tcp a b", "overlapped o0 null", "overlapped o1 null", "send a 10 o=o0 r=r0 = 0 10",
           "send a 5 o=o1 r=r0 = 0 5", "begin sleep", "enter r0 0 10 o0", "sleep -> 0 | apc", "sleep = apc",
           "sleep = apc ran r0 0 5 o1 ! routine routine.nested", "leave r0", "end sleep = apc");
    SCRIPT("not on two", "tcp a b", "tcp c d", "overlapped o0 null", "overlapped o1 null", "send a 10 o=o0 r=r0 = 0 10",
           "send c 5 o=o1 r=r0 = 0 5", "begin sleep", "enter r0 0 10 o0", "sleep -> apc ran r0 0 5 o1!",
           "sleep = apc ran r0 0 5 o1", "leave r0", "end sleep = apc");
    SCRIPT("deep", "tcp a b", "begin sleep", "begin sleep", "begin sleep", "begin sleep", "begin sleep", "begin sleep",
           "begin sleep", "begin sleep", "begin sleep", "sleep = 0", "begin sleep", "end sleep = 0",
           "enter r0 0 0 none ! routine routine.overlapped", "leave r0", "end sleep = 0", "end sleep = 0",
           "overlapped o0 null", "send a 1 o=o0 r=r0 = 0 1", "leave r0", "leave r0", "sleep -> apc ran r0 0 1 o0!");
    SCRIPT("leave without enter", "tcp a b", "leave r0", "end sleep = 0");
    SCRIPT("a wait that a routine left behind", "tcp a b", "overlapped o0 null", "send a 10 o=o0 r=r0 = 0 10",
           "begin sleep", "enter r0 0 10 o0", "begin sleep", "leave r0", "end sleep = apc");
    SCRIPT("an end inside a routine", "tcp a b", "overlapped o0 null", "send a 10 o=o0 r=r0 = 0 10", "begin sleep",
           "enter r0 0 10 o0", "end sleep = 0", "leave r0", "end sleep = apc");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(sleeping), cmocka_unit_test(arguments),
                                       cmocka_unit_test(places)};
    return cmocka_run_group_tests_name("routines", tests, NULL, NULL);
}
