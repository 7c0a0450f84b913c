/* test_stream.c - reading by statements. */
#include "support.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- what is handed over, and when --- */

struct log {
    char text[2000];
    const char *stop_at; /* returns 1 when this was logged */
    FILE *pipe;          /* gets the next of lines after each statement */
    const char *const *lines;
};

static int note(struct log *log, const char *what, const char *more) {
    size_t used = strlen(log->text);
    snprintf(log->text + used, sizeof log->text - used, "%s%s\n", what, more);
    return log->stop_at && strcmp(log->stop_at, what) == 0;
}

static int on_head(void *context, const wsn_trace_head *head) {
    return note(context, "head ", head->is_trace ? head->target ? head->target : "trace" : "none");
}

static int on_begin(void *context, const wsn_case *c) {
    char text[100];
    snprintf(text, sizeof text, "%s %zu clauses, %u ms", c->id, c->n_clauses, (unsigned)c->limit_ms);
    assert_int_equal(c->n_statements, 0);
    return note(context, "begin ", text);
}

static int on_statement(void *context, const wsn_case *c, const wsn_statement *s) {
    (void)c;
    struct log *log = context;
    char text[200];
    wsn_print_statement(s, text, sizeof text);
    if (log->pipe && *log->lines) {
        fputs(*log->lines++, log->pipe);
        fflush(log->pipe);
    }
    if (log->pipe && !*log->lines) {
        fclose(log->pipe);
        log->pipe = NULL;
    }
    return note(log, "  ", text);
}

static int on_end(void *context, const wsn_case *c) {
    return note(context, "end ", c->ended ? "said" : "not said");
}

static wsn_status stream(const char *text, struct log *log, wsn_error *error) {
    wsn_stream_handlers handlers = {log, on_head, on_begin, on_statement, on_end};
    FILE *in = open_text(text, strlen(text));
    wsn_status status = wsn_stream(in, "s", "pre", &handlers, error);
    fclose(in);
    return status;
}

static const char two_cases[] = "trace 1\ntarget \"t\"\n"
                                "case \"one\"\n clauses a.b\n limit 5ms\n a, b = tcp() @1\n shutdown(a, 1) = 0\nend\n"
                                "case \"two\"\nend\n";

static void order(void **state) {
    (void)state;
    struct log log = {0};
    wsn_error error;
    assert_int_equal(stream(two_cases, &log, &error), WSN_OK);
    assert_string_equal(log.text,
                        "head t\nbegin one 1 clauses, 5 ms\n  a, b = tcp() @1\n  shutdown(a, 1) = 0\nend said\n"
                        "begin two 0 clauses, 0 ms\nend said\n");
}

static void hand_written(void **state) {
    (void)state;
    struct log log = {0};
    wsn_error error;
    assert_int_equal(stream("case \"x\"\nWSACleanup() = 0 @5\ncase \"y\"", &log, &error), WSN_OK);
    assert_string_equal(log.text, "head none\nbegin pre/x 0 clauses, 0 ms\n  WSACleanup() = 0 @5\nend not said\n"
                                  "begin pre/y 0 clauses, 0 ms\nend not said\n");
}

static void blocks_come_whole(void **state) {
    (void)state;
    static const char text[] =
        "case \"x\"\na, b = tcp()\nrepeat 2\nclosesocket(a)\nclosesocket(b)\nend\nclosesocket(b)\n";
    struct log log = {0};
    wsn_error error;
    assert_int_equal(stream(text, &log, &error), WSN_OK);
    assert_string_equal(log.text,
                        "head none\nbegin pre/x 0 clauses, 0 ms\n  a, b = tcp()\n  repeat 2\n  closesocket(b)\n"
                        "end not said\n");
}

static void what_came_before_an_error_stays(void **state) {
    (void)state;
    struct log log = {0};
    wsn_error error;
    assert_int_equal(stream("case \"x\"\nWSACleanup()\nWSACleanup(1)\n", &log, &error), WSN_SYNTAX);
    assert_string_equal(log.text, "head none\nbegin pre/x 0 clauses, 0 ms\n  WSACleanup()\n"); /* and no end */
    log = (struct log){0};
    assert_int_equal(stream("trace 1\ncase \"x\"\nWSACleanup() = 0\nWSACleanup() = 0", &log, &error), WSN_SYNTAX);
    assert_string_equal(log.text,
                        "head trace\nbegin x 0 clauses, 0 ms\n  WSACleanup() = 0\n"); /* the last is cut off */
}

static void stopping(void **state) {
    (void)state;
    static const char *const where[] = {"head ", "begin ", "  ", "end "};
    for (size_t i = 0; i < 4; i++) {
        struct log log = {.stop_at = where[i]};
        wsn_error error = {0};
        assert_int_equal(stream(two_cases, &log, &error), WSN_STOPPED);
        assert_int_equal(error.status, WSN_STOPPED);
        const char *last = log.text + strlen(log.text) - 1;
        while (last > log.text && last[-1] != '\n')
            last--;
        assert_memory_equal(last, where[i], strlen(where[i]));
    }
}

static void no_head_handler(void **state) {
    (void)state;
    struct log log = {0};
    wsn_stream_handlers handlers = {&log, NULL, on_begin, on_statement, on_end};
    FILE *in = open_text(two_cases, strlen(two_cases));
    assert_int_equal(wsn_stream(in, "s", "pre", &handlers, NULL), WSN_OK);
    fclose(in);
}

/* The next line is written only when the statement before it was handed over: a reader that waits for more than a line
 * would wait for ever. */
static void a_pipe_is_read_line_by_line(void **state) {
    (void)state;
    static const char *const lines[] = {"WSACleanup() = 0\n", "WSAStartup() = 0\n", "end\n", NULL};
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct log log = {.pipe = fdopen(ends[1], "w"), .lines = lines};
    FILE *in = fdopen(ends[0], "r");
    fputs("trace 1\ncase \"x\"\nWSAStartup() = 0\n", log.pipe);
    fflush(log.pipe);
    alarm(20);
    wsn_stream_handlers handlers = {&log, on_head, on_begin, on_statement, on_end};
    wsn_error error;
    assert_int_equal(wsn_stream(in, "s", NULL, &handlers, &error), WSN_OK);
    alarm(0);
    fclose(in);
    assert_string_equal(log.text, "head trace\nbegin x 0 clauses, 0 ms\n  WSAStartup() = 0\n  WSACleanup() = 0\n"
                                  "  WSAStartup() = 0\nend said\n");
}

/* --- a call that comes again is the same call --- */

static int compare_with_whole(void *context, const wsn_case *c, const wsn_statement *s) {
    const wsn_file *file = *(const wsn_file **)context;
    for (size_t i = 0; i < file->n_cases; i++)
        if (strcmp(file->cases[i]->id, c->id) == 0) {
            wsn_statement a = *s, b = file->cases[i]->statements[s->step - 1];
            wsn_case x = {.id = c->id, .statements = &a, .n_statements = 1};
            wsn_case y = {.id = c->id, .statements = &b, .n_statements = 1};
            assert_true(wsn_case_equal(&x, &y));
            assert_int_equal(a.line, b.line);
            assert_int_equal(a.column, b.column);
            return 0;
        }
    fail_msg("no case %s", c->id);
    return 1;
}

static int nothing(void *context, const wsn_case *c) {
    (void)context;
    (void)c;
    return 0;
}

static void calls_that_come_again(void **state) {
    (void)state;
    static const char *const calls[] = {
        "WSASend(a, [10], &sent, 0, NULL, NULL)",
        "WSASend(a, [10, 4 x 2 of 1 guard] count 7, &sent, MSG_OOB|0x8, &o, r)",
        "WSASend(a, [1, 2, 3, 4, 5, 6, 7, 8, 9], &sent, 0, NULL, NULL)", /* too many to remember */
        "  WSASend( a, [10], &sent, 0, NULL, NULL )",
        "t1: WSASend(a, [10], &sent, 0, NULL, NULL)",
        "WSASend(a, [10], &sent, 0, NULL, NULL) ...",
        "tcp(narrow(5), nonblocking)",
        "recv(b, 10) = 1[0..10]",
        "SleepEx(0, TRUE) = 0",
        "WSASend(a, [10], &sent, 0, NULL, NULL) = SOCKET_ERROR WSAEFAULT @5",
        "WSACleanup()",
        "c = socket(AF_INET, 1, 0)",
        "socket(AF_INET, 1, 0)",
    };
    char text[8000], *p = text;
    for (int c = 0; c < 2; c++) {
        p += sprintf(p, "case \"%d\"\na, b = %s()\no = overlapped(NULL)\nr = routine()\nthread t1\n", c,
                     c ? "tcp" : "udp");
        for (int i = 0; i < 60; i++) /* mixed, and each twice in a row somewhere */
            p += sprintf(p, "%s\n", calls[i < 26 ? i / 2 : (i * 7 + i / 13) % 13]);
    }
    wsn_file *file;
    wsn_error error;
    assert_int_equal(wsn_read_text(text, (size_t)(p - text), "t", NULL, &file, &error), WSN_OK);
    FILE *in = open_text(text, (size_t)(p - text));
    wsn_stream_handlers handlers = {&file, NULL, nothing, compare_with_whole, nothing};
    assert_int_equal(wsn_stream(in, "t", NULL, &handlers, &error), WSN_OK);
    fclose(in);
    wsn_file_free(file);
}

/* The name that a remembered call uses is gone with its case. */
static void calls_are_forgotten_with_their_case(void **state) {
    (void)state;
    struct log log = {0};
    wsn_error error;
    assert_int_equal(
        stream("case \"x\"\na, b = tcp()\nshutdown(a, 1)\nshutdown(a, 1)\ncase \"y\"\nshutdown(a, 1)\n", &log, &error),
        WSN_SYNTAX);
    assert_int_equal(error.line, 6);
    assert_int_equal(error.column, 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order),
        cmocka_unit_test(hand_written),
        cmocka_unit_test(blocks_come_whole),
        cmocka_unit_test(what_came_before_an_error_stays),
        cmocka_unit_test(stopping),
        cmocka_unit_test(no_head_handler),
        cmocka_unit_test(a_pipe_is_read_line_by_line),
        cmocka_unit_test(calls_that_come_again),
        cmocka_unit_test(calls_are_forgotten_with_their_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
