/* test_cases.c - hand-written cases: sets compared with the model's, cases run on the model, cases and rules listed. */
#define _POSIX_C_SOURCE 200809L
#include "support.h"

#include <stdlib.h>
#include <string.h>

/* --- expect: what is right stays silent ----------------------------------------------------------------------------
 */

static void assert_equal_sets(const char *text) {
    outcome o = expect_text(text, NULL);
    if (o.status != WSJ_OK)
        fail_msg("%d: %s\n%d:%s\n%s", o.status, text, o.error.line, o.error.message, o.out);
    assert_string_equal(o.out, "");
    assert_true(o.compared.steps > 0);
    assert_int_equal(o.compared.differences, 0);
    outcome_free(&o);
}

#define PENDING "SOCKET_ERROR WSA_IO_PENDING"

static void test_equal_sets(void **state) {
    (void)state;
    static const char *const cases[] = {
        "case \"plain\"\n a, b = tcp()\n WSASend(a, [10], &sent, 0, NULL, NULL) = 0 sent 10\n recv(b, 10) = 1[0..10]\n",
        "case \"error\"\n s = socket(AF_INET, SOCK_STREAM, 6)\n bind(s, loopback) = 0\n"
        " WSASend(s, [10], &sent, 0, NULL, NULL) = SOCKET_ERROR WSAENOTCONN\n",
        "case \"undefined\"\n a, b = tcp()\n WSASend(a, [10], &sent, 0x10000, NULL, NULL) = undefined\n",
        "table \"both ends of a range\"\n | n | part |\n | 10 | 1..9 |\n | 2 | 1..1 |\n a, b = tcp(nonblocking)\n"
        " WSASend(a, [10], &sent, 0, NULL, NULL) = 0 sent 10 or 0 sent 1..9\n",
        "case \"event\"\n a, b = tcp()\n e = WSACreateEvent()\n o = overlapped(e)\n"
        " WSASend(a, [10], &sent, 0, &o, NULL) = 0 sent 10 or " PENDING " sent untouched\n"
        " WSAWaitForMultipleEvents([e], TRUE, 0, FALSE) = WSA_WAIT_EVENT_0 or WSA_WAIT_TIMEOUT\n recv(b, 10) = "
        "1[0..10]\n"
        " WSAWaitForMultipleEvents([e], TRUE, limit, FALSE) = WSA_WAIT_EVENT_0\n"
        " WSAGetOverlappedResult(a, &o, &n, FALSE) = TRUE transferred 10\n",
        "case \"routines in any order\"\n a, b = tcp()\n o1 = overlapped(NULL)\n o2 = overlapped(NULL)\n r = "
        "routine()\n"
        " WSASend(a, [1], NULL, 0, &o1, r) = want 0 or " PENDING
        "\n WSASend(a, [2], NULL, 0, &o2, r) = want 0 or " PENDING "\n"
        " SleepEx(0, TRUE) = WAIT_IO_COMPLETION ran r(0, 2, &o2, 0) r(0, 1, &o1, 0)\n SleepEx(0, TRUE) = 0\n",
        "case \"a routine with calls of its own\"\n a, b = tcp()\n o1 = overlapped(NULL)\n o2 = overlapped(NULL)\n"
        " r2 = routine()\n routine r\n  WSASend(a, [5], NULL, 0, &o2, r2) = 0 or " PENDING "\n end\n"
        " WSASend(a, [1], NULL, 0, &o1, r) = want 0 or " PENDING "\n"
        " alertable_wait(1) = ran r(0, 1, &o1, 0) or ran r(0, 1, &o1, 0) r2(0, 5, &o2, 0)\n recv(b, 6) = 1[0..1] "
        "2[0..5]\n",
        "case \"repeat\"\n a, b = tcp()\n repeat 10\n  WSASend(a, [1], &sent, 0, NULL, NULL) = 0 sent 1\n end\n"
        " recv(b, 10) = 1[0..1] 2[0..1] 3[0..1] 4[0..1] 5[0..1] 6[0..1] 7[0..1] 8[0..1] 9[0..1] 10[0..1]\n",
        "case \"until\"\n a, b = tcp(nonblocking, narrow)\n repeat 1000 until WSAEWOULDBLOCK\n"
        "  WSASend(a, [50], &sent, 0, NULL, NULL) = 0 sent 50 or 0 sent 1..49 or SOCKET_ERROR WSAEWOULDBLOCK\n end\n"
        " WSASend(a, [1], &sent, 0, NULL, NULL) = 0 sent 1 or SOCKET_ERROR WSAEWOULDBLOCK\n",
        "case \"threads\"\n a, b = tcp()\n thread t1\n t1: WSASend(a, [2097152], &sent, 0, NULL, NULL) ...\n"
        " recv(b, 2097152) = 1[0..2097152]\n t1: ... WSASend = 0 sent 2097152\n",
        "case \"port\"\n a, b = tcp()\n p = CreateIoCompletionPort(a, 1)\n o = overlapped(NULL)\n"
        " WSASend(a, [10], NULL, 0, &o, NULL) = 0 or " PENDING "\n recv(b, 10) = 1[0..10]\n"
        " GetQueuedCompletionStatus(p, limit) = TRUE &o transferred 10\n GetQueuedCompletionStatus(p, 0) = FALSE "
        "WAIT_TIMEOUT\n",
        "case \"what is not judged goes as the author says\"\n s = socket(AF_INET, SOCK_STREAM, 6)\n"
        " connect(s, nobody) = SOCKET_ERROR WSAECONNREFUSED\n"
        " WSASend(s, [10], &sent, 0, NULL, NULL) = SOCKET_ERROR WSAENOTCONN or SOCKET_ERROR WSAEINVAL\n",
        "case \"an alertable wait for an event\"\n a, b = tcp()\n e = WSACreateEvent()\n o = overlapped(NULL)\n r = "
        "routine()\n"
        " WSASend(a, [1], NULL, 0, &o, r) = want 0 or " PENDING "\n thread t1\n"
        " t1: WSAWaitForMultipleEvents([e], TRUE, 100, TRUE) ...\n"
        " WSAWaitForMultipleEvents([e], TRUE, 0, TRUE) = WSA_WAIT_IO_COMPLETION ran r(0, 1, &o, 0)\n"
        " t1: ... WSAWaitForMultipleEvents = WSA_WAIT_TIMEOUT\n",
        "case \"a name that ends like a word\"\n a, b = tcp()\n p = CreateIoCompletionPort(a, 1)\n oran = "
        "overlapped(NULL)\n"
        " WSASend(a, [10], NULL, 0, &oran, NULL) = want 0 or " PENDING "\n"
        " GetQueuedCompletionStatus(p, limit) = TRUE &oran transferred 10\n",
        "case \"a wait that is not alertable, apart from its return\"\n a, b = tcp()\n e = WSACreateEvent()\n"
        " o = overlapped(e)\n thread t1\n t1: WSAWaitForMultipleEvents([e], TRUE, limit, FALSE) ...\n"
        " WSASend(a, [10], NULL, 0, &o, NULL) = want 0 or " PENDING "\n"
        " t1: ... WSAWaitForMultipleEvents = WSA_WAIT_EVENT_0\n",
        "case \"urgent\"\n a, b = tcp()\n WSASend(a, [1], &n, MSG_OOB, NULL, NULL) = 0 sent 1\n recv_oob(b, 1) = "
        "1[0..1]\n",
        "case \"what the model knows nothing of, apart from its return\"\n a, b = tcp()\n thread t1\n"
        " t1: h = handle(file) ...\n WSASend(a, [1], &n, 0, NULL, NULL) = 0 sent 1\n t1: ... handle\n"
        " thread t2\n t1: SleepEx(0, FALSE) ...\n t2: SleepEx(0, FALSE) ...\n t1: ... SleepEx = 0\n t2: ... SleepEx = "
        "0\n",
        "case \"nine outcomes\"\n a, b = tcp()\n e = WSACreateEvent()\n o = overlapped(e)\n"
        " WSASend(a, [10], NULL, 0, &o, NULL) = 0 or want " PENDING "\n"
        " WSAWaitForMultipleEvents([e, e, e, e, e, e, e, e, e], FALSE, 0, FALSE) = WSA_WAIT_EVENT_0 or 1 or 2 or 3 or "
        "4 "
        "or 5 or 6 or 7 or 8 or WSA_WAIT_TIMEOUT\n",
        "case \"an unknown end of a loop\"\n start uninitialised\n repeat 3 until WSAENOTSOCK\n"
        "  WSASend(INVALID_SOCKET, [1], &n, 0, NULL, NULL) = SOCKET_ERROR WSANOTINITIALISED or SOCKET_ERROR "
        "WSAENOTSOCK\n"
        " end\n a, b = tcp()\n WSASend(b, [1], &n, 0, NULL, NULL) = SOCKET_ERROR WSANOTINITIALISED or SOCKET_ERROR "
        "WSAENOTSOCK\n",
        "case \"a routine of which nobody knows what it is told\"\n a, b = tcp()\n r = routine()\n"
        " WSASend(a, [1], &n, 0, NULL, r) = 0 sent 1 or " PENDING " sent untouched or SOCKET_ERROR WSAEFAULT or "
        "SOCKET_ERROR WSAEINVAL\n SleepEx(0, TRUE)\n",
        "case \"uninitialised\"\n start uninitialised\n"
        " WSASend(7, [1], &sent, 0, NULL, NULL) = SOCKET_ERROR WSANOTINITIALISED or SOCKET_ERROR WSAENOTSOCK\n",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_equal_sets(cases[i]);
}

/* --- expect: every planted change is found --------------------------------------------------------------------------
 */

static void test_planted_changes(void **state) {
    (void)state;
    static const struct {
        const char *text, *says;
    } rows[] = {
        /* wider */
        {"case \"c\"\n a, b = tcp()\n WSASend(a, [10], &sent, 0, NULL, NULL) = 0 sent 10 or SOCKET_ERROR WSAENOBUFS\n",
         "hand.case:3: hand/c #2: hand-written only: SOCKET_ERROR WSAENOBUFS\n"},
        {"case \"c\"\n a, b = tcp(nonblocking)\n WSASend(a, [10], &sent, 0, NULL, NULL) = 0 sent 10 or 0 sent 0..9\n",
         "hand-written only: 0 sent 0..9"},
        {"case \"c\"\n a, b = tcp()\n o = overlapped(NULL)\n r = routine()\n"
         " WSASend(a, [1], NULL, 0, &o, r) = want 0 or " PENDING "\n"
         " SleepEx(0, TRUE) = WAIT_IO_COMPLETION ran r(0, 1, &o, 0) or 0\n",
         "hand.case:6: hand/c #5: hand-written only: 0\n"},
        {"case \"c\"\n a, b = tcp()\n WSASend(a, [1], &sent, 0, NULL, NULL) = 0 sent 1\n recv(b, 1) = 1[0..1] or "
         "timeout\n",
         "hand-written only: timeout"},
        {"case \"c\"\n a, b = tcp()\n WSASend(a, [1], &sent, 0x10000, NULL, NULL) = undefined or 0 sent 1\n",
         "hand-written only: 0 sent 1"},
        /* narrower */
        {"case \"c\"\n a, b = tcp(nonblocking)\n WSASend(a, [10], &sent, 0, NULL, NULL) = 0 sent 10\n",
         "hand.case:3: hand/c #2: model only: 0 sent 1..9  (sent.partial: sync.partial-nonblocking "
         "param.sent.immediate)\n"},
        {"case \"c\"\n a, b = tcp()\n o = overlapped(NULL)\n WSASend(a, [10], NULL, 0, &o, NULL) = 0\n",
         "model only: " PENDING},
        {"case \"c\"\n a, b = tcp()\n o = overlapped(NULL)\n r = routine()\n WSASend(a, [1], NULL, 0, &o, r) = 0 "
         "or " PENDING "\n"
         " SleepEx(0, TRUE) = WAIT_IO_COMPLETION ran r(0, 1, &o, 0)\n",
         "model only: 0"},
        /* other */
        {"case \"c\"\n a, b = tcp()\n shutdown(a, SD_SEND) = 0\n WSASend(a, [10], &sent, 0, NULL, NULL) = SOCKET_ERROR "
         "WSAENOTCONN\n",
         "model only: SOCKET_ERROR WSAESHUTDOWN"},
        {"case \"c\"\n a, b = tcp()\n WSASend(a, [9], &sent, 0, NULL, NULL) = want 0 sent 8 or 0 sent 9\n recv(b, 9) = "
         "1[0..9]\n",
         "no allowed history comes here"},
        {"case \"c\"\n a, b = tcp()\n routine r\n  WSASend(a, [1], &sent, 0, NULL, NULL) = 0 sent 1\n end\n",
         "no allowed history comes here"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        outcome o = expect_text(rows[i].text, NULL);
        if (o.status != WSJ_FOUND)
            fail_msg("not found: %s", rows[i].text);
        assert_contains(o.out, rows[i].says);
        assert_true(o.compared.differences > 0);
        outcome_free(&o);
    }
}

static void test_unstated(void **state) {
    (void)state;
    static const char text[] =
        "case \"c\"\n a, b = tcp()\n WSASend(a, [1], &sent, 0, NULL, NULL)\n recv(b, 1)\n SleepEx(0, TRUE) = 0\n";
    outcome o = expect_text(text, NULL);
    assert_int_equal(o.status, WSJ_OK);
    assert_string_equal(o.out, "");
    outcome_free(&o);
    const wsj_expect_options strict = {.strict = true};
    o = expect_text(text, &strict);
    assert_int_equal(o.compared.unstated, 2);
    assert_contains(o.out, "hand.case:3: hand/c #2: unstated: WSASend\n");
    assert_contains(o.out, "hand.case:4: hand/c #3: unstated: recv\n");
    outcome_free(&o);
}

/* Of many steps each is compared, the last one too. */
static void test_many_steps(void **state) {
    (void)state;
    char text[8000] = "case \"c\"\n a, b = tcp()\n";
    for (int i = 1; i <= 40; i++)
        sprintf(text + strlen(text), " WSASend(a, [%d], &sent, 0, NULL, NULL) = 0 sent %d\n", i, i < 40 ? i : 41);
    outcome o = expect_text(text, NULL);
    assert_int_equal(o.compared.steps, 40);
    assert_string_equal(o.out, "hand.case:42: hand/c #41: hand-written only: 0 sent 41\n"
                               "hand.case:42: hand/c #41: model only: 0 sent 40  (sent.blocking: ret.zero "
                               "param.sent.immediate sync.blocks-until-consumed sync.blocking-as-send)\n");
    outcome_free(&o);
}

/* Too much to follow is an error that says where, never silence. */
static void test_too_many_histories(void **state) {
    (void)state;
    const wsj_expect_options few = {.max_histories = 2};
    static const char loop[] =
        "case \"c\"\n start uninitialised\n repeat 2 until WSAENOTSOCK\n"
        "  WSASend(INVALID_SOCKET, [1], &n, 0, NULL, NULL) = SOCKET_ERROR WSANOTINITIALISED or SOCKET_ERROR "
        "WSAENOTSOCK\n end\n";
    const wsj_expect_options one = {.max_histories = 1};
    outcome behind = expect_text(loop, &few);
    assert_int_equal(behind.status, WSJ_OK); /* left after one round, or after two: what comes later is the same */
    outcome_free(&behind);
    behind = expect_text(loop, &one);
    assert_int_equal(behind.status, WSJ_INPUT);
    assert_string_equal(behind.error.message, "more histories differ behind this step than are followed: '1'");
    outcome_free(&behind);
    behind =
        expect_text("case \"c\"\n start uninitialised\n repeat 1 until WSAENOTSOCK\n"
                    "  WSASend(INVALID_SOCKET, [1], &n, 0, NULL, NULL)\n  s = socket(AF_INET, SOCK_STREAM, 6)\n end\n",
                    &one);
    assert_int_equal(behind.status, WSJ_INPUT); /* where the loop is left and where it ends differ */
    assert_int_equal(behind.error.line, 3);
    assert_int_equal(behind.error.column, 2);
    outcome_free(&behind);
    outcome o = expect_text("case \"c\"\n a, b = tcp()\n o = overlapped(NULL)\n o2 = overlapped(NULL)\n"
                            " WSASend(a, [1], NULL, 0, &o, NULL) = 0 or " PENDING "\n"
                            " WSASend(a, [1], NULL, 0, &o2, NULL) = 0 or " PENDING " or SOCKET_ERROR WSAEWOULDBLOCK\n",
                            &few);
    assert_int_equal(o.status, WSJ_INPUT);
    assert_int_equal(o.error.line, 6);
    assert_contains(o.error.message, "more histories");
    outcome_free(&o);
    o = expect_text("case \"c\"\n a, b = tcp()\n o1 = overlapped(NULL)\n o2 = overlapped(NULL)\n o3 = "
                    "overlapped(NULL)\n r = routine()\n"
                    " WSASend(a, [1], NULL, 0, &o1, r) = want 0 or " PENDING
                    "\n WSASend(a, [1], NULL, 0, &o2, r) = want 0 or " PENDING
                    "\n WSASend(a, [1], NULL, 0, &o3, r) = want 0 or " PENDING "\n SleepEx(0, TRUE) = 0\n",
                    &few);
    assert_int_equal(o.status, WSJ_INPUT);
    assert_int_equal(o.error.line, 10);
    assert_contains(o.error.message, "more ways");
    outcome_free(&o);
}

static const char *const bad_cases[] = {
    "case \"c\"\n WSASend(nobody, [1], &sent, 0, NULL, NULL) = 0 sent 1\n",
    "case \"c\"\n a, b = tcp()\n bind(a, loopback) = timeout\n",
    "case \"c\"\n a, b = tcp()\n ... WSASend = 0 sent 1\n",
    "case \"c\"\n a, b = tcp()\n enter r(0, 1, NULL, 0)\n",
    "case \"c\"\n a, b = tcp()\n getsockopt(a, SO_SNDBUF) = 0 value timeout\n",
    "case \"c\"\n a, b = tcp()\n r = routine()\n WSAWaitForMultipleEvents([a], TRUE, 0, TRUE) = 0 ran r(0)\n",
};

static void test_bad_cases(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad_cases / sizeof *bad_cases; i++) {
        wsn_file *file = NULL;
        wsn_error error;
        if (wsn_read_text(bad_cases[i], strlen(bad_cases[i]), "hand.case", "hand", &file, &error) != WSN_OK)
            continue; /* the reader found it first */
        wsn_file_free(file);
        outcome o = expect_text(bad_cases[i], NULL);
        assert_int_equal(o.status, WSJ_INPUT);
        assert_true(o.error.line >= 2);
        outcome_free(&o);
        o = play_text(bad_cases[i]);
        assert_int_equal(o.status, WSJ_INPUT);
        outcome_free(&o);
    }
}

/* --- the model as a target -------------------------------------------------------------------------------------------
 */

/* Plays a case, judges the trace: the verdict must be as given. Returns the trace, owned. */
static char *play_and_judge(const char *text, wsj_verdict verdict) {
    outcome played = play_text(text);
    if (played.status != WSJ_OK)
        fail_msg("%d:%d: %s", played.error.line, played.error.column, played.error.message);
    outcome judged = check_text(played.out, strlen(played.out), true);
    if (judged.counts.verdicts[verdict] != judged.counts.cases || judged.status == WSJ_INPUT)
        fail_msg("%s\n%s\n%s", judged.error.message, played.out, judged.out);
    outcome_free(&judged);
    return played.out;
}

static void test_play(void **state) {
    (void)state;
    char *trace = play_and_judge(
        "case \"all sorts\"\n clauses ret.zero flags.or\n requires root\n limit 2s\n start fresh\n because \"so\"\n a, "
        "b = tcp()\n"
        " WSASend(a, [10], &sent, 0, NULL, NULL) = 0 sent 10\n recv(b, 10) = 1[0..10]\n recv(b, 1) = timeout\n"
        " thread t1\n t1: WSASend(a, [5], &sent, 0, NULL, NULL) ...\n recv(b, 5)\n t1: ... WSASend = 0 sent 5\n"
        " h = handle(file)\n WSASend(h, [1], &sent, 0, NULL, NULL) = SOCKET_ERROR WSAENOTSOCK\n"
        " getsockopt(a, SO_SNDBUF)\n select(a, writable, limit) = writable\n setsockopt(a, SO_SNDBUF, 1) = 0\n"
        " ioctlsocket(a, FIONBIO, 1) = 0\n ioctlsocket(a, FIONREAD, 1)\n WSAIoctl(a, SIO_FLUSH)\n drain(b)\n "
        "CancelIo(a)\n",
        WSJ_CONFORMS);
    assert_contains(
        trace,
        "case \"hand/all sorts\"\n  clauses ret.zero flags.or\n  requires root\n  limit 2000ms\n  start fresh\n");
    assert_contains(trace, "  thread t1\n  t1: WSASend(a, [5], &sent, 0, NULL, NULL) ...\n");
    assert_contains(trace, "  t1: ... WSASend = 0 sent 5\n");
    free(trace);
}

static void test_play_wants(void **state) {
    (void)state;
    static const char text[] =
        "case \"c\"\n a, b = tcp(narrow)\n o = overlapped(NULL)\n"
        " WSASend(a, [1048576], &sent, 0, &o, NULL) = 0 sent 1048576 or %s" PENDING " sent untouched\n";
    char plain[400], wanted[400];
    snprintf(plain, sizeof plain, text, "");
    snprintf(wanted, sizeof wanted, text, "want ");
    char *trace = play_and_judge(plain, WSJ_CONFORMS);
    assert_contains(trace, "= 0 sent 1048576\n");
    free(trace);
    trace = play_and_judge(wanted, WSJ_CONFORMS);
    assert_contains(trace, "= " PENDING " sent untouched\n");
    free(trace);
}

static void test_play_marks(void **state) {
    (void)state;
    char *trace =
        play_and_judge("case \"c\"\n a, b = tcp()\n WSASend(a, [1], &sent, 0, NULL, NULL) = SOCKET_ERROR WSAEINTR\n"
                       " recv(b, 1) = 1[0..1]\n",
                       WSJ_INCONCLUSIVE);
    assert_contains(trace, "= 0 sent 1 unforeseen\nend\n"); /* what comes after says nothing */
    free(trace);
    trace = play_and_judge(
        "case \"c\"\n a, b = tcp()\n WSASend(a, [1], &sent, 0, NULL, NULL) = 0 sent 1 or want SOCKET_ERROR WSAEINTR\n"
        " recv(b, 1) = 1[0..1]\n",
        WSJ_INCONCLUSIVE);
    assert_contains(trace, "= 0 sent 1 unwanted\nend\n");
    free(trace);
}

static void test_play_routines(void **state) {
    (void)state;
    char *trace = play_and_judge(
        "case \"c\"\n a, b = tcp()\n o1 = overlapped(NULL)\n o2 = overlapped(NULL)\n r2 = routine()\n routine r\n"
        "  WSASend(a, [5], NULL, 0, &o2, r2) = 0 or " PENDING "\n end\n"
        " WSASend(a, [1], NULL, 0, &o1, r) = 0 or " PENDING
        "\n alertable_wait(2) = ran r(0, 1, &o1, 0) r2(0, 5, &o2, 0)\n"
        " SleepEx(0, TRUE) = 0\n recv(b, 6) = 1[0..1] 2[0..5]\n",
        WSJ_CONFORMS);
    assert_contains(trace, "  r = routine()\n");
    assert_contains(
        trace, "  alertable_wait(2) ...\n  enter r(0, 1, &o1, 0)\n  WSASend(a, [5], NULL, 0, &o2, r2) = 0\n  leave r\n"
               "  enter r2(0, 5, &o2, 0)\n  leave r2\n  ... alertable_wait\n  SleepEx(0, TRUE) = 0\n");
    free(trace);
    /* On another thread; and one that a pending operation calls although nobody can be sure of it. */
    trace = play_and_judge(
        "case \"c\"\n a, b = tcp(narrow)\n o = overlapped(NULL)\n r = routine()\n thread t1\n"
        " t1: WSASend(a, [1048576], NULL, 0, &o, r) = 0 or want " PENDING "\n t1: SleepEx(limit, TRUE) ...\n"
        " recv(b, 1048576) = 1[0..1048576]\n t1: ... SleepEx = WAIT_IO_COMPLETION ran r(0, 1048576, &o, 0)\n",
        WSJ_CONFORMS);
    assert_contains(trace, "  t1: enter r(0, 1048576, &o, 0)\n  t1: leave r\n  t1: ... SleepEx = WAIT_IO_COMPLETION\n");
    free(trace);
}

static void test_play_loops(void **state) {
    (void)state;
    char *trace = play_and_judge(
        "case \"c\"\n a, b = tcp(nonblocking, narrow)\n repeat 1000 until WSAEWOULDBLOCK\n"
        "  WSASend(a, [65536], &sent, 0, NULL, NULL) = 0 sent 65536 or 0 sent 1..65535 or SOCKET_ERROR WSAEWOULDBLOCK\n"
        " end\n shutdown(a, SD_SEND) = 0\n recv(b, 67108864)\n",
        WSJ_CONFORMS);
    assert_in_range(count_of(trace, "WSASend"), 3, 100); /* a transport that is full at some time */
    assert_int_equal(count_of(trace, "WSAEWOULDBLOCK"), 1);
    assert_contains(trace, " eof\n");
    free(trace);
    trace = play_and_judge("case \"c\"\n a, b = tcp()\n repeat 5\n  repeat 2 until WSAENOTCONN\n   WSASend(a, [1], "
                           "&sent, 0, NULL, NULL) = 0 sent 1\n"
                           "  end\n end\n recv(b, 10)\n",
                           WSJ_CONFORMS);
    assert_int_equal(count_of(trace, "WSASend"), 10);
    free(trace);
}

/* Alertable waits for events, on two threads at once; a wait that nothing ends but what may come. */
static void test_play_waits(void **state) {
    (void)state;
    char *trace = play_and_judge(
        "case \"c\"\n a, b = tcp(narrow)\n e = WSACreateEvent()\n o = overlapped(NULL)\n r = routine()\n thread t1\n"
        " WSASend(a, [1048576], NULL, 0, &o, r) = 0 or want " PENDING "\n"
        " t1: WSAWaitForMultipleEvents([e], TRUE, 100, TRUE) ...\n"
        " WSAWaitForMultipleEvents([e], TRUE, 0, TRUE) = WSA_WAIT_TIMEOUT or "
        "WSA_WAIT_IO_COMPLETION ran r(0, 1048576, &o, 0)\n"
        " t1: ... WSAWaitForMultipleEvents = WSA_WAIT_TIMEOUT\n alertable_wait(1) = want ran r(0, 1048576, &o, 0) or "
        "timeout\n",
        WSJ_CONFORMS);
    assert_contains(trace, "  alertable_wait(1) ...\n  enter r(0, 1048576, &o, 0)\n");
    free(trace);
    trace = play_and_judge("case \"c\"\n a, b = tcp()\n o = overlapped(NULL)\n p = CreateIoCompletionPort(a, 1)\n"
                           " shutdown(a, 9)\n shutdown(a, 9) = SOCKET_ERROR WSAEINVAL\n select(a, readable, 0) = want "
                           "timeout or readable\n"
                           " thread t1\n t1: closesocket(b) ...\n t1: ... closesocket = 0\n ",
                           WSJ_CONFORMS);
    free(trace);
}

/* Words of the head that a trace must carry on, whatever stands in them. */
static void test_play_heads(void **state) {
    (void)state;
    char *trace = play_and_judge("case \"a\\\"b\\\\\" requires root netns inject clauses ret.zero\n a, b = tcp()\n",
                                 WSJ_CONFORMS);
    assert_contains(trace, "case \"hand/a\\\"b\\\\\"\n  clauses ret.zero\n  requires root netns inject\n");
    free(trace);
}

/* The calls of a routine's body are made on the thread that waits, however deep. */
static void test_play_nested(void **state) {
    (void)state;
    char *trace = play_and_judge(
        "case \"c\"\n a, b = tcp()\n c, d = tcp()\n o1 = overlapped(NULL)\n o2 = overlapped(NULL)\n r2 = routine()\n"
        " routine r\n  WSASend(c, [5], NULL, 0, &o2, r2) = 0 or " PENDING "\n"
        "  SleepEx(0, TRUE) = WAIT_IO_COMPLETION ran r2(0, 5, &o2, 0) or 0\n end\n thread t1\n"
        " t1: WSASend(a, [1], NULL, 0, &o1, r) = 0 or " PENDING "\n t1: SleepEx(limit, TRUE)\n",
        WSJ_CONFORMS);
    assert_contains(trace, "  t1: SleepEx(limit, TRUE) ...\n  t1: enter r(0, 1, &o1, 0)\n"
                           "  t1: WSASend(c, [5], NULL, 0, &o2, r2) = 0\n  t1: SleepEx(0, TRUE) ...\n"
                           "  t1: enter r2(0, 5, &o2, 0)\n  t1: leave r2\n  t1: ... SleepEx = WAIT_IO_COMPLETION\n"
                           "  t1: leave r\n  t1: ... SleepEx = WAIT_IO_COMPLETION\n");
    free(trace);
}

/* One of two operations is certain to end, and nobody knows which first: the wait ends only when one has run. */
static void test_play_one_of_two(void **state) {
    (void)state;
    char *trace = play_and_judge(
        "case \"c\"\n a, b = tcp()\n c, d = tcp()\n o1 = overlapped(NULL)\n o2 = overlapped(NULL)\n r = routine()\n"
        " WSASend(a, [10], NULL, 0, &o1, r) = 0 or want " PENDING "\n"
        " WSASend(c, [20], NULL, 0, &o2, r) = 0 or want " PENDING "\n recv(b, 10) = 1[0..10]\n alertable_wait(1)\n",
        WSJ_CONFORMS);
    assert_contains(trace, "  alertable_wait(1) ...\n  enter r(0, 10, &o1, 0)\n  leave r\n  ... alertable_wait\n");
    free(trace);
}

/* A loop waits for what never comes; for what a call says that is not judged; for what is no set's preferred word. */
static void test_play_loop_ends(void **state) {
    (void)state;
    char *trace = play_and_judge("case \"c\"\n a, b = tcp()\n repeat 20 until WSAEINTR\n"
                                 "  WSASend(a, [1], &n, 0, NULL, NULL) = 0 sent 1\n end\n",
                                 WSJ_CONFORMS);
    assert_int_equal(count_of(trace, "WSASend(a, [1], &n, 0, NULL, NULL) = 0 sent 1\n"), 20);
    free(trace);
    trace = play_and_judge("case \"c\"\n s = socket(AF_INET, SOCK_STREAM, 6)\n repeat 20 until WSAECONNREFUSED\n"
                           "  bind(s, loopback) = 0\n  connect(s, nobody) = SOCKET_ERROR WSAECONNREFUSED\n end\n",
                           WSJ_CONFORMS);
    assert_in_range(count_of(trace, "connect"), 2, 19);
    assert_int_equal(count_of(trace, "connect"), count_of(trace, "bind"));
    free(trace);
}

/* What the model knows nothing of, apart from its return; a wait for what is no event; nothing said of what is
 * undefined; more runs than one page of them. */
static void test_play_odds(void **state) {
    (void)state;
    char *trace = play_and_judge("case \"c\"\n a, b = tcp()\n h = handle(file) ...\n ... handle\n"
                                 " WSAWaitForMultipleEvents([a], TRUE, 0, TRUE)\n WSACloseEvent(h)\n"
                                 " WSAWaitForMultipleEvents([a], TRUE, 0, TRUE) ...\n ... WSAWaitForMultipleEvents\n",
                                 WSJ_CONFORMS);
    assert_contains(trace, "  h = handle(file) ...\n  ... handle\n"
                           "  WSAWaitForMultipleEvents([a], TRUE, 0, TRUE) = WSA_WAIT_FAILED WSA_INVALID_HANDLE\n");
    assert_contains(trace, "  ... WSAWaitForMultipleEvents = WSA_WAIT_FAILED WSA_INVALID_HANDLE\n");
    free(trace);
    trace = play_and_judge("case \"c\"\n alertable_wait(1) ...\n ... alertable_wait = timeout\n", WSJ_CONFORMS);
    assert_contains(trace, "  alertable_wait(1) ...\n  ... alertable_wait = timeout\n");
    free(trace);
    char many[1000] = "case \"c\"\n a, b = tcp(narrow)\n e = WSACreateEvent()\n o = overlapped(e)\n"
                      " WSASend(a, [1048576], NULL, 0, &o, NULL) = 0 or want " PENDING "\n WSAWaitForMultipleEvents([e";
    for (int i = 1; i < 100; i++)
        strcat(many, ", e");
    strcat(many, "], FALSE, 0, TRUE)\n"); /* more events than a set has room for */
    trace = play_and_judge(many, WSJ_CONFORMS);
    assert_contains(trace, "], FALSE, 0, TRUE) = WSA_WAIT_");
    free(trace);
    trace = play_and_judge("case \"c\"\n a, b = tcp()\n WSASend(a, [1], &n, 0x10, NULL, NULL)\n", WSJ_UNDEFINED);
    assert_contains(trace, "  WSASend(a, [1], &n, 0x10, NULL, NULL) = 0 sent 1\n");
    free(trace);
    trace = play_and_judge("case \"c\"\n a, b = tcp()\n repeat 60\n  WSASend(a, [1], &n, 0, NULL, NULL) = 0 sent 1\n"
                           " end\n repeat 70\n  WSASend(a, [2], &n, 0, NULL, NULL) = 0 sent 2\n end\n recv(b, 200)\n",
                           WSJ_CONFORMS);
    assert_contains(trace, "128[0..2] 129[0..2] 130[0..2]\n"); /* 60 + 140 bytes: nothing is forgotten */
    free(trace);
    trace =
        play_and_judge("case \"c\"\n a, b = tcp()\n r = routine()\n WSASend(a, [1], &n, 0, NULL, r) = want 0 sent 1 or "
                       "SOCKET_ERROR WSAEFAULT or SOCKET_ERROR WSAEINVAL or " PENDING "\n SleepEx(0, TRUE)\n",
                       WSJ_CONFORMS); /* a routine may run, but nobody knows with which arguments */
    assert_contains(trace, "  SleepEx(0, TRUE) = 0\n");
    free(trace);
    trace = play_and_judge(
        "case \"c\"\n a, b = tcp()\n thread t1\n thread t2\n t1: SleepEx(0, FALSE) ...\n"
        " t2: WSASend(a, [1], &n, 0, NULL, NULL) ...\n t1: ... SleepEx = 0\n t2: ... WSASend = 0 sent 1\n"
        " WSASend(a, [1], &n, MSG_OOB, NULL, NULL)\n recv_oob(b, 1)\n",
        WSJ_CONFORMS);
    assert_contains(trace, "  recv_oob(b, 1) = 2[0..1]\n");
    free(trace);
    /* Packets of what was cancelled; which code they carry the document does not say. */
    trace = play_and_judge("case \"c\"\n a, b = tcp(narrow)\n p = CreateIoCompletionPort(a, 1)\n o = overlapped(NULL)\n"
                           " repeat 12 until FALSE\n  WSASend(a, [100000], NULL, 0, &o, NULL) = 0 or want " PENDING
                           " or SOCKET_ERROR WSAEWOULDBLOCK\n  WSAIoctl(a, SIO_FLUSH)\n"
                           "  GetQueuedCompletionStatus(p, limit)\n end\n",
                           WSJ_CONFORMS);
    assert_contains(trace, " = TRUE &o transferred 100000\n");
    assert_int_equal(count_of(trace, " = FALSE ERROR_NETNAME_DELETED &o transferred 100000\n"), 1);
    free(trace);
}

/* printf as C has it: numbers with and without a sign, variables, a call that left its variable alone. */
static void test_play_printf(void **state) {
    (void)state;
    char *trace = play_and_judge(
        "case \"c\"\n a, b = tcp()\n o = overlapped(NULL)\n printf(\"%u\\n\", &n) = \"2779096485\\n\"\n"
        " WSASend(a, [10], &n, 0, NULL, NULL) = 0 sent 10\n"
        " printf(\"100%% %d of %u, %d\\n\", &n, 4294967295, 4294967295) = \"100% 10 of 4294967295, -1\\n\"\n"
        " WSASend(a, [7], &n, 0, &o, NULL) = 0 sent 7 or want " PENDING " sent untouched\n"
        " printf(\"%u\", &n) = \"2779096485\"\n WSAGetOverlappedResult(a, &o, &m, TRUE) = TRUE transferred 7\n"
        " printf(\"%d %u\", &n, &m)\n",
        WSJ_CONFORMS);
    assert_contains(trace, "= \"2779096485\\n\"\n");
    assert_contains(trace, "= \"100% 10 of 4294967295, -1\\n\"\n");
    assert_contains(trace, "= \"-1515870811 7\"\n");
    free(trace);
    char text[8000] = "case \"c\"\n a, b = tcp()\n";
    for (int i = 0; i < 100; i++)
        sprintf(text + strlen(text), " WSASend(a, [%d], &n%d, 0, NULL, NULL)\n", i + 1, i);
    strcat(text, " printf(\"%u %u\", &n0, &n99) = \"1 100\"\n");
    trace = play_and_judge(text, WSJ_CONFORMS);
    assert_contains(trace, "= \"1 100\"\n");
    free(trace);
    trace =
        play_and_judge("case \"c\"\n printf(\"%u\", 5) = \"6\"\n", WSJ_UNSUPPORTED); /* not what the author foresaw */
    assert_contains(trace, "= \"5\" unforeseen\n");
    free(trace);
}

/* What interrupts a blocking send: a hook at once, the first time; a user APC if there is time. */
static void test_play_interrupted(void **state) {
    (void)state;
    static const char hook[] =
        "case \"c\"\n start uninitialised\n WSAStartup(0x0101) = 0\n a, b = tcp()\n routine h\n"
        "  WSASend(b, [5], &n, 0, NULL, NULL) = SOCKET_ERROR WSAEINPROGRESS\n  bind(a, loopback) = %s\n end\n"
        " WSASetBlockingHook(h)\n WSASend(a, [5], &n, 0, NULL, NULL) = 0 sent 5\n"
        " WSASend(a, [6], &n, 0, NULL, NULL) = 0 sent 6\n recv(b, 11)\n";
    char text[900];
    snprintf(text, sizeof text, hook, "SOCKET_ERROR WSAEINVAL");
    char *trace = play_and_judge(text, WSJ_CONFORMS);
    assert_contains(trace, "  WSASend(a, [5], &n, 0, NULL, NULL) ...\n  enter h(0, 0, NULL, 0)\n"
                           "  WSASend(b, [5], &n, 0, NULL, NULL) = SOCKET_ERROR WSAEINPROGRESS\n"
                           "  bind(a, loopback) = SOCKET_ERROR WSAEINVAL\n  leave h\n  ... WSASend = 0 sent 5\n"
                           "  WSASend(a, [6], &n, 0, NULL, NULL) = 0 sent 6\n  recv(b, 11) = 1[0..5] 3[0..6]\n");
    free(trace);
    assert_equal_sets(text);
    snprintf(text, sizeof text, hook, "timeout");
    outcome o = play_text(text);
    assert_int_equal(o.status, WSJ_INPUT);
    assert_int_equal(o.error.line, 7);
    outcome_free(&o);
    static const char deep[] = /* a hook in a send in a routine in a wait, on a thread of its own */
        "case \"c\"\n start uninitialised\n WSAStartup(0x0101) = 0\n a, b = tcp()\n c, d = tcp()\n o = "
        "overlapped(NULL)\n h = routine()\n"
        " routine r\n  WSASend(c, [5], &n, 0, NULL, NULL)\n end\n thread t1\n t1: WSASetBlockingHook(h)\n"
        " t1: WSASend(a, [1], NULL, 0, &o, r)\n t1: SleepEx(limit, TRUE)\n";
    trace = play_and_judge(deep, WSJ_CONFORMS);
    assert_contains(
        trace,
        "  t1: enter r(0, 1, &o, 0)\n  t1: WSASend(c, [5], &n, 0, NULL, NULL) ...\n  t1: enter h(0, 0, NULL, 0)\n"
        "  t1: leave h\n  t1: ... WSASend = 0 sent 5\n  t1: leave r\n");
    free(trace);
    static const char apc[] =
        "case \"c\"\n a, b = tcp()\n c, d = tcp()\n thread t1\n routine r\n  WSASend(c, [5], &n, 0, NULL, NULL)%s\n "
        "end\n"
        " QueueUserAPC(r, t1)\n t1: WSASend(a, [2097152], &n, 0, NULL, NULL) ...\n recv(b, 2097152) = 1[0..2097152]\n"
        " t1: ... WSASend%s\n";
    snprintf(text, sizeof text, apc, "", "");
    trace = play_and_judge(text, WSJ_UNDEFINED); /* a blocking call in the APC of a blocking call */
    assert_contains(trace,
                    "  t1: enter r(0, 0, NULL, 0)\n  t1: WSASend(c, [5], &n, 0, NULL, NULL) = 0 sent 5\n  t1: leave r\n"
                    "  t1: ... WSASend = 0 sent 2097152\n");
    free(trace);
    snprintf(text, sizeof text, apc, " = undefined", " = undefined or 0 sent 2097152");
    assert_equal_sets(text);
    static const char quiet[] = "case \"c\"\n a, b = tcp()\n r = routine()\n QueueUserAPC(r, main)\n WSASend(a, [5], "
                                "&n, 0, NULL, NULL) = 0 sent 5\n"
                                " SleepEx(0, TRUE) = WAIT_IO_COMPLETION ran r(0, 0, NULL, 0) or 0\n";
    trace = play_and_judge(quiet, WSJ_CONFORMS);
    assert_contains(trace, "  WSASend(a, [5], &n, 0, NULL, NULL) = 0 sent 5\n  SleepEx(0, TRUE) ...\n");
    free(trace);
    assert_equal_sets(quiet);
}

/* Whatever the model allows, the judge accepts; the same seed gives the same trace. */
static void test_play_any(void **state) {
    (void)state;
    static const char text[] =
        "case \"c\"\n a, b = tcp(narrow)\n c, d = tcp(nonblocking)\n e = WSACreateEvent()\n o1 = overlapped(e)\n o2 = "
        "overlapped(NULL)\n"
        " o3 = overlapped(NULL)\n o4 = overlapped(NULL)\n r = routine()\n p = CreateIoCompletionPort(c, 1)\n"
        " WSASend(a, [100000], NULL, 0, &o1, NULL)\n WSASend(a, [1000], NULL, 0, &o2, r)\n WSASend(a, [1000], NULL, 0, "
        "&o3, r)\n"
        " WSASend(c, [1000], NULL, 0, &o4, NULL)\n CancelIoEx(a, &o2)\n WSASend(c, [500], &n, 0, NULL, NULL) = 0 sent "
        "500\n"
        " thread t1\n t1: WSAWaitForMultipleEvents([e], TRUE, 10, FALSE) ...\n t1: ... WSAWaitForMultipleEvents\n"
        " recv(b, 101000)\n SleepEx(0, TRUE)\n alertable_wait(1)\n WSAWaitForMultipleEvents([e], TRUE, 0, TRUE)\n"
        " WSAGetOverlappedResult(a, &o1, &n, FALSE)\n GetQueuedCompletionStatus(p, 0)\n";
    wsn_file *file = parse(text);
    char *first = NULL;
    int different = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        for (int again = 0; again < 2; again++) {
            char *out = NULL;
            size_t size = 0;
            wsn_error error;
            FILE *stream = open_memstream(&out, &size);
            fputs(TRACE, stream);
            assert_int_equal(wsj_play(file->cases[0], seed, stream, &error), WSJ_OK);
            fclose(stream);
            assert_lacks(out, "unforeseen");
            outcome judged = check_text(out, size, true);
            if (judged.counts.verdicts[WSJ_CONFORMS] != 1)
                fail_msg("%s\n%s", out, judged.out);
            outcome_free(&judged);
            if (!first)
                first = strdup(out);
            different += strcmp(out, first) != 0;
            assert_true(seed > 1 || strcmp(out, first) == 0);
            free(out);
        }
    }
    assert_true(different > 300);
    free(first);
    wsn_file_free(file);
}

/* Second descriptors, and what a fault leaves behind. */
static void test_play_others(void **state) {
    (void)state;
    static const char copies[] =
        "case \"c\"\n a, b = tcp()\n d = WSADuplicateSocket(a)\n closesocket(a) = 0\n"
        " WSASend(d, [5], &n, 0, NULL, NULL) = 0 sent 5\n WSASend(a, [5], &n, 0, NULL, NULL) = "
        "SOCKET_ERROR WSAENOTSOCK\n closesocket(d) = 0\n recv(b, 9) = 1[0..5] eof\n";
    free(play_and_judge(copies, WSJ_CONFORMS));
    assert_equal_sets(copies);
    char *trace = play_and_judge(
        "case \"c\" requires netns\n a, b = tcp()\n fault(link_down)\n WSASend(a, [5], &n, 0, NULL, NULL)\n"
        " fault(heal) = ok\n",
        WSJ_CONFORMS);
    assert_contains(trace, "  fault(link_down) = ok\n");
    assert_contains(trace, "  fault(heal) = ok\n");
    free(trace);
}

/* What is wrong with a case is said where it stands, also inside a routine and in a wait that is not judged. */
static void test_play_bad_cases(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
        int line, column;
    } rows[] = {
        {"case \"c\"\n a, b = tcp()\n o = overlapped(NULL)\n routine r\n  bind(a, loopback) = timeout\n end\n"
         " WSASend(a, [1], NULL, 0, &o, r)\n SleepEx(0, TRUE)\n",
         "no outcome of this call: timeout", 5, 3},
        {"case \"c\"\n a, b = tcp()\n r = routine()\n"
         " WSAWaitForMultipleEvents([a], TRUE, 0, TRUE) = WSA_WAIT_IO_COMPLETION ran r(0)\n",
         "a routine's run is written", 4, 2},
        {"case \"c\"\n ... SleepEx = 0\n", "this thread is not in such a call: 'SleepEx'", 2, 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        outcome o = play_text(rows[i].text);
        assert_int_equal(o.status, WSJ_INPUT);
        assert_contains(o.error.message, rows[i].message);
        assert_int_equal(o.error.line, rows[i].line);
        assert_int_equal(o.error.column, rows[i].column);
        assert_string_equal(o.error.file, "hand.case");
        outcome_free(&o);
    }
    /* No reader gives a case with an enter to anybody, but a case can be made by other means. */
    wsn_statement enter = {.kind = WSN_ENTER, .name = "r", .line = 3, .column = 4};
    const wsn_case made = {.id = "made", .file = "made.case", .statements = &enter, .n_statements = 1};
    wsn_case *cases[] = {(wsn_case *)(uintptr_t)&made};
    const wsn_file file = {.cases = cases, .n_cases = 1};
    const wsj_expect_options options = {0};
    wsj_expect_counts counts = {0};
    wsn_error error = {0};
    char *out = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&out, &size);
    assert_int_equal(wsj_play(&made, 0, stream, &error), WSJ_INPUT);
    assert_string_equal(error.message, "a case has no enter and leave");
    error.line = 0;
    assert_int_equal(wsj_expect(&file, &options, stream, &counts, &error), WSJ_INPUT);
    assert_int_equal(error.line, 3);
    assert_int_equal(error.column, 4);
    fclose(stream);
    free(out);
}

static void test_too_many_calls(void **state) {
    (void)state;
    char text[4000] = "case \"c\"\n e = WSACreateEvent()\n";
    for (int i = 0; i < 17; i++)
        sprintf(text + strlen(text), " thread t%d\n t%d: SleepEx(0, FALSE) ...\n", i, i);
    outcome o = expect_text(text, NULL);
    assert_int_equal(o.status, WSJ_INPUT);
    assert_contains(o.error.message, "too many calls");
    outcome_free(&o);
    strcpy(text, "case \"c\"\n e = WSACreateEvent()\n thread t\n t: WSAWaitForMultipleEvents([e");
    for (int i = 0; i < 64; i++)
        strcat(text, ", e");
    strcat(text, "], TRUE, 0, FALSE) ...\n");
    o = play_text(text);
    assert_int_equal(o.status, WSJ_INPUT);
    assert_contains(o.error.message, "64 events");
    outcome_free(&o);
}

static void test_play_undefined(void **state) {
    (void)state;
    free(play_and_judge("case \"c\"\n a, b = tcp()\n WSASend(a, [10], &sent, 0x10000, NULL, NULL) = undefined\n",
                        WSJ_UNDEFINED));
    free(play_and_judge("case \"c\"\n start uninitialised\n WSASend(7, [1], &sent, 0, NULL, NULL)\n", WSJ_CONFORMS));
    free(play_and_judge(
        "case \"c \\\"q\\\" \\\\ \"\n a, b = udp()\n p = CreateIoCompletionPort(a, 1)\n o = overlapped(NULL)\n"
        " WSASend(a, [9], NULL, 0, &o, NULL)\n GetQueuedCompletionStatus(p, limit)\n GetQueuedCompletionStatus(p, 0)\n"
        " recv(b, 9)\n WSASend(a, [0], &n, 0, NULL, NULL)\n recv(b, 9) = empty\n",
        WSJ_CONFORMS));
}

/* --- lists
 * ------------------------------------------------------------------------------------------------------------ */

static char *list_text(const char *text) {
    char *out = NULL;
    size_t size = 0;
    wsn_file *file = parse(text);
    FILE *stream = open_memstream(&out, &size);
    assert_int_equal(wsj_list(file, stream), WSJ_OK);
    fclose(stream);
    wsn_file_free(file);
    assert_json_lines(out);
    return out;
}

static void test_list(void **state) {
    (void)state;
    char *out =
        list_text("case \"a\"\n clauses ret.zero\n requires root netns\n limit 2s\n a, b = tcp()\n"
                  " WSASend(a, [10], &sent, 0, NULL, NULL) = 0 sent 10 or want SOCKET_ERROR WSAENOBUFS\n"
                  "table \"t\"\n | n |\n | 1 |\n | 2 |\n a, b = udp()\n WSASend(a, [$n], &sent, 0, NULL, NULL)\n");
    assert_contains(
        out, "{\"id\": \"hand/a\", \"file\": \"hand.case\", \"line\": 1, \"clauses\": [\"ret.zero\"], "
             "\"requires\": [\"root\", \"netns\"], \"limit_ms\": 2000, \"steps\": [{\"n\": 1, \"line\": 5, \"call\": "
             "\"a, b = tcp()\", \"allowed\": []}, {\"n\": 2, \"line\": 6, \"call\": "
             "\"WSASend(a, [10], &sent, 0, NULL, NULL)\", \"allowed\": [\"0 sent 10\", "
             "\"want SOCKET_ERROR WSAENOBUFS\"]}]}");
    assert_contains(out, "\"id\": \"hand/t[1]\"");
    assert_contains(out, "\"id\": \"hand/t[2]\"");
    assert_int_equal(count_of(out, "\n"), 3);
    free(out);
}

/* A case's steps have the numbers that they have in its trace. */
static void test_step_numbers(void **state) {
    (void)state;
    char *out = list_text(
        "case \"a\"\n a, b = tcp()\n thread t1\n t1: SleepEx(0, TRUE) ...\n repeat 9\n"
        "  WSASend(a, [10], &sent, 0, NULL, NULL)\n end\n t1: ... SleepEx = 0\n ... SleepEx = 0\n closesocket(a)\n");
    assert_contains(out, "{\"n\": 2, \"line\": 4, \"call\": \"t1: SleepEx(0, TRUE) ...\"");
    assert_contains(out, "{\"n\": 3, \"line\": 6");
    assert_contains(out, "{\"n\": 2, \"line\": 8");
    assert_contains(out, "{\"n\": 3, \"line\": 9"); /* a return without a call: beside the last step */
    assert_contains(out, "{\"n\": 4, \"line\": 10");
    free(out);
    /* Of two calls of a thread, and of two threads, each return finds its own. */
    out = list_text("case \"a\"\n a, b = tcp()\n thread t1\n thread t2\n t1: SleepEx(0, TRUE) ...\n"
                    " t2: SleepEx(0, TRUE) ...\n t2: WSASend(a, [1], &n, 0, NULL, NULL) ...\n t2: ... SleepEx = 0\n"
                    " t1: ... SleepEx = 0\n t2: ... WSASend = 0 sent 1\n");
    assert_contains(out, "{\"n\": 3, \"line\": 8");
    assert_contains(out, "{\"n\": 2, \"line\": 9");
    assert_contains(out, "{\"n\": 4, \"line\": 10");
    free(out);
    /* More calls under way than are followed: beside the last step. */
    char text[2000] = "case \"a\"\n e = WSACreateEvent()\n";
    for (int i = 0; i < 17; i++)
        sprintf(text + strlen(text), " thread t%d\n t%d: SleepEx(0, FALSE) ...\n", i, i);
    strcat(text, " t16: ... SleepEx = 0\n t15: ... SleepEx = 0\n");
    out = list_text(text);
    assert_contains(out, "{\"n\": 18, \"line\": 36, \"call\": \"t16: SleepEx(0, FALSE) ...\"");
    assert_contains(out, "{\"n\": 18, \"line\": 37");
    assert_contains(out, "{\"n\": 17, \"line\": 38");
    free(out);
}

static void test_rules(void **state) {
    (void)state;
    char *out = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&out, &size);
    assert_int_equal(wsj_rules(stream), WSJ_OK);
    fclose(stream);
    assert_json(out, size);
    assert_contains(
        out, "{\"rule\": \"notconn\", \"kind\": \"error\", \"code\": \"WSAENOTCONN\", \"clauses\": [\"err.notconn\"], "
             "\"text\": \"");
    free(out);
}

static void test_full_disk(void **state) {
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    wsj_expect_counts counts = {0};
    const wsj_expect_options options = {.strict = true};
    wsn_error error;
    wsn_file *file = parse("case \"c\"\n a, b = tcp()\n WSASend(a, [1], &sent, 0, NULL, NULL)\n");
    assert_non_null(full);
    setvbuf(full, NULL, _IONBF, 0);
    assert_int_equal(wsj_rules(full), WSJ_OUTPUT);
    assert_int_equal(wsj_list(file, full), WSJ_OUTPUT);
    assert_int_equal(wsj_expect(file, &options, full, &counts, &error), WSJ_OUTPUT);
    wsn_file *bad = parse("case \"c\"\n a, b = tcp()\n WSASend(a, [1], &n, 0, NULL, NULL)\n"
                          "case \"d\"\n ... SleepEx = 0\n");
    assert_int_equal(wsj_expect(bad, &options, full, &counts, &error), WSJ_INPUT); /* that is said first */
    assert_int_equal(error.line, 5);
    wsn_file_free(bad);
    assert_int_equal(wsj_play(file->cases[0], 0, full, &error), WSJ_OUTPUT);
    assert_false(wsj_bench_trace(full, 10));
    wsn_file_free(file);
    fclose(full);
    full = fopen("/dev/full", "w"); /* where all is written, and then cannot be kept */
    assert_non_null(full);
    static char room[1 << 20];
    setvbuf(full, room, _IOFBF, sizeof room);
    assert_int_equal(wsj_rules(full), WSJ_OUTPUT);
    fclose(full);
}

static void test_bench_trace(void **state) {
    (void)state;
    char *out = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&out, &size);
    assert_true(wsj_bench_trace(stream, 3000));
    fclose(stream);
    outcome o = check_text(out, size, true);
    assert_int_equal(o.status, WSJ_OK);
    assert_int_equal(o.counts.verdicts[WSJ_CONFORMS], o.counts.cases);
    assert_in_range(o.counts.calls, 3000, 3100);
    outcome_free(&o);
    free(out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_sets),       cmocka_unit_test(test_planted_changes),
        cmocka_unit_test(test_unstated),         cmocka_unit_test(test_too_many_histories),
        cmocka_unit_test(test_bad_cases),        cmocka_unit_test(test_play),
        cmocka_unit_test(test_play_wants),       cmocka_unit_test(test_play_marks),
        cmocka_unit_test(test_play_routines),    cmocka_unit_test(test_play_loops),
        cmocka_unit_test(test_play_undefined),   cmocka_unit_test(test_play_waits),
        cmocka_unit_test(test_too_many_calls),   cmocka_unit_test(test_list),
        cmocka_unit_test(test_step_numbers),     cmocka_unit_test(test_rules),
        cmocka_unit_test(test_full_disk),        cmocka_unit_test(test_bench_trace),
        cmocka_unit_test(test_play_heads),       cmocka_unit_test(test_play_nested),
        cmocka_unit_test(test_play_one_of_two),  cmocka_unit_test(test_play_loop_ends),
        cmocka_unit_test(test_play_odds),        cmocka_unit_test(test_play_bad_cases),
        cmocka_unit_test(test_play_any),         cmocka_unit_test(test_play_printf),
        cmocka_unit_test(test_play_interrupted), cmocka_unit_test(test_play_others),
        cmocka_unit_test(test_many_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
