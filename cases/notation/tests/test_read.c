/* test_read.c - every construct of the notation, as data. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

static void headers(void **state) {
    (void)state;
    wsn_file *f = read_ok("\xEF\xBB\xBF# a comment\r\n\n"
                          "case \"one\" clauses a.b c.d-e limit 2s\n"
                          "  requires root netns\n"
                          "  clauses plain\n"
                          "  start fresh start uninitialised # and here\n"
                          "  because \"a \\\"b\\\" \xC3\xA9 \\\\ \\x41\"\n"
                          "case \"two\"\nend\n"
                          "case \"/whole/id\" limit 5ms\nend @12\n");
    assert_int_equal(f->n_cases, 3);
    assert_false(f->head.is_trace);
    const wsn_case *c = f->cases[0];
    assert_string_equal(c->id, "pre/one");
    assert_string_equal(c->file, "t.case");
    assert_int_equal(c->line, 3);
    assert_int_equal(c->n_clauses, 3);
    assert_string_equal(c->clauses[0], "a.b");
    assert_string_equal(c->clauses[1], "c.d-e");
    assert_string_equal(c->clauses[2], "plain");
    assert_int_equal(c->n_requires, 2);
    assert_string_equal(c->requires[1], "netns");
    assert_int_equal(c->limit_ms, 2000);
    assert_true(c->start_fresh);
    assert_true(c->start_uninitialised);
    assert_string_equal(c->because, "a \"b\" \xC3\xA9 \\ A");
    assert_false(c->ended);
    assert_string_equal(f->cases[1]->id, "pre/two");
    assert_true(f->cases[1]->ended);
    assert_int_equal(f->cases[1]->limit_ms, 0);
    assert_null(f->cases[1]->because);
    assert_string_equal(f->cases[2]->id, "whole/id");
    assert_int_equal(f->cases[2]->took_us, 12);
    wsn_file_free(f);
}

static void no_prefix(void **state) {
    (void)state;
    wsn_file *f;
    assert_int_equal(wsn_read_text("case \"x\"", 8, "t", NULL, &f, NULL), WSN_OK);
    assert_string_equal(f->cases[0]->id, "x");
    wsn_file_free(f);
    assert_int_equal(wsn_read_text("case \"x\"", 8, "t", "", &f, NULL), WSN_OK);
    assert_string_equal(f->cases[0]->id, "x");
    wsn_file_free(f);
    assert_int_equal(wsn_read_text("", 0, "t", NULL, &f, NULL), WSN_OK);
    assert_int_equal(f->n_cases, 0);
    wsn_file_free(f);
    wsn_file_free(NULL);
}

static void a_call(void **state) {
    (void)state;
    const wsn_statement *s;
    wsn_file *f = read_line(
        "  WSASend(a, [10], readonly &sent, MSG_OOB|0x8000, &o, r) = 0 sent 10 or want SOCKET_ERROR 12345 @7+8", &s);
    assert_int_equal(s->kind, WSN_CALL);
    assert_int_equal(s->line, CASE_HEAD_LINES + 1);
    assert_int_equal(s->column, 3);
    assert_int_equal(s->step, CASE_HEAD_LINES);
    assert_null(s->thread);
    assert_int_equal(s->verb, WSN_VERB_WSASend);
    assert_int_equal(s->n_args, 6);
    assert_int_equal(s->args[0].kind, WSN_NAME);
    assert_string_equal(s->args[0].name, "a");
    assert_ptr_equal(s->args[0].name, f->cases[0]->statements[0].results[0]); /* interned */
    assert_false(s->args[0].constant);
    assert_int_equal(s->args[1].kind, WSN_LIST);
    assert_int_equal(s->args[2].kind, WSN_REF);
    assert_int_equal(s->args[2].place, WSN_READONLY);
    assert_string_equal(s->args[2].name, "sent");
    assert_int_equal(s->args[3].kind, WSN_OR);
    assert_int_equal(s->args[3].number, 0x8001);
    assert_true(s->args[3].constant);
    assert_int_equal(s->args[3].n_items, 2);
    assert_string_equal(s->args[3].items[0].name, "MSG_OOB");
    assert_int_equal(s->args[3].items[0].number, 1);
    assert_true(s->args[3].items[1].hex);
    assert_int_equal(s->args[5].kind, WSN_NAME);
    assert_int_equal(s->n_outcomes, 2);
    assert_false(s->outcomes[0].wanted);
    assert_int_equal(s->outcomes[0].n_atoms, 3);
    assert_string_equal(s->outcomes[0].atoms[1].name, "sent");
    assert_int_equal(s->outcomes[0].atoms[2].number, 10);
    assert_true(s->outcomes[1].wanted);
    assert_true(s->outcomes[1].atoms[0].constant);
    assert_int_equal(s->outcomes[1].atoms[1].number, 12345);
    assert_true(s->stamped);
    assert_int_equal(s->at_us, 7);
    assert_int_equal(s->took_us, 8);
    wsn_file_free(f);
}

static void places(void **state) {
    (void)state;
    const wsn_statement *s;
    wsn_file *f = read_line("WSASend(INVALID_SOCKET, NULL count 3, wild, 0, straddle &o, kernel)", &s);
    assert_true(s->args[0].constant);
    assert_int_equal(s->args[0].number, UINT64_MAX);
    assert_int_equal(s->args[1].kind, WSN_NAME);
    assert_int_equal(s->args[1].place, WSN_NULL);
    assert_true(s->args[1].has_count);
    assert_int_equal(s->args[1].count, 3);
    assert_int_equal(s->args[2].place, WSN_WILD);
    assert_int_equal(s->args[4].place, WSN_STRADDLE);
    assert_int_equal(s->args[5].place, WSN_KERNEL);
    assert_int_equal(s->n_outcomes, 0);
    assert_false(s->stamped);
    wsn_file_free(f);
}

static void buffers(void **state) {
    (void)state;
    const wsn_statement *s;
    wsn_file *f = read_line("WSASend(a, guard [10, 0 NULL, 100000 x 1, 4294967295 of 2097152, 2 x 5 of 3 straddle,\n"
                            "  7 wild, 7 readonly, 7 guard, 7 kernel] count 5, NULL, 0, NULL, NULL)",
                            &s);
    const wsn_value *list = &s->args[1];
    assert_int_equal(list->kind, WSN_LIST);
    assert_int_equal(list->place, WSN_GUARD);
    assert_true(list->has_count);
    assert_int_equal(list->count, 5);
    assert_int_equal(list->n_items, 9); /* a repeat is one */
    static const struct {
        uint64_t length, repeat, backing;
        wsn_place place;
    } expected[] = {
        {10, 1, 10, WSN_PLAIN},  {0, 1, 0, WSN_NULL}, {1, 100000, 1, WSN_PLAIN}, {4294967295, 1, 2097152, WSN_PLAIN},
        {5, 2, 3, WSN_STRADDLE}, {7, 1, 7, WSN_WILD}, {7, 1, 7, WSN_READONLY},   {7, 1, 7, WSN_GUARD},
        {7, 1, 7, WSN_KERNEL}};
    for (size_t i = 0; i < 9; i++) {
        assert_int_equal(list->items[i].kind, WSN_BUFFER);
        assert_int_equal(list->items[i].number, expected[i].length);
        assert_int_equal(list->items[i].repeat, expected[i].repeat);
        assert_int_equal(list->items[i].backing, expected[i].backing);
        assert_int_equal(list->items[i].place, expected[i].place);
    }
    wsn_file_free(f);
    f = read_line("WSASend(a, [], NULL, 0, NULL, NULL)", &s);
    assert_int_equal(s->args[1].n_items, 0);
    wsn_file_free(f);
}

static void other_values(void **state) {
    (void)state;
    static const char *const lines[] = {
        "WSAWaitForMultipleEvents([e, e], TRUE, limit, FALSE) = WSA_WAIT_EVENT_0",
        "SleepEx(0, TRUE) = WAIT_IO_COMPLETION ran r(0, 10, &o, 0) r(WSAECONNRESET, 0..5, NULL, 0)",
        "recv(b, 10) = 1[0..10] x\"dead\" 2[0..5] timeout",
        "recv(b, 10) = x\"\" empty",
        "h = handle(thread)",
        "h = handle(pipe)",
        "a, b = tcp(nonblocking, narrow(4096))",
        "overlapped(12345)",
        "overlapped(NULL)",
        "connect(a, loopback)",
        "connect(a, nobody)",
        "bind(a, b)",
        "p = CreateIoCompletionPort(a, 7)",
        "select(a, writable, 100) = writable",
        "getsockopt(a, SO_MAX_MSG_SIZE) = 0 value 65507",
        "tcp() = failed \"what failed\"",
        "WSASend(a, [1], &sent, 0, NULL, NULL) = crash 0xC0000005",
        "WSASend(a, [1], &sent, 0, NULL, NULL) = SOCKET_ERROR no_error changed guard event set unforeseen",
        "GetQueuedCompletionStatus(e, 0) = TRUE &o transferred 10",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const wsn_statement *s;
        wsn_file *f = read_line(lines[i], &s);
        char text[200];
        assert_int_equal(wsn_print_statement(s, text, sizeof text), strlen(lines[i]));
        assert_string_equal(strstr(lines[i], "dead") ? "recv(b, 10) = 1[0..10] x\"DEAD\" 2[0..5] timeout" : lines[i],
                            text);
        wsn_file_free(f);
    }
}

static void all_kinds_of_statements(void **state) {
    (void)state;
    wsn_file *f = read_ok("case \"x\"\n"
                          "a, b = tcp()\n"
                          "o = overlapped(NULL)\n"
                          "thread t1\n"
                          "routine r\n"
                          "  WSASend(a, [5], NULL, 0, &o, r)\n"
                          "  repeat 3\n"
                          "    closesocket(b)\n"
                          "  end\n"
                          "end\n"
                          "t1: WSASend(a, [5], &sent, 0, NULL, NULL) ... @3\n"
                          "t1: ... WSASend = 0 sent 5 @4\n"
                          "enter r(0, 10, &o, 0)\n"
                          "leave r @5\n"
                          "repeat 1000 until WSAEWOULDBLOCK\n"
                          "end\n"
                          "t1: s = accept(a) ...\n"
                          "end");
    const wsn_case *c = f->cases[0];
    assert_int_equal(c->n_statements, 10);
    const wsn_statement *s = c->statements;
    static const wsn_statement_kind kinds[] = {WSN_CALL,   WSN_CALL,  WSN_THREAD, WSN_ROUTINE, WSN_START,
                                               WSN_RETURN, WSN_ENTER, WSN_LEAVE,  WSN_REPEAT,  WSN_START};
    static const int steps[] = {1, 2, 3, 4, 8, 9, 10, 11, 12, 13}; /* bodies count */
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(s[i].kind, kinds[i]);
        assert_int_equal(s[i].step, steps[i]);
    }
    assert_int_equal(s[0].n_results, 2);
    assert_string_equal(s[0].results[1], "b");
    assert_string_equal(s[2].name, "t1");
    assert_string_equal(s[3].name, "r");
    assert_int_equal(s[3].line, 5);
    assert_int_equal(s[3].n_body, 2);
    assert_int_equal(s[3].body[0].step, 5);
    assert_int_equal(s[3].body[1].kind, WSN_REPEAT);
    assert_int_equal(s[3].body[1].times, 3);
    assert_null(s[3].body[1].until);
    assert_int_equal(s[3].body[1].body[0].step, 7);
    assert_string_equal(s[4].thread, "t1");
    assert_int_equal(s[4].verb, WSN_VERB_WSASend);
    assert_int_equal(s[4].at_us, 3);
    assert_int_equal(s[5].verb, WSN_VERB_WSASend);
    assert_int_equal(s[5].n_outcomes, 1);
    assert_int_equal(s[6].n_args, 4);
    assert_string_equal(s[6].name, "r");
    assert_string_equal(s[8].until->name, "WSAEWOULDBLOCK");
    assert_int_equal(s[8].n_body, 0);
    assert_string_equal(s[9].results[0], "s");
    assert_true(c->ended);
    wsn_file_free(f);
}

static void tables_expand(void **state) {
    (void)state;
    wsn_file *f = read_ok("case \"before\"\na = WSACreateEvent()\n"
                          "table \"t\" clauses x.y\n"
                          "  limit 1s\n"
                          "  | flags               | socket           | result |   # a comment\n"
                          "\n"
                          "  | 0                   | tcp(nonblocking) | 0 or SOCKET_ERROR WSAEWOULDBLOCK |\n"
                          "  # another\n"
                          "  | MSG_OOB|MSG_PARTIAL |\tudp()          | want 0 sent 1..2 |\r\n"
                          "  a, b = $socket\n"
                          "  WSASend(a, [1], &sent, $flags, NULL, NULL) = $result\n"
                          "end\n"
                          "table \"u\"\n"
                          "  | list  | opts |\n"
                          "  | 5 x 1 |      |\n"
                          "  a, b = tcp($opts)\n"
                          "  WSASend(a, [$list, 2], &sent, 0, NULL, NULL)\n"
                          "case \"after\"\n");
    assert_int_equal(f->n_cases, 5);
    const wsn_case *one = f->cases[1], *two = f->cases[2];
    assert_string_equal(one->id, "pre/t[0]");
    assert_string_equal(two->id, "pre/t[MSG_OOB|MSG_PARTIAL]");
    assert_int_equal(one->line, 7);
    assert_int_equal(two->line, 9);
    assert_string_equal(two->clauses[0], "x.y");
    assert_int_equal(two->limit_ms, 1000);
    assert_true(two->ended);
    assert_int_equal(two->n_statements, 2);
    assert_int_equal(one->statements[0].verb, WSN_VERB_tcp);
    assert_int_equal(two->statements[0].verb, WSN_VERB_udp);
    assert_int_equal(one->statements[0].line, 10);
    assert_int_equal(one->statements[1].n_outcomes, 2);
    assert_int_equal(two->statements[1].n_outcomes, 1);
    assert_true(two->statements[1].outcomes[0].wanted);
    assert_int_equal(two->statements[1].args[3].number, 0x8001);
    assert_string_equal(f->cases[3]->id, "pre/u[5 x 1]");
    assert_int_equal(f->cases[3]->statements[0].n_args, 0);
    assert_int_equal(f->cases[3]->statements[1].args[1].items[0].repeat, 5);
    assert_int_equal(f->cases[3]->statements[1].args[1].n_items, 2);
    assert_string_equal(f->cases[4]->id, "pre/after");
    wsn_file_free(f);
}

static void traces(void **state) {
    (void)state;
    wsn_file *f = read_ok("trace 1\n"
                          "target \"name\" kind \"wine\" version \"8.0\" arch \"x86_64\" provider \"p\"\n"
                          "case \"a/b[c]\"\n"
                          "a, b = udp() = max_msg 65507 @1+2\n"
                          "end @9\n"
                          "case \"a/b[c]\"\n" /* again, as repeated runs do */
                          "end");
    assert_true(f->head.is_trace);
    assert_string_equal(f->head.target, "name");
    assert_string_equal(f->head.kind, "wine");
    assert_string_equal(f->head.version, "8.0");
    assert_string_equal(f->head.arch, "x86_64");
    assert_string_equal(f->head.provider, "p");
    assert_int_equal(f->n_cases, 2);
    assert_string_equal(f->cases[0]->id, "a/b[c]");
    assert_int_equal(f->cases[0]->took_us, 9);
    assert_string_equal(f->cases[0]->statements[0].outcomes[0].atoms[0].name, "max_msg");
    wsn_file_free(f);
    f = read_ok("trace 1\n");
    assert_true(f->head.is_trace);
    assert_null(f->head.target);
    wsn_file_free(f);
    f = read_ok("trace 1\nkind \"x\"\n");
    assert_string_equal(f->head.kind, "x");
    wsn_file_free(f);
}

/* A line, a comment and blanks longer than the reader's buffer. */
static void long_lines(void **state) {
    (void)state;
    const size_t n = 200000;
    char *text = malloc(n * 10), *p = text;
    assert_non_null(text);
    p += sprintf(p, "#");
    memset(p, '-', n);
    p += n;
    p += sprintf(p, "\ncase \"x\"\na, b = tcp()\nWSASend(a,");
    memset(p, ' ', n);
    p += n;
    p += sprintf(p, "[1");
    for (size_t i = 1; i < n; i++)
        p += sprintf(p, ", 1");
    p += sprintf(p, "], NULL, 0, NULL, zzz)\n");
    wsn_file *f = NULL;
    wsn_error error;
    assert_int_equal(wsn_read_text(text, (size_t)(p - text), "t", NULL, &f, &error), WSN_SYNTAX);
    assert_int_equal(error.line, 4);
    assert_int_equal(error.column, 10 + n + 2 + 3 * (n - 1) + 19);
    memcpy(strstr(text, "zzz)"), "wild", 4); /* NOLINT(bugprone-not-null-terminated-result): inside a text */
    *p++ = ')';
    assert_int_equal(wsn_read_text(text, (size_t)(p - text), "t", NULL, &f, &error), WSN_OK);
    assert_int_equal(f->cases[0]->statements[1].args[1].n_items, n);
    wsn_file_free(f);
    free(text);
}

/* Many names: the table of words grows, and a new case knows none of them. */
static void many_names(void **state) {
    (void)state;
    const int n = 5000;
    char *text = malloc((size_t)n * 2 * 40), *p = text;
    assert_non_null(text);
    for (int c = 0; c < 2; c++) {
        p += sprintf(p, "case \"%d\"\n", c);
        for (int i = c; i < n; i++)
            p += sprintf(p, "e%d = WSACreateEvent()\n", i);
        for (int i = c; i < n; i += 100)
            p += sprintf(p, "WSASetEvent(e%d)\n", i);
    }
    wsn_file *f = NULL;
    wsn_error error;
    assert_int_equal(wsn_read_text(text, (size_t)(p - text), "t", NULL, &f, &error), WSN_OK);
    wsn_file_free(f);
    p += sprintf(p, "WSASetEvent(e0)\n");
    assert_int_equal(wsn_read_text(text, (size_t)(p - text), "t", NULL, &f, &error), WSN_SYNTAX);
    assert_memory_equal(error.message, "no statement made 'e0'", 22);
    free(text);
}

/* The text of the only case's statements, one a line. */
static char *printed_statements(const char *text) {
    wsn_file *f = read_ok(text);
    char *out = print_file(f), *again;
    wsn_file *g = read_ok(out); /* round trip */
    assert_true(files_equal(f, g));
    again = print_file(g);
    assert_string_equal(out, again);
    free(again);
    wsn_file_free(g);
    wsn_error error; /* and as a stream */
    assert_int_equal(stream_file(text, strlen(text), &g, &error), WSN_OK);
    assert_true(files_equal(f, g));
    wsn_file_free(f);
    wsn_file_free(g);
    return out;
}

/* '#' in names: as many lines as there are rounds. */
static void counted_rounds(void **state) {
    (void)state;
    static const struct {
        const char *text, *flat;
    } both[] = {
        {"repeat 2\no# = overlapped(NULL)\nWSASend(a, [1], &s#, 0, &o#, NULL) = 0 or want 1\nend\nWSACleanup()\n",
         "  o1 = overlapped(NULL)\n  WSASend(a, [1], &s1, 0, &o1, NULL) = 0 or want 1\n"
         "  o2 = overlapped(NULL)\n  WSASend(a, [1], &s2, 0, &o2, NULL) = 0 or want 1\n  WSACleanup()\n"},
        /* the innermost counts; what does not count stays a loop */
        {"repeat 2\ne# = WSACreateEvent()\nrepeat 2\nf# = WSACreateEvent()\nend\nWSASetEvent(e#)\nend\n",
         "  e1 = WSACreateEvent()\n  f1 = WSACreateEvent()\n  f2 = WSACreateEvent()\n  WSASetEvent(e1)\n"
         "  e2 = WSACreateEvent()\n  f1 = WSACreateEvent()\n  f2 = WSACreateEvent()\n  WSASetEvent(e2)\n"},
        {"repeat 3 until 5\nrepeat 2\nf# = WSACreateEvent()\nend\nend\n",
         "  repeat 3 until 5\n    f1 = WSACreateEvent()\n    f2 = WSACreateEvent()\n  end\n"},
        {"repeat 2\ne# = WSACreateEvent()\nrepeat 3 until 5\nWSASetEvent(NULL)\nend\nend\n",
         "  e1 = WSACreateEvent()\n  repeat 3 until 5\n    WSASetEvent(NULL)\n  end\n"
         "  e2 = WSACreateEvent()\n  repeat 3 until 5\n    WSASetEvent(NULL)\n  end\n"},
        /* threads, routines, calls of routines, strings */
        {"repeat 2\nthread t#\nroutine r#\nWSACleanup()\nend\nt#: WSACleanup() ...\nt#: ... WSACleanup = 0\n"
         "alertable_wait(1) = ran r#(0, 0, NULL, 0)\nprintf(\"a#\") = \"a#\"\nend # done\n",
         "  thread t1\n  routine r1\n    WSACleanup()\n  end\n  t1: WSACleanup() ...\n  t1: ... WSACleanup = 0\n"
         "  alertable_wait(1) = ran r1(0, 0, NULL, 0)\n  printf(\"a#\") = \"a#\"\n"
         "  thread t2\n  routine r2\n    WSACleanup()\n  end\n  t2: WSACleanup() ...\n  t2: ... WSACleanup = 0\n"
         "  alertable_wait(1) = ran r2(0, 0, NULL, 0)\n  printf(\"a#\") = \"a#\"\n"},
        {"routine r\nrepeat 2\ne# = WSACreateEvent()\nend\nend\nWSACleanup() # comment\n",
         "  routine r\n    e1 = WSACreateEvent()\n    e2 = WSACreateEvent()\n  end\n  WSACleanup()\n"},
    };
    for (size_t i = 0; i < sizeof both / sizeof *both; i++) {
        char text[1000], flat[1000];
        snprintf(text, sizeof text, "case \"/x\"\na, b = tcp()\n%s", both[i].text);
        snprintf(flat, sizeof flat, "case \"/x\"\n  a, b = tcp()\n%s", both[i].flat);
        char *printed = printed_statements(text);
        assert_string_equal(printed, flat);
        free(printed);
    }
}

/* The same in a table, whose cells may be counted names; steps are numbered as if the rounds were written out. */
static void counted_rounds_in_tables(void **state) {
    (void)state;
    wsn_file *f = read_ok("table \"t\"\n| n | e |\n| 2 | e# |\n| 3 | NULL |\nrepeat $n\ne# = WSACreateEvent()\n"
                          "WSASetEvent($e)\nend\nWSACleanup()\ncase \"y\"\nWSACleanup()\n");
    assert_int_equal(f->n_cases, 3);
    assert_int_equal(f->cases[0]->n_statements, 5);
    assert_string_equal(f->cases[0]->statements[3].args[0].name, "e2");
    assert_int_equal(f->cases[0]->statements[4].step, 5);
    assert_int_equal(f->cases[0]->statements[2].line, 6);
    assert_int_equal(f->cases[1]->n_statements, 7);
    assert_int_equal(f->cases[1]->statements[5].args[0].place, WSN_NULL);
    assert_int_equal(f->cases[2]->n_statements, 1);
    wsn_file_free(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers),
        cmocka_unit_test(no_prefix),
        cmocka_unit_test(a_call),
        cmocka_unit_test(places),
        cmocka_unit_test(buffers),
        cmocka_unit_test(other_values),
        cmocka_unit_test(tables_expand),
        cmocka_unit_test(all_kinds_of_statements),
        cmocka_unit_test(traces),
        cmocka_unit_test(long_lines),
        cmocka_unit_test(many_names),
        cmocka_unit_test(counted_rounds),
        cmocka_unit_test(counted_rounds_in_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
