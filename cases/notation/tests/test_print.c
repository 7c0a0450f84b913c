/* test_print.c - printing, and what counts as equal. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

static const char everything[] =
    "case \"/some/id \\\"quoted\\\" \xC3\xA9\"\n"
    "  clauses a.b c\n"
    "  requires root\n"
    "  limit 1500ms\n"
    "  start fresh\n"
    "  start uninitialised\n"
    "  because \"it \\\\ is\"\n"
    "  a, b = tcp(nonblocking, narrow(5))\n"
    "  e = WSACreateEvent()\n"
    "  o = overlapped(e)\n"
    "  thread t1\n"
    "  routine r\n"
    "    WSASend(a, [5], NULL, 0, &o, r) = 0 or want SOCKET_ERROR WSA_IO_PENDING sent untouched\n"
    "  end\n"
    "  repeat 10 until 5\n"
    "    repeat 2\n"
    "    end\n"
    "  end\n"
    "  t1: WSASend(a, straddle [10, 3 x 4 of 5 guard] count 7, readonly &s, MSG_OOB|0x8000, guard &o, wild) ... @5\n"
    "  t1: ... WSASend = 0 sent 1..9 event set changed lpBuffers @6+7\n"
    "  enter r(0, 10, &o, 0) @9\n"
    "  leave r\n"
    "  c = raw(nonblocking)\n"
    "  WSAStartup(0x101) = 0\n"
    "  fault(inject(WSAENETDOWN, 3)) = ok\n"
    "  fault(mtu(1500), link_down) = unsupported \"why\"\n"
    "  connect(a, beyond) = 0 or SOCKET_ERROR WSAETIMEDOUT\n"
    "  setsockopt(a, IPPROTO_IP, IP_TTL, 1) = 0\n"
    "  QueueUserAPC(r, main) = 0\n"
    "  QueueUserAPC(r, t1) = 0\n"
    "  WSASendTo(a, [1], &s, 0, silent, &o, r) = 0 sent 1\n"
    "  WSARecv(a, 10, &o, r) = SOCKET_ERROR WSA_IO_PENDING\n"
    "  printf(\"%d of %u\\n\", &s, MSG_OOB) = \"3 of 1\\n\"\n"
    "  t1: ExitThread() = 0\n"
    "  recv(b, 10) = 1[0..10] x\"00FF\" eof\n"
    "  tcp() = failed \"a \\n \\x01 \\xFF \\\"\"\n"
    "end @99\n";

static void canonical_text_stays(void **state) {
    (void)state;
    wsn_file *f = read_ok(everything);
    char *text = print_file(f);
    assert_string_equal(text, everything);
    free(text);
    wsn_file_free(f);
}

static void printing_is_like_snprintf(void **state) {
    (void)state;
    const wsn_statement *s;
    wsn_file *f = read_line("t1: c = socket(AF_INET, 1, 0) = failed \"x\" @5", &s);
    static const char whole[] = "t1: c = socket(AF_INET, 1, 0) = failed \"x\" @5",
                      call[] = "t1: c = socket(AF_INET, 1, 0)";
    for (size_t size = 0; size < sizeof whole + 3; size++) {
        char out[100];
        memset(out, '#', sizeof out);
        assert_int_equal(wsn_print_statement(s, out, size), sizeof whole - 1);
        if (size > 0) {
            size_t n = size - 1 < sizeof whole - 1 ? size - 1 : sizeof whole - 1;
            assert_memory_equal(out, whole, n);
            assert_int_equal(out[n], 0);
        }
        assert_int_equal(out[size], '#');
    }
    char out[100];
    assert_int_equal(wsn_print_statement(s, NULL, 0), sizeof whole - 1);
    assert_int_equal(wsn_print_call(s, out, sizeof out), sizeof call - 1);
    assert_string_equal(out, call);
    assert_int_equal(wsn_print_value(&s->args[0], out, sizeof out), 7);
    assert_string_equal(out, "AF_INET");
    assert_int_equal(wsn_print_outcome(&s->outcomes[0], out, sizeof out), 10);
    assert_string_equal(out, "failed \"x\"");
    wsn_file_free(f);
}

/* Every pair of these differs, and each is equal to itself read once more. */
static void equality(void **state) {
    (void)state;
    static const char *const lines[] = {
        "shutdown(a, 1)",
        "shutdown(b, 1)",
        "shutdown(a, 2)",
        "shutdown(a, SD_SEND)",
        "shutdown(a, 0x1)",
        "shutdown(a, 1|0)",
        "t1: shutdown(a, 1)",
        "shutdown(a, 1) ...",
        "... shutdown",
        "shutdown(a, 1) = 0",
        "shutdown(a, 1) = want 0",
        "shutdown(a, 1) = 0 or 1",
        "shutdown(a, 1) = 0 1",
        "shutdown(a, 1) @0",
        "shutdown(a, 1) @1",
        "shutdown(a, 1) @1+1",
        "closesocket(a)",
        "c = accept(a)",
        "d = accept(a)",
        "accept(a)",
        "enter r(0, 1, &o, 0)",
        "enter r(0, 1, NULL, 0)",
        "leave r",
        "thread q",
        "routine q\nend",
        "repeat 2\nend",
        "repeat 3\nend",
        "repeat 2 until 1\nend",
        "repeat 2\nclosesocket(a)\nend",
        "WSASend(a, [1], NULL, 0, NULL, NULL)",
        "WSASend(a, [2], NULL, 0, NULL, NULL)",
        "WSASend(a, [1 of 2], NULL, 0, NULL, NULL)",
        "WSASend(a, [1 x 1, 1], NULL, 0, NULL, NULL)",
        "WSASend(a, [2 x 1], NULL, 0, NULL, NULL)",
        "WSASend(a, [1 wild], NULL, 0, NULL, NULL)",
        "WSASend(a, [1] count 1, NULL, 0, NULL, NULL)",
        "WSASend(a, [1] count 2, NULL, 0, NULL, NULL)",
        "WSASend(a, guard [1], NULL, 0, NULL, NULL)",
        "recv(b, 1) = 1[0..1]",
        "recv(b, 1) = 2[0..1]",
        "recv(b, 1) = 1[0..2]",
        "recv(b, 1) = 1..2",
        "recv(b, 1) = x\"00\"",
        "recv(b, 1) = x\"01\"",
        "recv(b, 1) = x\"0000\"",
        "recv(b, 1) = \"a\"",
        "recv(b, 1) = \"b\"",
        "end",
        "end @1",
    };
    enum { N = sizeof lines / sizeof *lines };
    wsn_file *files[N] = {0};
    for (size_t i = 0; i < N; i++) {
        const wsn_statement *s;
        if (!strchr(lines[i], 1))
            files[i] = read_line(lines[i], &s);
    }
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            if (files[i] && files[j] && files_equal(files[i], files[j]) != (i == j))
                fail_msg("%s and %s", lines[i], lines[j]);
    for (size_t i = 0; i < N; i++)
        wsn_file_free(files[i]);
}

static void headers_count(void **state) {
    (void)state;
    static const char *const heads[] = {
        "case \"x\"",
        "case \"y\"",
        "case \"x\" clauses a",
        "case \"x\" clauses b",
        "case \"x\" requires a",
        "case \"x\" limit 1s",
        "case \"x\" start fresh",
        "case \"x\" start uninitialised",
        "case \"x\" because \"a\"",
        "case \"x\" because \"b\"",
    };
    enum { N = sizeof heads / sizeof *heads };
    wsn_file *files[N];
    for (size_t i = 0; i < N; i++)
        files[i] = read_ok(heads[i]);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            assert_int_equal(files_equal(files[i], files[j]), i == j);
    for (size_t i = 0; i < N; i++)
        wsn_file_free(files[i]);
}

/* Lines and columns do not count, nor does how the text was written. */
static void layout_does_not_count(void **state) {
    (void)state;
    wsn_file *a = read_ok("case \"x\" clauses a b\na, b = tcp()\nWSASend(a, [1, 2], &s, 0, NULL, NULL) = 0 or 1\n");
    wsn_file *b = read_ok(
        "\n# c\ncase \"x\"\nclauses a\nclauses b\n\n a,\n b=tcp( )\nWSASend (\na,[1,2\n],&s,0,NULL,NULL)=0 or\n1");
    assert_true(files_equal(a, b));
    wsn_file_free(a);
    wsn_file_free(b);
}

/* What a printed table row is read as. */
static void rows_keep_their_ids(void **state) {
    (void)state;
    wsn_file *a = read_ok("table \"t\"\n | s |\n | tcp(\"a\\\\b\" ) |\nWSACleanup()\n");
    assert_string_equal(a->cases[0]->id, "pre/t[tcp(\"a\\\\b\" )]");
    char *text = print_file(a);
    wsn_file *b = read_ok(text);
    assert_string_equal(a->cases[0]->id, b->cases[0]->id);
    assert_true(files_equal(a, b));
    free(text);
    wsn_file_free(a);
    wsn_file_free(b);
}

static void a_full_disk_is_told(void **state) {
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    if (!full)
        skip();
    setvbuf(full, NULL, _IONBF, 0);
    wsn_file *f = read_ok(everything);
    assert_int_equal(wsn_print_case(f->cases[0], full), WSN_IO);
    fclose(full);
    wsn_file_free(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical_text_stays),
        cmocka_unit_test(printing_is_like_snprintf),
        cmocka_unit_test(equality),
        cmocka_unit_test(headers_count),
        cmocka_unit_test(layout_does_not_count),
        cmocka_unit_test(rows_keep_their_ids),
        cmocka_unit_test(a_full_disk_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
