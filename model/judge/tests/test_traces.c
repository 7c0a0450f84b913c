/*
 * test_traces.c - the verdicts of the traces in traces/, right ones and wrong ones.
 *
 * A trace's first lines say what must come of it:
 *
 *     # verdict: deviates
 *     # signature: ...          the exact text ("" if empty)
 *     # reason: ...             the exact text
 *     # deviating: id id        all of these are named
 *     # conditions: id id       exactly these, in this order
 *     # injected: id id         the same of injected failures
 *     # practice: id id         the facts that speak against steps, in the order of the steps
 *     # profile: windows        instead of documented
 *     # held: id id             those of the first step that has any
 *     # wrong_steps: 2          so many steps are not ok
 *     # seconds: 0.000900
 *     # error: ...              the trace is damaged: what the message holds; without this line it is not
 */
#define _POSIX_C_SOURCE 200809L
#include "support.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

/* The value of a comment line at the top of a trace, without the line's end; NULL if there is none. Owned. */
static char *comment(const char *text, const char *key) {
    char begin[40];
    snprintf(begin, sizeof begin, "# %s:", key);
    for (const char *line = text; strncmp(line, "# ", 2) == 0; line += strcspn(line, "\n") + 1)
        if (strncmp(line, begin, strlen(begin)) == 0) {
            const char *value = line + strlen(begin);
            value += *value == ' ';
            return strndup(value, strcspn(value, "\n"));
        }
    return NULL;
}

/* "key": "value", the value escaped as JSON wants it */
static void assert_text(const char *out, const char *key, const char *value) {
    char line[2000];
    size_t n = (size_t)snprintf(line, sizeof line, "\"%s\": \"", key);
    for (; *value && n + 4 < sizeof line; value++) {
        if (*value == '"' || *value == '\\')
            line[n++] = '\\';
        line[n++] = *value;
    }
    strcpy(line + n, "\"");
    assert_contains(out, line);
}

/* The list behind "key", as it is printed; owned. */
static char *list_of(const char *out, const char *key) {
    char begin[40];
    snprintf(begin, sizeof begin, "\"%s\": [", key);
    const char *at = strstr(out, begin);
    assert_non_null(at);
    at += strlen(begin);
    return strndup(at, strcspn(at, "]"));
}

static void assert_list(const char *out, const char *key, char *ids, bool exactly) {
    char *list = list_of(out, key), *rest = ids;
    char joined[2000] = "";
    for (char *id; (id = strtok_r(rest, " ", &rest));) {
        size_t n = strlen(joined);
        snprintf(joined + n, sizeof joined - n, "%s\"%s\"", n ? ", " : "", id);
        char quoted[100];
        snprintf(quoted, sizeof quoted, "\"%s\"", id);
        assert_contains(list, quoted);
    }
    if (exactly)
        assert_string_equal(list, joined);
    free(list);
}

/* The lists of all steps together. */
static void assert_practice(const char *out, const char *ids) {
    static const char key[] = "\"practice\": [";
    char all[1000] = "";
    for (const char *at = strstr(out, key); at; at = strstr(at, key)) {
        at += strlen(key);
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%.*s", *all ? " " : "", (int)strcspn(at, "]"), at);
    }
    char plain[1000];
    size_t n = 0;
    for (const char *p = all; *p; p++)
        if (*p != '"' && *p != ',')
            plain[n++] = *p;
    plain[n] = 0;
    assert_string_equal(plain, ids);
}

static void check_trace(const char *name) {
    static const char *const keys[] = {"verdict", "signature", "reason"};
    char path[500];
    size_t size = 0;
    snprintf(path, sizeof path, "%s/%s", TRACES, name);
    print_message("             %s\n", name);
    char *text = read_file(path, &size), *want;
    char *named = comment(text, "profile");
    const char *profile = named ? named : "documented";
    outcome o = check_text_as(text, size, true, profile);
    assert_json_lines(o.out);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if ((want = comment(text, keys[i]))) {
            assert_text(o.out, keys[i], want);
            free(want);
        }
    if ((want = comment(text, "deviating")))
        assert_list(o.out, "deviating", want, false);
    free(want);
    if ((want = comment(text, "conditions")))
        assert_list(o.out, "conditions", want, true);
    free(want);
    if ((want = comment(text, "injected")))
        assert_list(o.out, "injected", want, true);
    free(want);
    if ((want = comment(text, "practice")))
        assert_practice(o.out, want);
    free(want);
    if ((want = comment(text, "held")))
        assert_list(o.out, "held", want, true);
    free(want);
    if ((want = comment(text, "wrong_steps")))
        assert_int_equal(count_of(o.out, "\"ok\": false"), atoi(want));
    free(want);
    if ((want = comment(text, "seconds")))
        assert_contains(o.out, want);
    free(want);
    want = comment(text, "error");
    if (want) {
        assert_int_equal(o.status, WSJ_INPUT);
        assert_contains(o.error.message, want);
    } else {
        bool bad = o.counts.verdicts[WSJ_DEVIATES] + o.counts.verdicts[WSJ_CRASH] + o.counts.verdicts[WSJ_HANG] > 0;
        assert_int_equal(o.status, bad ? WSJ_FOUND : WSJ_OK);
    }
    free(want);
    assert_true(strncmp(name, wsj_verdict_name(WSJ_CONFORMS), 8) != 0 || o.counts.verdicts[WSJ_CONFORMS] > 0);
    outcome summary = check_text_as(text, size, false, profile); /* the other way to print: the same judgement */
    assert_int_equal(summary.status, o.status);
    assert_memory_equal(&summary.counts, &o.counts, sizeof o.counts);
    outcome_free(&summary);
    outcome_free(&o);
    free(named);
    free(text);
}

static void test_every_trace(void **state) {
    (void)state;
    DIR *folder = opendir(TRACES);
    assert_non_null(folder);
    int seen[WSJ_VERDICT_COUNT] = {0}, count = 0;
    for (const struct dirent *entry; (entry = readdir(folder));) {
        size_t length = strlen(entry->d_name);
        if (length < 6 || strcmp(entry->d_name + length - 6, ".trace") != 0)
            continue;
        check_trace(entry->d_name);
        count++;
        for (int v = 0; v < WSJ_VERDICT_COUNT; v++)
            seen[v] +=
                strncmp(entry->d_name, wsj_verdict_name((wsj_verdict)v), strlen(wsj_verdict_name((wsj_verdict)v))) == 0;
    }
    closedir(folder);
    assert_true(count >= 50);
    for (int v = 0; v < WSJ_VERDICT_COUNT; v++)
        assert_true(seen[v] > 0); /* every word of a verdict is spoken */
}

/* --- what is no observation -------------------------------------------------------------------------------------- */

static void test_input_errors(void **state) {
    (void)state;
    static const struct {
        const char *line, *message; /* the third line of a case */
    } rows[] = {
        {"WSASend(a, [10], &sent, 0, NULL, NULL)", "nothing is said of what this call returned"},
        {"SleepEx(0, TRUE)", "nothing is said"},
        {"WSASend(a, [10], &sent, 0, NULL, NULL) = timeout", "where 0 or SOCKET_ERROR was expected"},
        {"WSASend(a, [10], &sent, 0, NULL, NULL) = SOCKET_ERROR", "where an error code was expected"},
        {"WSASend(a, [10], &sent, 0, NULL, NULL) = SOCKET_ERROR 5000000000", "an error code of 32 bits"},
        {"WSASend(a, [10], &sent, 0, NULL, NULL) = 0 sent eof", "a number of bytes"},
        {"WSASend(a, [10], &sent, 0, NULL, NULL) = 0 sent 10 sent 10", "the end of the line"},
        {"WSASend(a, [10], &sent, 0, NULL, NULL) = 0 sent 10 event readable", "set or unset"},
        {"WSASend(a, [10], &sent, 0, NULL, NULL) = 0 sent 10 changed sent",
         "lpBuffers, data, lpOverlapped, lpNumberOfBytesSent or guard"},
        {"WSASend(a, [10], &sent, 0, NULL, NULL) = undefined", "nothing that can be seen"},
        {"WSASend(a, [10], &sent, 0, NULL, NULL) = crash", "the exception code"},
        {"WSASend(nowhere, [10], &sent, 0, NULL, NULL) = 0 sent 10", "'nowhere'"},
        {"WSASend(a, [10], &sent, 0, &o, NULL) = 0 sent 10", "'o'"},
        {"WSASend(a, [10], &sent, 0, NULL, r) = 0 sent 10", "'r'"},
        {"WSAGetOverlappedResult(a, NULL, &n, FALSE) = 0", "TRUE or FALSE"},
        {"GetQueuedCompletionStatus(a, 0) = FALSE WAIT_TIMEOUT", "completion port"},
        {"select(a, readable, 0) = readable writable", "the end of the line"},
        {"select(a, readable, 0) = eof", "readable, writable, except or timeout"},
        {"getsockopt(a, SO_MAX_MSG_SIZE) = 0 value set", "a number of bytes"},
        {"recv(b, 10) = 1[0..10] 5", "the end of the line"},
        {"recv(b, 10) = x\"00\" foreign eof", "a number of bytes"},
        {"alertable_wait(1) = ran", "the routines that ran"},
        {"alertable_wait(1) = ran q(0, 1, &o, 0)", "'q'"},
        {"enter q(0, 1, NULL, 0)", "'q'"},
        {"leave q", "'q'"},
        {"... SleepEx = 0", "not in such a call"},
        {"t1: ... WSASend = 0 sent 10", ""},
        {"SleepEx(0, TRUE) = want 0", ""},
        {"printf(\"x\") = 5", "where what was printed, in double quotes, was expected"},
        {"printf(\"x\") = unwanted", "where what was printed, in double quotes, was expected"},
        {"WSASend(a, [10], &sent, 0, NULL, NULL) = 0 sent", "the end where a number of bytes was expected"},
        {"SleepEx(0, TRUE) = WAIT_IO_COMPLETION ran a(0, 1, NULL, 0)", "'a' is no routine"},
        {"enter a(0, 1, NULL, 0)", "expected the name of a routine"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[600];
        int n = snprintf(text, sizeof text, TRACE "case \"c/1\"\n  a, b = tcp()\n  %s\nend\n", rows[i].line);
        outcome o = check_text(text, (size_t)n, true);
        if (o.status != WSJ_INPUT)
            fail_msg("accepted: %s\n%s", rows[i].line, o.out);
        assert_contains(o.error.message, rows[i].message);
        assert_int_equal(o.error.line, 5);
        assert_in_range(o.error.column, 3, 80);
        assert_string_equal(o.error.file, "hand.trace");
        assert_contains(o.out, "\"verdict\": \"inconclusive\""); /* the case that was cut */
        assert_contains(o.out, "the trace is damaged here: line 5");
        assert_json_lines(o.out);
        outcome_free(&o);
    }
}

/* The reader lets any arguments of a routine pass; a run has four, three of them numbers. */
static void test_runs_that_are_none(void **state) {
    (void)state;
    static const char *const lines[] = {"enter r(0)", "enter r(&o, 1, NULL, 0)",
                                        "SleepEx(0, TRUE) = WAIT_IO_COMPLETION ran r(0, &o, NULL, 0)",
                                        "alertable_wait(1) = ran r(0, 1, NULL, 0..1)"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char text[400];
        int n = snprintf(text, sizeof text, TRACE "case \"c\"\n  o = overlapped(NULL)\n  r = routine()\n   %s\nend\n",
                         lines[i]);
        outcome o = check_text(text, (size_t)n, true);
        assert_int_equal(o.status, WSJ_INPUT);
        assert_int_equal(o.error.line, 6);
        assert_int_equal(o.error.column, 4);
        assert_string_equal(o.error.message,
                            "a routine's run is written r(dwError, cbTransferred, lpOverlapped, dwFlags)");
        outcome_free(&o);
    }
}

/* A trace is flat, and holds one outcome; the reader or the judge says so. */
static void test_not_a_trace(void **state) {
    (void)state;
    static const char *const rows[] = {
        TRACE
        "case \"c\"\n  a, b = tcp()\n  WSASend(a, [1], &n, 0, NULL, NULL) = 0 sent 1 or SOCKET_ERROR WSAEINTR\nend\n",
        TRACE "case \"c\"\n  a, b = tcp()\n  WSASend(a, [1], &n, 0, NULL, NULL) = want 0 sent 1\nend\n",
        TRACE "case \"c\"\n  repeat 3\n  SleepEx(0, TRUE) = 0\n  end\nend\n",
        TRACE "case \"c\"\n  routine r\n  SleepEx(0, TRUE) = 0\n  end\nend\n",
        TRACE "nonsense\n",
        TRACE "case \"c\"\n  frobnicate(1) = 0\nend\n",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        outcome o = check_text(rows[i], strlen(rows[i]), true);
        assert_int_equal(o.status, WSJ_INPUT);
        assert_json_lines(o.out);
        outcome_free(&o);
    }
    /* The same in a case file that somebody gives to check: no trace, so that the reader lets it pass. */
    static const char *const cases[] = {
        "case \"c\"\n  a, b = tcp()\n  WSASend(a, [1], &n, 0, NULL, NULL) = 0 sent 1 or SOCKET_ERROR WSAEINTR\n",
        "case \"c\"\n  repeat 3\n  SleepEx(0, TRUE) = 0\n  end\nend\n",
        "case \"c\"\n  routine r\n  SleepEx(0, TRUE) = 0\n  end\nend\n",
        "case \"c\"\n  SleepEx(0, TRUE) = want 0\nend\n",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        outcome o = check_text(cases[i], strlen(cases[i]), true);
        assert_int_equal(o.status, WSJ_INPUT);
        outcome_free(&o);
    }
}

/* A trace may end anywhere: no crash, what was whole is judged, the rest is said to be cut. */
static void test_every_cut(void **state) {
    (void)state;
    static const char text[] =
        TRACE "case \"c/1\"\n  a, b = tcp()\n  WSASend(a, [10], &n, 0, NULL, NULL) = 0 sent 10\nend\n"
              "case \"c/2\"\n  a, b = udp()\n  WSASend(a, [10], &n, 0, NULL, NULL) = 0 sent 9\nend\n";
    for (size_t size = 0; size < sizeof text - 1; size++) {
        outcome o = check_text(text, size, true);
        assert_json_lines(o.out);
        assert_true(o.status == WSJ_INPUT || o.status == WSJ_OK || o.status == WSJ_FOUND);
        if (size > strlen(TRACE) && o.status == WSJ_INPUT)
            assert_true(o.error.line > 0);
        if (o.status == WSJ_OK)
            assert_true(o.counts.verdicts[WSJ_CONFORMS] <= 1);
        outcome_free(&o);
    }
    outcome whole = check_text(text, sizeof text - 1, true);
    assert_int_equal(whole.status, WSJ_FOUND);
    assert_int_equal(whole.counts.verdicts[WSJ_CONFORMS], 1);
    assert_int_equal(whole.counts.verdicts[WSJ_DEVIATES], 1);
    outcome_free(&whole);
}

/* --- signatures and JSON ------------------------------------------------------------------------------------------ */

static char *signature_of(const char *text) {
    outcome o = check_text(text, strlen(text), true);
    const char *at = strstr(o.out, "\"signature\": \"");
    assert_non_null(at);
    at += strlen("\"signature\": \"");
    char *signature = strndup(at, strcspn(at, "\""));
    outcome_free(&o);
    return signature;
}

static void assert_same_signature(const char *one, const char *other) {
    char *a = signature_of(one), *b = signature_of(other);
    assert_string_equal(a, b);
    assert_true(*a != '\0');
    free(a);
    free(b);
}

static void test_signatures_are_stable(void **state) {
    (void)state;
    /* Stamps, marks of the moment, and how often a loop went round say nothing of the target. */
    assert_same_signature(
        TRACE
        "case \"c\"\n a, b = tcp() @1+2\n e = WSACreateEvent()\n o = overlapped(e)\n shutdown(a, SD_SEND) = 0 @3+1\n"
        " WSASend(a, [1], &n, 0, &o, NULL) = SOCKET_ERROR WSAENOTCONN event unset @8+4\nend @9\n",
        TRACE "case \"c\"\n a, b = tcp()\n e = WSACreateEvent()\n o = overlapped(e)\n shutdown(a, SD_SEND) = 0\n"
              " WSASend(a, [1], &n, 0, &o, NULL) = SOCKET_ERROR WSAENOTCONN unforeseen\nend\n");
    assert_same_signature(TRACE "case \"c\"\n a, b = tcp(nonblocking)\n WSASend(a, [9], &n, 0, NULL, NULL) = 0 sent 9\n"
                                " shutdown(a, SD_SEND) = 0\n WSASend(a, [9], &n, 0, NULL, NULL) = 0 sent 9\nend\n",
                          TRACE "case \"c\"\n a, b = tcp(nonblocking)\n WSASend(a, [9], &n, 0, NULL, NULL) = 0 sent 9\n"
                                " WSASend(a, [9], &n, 0, NULL, NULL) = 0 sent 5\n WSASend(a, [9], &n, 0, NULL, NULL) = "
                                "SOCKET_ERROR WSAEWOULDBLOCK\n"
                                " shutdown(a, SD_SEND) = 0\n WSASend(a, [9], &n, 0, NULL, NULL) = 0 sent 9\nend\n");
}

/* However much was seen: one line, of a length that a baseline can hold, cut between characters. */
static void test_signature_is_cut(void **state) {
    (void)state;
    for (int shift = 0; shift < 4; shift++) {
        char text[6000];
        sprintf(text, TRACE "case \"c d\"\n o = overlapped(NULL)\n r%.*s = routine()\n alertable_wait(1) = ran", shift,
                "abc");
        for (int i = 0; i < 100; i++)
            sprintf(text + strlen(text), " r%.*s(0, %d, 1234, 0)", shift, "abc", i);
        strcat(text, "\nend\n");
        char *signature = signature_of(text);
        assert_contains(signature, "c d #3 alertable_wait(\xE2\x80\xA6) = ran r");
        assert_true(strlen(signature) < 450);
        assert_string_equal(signature + strlen(signature) - 3, "\xE2\x80\xA6");
        free(signature);
    }
}

static void test_json_of_strange_text(void **state) {
    (void)state;
    static const char text[] =
        TRACE "case \"q\\\"b\\\\s \xC3\xA9\"\n a, b = tcp() = failed \"\\xFE \\n\\x01 \\\"why\\\" \\x7F\"\nend\n";
    outcome o = check_text(text, sizeof text - 1, true);
    assert_int_equal(o.status, WSJ_OK);
    assert_json_lines(o.out);
    assert_contains(o.out, "\"q\\\"b\\\\s \xC3\xA9\"");
    assert_contains(o.out, "tcp: failed: \xEF\xBF\xBD \\n\\u0001 \\\"why\\\" \\u007f\"");
    outcome_free(&o);
    o = check_text(text, sizeof text - 1, false); /* nothing that moves a terminal's cursor */
    assert_null(strchr(o.out, '\x01'));
    assert_null(strchr(o.out, '\x7F'));
    outcome_free(&o);
}

static void test_head(void **state) {
    (void)state;
    static const char one[] =
        "trace 1\ntarget \"w\" kind \"wine\" version \"8.0\" arch \"i686\" provider \"C:\\\\p.dll\"\n";
    outcome o = check_text(one, sizeof one - 1, true);
    assert_contains(o.out, "{\"head\": {\"name\": \"w\", \"kind\": \"wine\", \"version\": \"8.0\", \"arch\": \"i686\", "
                           "\"provider\": \"C:\\\\p.dll\"}}");
    assert_contains(o.out, "{\"summary\": {\"cases\": 0, \"calls\": 0, \"conforms\": 0, \"deviates\": 0, \"crash\": 0, "
                           "\"hang\": 0, \"undefined\": 0, \"unsupported\": 0, \"inconclusive\": 0}}");
    outcome_free(&o);
    static const char two[] = "trace 1\ntarget \"w\"\n";
    o = check_text(two, sizeof two - 1, true);
    assert_contains(
        o.out, "{\"head\": {\"name\": \"w\", \"kind\": \"\", \"version\": \"\", \"arch\": \"\", \"provider\": null}}");
    outcome_free(&o);
}

/* --- the summary -------------------------------------------------------------------------------------------------- */

static void test_summary(void **state) {
    (void)state;
    static const char text[] = TRACE "case \"c/1\"\n a, b = tcp()\n shutdown(a, SD_SEND) = 0\n"
                                     " WSASend(a, [10], &sent, 0, NULL, NULL) = 0 sent 10\nend\n"
                                     "case \"c/2\"\n a, b = tcp()\nend\n";
    outcome o = check_text(text, sizeof text - 1, false);
    assert_contains(o.out, "deviates  c/1\n");
    assert_contains(o.out, "hand.trace:6: WSASend(a, [10], &sent, 0, NULL, NULL)\n");
    assert_contains(o.out, "observed  0 sent 10\n");
    assert_contains(o.out, "allowed   SOCKET_ERROR WSAESHUTDOWN\n");
    assert_contains(o.out, "err.shutdown.sd-send");
    assert_contains(o.out, "2 cases, 4 calls: 1 conforms, 1 deviates\n");
    assert_lacks(o.out, "c/2");
    assert_lacks(o.out, "\033");
    outcome_free(&o);
}

static void test_colours(void **state) {
    (void)state;
    static const char text[] = TRACE "case \"c/1\"\n a, b = tcp() = failed \"no\"\nend\n"
                                     "case \"c/2\"\n closesocket(INVALID_SOCKET) = hang\nend\n";
    char *out = NULL;
    size_t size = 0;
    wsj_counts counts = {0};
    wsj_check_options options = {.colour = true, .profile = "documented"};
    FILE *in = fmemopen((void *)(uintptr_t)text, sizeof text - 1, "rb"), *stream = open_memstream(&out, &size);
    assert_int_equal(wsj_check(in, "t", &options, stream, &counts, NULL), WSJ_FOUND);
    assert_int_equal(wsj_check_summary(&options, stream, &counts), WSJ_OK);
    fclose(in);
    fclose(stream);
    assert_contains(out, "\033[33munsupported\033[0m  c/1");
    assert_contains(out, "\033[31mhang\033[0m  c/2");
    assert_contains(out, "\033[32mconforms\033[0m");
    free(out);
}

static void test_many_deviations(void **state) {
    (void)state;
    char *text = calloc(1, 1 << 20);
    size_t n =
        (size_t)sprintf(text, TRACE "case \"c\"\n s = socket(AF_INET, SOCK_STREAM, 6)\n bind(s, loopback) = 0\n");
    for (int i = 0; i < 2000; i++)
        n += (size_t)sprintf(text + n, " WSASend(s, [%d], &sent, 0, NULL, NULL) = 0 sent %d\n", i + 1, i + 1);
    n += (size_t)sprintf(text + n, "end\n");
    outcome o = check_text(text, n, false);
    assert_contains(o.out, "... and 1990 more steps that deviate");
    assert_true(strlen(o.out) < 10000);
    outcome_free(&o);
    o = check_text(text, n, true);
    assert_int_equal(count_of(o.out, "\"ok\": false"), 2000);
    assert_json_lines(o.out);
    outcome_free(&o);
    free(text);
}

static void test_full_disk(void **state) {
    (void)state;
    static const char text[] = TRACE "case \"c\"\n a, b = tcp()\nend\n";
    FILE *out = fopen("/dev/full", "w"), *in = fmemopen((void *)(uintptr_t)text, sizeof text - 1, "rb");
    wsj_counts counts = {0};
    wsj_check_options options = {.json = true, .profile = "documented"};
    assert_non_null(out);
    assert_int_equal(wsj_check(in, "t", &options, out, &counts, NULL), WSJ_OUTPUT);
    assert_int_equal(wsj_check_summary(&options, out, &counts), WSJ_OUTPUT);
    fclose(in);
    in = fmemopen((void *)(uintptr_t)text, strlen("trace 1\n"), "rb"); /* nothing but a head */
    setvbuf(out, NULL, _IONBF, 0);
    assert_int_equal(wsj_check(in, "t", &options, out, &counts, NULL), WSJ_OUTPUT);
    fclose(in);
    fclose(out);
}

/* A wait in a routine in a wait ...: a thread has an end somewhere. */
static void test_deep_calls(void **state) {
    (void)state;
    char text[2000] = TRACE "case \"c\"\n o = overlapped(NULL)\n r = routine()\n";
    for (int i = 0; i < 9; i++)
        strcat(text, " SleepEx(0, TRUE) ...\n enter r(0, 0, &o, 0)\n");
    outcome o = check_text(text, strlen(text), true);
    assert_int_equal(o.status, WSJ_INPUT);
    assert_contains(o.error.message, "too many calls");
    assert_json_lines(o.out);
    outcome_free(&o);
}

/* What an alertable wait may do, but need not. */
static void test_perhaps(void **state) {
    (void)state;
    static const char text[] =
        TRACE "case \"c\"\n a, b = tcp(narrow)\n o = overlapped(NULL)\n r = routine()\n e = WSACreateEvent()\n"
              " WSASend(a, [1048576], NULL, 0, &o, r) = SOCKET_ERROR WSA_IO_PENDING\n SleepEx(0, TRUE) = 0\n"
              " WSAWaitForMultipleEvents([e], TRUE, 0, TRUE) = WSA_WAIT_FAILED WSA_INVALID_HANDLE\nend\n";
    outcome o = check_text(text, sizeof text - 1, true);
    assert_contains(o.out, "\"perhaps ran r(0, 1048576, &o, 0)\"");
    assert_int_equal(o.counts.verdicts[WSJ_DEVIATES], 1);
    outcome_free(&o);
}

/* Of very many lines of an allowed set the first stand for all: outcomes, and what may run. */
static void test_long_sets(void **state) {
    (void)state;
    char text[9000] =
        TRACE "case \"c\"\n a, b = tcp(narrow)\n e = WSACreateEvent()\n o = overlapped(e)\n r = routine()\n"
              " WSASend(a, [1048576], NULL, 0, &o, NULL) = SOCKET_ERROR WSA_IO_PENDING\n WSAWaitForMultipleEvents([e";
    for (int i = 1; i < 50; i++)
        strcat(text, ", e");
    strcat(text, "], FALSE, 0, FALSE) = WSA_WAIT_TIMEOUT\n");
    for (int i = 0; i < 40; i++)
        sprintf(text + strlen(text),
                " o%d = overlapped(NULL)\n WSASend(a, [9], NULL, 0, &o%d, r) = SOCKET_ERROR WSA_IO_PENDING\n", i, i);
    strcat(text, " SleepEx(0, TRUE) = 0\nend\n");
    outcome o = check_text(text, strlen(text), true);
    assert_int_equal(o.counts.verdicts[WSJ_CONFORMS], 1);
    assert_json_lines(o.out);
    assert_contains(o.out, "\"22\", \"23\", \"\xE2\x80\xA6\"]");
    assert_lacks(o.out, "\"24\"");
    assert_contains(o.out, "\"perhaps ran r(0, 9, &o20, 0)\", ");
    assert_lacks(o.out, "perhaps ran r(0, 9, &o39, 0)");
    assert_int_equal(count_of(o.out, "\"\xE2\x80\xA6\"]"), 2);
    outcome_free(&o);
}

/* Calls that return apart from their beginning. */
static void test_returns(void **state) {
    (void)state;
    static const struct {
        const char *text, *says;
    } rows[] = {
        {" thread t1\n t1: WSASend(a, [9], &n, 0, NULL, NULL) ...\n t1: ... WSASend = 0 sent 8\n",
         "#2 WSASend(\xE2\x80\xA6) = 0 sent 8\""},
        {" o = overlapped(NULL)\n o2 = overlapped(NULL)\n r = routine()\n WSASend(a, [9], NULL, 0, &o, r) = 0\n"
         " WSASend(a, [9], NULL, 0, &o2, r) = 0\n SleepEx(0, TRUE) ...\n enter r(0, 9, &o, 0)\n leave r\n ... SleepEx "
         "= WAIT_IO_COMPLETION\n",
         "#7 SleepEx(\xE2\x80\xA6) = WAIT_IO_COMPLETION ran r(0, 9, &o, 0)\""},
        {" o = overlapped(NULL)\n r = routine()\n WSASend(a, [9], NULL, 0, &o, r) = 0\n alertable_wait(2) ...\n"
         " enter r(0, 9, &o, 0)\n leave r\n ... alertable_wait\n",
         "#5 alertable_wait(\xE2\x80\xA6) = ran r(0, 9, &o, 0)\""},
        {" alertable_wait(2)\n", "#2 alertable_wait(\xE2\x80\xA6) = ok\""},
        {" handle(file) = crash 5\n", ""},
        {" h = handle(file) ...\n ... handle = crash 5\n", "#2 handle(\xE2\x80\xA6) = crash 5\""},
        {" WSASend(a, [9], &n, 0x10, NULL, NULL) = hang\n", "\"verdict\": \"undefined\""},
        {" thread t1\n t1: WSASend(a, [999999], &n, 0, NULL, NULL) ...\n t1: ... WSASend = hang\n",
         "\"verdict\": \"inconclusive\""},
        {" thread t1\n t1: WSASend(a, [999999], &n, 0, NULL, NULL) ...\n abort(b) = 0\n t1: ... WSASend = hang\n",
         "\"verdict\": \"hang\""},
        {" r = routine()\n thread t1\n t1: WSASend(a, [999999], &n, 0, NULL, NULL) ...\n QueueUserAPC(r, t1) = 0\n"
         " t1: ... WSASend = hang\n",
         "\"deviating\": [\"block.alertable-wait\"]"},
        {" r = routine()\n thread t1\n t1: WSASend(a, [999999], &n, 0, NULL, NULL) ...\n QueueUserAPC(r, t1) = 0\n"
         " t1: enter r(0, 0, NULL, 0)\n t1: leave r\n t1: ... WSASend = hang\n",
         "\"verdict\": \"inconclusive\""},
        {" r = routine()\n thread t1\n t1: WSASend(a, [999999], &n, 0, NULL, NULL) ...\n QueueUserAPC(r, main) = 0\n"
         " t1: ... WSASend = hang\n",
         "\"verdict\": \"inconclusive\""},
        {" o = overlapped(NULL)\n r = routine()\n c, d = tcp()\n WSASend(c, [9], NULL, 0, &o, r) = 0\n"
         " WSASend(a, [999999], &n, 0, NULL, NULL) = hang\n",
         "\"deviating\": [\"block.alertable-wait\"]"},
        {" o = overlapped(NULL)\n r = routine()\n c, d = tcp()\n WSASend(c, [9], NULL, 0, &o, r) = SOCKET_ERROR "
         "WSA_IO_PENDING\n WSASend(a, [999999], &n, 0, NULL, NULL) = hang\n",
         "\"verdict\": \"inconclusive\""},
        {" c, d = tcp() = failed\n", "tcp: failed\""},
        {" CancelIo(a) = unsupported\n", "CancelIo: the target lacks this\""},
        {" WSAWaitForMultipleEvents([], TRUE, 0, FALSE) ...\n ... WSAWaitForMultipleEvents = WSA_WAIT_FAILED "
         "WSA_INVALID_PARAMETER\n",
         ""},
        {" WSASend(a, [9], &n, 0, NULL, NULL) ...\n ... SleepEx = 0\n", "damaged"},
        {" SleepEx(0, TRUE) ...\n enter q(0, 0, NULL, 0)\n", "damaged"},
        {" WSASend(a, [9], &n, 0, NULL, NULL) = 0 sent 9 unwanted event unset\n",
         "0 sent 9 event unset: allowed, but the case is about another outcome"},
        {" e = WSACreateEvent()\n WSAWaitForMultipleEvents([e], TRUE, 0, FALSE) = WSA_WAIT_TIMEOUT unforeseen "
         "unwanted\n",
         "does not foresee it"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[900];
        snprintf(text, sizeof text, TRACE "case \"c\"\n a, b = tcp()\n%send\n", rows[i].text);
        outcome o = check_text(text, strlen(text), true);
        assert_json_lines(o.out);
        assert_contains(o.out, rows[i].says);
        outcome_free(&o);
    }
}

/* Nothing but the head, a thread, an abort: small things on the way. */
static void test_small_things(void **state) {
    (void)state;
    static const char text[] =
        TRACE "case \"c\"\n a, b = tcp()\n abort(b) = 0\n recv(a, 10) = SOCKET_ERROR WSAECONNRESET\n"
              " select(a, readable, 0) = timeout\n setsockopt(a, SO_LINGER, 1) = 0\n WSAIoctl(a, SIO_FLUSH) = 0\n"
              " shutdown(a, 77) = SOCKET_ERROR WSAEINVAL\n WSASetEvent(NULL) = 0\nend @77\n"
              "case \"d\"\n a, b = tcp() = ok partial no_oob\n"
              " WSASend(a, [1], &n, MSG_OOB, NULL, NULL) = SOCKET_ERROR WSAEOPNOTSUPP\nend\n";
    outcome o = check_text(text, sizeof text - 1, true);
    if (o.status == WSJ_INPUT)
        fail_msg("%d: %s", o.error.line, o.error.message);
    assert_int_equal(o.counts.verdicts[WSJ_CONFORMS], 2);
    outcome_free(&o);
}

/* Thousands of objects in one case: more than the model has room for at first. */
static void test_many_objects(void **state) {
    (void)state;
    char *text = calloc(1, 1 << 20);
    size_t n = (size_t)sprintf(text, TRACE "case \"c\"\n");
    for (int i = 0; i < 1500; i++)
        n += (size_t)sprintf(text + n,
                             " a%d, b%d = tcp()\n e%d = WSACreateEvent()\n o%d = overlapped(e%d)\n"
                             " WSASend(a%d, [5], NULL, 0, &o%d, NULL) = 0 event set\n recv(b%d, 5) = %d[0..5]\n",
                             i, i, i, i, i, i, i, i, i + 1);
    for (int i = 0; i < 20; i++)
        n += (size_t)sprintf(
            text + n, " thread t%d\n t%d: SleepEx(0, FALSE) = 0\n p%d = CreateIoCompletionPort(a%d, 1)\n", i, i, i, i);
    n += (size_t)sprintf(text + n,
                         " WSASend(a1400, [7], &n, 0, NULL, NULL) = 0 sent 6\nend\ncase \"d\"\n a, b = udp()\nend\n");
    outcome o = check_text(text, n, false);
    assert_int_equal(o.status, WSJ_FOUND);
    assert_int_equal(o.counts.verdicts[WSJ_CONFORMS], 1);
    assert_int_equal(count_of(o.out, "observed"), 1);
    assert_contains(o.out, "observed  0 sent 6");
    outcome_free(&o);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_trace),
        cmocka_unit_test(test_input_errors),
        cmocka_unit_test(test_runs_that_are_none),
        cmocka_unit_test(test_not_a_trace),
        cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_signatures_are_stable),
        cmocka_unit_test(test_signature_is_cut),
        cmocka_unit_test(test_json_of_strange_text),
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_summary),
        cmocka_unit_test(test_colours),
        cmocka_unit_test(test_many_deviations),
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_many_objects),
        cmocka_unit_test(test_deep_calls),

        cmocka_unit_test(test_perhaps),
        cmocka_unit_test(test_small_things),
        cmocka_unit_test(test_returns),
        cmocka_unit_test(test_long_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
