/* test_model.c - the library around the rules: table, limits, copies, switches, faults, guesses, long traces. */
#include "script.h"
#include "wsconform_spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const wsc_observed zero = {.ret = WSC_RET_0, .op = WSC_NONE};

static wsc_status tell(wsc_model *m, const char *line, uint32_t data, const wsc_observed *seen, wsc_verdict *v) {
    wsc_call call;
    assert_true(script_call(line, data, &call));
    return wsc_observe(m, &call, seen, v);
}

static void say(wsc_model *m, const char *line) {
    wsc_verdict v;
    assert_int_equal(tell(m, line, 0, &zero, &v), WSC_OK);
    assert_true(v.ok);
}

static wsc_model *scene(const wsc_limits *limits) {
    wsc_model *m = wsc_model_new(limits);
    assert_non_null(m);
    say(m, "startup");
    say(m, "tcp a b");
    return m;
}

/* --- the table ------------------------------------------------------------------------------------------------------
 */

static bool known_clause(const char *id, size_t length) {
    static const char *const ids[] = {
#define X(name, id, kind) id,
        WSC_CLAUSES(X)
#undef X
    };
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (strlen(ids[i]) == length && strncmp(ids[i], id, length) == 0)
            return true;
    return false;
}

static void table(void **state) {
    (void)state;
    assert_null(wsc_rule(-1));
    assert_null(wsc_rule(wsc_rule_count()));
    assert_int_equal(wsc_rule_find("no such rule"), WSC_NONE);
    for (int i = 0; i < wsc_rule_count(); i++) {
        const wsc_rule_info *r = wsc_rule(i);
        assert_int_equal(wsc_rule_find(r->name), i); /* names are unique */
        assert_true(strlen(r->text) > 10);
        assert_true(r->kind != WSC_RULE_ERROR || r->code != 0);
        const char *p = r->clauses;
        assert_true(*p != 0);
        while (*p) {
            size_t n = strcspn(p, " ");
            if (!known_clause(p, n))
                fail_msg("rule %s: no clause %.*s", r->name, (int)n, p);
            p += n + (p[n] == ' ');
        }
    }
}

static bool is_error_clause(const char *id) {
    return strncmp(id, "err.", 4) == 0;
}

static void every_error_has_a_rule(void **state) {
    static const char *const ids[] = {
#define X(name, id, kind) id,
        WSC_CLAUSES(X)
#undef X
    };
    int n = 0;
    (void)state;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        bool found = false;
        if (!is_error_clause(ids[i]))
            continue;
        n++;
        for (int r = 0; r < wsc_rule_count() && !found; r++) { /* the first clause of a rule is what it is about */
            const char *c = wsc_rule(r)->clauses;
            found = strncmp(c, ids[i], strlen(ids[i])) == 0 && strchr(" ", c[strlen(ids[i])]);
        }
        if (!found)
            fail_msg("no rule for %s", ids[i]);
    }
    assert_int_equal(n, 32);
}

/* --- limits ----------------------------------------------------------------------------------------------------------
 */

static void limits(void **state) {
    static const char *const beyond[] = {"tcp a z",           "tcp z a",         "tcp none a",
                                         "tcp a none",        "socket z stream", "socket none stream",
                                         "accept a z",        "accept a none",   "overlapped o9 null",
                                         "overlapped x null", "event e9",        "event x",
                                         "port p9 a",         "port x a",        "send a 1 o=o9",
                                         "result a o9",       "enter r0 0 0 o9", "t9: sleep",
                                         "t2: sleep"};
    wsc_limits small = {3, 2, 2, 2, 2, 4},
               more = {.sockets = 26, .operations = 10, .events = 10, .ports = 10, .threads = 10};
    wsc_model *m = scene(&small);
    wsc_verdict v;
    wsc_set set;
    wsc_ran far_run = {.op = 9};
    wsc_observed far_packet = {.ret = WSC_RET_TRUE, .op = 9},
                 far_ran = {.ret = WSC_RET_IO_COMPLETION, .op = WSC_NONE, .ran = &far_run, .n_ran = 1};
    wsc_call call;
    (void)state;
    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++) {
        assert_true(script_call(beyond[i], 1, &call));
        assert_int_equal(wsc_observe(m, &call, &zero, &v), WSC_RANGE);
        assert_int_equal(wsc_allowed(m, &call, &set), WSC_RANGE);
        assert_int_equal(wsc_begin(m, &call), WSC_RANGE);
        assert_int_equal(wsc_end(m, &call, &zero, &v), WSC_RANGE);
    }
    assert_int_equal(tell(m, "take p0", 1, &far_packet, &v), WSC_RANGE);
    assert_int_equal(tell(m, "sleep", 1, &far_ran, &v), WSC_RANGE);
    assert_true(script_call("sleep", 1, &call));
    assert_int_equal(wsc_end(m, &call, &far_ran, &v), WSC_RANGE);
    call.thread = -1;
    assert_int_equal(wsc_observe(m, &call, &zero, &v), WSC_RANGE);
    say(m, "send a 5");
    assert_int_equal(wsc_model_grow(m, &more), WSC_OK);
    assert_false(wsc_model_is_full(m, 0));
    assert_false(wsc_model_is_full(m, WSC_NONE));
    assert_int_equal(wsc_model_grow(m, NULL), WSC_OK);
    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++)
        if (!strstr(beyond[i], "none") && !strstr(beyond[i], "x"))
            assert_int_equal(tell(m, beyond[i], 1, &zero, &v), WSC_OK);
    wsc_model_free(m);
    wsc_model_free(NULL);
    wsc_limits absurd = {.sockets = UINT32_MAX, .segments = UINT32_MAX};
    assert_null(wsc_model_new(&absurd));
}

/* --- copies ----------------------------------------------------------------------------------------------------------
 */

static void copies(void **state) {
    wsc_limits few = {.segments = 2, .sockets = 2};
    wsc_model *a = scene(NULL), *b = wsc_model_new(&few), *c;
    (void)state;
    say(a, "event e0");
    say(a, "overlapped o0 e0");
    say(a, "port p0 a");
    say(a, "t1: sleep");
    wsc_verdict v;
    for (uint32_t i = 1; i <= 5; i++)
        tell(a, "send a 10", i, &zero, &v);
    assert_false(wsc_model_equal(a, b));
    assert_int_equal(wsc_model_copy(b, a), WSC_OK);
    assert_int_equal(wsc_model_copy(b, b), WSC_OK);
    assert_true(wsc_model_equal(a, b));
    assert_true(wsc_model_equal(a, a));
    assert_true(wsc_model_hash(a) == wsc_model_hash(b));
    /* Every step makes them differ, and the same step on the other side makes them equal again. */
    static const char *const steps[] = {"startup",   "socket c stream", "event e1",    "overlapped o1 null",
                                        "t2: sleep", "shutdown a send", "setevent e0", "close b",
                                        "fault",     "send a 10",       "drain b",     "t1: exit"};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        wsc_model *pair[2] = {a, b};
        for (int k = 0; k < 2; k++) {
            if (strcmp(steps[i], "fault") == 0)
                wsc_fault(pair[k], WSC_NONE, wsc_rule_find("netdown"), WSC_MAYBE);
            else
                tell(pair[k], steps[i], 6, &zero, &v);
            assert_int_equal(wsc_model_equal(a, b), k == 1);
        }
        assert_true(wsc_model_hash(a) == wsc_model_hash(b));
    }
    c = wsc_model_clone(a);
    assert_non_null(c);
    assert_true(wsc_model_equal(a, c));
    wsc_model_enable(c, 3, false);
    assert_false(wsc_model_equal(a, c));
    wsc_model_enable(c, 3, true);
    assert_true(wsc_model_equal(a, c));
    wsc_model_set_profile(c, (wsc_profile)1);
    assert_false(wsc_model_equal(a, c));
    wsc_model_reset(c);
    wsc_model_reset(a);
    wsc_model_set_profile(c, WSC_PROFILE_DOCUMENTED);
    assert_true(wsc_model_equal(a, c));
    wsc_model_free(a);
    wsc_model_free(b);
    wsc_model_free(c);
}

static void ring_positions(void **state) { /* where in the ring the segments lie does not matter */
    wsc_model *a = scene(NULL), *b;
    wsc_verdict v;
    wsc_call begin;
    (void)state;
    for (uint32_t i = 1; i <= 100; i++) {
        wsc_run run = {i, 0, 10};
        wsc_observed got = {.ret = WSC_RET_DATA, .op = WSC_NONE, .data = &run, .n_data = 1};
        tell(a, "send a 10", i, &zero, &v);
        tell(a, "recv b 10", i, &got, &v);
        assert_true(v.ok);
    }
    tell(a, "send a 10", 101, &zero, &v);
    b = wsc_model_clone(a);
    assert_true(wsc_model_equal(a, b) && wsc_model_hash(a) == wsc_model_hash(b));
    tell(a, "send a 10", 102, &zero, &v);
    tell(b, "send a 11", 102, &zero, &v);
    assert_false(wsc_model_equal(a, b));
    wsc_model_copy(b, a);
    assert_true(script_call("sleep", 0, &begin));
    wsc_begin(a, &begin);
    assert_false(wsc_model_equal(a, b));
    begin.u.sleep.alertable = false;
    wsc_begin(b, &begin);
    assert_false(wsc_model_equal(a, b)); /* an alertable wait and another */
    wsc_model_free(a);
    wsc_model_free(b);
}

/* --- switches
 * --------------------------------------------------------------------------------------------------------- */

static size_t outcomes(const wsc_model *m, const char *line) {
    wsc_call call;
    wsc_set set;
    assert_true(script_call(line, 1, &call));
    assert_int_equal(wsc_allowed(m, &call, &set), WSC_OK);
    return set.n_outcomes;
}

static bool may_block(const wsc_model *m, const char *line) {
    wsc_call call;
    wsc_set set;
    assert_true(script_call(line, 1, &call));
    wsc_allowed(m, &call, &set);
    return set.may_block;
}

static void blocking(void **state) {
    wsc_model *m = scene(NULL);
    wsc_verdict v;
    wsc_observed pending = {.ret = WSC_RET_SOCKET_ERROR, .error = 997, .op = WSC_NONE};
    (void)state;
    say(m, "overlapped o0 null");
    assert_false(may_block(m, "send none 10"));
    assert_false(may_block(m, "send a 0"));
    assert_false(may_block(m, "send a 1")); /* the transport is empty */
    assert_true(may_block(m, "send a 2"));
    assert_false(may_block(m, "send a 2 o=o0"));
    assert_false(may_block(m, "send a 2 sent=null"));
    assert_false(may_block(m, "result a o0 wait"));
    tell(m, "send a 10 o=o0", 1, &pending, &v);
    assert_true(may_block(m, "send a 1"));
    assert_true(may_block(m, "result a o0 wait"));
    assert_false(may_block(m, "result a o0"));
    tell(m, "drain b", 1, &zero, &v);
    assert_false(may_block(m, "result a o0 wait"));
    tell(m, "nonblocking a on", 1, &zero, &v);
    assert_false(may_block(m, "send a 2"));
    wsc_model_free(m);
}

static void switches(void **state) {
    wsc_model *m = scene(NULL);
    wsc_verdict v;
    wsc_run run = {1, 5, 10};
    wsc_observed got = {.ret = WSC_RET_DATA, .op = WSC_NONE, .data = &run, .n_data = 1};
    (void)state;
    wsc_model_enable(m, -1, false);
    wsc_model_enable(m, wsc_rule_count(), false);
    say(m, "shutdown a send");
    assert_int_equal(outcomes(m, "send a 10"), 1);
    wsc_model_enable(m, wsc_rule_find("shutdown.sd-send"), false);
    assert_int_equal(tell(m, "send a 10", 1, &zero, &v), WSC_OK);
    assert_true(v.ok); /* the rule is out: the send is fine */
    wsc_model_enable(m, wsc_rule_find("sent.blocking"), false);
    assert_int_equal(outcomes(m, "send a 10"), 0);
    tell(m, "send a 10", 2, &zero, &v);
    assert_false(v.ok);
    assert_int_equal(v.findings[0].rule, WSC_NONE);
    wsc_model_enable(m, wsc_rule_find("data.gap"), false);
    tell(m, "recv b 5", 1, &got, &v);
    assert_true(v.ok);
    say(m, "overlapped o0 null");
    wsc_model_enable(m, wsc_rule_find("complete.success"), false);
    wsc_model_enable(m, wsc_rule_find("take.nothing"), false);
    wsc_model_enable(m, wsc_rule_find("sent.blocking"), true);
    say(m, "send a 10 o=o0 r=r0");
    assert_int_equal(outcomes(m, "sleep"), 1);
    assert_int_equal(outcomes(m, "take p0"), 0);
    wsc_model_free(m);
}

/* One rule at a time is wrong, in one way; copies are as wrong as their origin. */
static void twists(void **state) {
    wsc_model *m = scene(NULL), *c;
    wsc_set set;
    wsc_call ten = {.kind = WSC_SEND,
                    .u.send = {.socket = 0,
                               .sent_at = WSC_AT_PLAIN,
                               .overlapped_at = WSC_AT_NULL,
                               .routine_at = WSC_AT_NULL,
                               .op = WSC_NONE,
                               .data = 1}};
    int shut = wsc_rule_find("shutdown.sd-send"), sent = wsc_rule_find("sent.blocking");
    (void)state;
    wsc_buffers_begin(&ten.u.send.buffers, WSC_AT_PLAIN, 1, 1);
    wsc_buffers_add(&ten.u.send.buffers, 1, 10, 10, WSC_AT_PLAIN);
    assert_int_equal(wsc_model_twist(m, -1, WSC_TWIST_DROP), WSC_RANGE);
    assert_int_equal(wsc_model_twist(m, wsc_rule_count(), WSC_TWIST_DROP), WSC_RANGE);
    assert_int_equal(wsc_model_twist(m, shut, WSC_TWIST_COUNT), WSC_RANGE);
    assert_int_equal(wsc_model_twist(m, shut, WSC_TWIST_WIDE), WSC_OK);
    assert_int_equal(outcomes(m, "send a 10"), 2);
    assert_int_equal(wsc_model_twist(m, sent, WSC_TWIST_AMOUNT), WSC_OK);
    wsc_allowed(m, &ten, &set);
    assert_int_equal(set.outcomes[0].low, 11);
    assert_int_equal(wsc_model_twist(m, sent, WSC_TWIST_CODE), WSC_OK);
    wsc_allowed(m, &ten, &set);
    assert_int_equal(set.outcomes[0].error, 0); /* success has no code that could be another */
    say(m, "shutdown a send");
    assert_int_equal(wsc_model_twist(m, shut, WSC_TWIST_CODE), WSC_OK);
    wsc_allowed(m, &ten, &set);
    assert_int_equal(set.outcomes[0].error, 10059);
    assert_int_equal(wsc_model_twist(m, shut, WSC_TWIST_DOUBT), WSC_OK);
    assert_int_equal(outcomes(m, "send a 10"), 2);
    c = wsc_model_clone(m);
    assert_true(wsc_model_equal(c, m));
    assert_int_equal(wsc_model_twist(c, shut, WSC_TWIST_SURE), WSC_OK);
    assert_false(wsc_model_equal(c, m));
    assert_int_equal(outcomes(c, "send a 10"), 1);
    assert_int_equal(wsc_model_twist(m, shut, WSC_TWIST_DROP), WSC_OK);
    assert_false(wsc_model_is_enabled(m, shut));
    wsc_allowed(m, &ten, &set);
    assert_int_equal(set.outcomes[0].ret, WSC_RET_0);
    assert_int_equal(wsc_model_twist(m, sent, WSC_TWIST_NONE), WSC_OK); /* that one is back */
    assert_true(wsc_model_is_enabled(m, shut));
    assert_false(wsc_model_is_enabled(m, -1));
    assert_false(wsc_model_is_enabled(m, wsc_rule_count()));
    wsc_model_free(c);
    wsc_model_free(m);
}

static void faults(void **state) {
    wsc_model *m = scene(NULL);
    (void)state;
    assert_int_equal(wsc_fault(m, 0, -1, WSC_YES), WSC_RANGE);
    assert_int_equal(wsc_fault(m, 0, wsc_rule_find("pending"), WSC_YES), WSC_RANGE);
    assert_int_equal(wsc_fault(m, 9, 0, WSC_YES), WSC_RANGE);
    assert_int_equal(wsc_fault(m, WSC_UNKNOWN, 0, WSC_YES), WSC_RANGE);
    for (int i = 0; wsc_rule(i)->kind == WSC_RULE_ERROR; i++) { /* each of them can be switched on and off */
        assert_int_equal(wsc_fault(m, 0, i, WSC_YES), WSC_OK);
        assert_int_equal(outcomes(m, "send a 10"), 1);
        assert_int_equal(wsc_fault(m, 0, i, WSC_MAYBE), WSC_OK);
        assert_int_equal(outcomes(m, "send a 10"), 2);
        wsc_model_enable(m, i, false);
        assert_int_equal(outcomes(m, "send a 10"), 1);
        wsc_model_enable(m, i, true);
        assert_int_equal(wsc_fault(m, 0, i, WSC_NO), WSC_OK);
        assert_int_equal(outcomes(m, "send a 10"), 1);
    }
    wsc_model_free(m);
}

static void many_findings(void **state) {
    wsc_model *m = scene(NULL);
    wsc_verdict v;
    wsc_run runs[20];
    wsc_observed got = {.ret = WSC_RET_DATA, .op = WSC_NONE, .data = runs, .n_data = 20};
    (void)state;
    for (size_t i = 0; i < 20; i++)
        runs[i] = (wsc_run){0, 0, 1};
    tell(m, "recv b 20", 0, &got, &v);
    assert_false(v.ok);
    assert_int_equal(v.n_findings, WSC_MAX_FINDINGS);
    assert_int_equal(v.findings[0].data.high, 1);
    wsc_model_free(m);
}

static void buffers(void **state) {
    wsc_buffers b;
    (void)state;
    wsc_buffers_begin(&b, WSC_AT_PLAIN, UINT64_C(1) << 40, 5);
    assert_int_equal(b.mapped, UINT32_MAX);
    wsc_buffers_add(&b, 3, 10, 10, WSC_AT_PLAIN);
    wsc_buffers_add(&b, 100, 10, 10, WSC_AT_PLAIN);
    wsc_buffers_add(&b, 1, 10, 10, WSC_AT_WILD); /* the sixth element does not count */
    assert_true(b.added == 5 && b.total == 50 && !b.bad && !b.odd);
    wsc_buffers_begin(&b, WSC_AT_WILD, 7, 7);
    assert_int_equal(b.mapped, 0);
}

/* --- guesses for the model target
 * ------------------------------------------------------------------------------------- */

static void guesses(void **state) {
    static const char *const before[] = {"tcp a b -> unjudged 10093",    "socket a stream -> unjudged 10093",
                                         "cleanup -> unjudged 10093",    "bind a -> unjudged 10093",
                                         "startup -> unjudged 0",        "recv a 1 -> unjudged data",
                                         "enter r0 -> unjudged nothing", NULL};
    (void)state;
    script_run_with("before startup", NULL, before);
    SCRIPT("sockets", "tcp a b -> unjudged nothing", "socket a stream -> unjudged nothing", "bind a -> unjudged 10038",
           "socket a stream", "bind a -> unjudged 0", "listen a -> unjudged 0", "accept a b -> unjudged nothing",
           "accept z b -> unjudged 10038", "shutdown a send -> unjudged 10057", "connect a nobody -> unjudged 10061",
           "connect z nobody -> unjudged 10038", "socket l stream", "listen l", "listen z", "bind z",
           "nonblocking z on", "connect z l = 0", "accept z c", "shutdown z send", "close z", "getopt z maxmsg = 0 5",
           "connect a l -> unjudged 0", "nonblocking a on -> unjudged 0", "nonblocking a on",
           "connect a l -> unjudged 10035", "close a -> unjudged 0", "abort a -> unjudged 0", "close a",
           "close a -> unjudged 10038", "socket u dgram", "connect u nobody -> unjudged 0",
           "shutdown u send -> unjudged 0", "getopt u maxmsg -> unjudged 0 65507", "getopt u other -> unjudged 0",
           "setopt u rcvbuf 5 -> unjudged 0", "getopt z maxmsg -> unjudged 10038", "socket v dgram v6",
           "getopt v maxmsg -> unjudged 0 65527", "getopt v maxmsg = 0 5", "getopt v maxmsg -> unjudged 0 5",
           "cancel u io -> unjudged 0", "cleanup -> unjudged 0", "setevent e0 -> unjudged 0", "exit -> unjudged 0");
    SCRIPT("select", "tcp a b", "udp c d", "socket s stream", "select z r -> unjudged 10038",
           "select a r -> unjudged timeout", "select a w -> unjudged ready", "select a x -> unjudged timeout",
           "select s w -> unjudged timeout", "select c w -> unjudged ready", "send b 1 = 0 1",
           "select a r -> unjudged ready", "recv a 1 = 1[0..1]", "shutdown b send", "select a r -> unjudged ready",
           "send a 1 flags=1 = 0 1", "select b x -> unjudged ready", "select b r -> unjudged ready", "tcp e f",
           "shutdown e recv", "select e r -> unjudged ready", "tcp g h", "shutdown g both",
           "select g r -> unjudged ready", "select h r -> unjudged ready", "tcp i j", "close j",
           "select i r -> unjudged ready", "nonblocking s on", "connect s nobody = 10035",
           "select s x -> unjudged ready", "select s w -> unjudged ready", "close c", "select c w -> unjudged 10038",
           "select a r = timeout", "select z r = ready", "drain d");
}

static void expect(const wsc_model *m, int socket, uint64_t bytes, bool urgent, const char *should) {
    wsc_run runs[4];
    wsc_ending end;
    char text[256] = "";
    static const char *const ends[] = {"", "eof", "timeout", "error"};
    size_t n = wsc_expected_data(m, socket, bytes, urgent, runs, 4, &end), used = 0;
    for (size_t i = 0; i < n; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%u[%u..%u] ", runs[i].data, (unsigned)runs[i].low,
                                 (unsigned)runs[i].high);
    snprintf(text + used, sizeof text - used, "%s", ends[end]);
    assert_string_equal(text, should);
}

static void expected_data(void **state) {
    wsc_model *m = scene(NULL);
    wsc_verdict v;
    (void)state;
    expect(m, 9, 1, false, "error");
    expect(m, 1, 5, false, "timeout");
    expect(m, 1, 5, true, "timeout");
    tell(m, "send a 10", 1, &zero, &v);
    tell(m, "send a 0", 2, &zero, &v);
    tell(m, "send a 10", 3, &zero, &v);
    expect(m, 1, 4, false, "1[0..4] ");
    expect(m, 1, 15, false, "1[0..10] 3[0..5] ");
    expect(m, 1, 20, false, "1[0..10] 3[0..10] ");
    expect(m, 1, 30, false, "1[0..10] 3[0..10] timeout");
    tell(m, "send a 3 flags=1", 4, &zero, &v);
    expect(m, 1, 30, false, "1[0..10] 3[0..10] 4[0..2] timeout");
    expect(m, 1, 1, true, "4[2..3] ");
    say(m, "shutdown a send");
    expect(m, 1, 30, false, "1[0..10] 3[0..10] 4[0..2] eof");
    say(m, "abort b");
    expect(m, 1, 30, false, "error");
    expect(m, 0, 1, false, "error");
    say(m, "tcp c d");
    say(m, "close c");
    expect(m, 3, 1, false, "eof");
    wsc_observed reset = {.ret = WSC_RET_DATA, .error = 10054, .end = WSC_END_ERROR, .op = WSC_NONE};
    tell(m, "recv d 1", 0, &reset, &v);
    expect(m, 3, 1, false, "error");
    say(m, "udp e f");
    expect(m, 5, 10, false, "timeout");
    tell(m, "send e 10", 5, &zero, &v);
    tell(m, "send e 20", 6, &zero, &v);
    expect(m, 5, 100, false, "5[0..10] ");
    expect(m, 5, 4, false, "5[0..4] ");
    say(m, "tcp g h");
    say(m, "shutdown g both");
    expect(m, 7, 1, false, "eof");
    wsc_run none;
    wsc_ending end;
    assert_int_equal(wsc_expected_data(m, 5, 10, false, &none, 0, &end), 0);
    wsc_model_free(m);
}

/* --- limits of sets
 * ------------------------------------------------------------------------------------------------------ */

static void long_sets(void **state) {
    wsc_limits limits = {.operations = 100, .segments = 256};
    wsc_model *m = scene(&limits);
    wsc_verdict v;
    wsc_call call;
    wsc_set set;
    wsc_observed pending = {.ret = WSC_RET_SOCKET_ERROR, .error = 997, .op = WSC_NONE};
    (void)state;
    for (uint32_t i = 0; i < 100; i++) {
        char line[64];
        snprintf(line, sizeof line, "send a 10 o=o%u r=r0", (unsigned)(99 - i));
        assert_int_equal(tell(m, line, i + 1, i % 2 ? &zero : &pending, &v), WSC_OK);
        assert_true(v.ok);
    }
    assert_true(script_call("sleep limit", 0, &call));
    wsc_allowed(m, &call, &set);
    assert_true(set.truncated && set.n_runs == WSC_MAX_RUNS);
    wsc_ran ran[100];
    for (int i = 0; i < 100; i++)
        ran[i] = (wsc_ran){.transferred = 10, .op = i};
    wsc_observed all = {.ret = WSC_RET_IO_COMPLETION, .op = WSC_NONE, .ran = ran, .n_ran = 100};
    wsc_observe(m, &call, &all, &v);
    assert_true(v.ok);
    wsc_model_free(m);
}

static void long_traces(void **state) { /* state does not grow; what nobody read is forgotten without harm */
    wsc_model *m = scene(NULL);
    wsc_verdict v;
    wsc_call plain, with_event, wait, reset, receive;
    wsc_observed event = {.ret = WSC_RET_EVENT_0, .op = WSC_NONE},
                 timeout = {.ret = WSC_RET_DATA, .end = WSC_END_TIMEOUT, .op = WSC_NONE};
    (void)state;
    say(m, "event e0");
    say(m, "overlapped o0 e0");
    script_call("send a 10", 1, &plain);
    script_call("send a 10 o=o0", 1, &with_event);
    script_call("wait e0 limit", 1, &wait);
    script_call("resetevent e0", 1, &reset);
    for (uint32_t i = 1; i < 50000; i++) {
        plain.u.send.data = 2 * i;
        with_event.u.send.data = 2 * i + 1;
        wsc_observe(m, &plain, &zero, &v);
        assert_true(v.ok);
        wsc_observe(m, &with_event, &zero, &v);
        assert_true(v.ok && !v.undefined);
        wsc_observe(m, &wait, &event, &v);
        assert_true(v.ok);
        wsc_observe(m, &reset, &zero, &v);
    }
    script_call("recv b 10", 1, &receive);
    wsc_observe(m, &receive, &timeout, &v);
    assert_false(v.ok); /* the last ones are remembered, and had to come */
    wsc_model_free(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table),          cmocka_unit_test(every_error_has_a_rule),
        cmocka_unit_test(limits),         cmocka_unit_test(copies),
        cmocka_unit_test(ring_positions), cmocka_unit_test(blocking),
        cmocka_unit_test(switches),       cmocka_unit_test(twists),
        cmocka_unit_test(faults),         cmocka_unit_test(many_findings),
        cmocka_unit_test(buffers),        cmocka_unit_test(guesses),
        cmocka_unit_test(expected_data),  cmocka_unit_test(long_sets),
        cmocka_unit_test(long_traces),
    };
    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
