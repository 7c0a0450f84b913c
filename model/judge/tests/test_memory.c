/*
 * test_memory.c - memory that runs out.
 *
 * Each job is done again and again, and each time one allocation more succeeds before one fails. It must say
 * WSJ_MEMORY (or WSN_MEMORY's sentence), leak nothing and touch nothing it should not: the sanitisers look on.
 */
#define _POSIX_C_SOURCE 200809L
#include "support.h"

#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static long left = -1; /* allocations until one fails; -1: none fails */

static bool fails(void) {
    return left >= 0 && left-- == 0;
}

void *__wrap_malloc(size_t size) {
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size) {
    return fails() ? NULL : __real_realloc(old, size);
}

/* --- the jobs
 * ---------------------------------------------------------------------------------------------------------- */

static const char trace[] =
    TRACE "case \"c\"\n a, b = tcp()\n e = WSACreateEvent()\n o = overlapped(e)\n r = routine()\n thread t1\n"
          " WSASend(a, [5], NULL, 0, &o, r) = 0\n WSAWaitForMultipleEvents([e], TRUE, 5000, TRUE) ...\n enter r(0, 4, "
          "&o, 0)\n leave r\n"
          " ... WSAWaitForMultipleEvents = WSA_WAIT_IO_COMPLETION\n recv(b, 5) = 1[0..5]\n t1: SleepEx(0, TRUE) = 0\n"
          " shutdown(a, SD_SEND) = 0\n WSASend(a, [5], NULL, 0, NULL, NULL) = crash 5\nend\n"
          "case \"d\"\n a, b = tcp() = failed \"no\"\nend\n";
static const char cases[] =
    "case \"c\"\n a, b = tcp()\n e = WSACreateEvent()\n o = overlapped(NULL)\n o2 = overlapped(NULL)\n routine r\n"
    "  WSASend(a, [5], NULL, 0, &o2, NULL) = 0 or SOCKET_ERROR WSA_IO_PENDING\n end\n thread t1\n t2 = "
    "WSACreateEvent()\n"
    " WSASend(a, [5], NULL, 0, &o, r) = want 0 or SOCKET_ERROR WSA_IO_PENDING\n"
    " t1: WSAWaitForMultipleEvents([e], TRUE, 100, TRUE) ...\n WSAWaitForMultipleEvents([e], TRUE, 0, TRUE) = 7\n"
    " t1: ... WSAWaitForMultipleEvents = WSA_WAIT_TIMEOUT\n";
static const char more_cases[] =
    "case \"d\"\n a, b = tcp()\n o = overlapped(NULL)\n r = routine()\n thread t1\n"
    " WSASend(a, [5], NULL, 0, &o, r) = 0 or SOCKET_ERROR WSA_IO_PENDING\n SleepEx(0, TRUE)\n recv(b, 5) = 1[0..5]\n"
    " repeat 2 until WSAEINTR\n  WSASend(a, [5], &n, 0, NULL, NULL) = 0 sent 5\n end\n t1: SleepEx(0, FALSE) ...\n"
    " t1: WSASend(a, [5], &n, 0, NULL, NULL) ...\n t1: ... WSASend = 0 sent 4\n"
    " connect(a, b) = SOCKET_ERROR WSAEISCONN\n h = handle(file)\n shutdown(a, 9) = 0\n recv(b, 1)\n bind(a, "
    "loopback)\n";

static wsj_status judge_trace(bool json) {
    char *out = NULL;
    size_t size = 0;
    wsj_counts counts = {0};
    wsn_error error;
    wsj_check_options options = {.json = json, .profile = "documented"};
    FILE *in = fmemopen((void *)(uintptr_t)trace, sizeof trace - 1, "rb"), *stream = open_memstream(&out, &size);
    wsj_status status = wsj_check(in, "t", &options, stream, &counts, &error);
    fclose(in);
    fclose(stream);
    free(out);
    return status;
}

static wsj_status judge_json(void) {
    return judge_trace(true);
}

static wsj_status judge_summary(void) {
    return judge_trace(false);
}

/* Reading is the notation's: it has its own tests. Here the file is read while all is well. */
static wsj_status on_cases(int job, const char *text) {
    char *out = NULL;
    size_t size = 0;
    long before = left;
    wsn_error error;
    wsj_expect_counts counts = {0};
    const wsj_expect_options options = {.strict = true};
    left = -1;
    wsn_file *file = parse(text);
    FILE *stream = open_memstream(&out, &size);
    left = before;
    wsj_status status = job == 0   ? wsj_expect(file, &options, stream, &counts, &error)
                        : job == 1 ? wsj_play(file->cases[0], stream, &error)
                        : job == 2 ? wsj_list(file, stream)
                                   : wsj_rules(stream);
    before = left;
    left = -1;
    fclose(stream);
    free(out);
    wsn_file_free(file);
    left = before;
    return status;
}

static wsj_status expect_cases(void) {
    return on_cases(0, cases);
}

static wsj_status expect_more(void) {
    return on_cases(0, more_cases);
}

static wsj_status play_cases(void) {
    return on_cases(1, cases);
}

static wsj_status play_more(void) {
    return on_cases(1, more_cases);
}

static wsj_status list_cases(void) {
    return on_cases(2, cases);
}

static wsj_status list_rules(void) {
    return on_cases(3, cases);
}

/* Fails each allocation of the job in turn until none fails any more. */
static void starve(wsj_status (*job)(void), wsj_status at_last) {
    long n = 0, refused = 0;
    for (;; n++) {
        left = n;
        wsj_status status = job();
        bool starved = left < 0;
        left = -1;
        if (!starved) {
            assert_int_equal(status, at_last);
            break;
        }
        if (status != WSJ_MEMORY && status != WSJ_OUTPUT)
            print_message("             allocation %ld: status %d\n", n, (int)status);
        refused += status == WSJ_MEMORY || status == WSJ_OUTPUT;
        assert_true(n < 100000);
    }
    assert_true(n > 0);
    /* A text that is lost for want of memory may be noticed only where it is written: but noticed it must be. */
    assert_int_equal(refused, n);
}

static void test_check_json(void **state) {
    (void)state;
    starve(judge_json, WSJ_FOUND);
}

static void test_check_summary(void **state) {
    (void)state;
    starve(judge_summary, WSJ_FOUND);
}

static void test_expect(void **state) {
    (void)state;
    starve(expect_cases, WSJ_FOUND);
    starve(expect_more, WSJ_FOUND);
}

static void test_play(void **state) {
    (void)state;
    starve(play_cases, WSJ_OK);
    starve(play_more, WSJ_OK);
}

static void test_lists(void **state) {
    (void)state;
    starve(list_cases, WSJ_OK);
    starve(list_rules, WSJ_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check_json), cmocka_unit_test(test_check_summary), cmocka_unit_test(test_expect),
        cmocka_unit_test(test_play),       cmocka_unit_test(test_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
