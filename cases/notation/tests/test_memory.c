/*
 * test_memory.c - every allocation fails once: the reader says so, and gives back what it had (LeakSanitizer looks).
 * And a stream's memory does not grow with its length.
 */
#include "support.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

static size_t in_use;           /* bytes */
static long until_failure = -1; /* -1: never */

static bool fails(void) {
    return until_failure >= 0 && until_failure-- == 0;
}

static void *count(void *p) {
    in_use += p ? malloc_usable_size(p) : 0;
    return p;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void __wrap_free(void *p);

void *__wrap_malloc(size_t size) {
    return fails() ? NULL : count(__real_malloc(size));
}

void *__wrap_calloc(size_t n, size_t size) {
    return fails() ? NULL : count(__real_calloc(n, size));
}

void *__wrap_realloc(void *p, size_t size) {
    if (fails())
        return NULL;
    in_use -= p ? malloc_usable_size(p) : 0;
    return count(__real_realloc(p, size));
}

void __wrap_free(void *p) {
    in_use -= p ? malloc_usable_size(p) : 0;
    __real_free(p);
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
        fprintf(out,
                "case \"%d\"\nrepeat 3 until 1\nWSACleanup() = 0 or 1\nend\nrepeat 2\ne# = WSACreateEvent()\nend\n", i);
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

struct peak {
    size_t early, largest; /* bytes in use after the first 1000 cases and statements, and ever after */
    long n;
};

static int watch_case(void *context, const wsn_case *c) {
    (void)c;
    struct peak *peak = context;
    if (++peak->n == 1000)
        peak->early = peak->largest = in_use;
    if (in_use > peak->largest)
        peak->largest = in_use;
    return 0;
}

static int watch_statement(void *context, const wsn_case *c, const wsn_statement *s) {
    (void)s;
    return watch_case(context, c);
}

/* per_case 0: cases without statements. The longest text stands at the beginning. */
static void write_trace(FILE *trace, int n, int per_case) {
    fputs("trace 1\n", trace);
    for (int i = 0; i < n; i++) {
        if (per_case == 0 || i % per_case == 0)
            fprintf(trace, "%scase \"case %d\" clauses a because \"x\"\n", i ? "end\n" : "", 999999 - i);
        if (per_case && i % per_case == 0)
            fputs("a, b = tcp()\n", trace);
        if (per_case)
            fprintf(trace, "WSASend(a, [%d, 5], &sent, 0, NULL, NULL) = 0 sent 1 \"text\" x\"00\" @%d+1\n", 999999 - i,
                    i);
    }
    fputs("end\n", trace);
}

static void a_stream_takes_no_more_memory_than_its_beginning(void **state) {
    (void)state;
    static const int per_case[] = {100000, 3, 0};
    for (size_t i = 0; i < 3; i++) {
        FILE *trace = tmpfile();
        assert_non_null(trace);
        write_trace(trace, 100000, per_case[i]);
        rewind(trace);
        struct peak peak = {0};
        wsn_stream_handlers handlers = {&peak, NULL, nothing, watch_statement, watch_case};
        wsn_error error;
        assert_int_equal(wsn_stream(trace, "t", NULL, &handlers, &error), WSN_OK);
        fclose(trace);
        assert_true(peak.n >= 100000);
        assert_in_range(peak.early, 10000, 1000000);
        assert_int_equal(peak.largest, peak.early);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_fails_once),
                                       cmocka_unit_test(a_stream_takes_no_more_memory_than_its_beginning)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
