/* test_memory.c - every allocation fails once: the model says so, and gives back what it had (LeakSanitizer looks). */
#include "wsconform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static int left = -1; /* allocations that still succeed; -1: all */

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size) {
    if (left == 0)
        return NULL;
    if (left > 0)
        left--;
    return __real_calloc(count, size);
}

static void making(void **state) {
    wsc_model *m;
    (void)state;
    for (int n = 0; n < 7; n++) {
        left = n;
        m = wsc_model_new(NULL);
        left = -1;
        assert_null(m);
    }
    left = 7; /* what a model takes */
    m = wsc_model_new(NULL);
    left = -1;
    assert_non_null(m);
    for (int n = 0; n < 7; n++) {
        left = n;
        assert_null(wsc_model_clone(m));
    }
    left = -1;
    wsc_model_free(m);
}

static void growing(void **state) {
    wsc_limits more = {100, 100, 100, 100, 100, 256};
    wsc_model *m = wsc_model_new(NULL);
    wsc_call call = {.kind = WSC_STARTUP};
    wsc_observed seen = {.op = WSC_NONE};
    wsc_verdict v;
    (void)state;
    wsc_observe(m, &call, &seen, &v);
    int n = 0;
    for (left = n; wsc_model_grow(m, &more) != WSC_OK;
         left = ++n) /* what has grown already stays, and the model works on */
        assert_int_equal(wsc_observe(m, &call, &seen, &v), WSC_OK);
    assert_in_range(n, 1, 8);
    left = -1;
    call = (wsc_call){.kind = WSC_PAIR, .u.pair = {.a = 98, .b = 99}};
    assert_int_equal(wsc_observe(m, &call, &seen, &v), WSC_OK);
    wsc_model_free(m);
}

static void copying(void **state) {
    wsc_limits small = {.sockets = 2, .segments = 2};
    wsc_model *from = wsc_model_new(NULL), *to = wsc_model_new(&small);
    (void)state;
    int n = 0;
    for (left = n; wsc_model_copy(to, from) != WSC_OK; left = ++n)
        assert_false(wsc_model_hash(to) == 0);
    assert_in_range(n, 1, 7);
    left = -1;
    wsc_model_free(from);
    wsc_model_free(to);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(making), cmocka_unit_test(growing), cmocka_unit_test(copying)};
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
