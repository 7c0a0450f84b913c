/* test_memory.c - every allocation fails once: the reader says so, and gives back what it had (LeakSanitizer looks). */
#include "support.h"

#include <stdlib.h>
#include <string.h>

static long until_failure = -1; /* -1: never */

static bool fails(void) {
    return until_failure >= 0 && until_failure-- == 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);

void *__wrap_malloc(size_t size) {
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size) {
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size) {
    return fails() ? NULL : __real_realloc(p, size);
}

/* Enough of everything that each array grows and each arena takes a second chunk. */
static char *big_text(bool trace, size_t *size) {
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    assert_non_null(out);
    if (trace)
        fputs("trace 1\ntarget \"t\"\n", out);
    fputs("case \"x\" clauses a b c because \"y\"\na, b = tcp()\n", out);
    for (int i = 0; i < 700; i++)
        fprintf(out, "e%d = WSACreateEvent() = failed \"no\"\n", i);
    fputs("WSASend(a, [1", out);
    for (int i = 0; i < 100; i++)
        fputs(", 2 x 1", out);
    fputs("], &sent, MSG_OOB|MSG_PARTIAL, NULL, NULL) = 0 sent 1..5 x\"00\" \"s\"\nend\n", out);
    for (int i = 0; !trace && i < 100; i++)
        fprintf(out, "case \"%d\"\nrepeat 3 until 1\nWSACleanup() = 0 or 1\nend\n", i);
    if (!trace)
        fputs("table \"t\"\n| a | b |\n| 1 | 2 |\n| 3 | 4 |\nWSACleanup() = $b\n", out);
    fclose(out);
    return text;
}

static int nothing(void *context, const wsn_case *c) {
    (void)context;
    (void)c;
    return 0;
}

static int no_statement(void *context, const wsn_case *c, const wsn_statement *s) {
    (void)s;
    return nothing(context, c);
}

static wsn_status read_it(const char *text, size_t size, bool streamed, wsn_error *error) {
    if (!streamed) {
        wsn_file *file = NULL;
        wsn_status status = wsn_read_text(text, size, "t", "pre", &file, error);
        assert_int_equal(status == WSN_OK, file != NULL);
        wsn_file_free(file);
        return status;
    }
    long left = until_failure;
    until_failure = -1;
    FILE *in = open_text(text, size);
    char buffer[4096];
    setvbuf(in, buffer, _IOFBF, sizeof buffer); /* so that the C library allocates nothing while reading */
    until_failure = left;
    wsn_stream_handlers handlers = {NULL, NULL, nothing, no_statement, nothing};
    wsn_status status = wsn_stream(in, "t", "pre", &handlers, error);
    left = until_failure;
    until_failure = -1;
    fclose(in);
    until_failure = left;
    return status;
}

static void every_allocation_fails_once(void **state) {
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        size_t size;
        char *text = big_text(kind == 2, &size);
        long n = 0;
        for (;; n++) {
            wsn_error error = {0};
            until_failure = n;
            wsn_status status = read_it(text, size, kind > 0, &error);
            bool failed = until_failure < 0;
            until_failure = -1;
            if (!failed) {
                assert_int_equal(status, WSN_OK);
                break;
            }
            assert_int_equal(status, WSN_MEMORY);
            assert_int_equal(error.status, WSN_MEMORY);
            assert_string_equal(error.message, "there is not enough memory");
        }
        assert_in_range(n, 20, 100000); /* it did fail, and often */
        free(text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_fails_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
