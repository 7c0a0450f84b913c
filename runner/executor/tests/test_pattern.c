/* Received data must be told by where it comes from, whatever happened to it on the way. */
#include "pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_RUNS = 4096, MOST_SENDS = 64, MOST_DATA = 1 << 20 };

typedef struct runs {
    wsx_run run[MOST_RUNS];
    size_t n;
} runs;

static bool keep(void *context, const wsx_run *run) {
    runs *all = context;
    if (all->n == MOST_RUNS)
        return false;
    all->run[all->n++] = *run;
    return true;
}

/* Puts bytes low to high-1 of a send behind the data. */
static size_t add(uint8_t *data, size_t size, uint32_t n, uint64_t low, uint64_t high) {
    wsx_pattern_fill(data + size, n, low, (size_t)(high - low));
    return size + (size_t)(high - low);
}

/* Decodes what the given runs make, and expects the same runs back. */
static void same_runs(const wsx_sent *sends, uint32_t n_sends, const wsx_run *expected, size_t n) {
    static uint8_t data[MOST_DATA];
    static runs told;
    wsx_decoder at = {0, 0};
    size_t size = 0;
    for (size_t i = 0; i < n; i++)
        size = add(data, size, expected[i].n, expected[i].low, expected[i].high);
    told.n = 0;
    assert_true(wsx_decode(&at, sends, n_sends, data, size, keep, &told));
    assert_int_equal(told.n, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(told.run[i].n, expected[i].n);
        assert_int_equal(told.run[i].low, expected[i].low);
        assert_int_equal(told.run[i].high, expected[i].high);
    }
}

static uint32_t random_state = 1;

static uint32_t below(uint32_t most) {
    random_state = random_state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(random_state >> 8) * most >> 24);
}

static void pieces_are_the_whole(void **state) {
    uint8_t whole[1000], pieces[1000];
    (void)state;
    for (uint32_t n = 1; n < 300; n++) {
        wsx_pattern_fill(whole, n, 0, sizeof whole);
        for (size_t at = 0, size; at < sizeof pieces; at += size) {
            size = 1 + below(40);
            size = size < sizeof pieces - at ? size : sizeof pieces - at;
            wsx_pattern_fill(pieces + at, n, at, size);
            assert_int_equal(wsx_pattern_match(whole + at, n, at, size), size);
        }
        assert_memory_equal(whole, pieces, sizeof whole);
    }
}

static void a_match_ends_at_the_first_other_byte(void **state) {
    uint8_t data[200];
    (void)state;
    for (size_t bad = 0; bad < sizeof data; bad++) {
        size_t from = below((uint32_t)bad + 1);
        wsx_pattern_fill(data, 7, 0, sizeof data);
        data[bad] ^= 1u << below(8);
        assert_int_equal(wsx_pattern_match(data + from, 7, from, sizeof data - from), bad - from);
    }
}

static void first_bytes_of_neighbours_differ(void **state) {
    uint8_t first[256];
    (void)state;
    for (uint32_t n = 0; n < 256; n++) {
        wsx_pattern_fill(&first[n], n + 1, 0, 1);
        for (uint32_t k = 0; k < n; k++)
            assert_int_not_equal(first[n], first[k]);
    }
}

static void sends_of_any_length_in_order(void **state) {
    wsx_sent sends[MOST_SENDS];
    wsx_run expected[MOST_SENDS];
    (void)state;
    for (int round = 0; round < 2000; round++) {
        uint32_t n = 1 + below(MOST_SENDS), made = 0;
        for (uint32_t i = 0; i < n; i++) {
            uint64_t length = below(3) ? below(20) : below(3000);
            sends[i] = (wsx_sent){length, length, false};
            if (length)
                expected[made++] = (wsx_run){i + 1, 0, length};
        }
        same_runs(sends, n, expected, made);
    }
}

/* Of a non-blocking send only a part may have been accepted; of an urgent one the last byte travels apart. */
static void parts_that_were_accepted(void **state) {
    wsx_sent sends[8];
    wsx_run expected[8];
    (void)state;
    for (int round = 0; round < 5000; round++) {
        uint32_t made = 0;
        for (uint32_t i = 0; i < 8; i++) {
            uint64_t length = 1 + below(50);
            bool urgent = below(4) == 0;
            sends[i] = (wsx_sent){length, urgent ? length : below((uint32_t)length + 1), urgent};
            uint64_t comes = urgent ? length - 1 : sends[i].accepted;
            if (comes)
                expected[made++] = (wsx_run){i + 1, 0, comes};
        }
        same_runs(sends, 8, expected, made);
    }
}

static void swapped_doubled_and_lost(void **state) {
    static const wsx_sent sends[] = {{100, 100, false}, {60, 60, false}, {5, 5, false}, {70000, 70000, false}};
    static const wsx_run swapped[] = {{2, 0, 60}, {1, 0, 100}, {4, 0, 70000}, {3, 0, 5}};
    static const wsx_run doubled[] = {{1, 0, 100}, {1, 0, 100}, {2, 0, 60}, {2, 0, 60}, {3, 0, 5}, {3, 0, 5}};
    static const wsx_run lost[] = {{1, 0, 40}, {1, 51, 100}, {2, 8, 60}, {4, 0, 30000}, {4, 60001, 70000}};
    static const wsx_run said_less[] = {{1, 0, 100}, {2, 0, 60}};
    static const wsx_sent half[] = {{100, 50, false}, {60, 60, false}};
    (void)state;
    same_runs(sends, 4, swapped, 4);
    same_runs(sends, 4, doubled, 6);
    same_runs(sends, 4, lost, 5);
    same_runs(half, 2, said_less, 2);
}

static void bytes_of_no_send(void **state) {
    static const wsx_sent sends[] = {{100, 100, false}, {60, 60, false}};
    uint8_t data[300];
    runs told = {.n = 0};
    wsx_decoder at = {0, 0};
    (void)state;
    size_t size = add(data, 0, 1, 0, 100);
    data[30] ^= 0xFF;
    memset(data + size, 0xDB, 50);
    size = add(data, size + 50, 2, 0, 60);
    assert_true(wsx_decode(&at, sends, 2, data, size, keep, &told));
    assert_int_equal(told.n, 5);
    assert_true(told.run[0].n == 1 && told.run[0].high == 30);
    assert_true(told.run[1].n == 0 && told.run[1].low == 30 && told.run[1].high == 31);
    assert_true(told.run[2].n == 1 && told.run[2].low == 31 && told.run[2].high == 100);
    assert_true(told.run[3].n == 0 && told.run[3].low == 100 && told.run[3].high == 150);
    assert_true(told.run[4].n == 2 && told.run[4].low == 0 && told.run[4].high == 60);
}

/* Effort is bounded: megabytes that belong to no send, beside a large send. */
static void much_of_no_send(void **state) {
    static const wsx_sent sends[] = {{1u << 30, 1u << 30, false}};
    static uint8_t data[MOST_DATA];
    runs told = {.n = 0};
    wsx_decoder at = {0, 0};
    (void)state;
    memset(data, 0x55, sizeof data);
    assert_true(wsx_decode(&at, sends, 1, data, sizeof data, keep, &told));
    assert_int_equal(told.n, 1);
    assert_true(told.run[0].n == 0 && told.run[0].high == sizeof data);
}

static void no_sends_at_all(void **state) {
    runs told = {.n = 0};
    wsx_decoder at = {0, 0};
    (void)state;
    assert_true(wsx_decode(&at, NULL, 0, "abc", 3, keep, &told));
    assert_int_equal(told.n, 1);
    assert_true(wsx_decode(&at, NULL, 0, "", 0, keep, &told));
    assert_int_equal(told.n, 1);
}

static void urgent_data(void **state) {
    static const wsx_sent sends[] = {{4, 4, false}, {1, 1, true}, {4, 4, true}};
    uint8_t data[2];
    runs told = {.n = 0};
    (void)state;
    add(data, 0, 2, 0, 1);
    add(data, 1, 3, 3, 4);
    assert_true(wsx_decode_urgent(sends, 3, data, 1, keep, &told));
    assert_true(wsx_decode_urgent(sends, 3, data + 1, 1, keep, &told));
    assert_true(told.n == 2 && told.run[0].n == 2 && told.run[1].n == 3 && told.run[1].low == 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_the_whole),
        cmocka_unit_test(a_match_ends_at_the_first_other_byte),
        cmocka_unit_test(first_bytes_of_neighbours_differ),
        cmocka_unit_test(sends_of_any_length_in_order),
        cmocka_unit_test(parts_that_were_accepted),
        cmocka_unit_test(swapped_doubled_and_lost),
        cmocka_unit_test(bytes_of_no_send),
        cmocka_unit_test(much_of_no_send),
        cmocka_unit_test(no_sends_at_all),
        cmocka_unit_test(urgent_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
