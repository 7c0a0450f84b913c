/* Was an observation foreseen: each comparison with its twin that must fail. */
#include "observe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The statement of a case with this one; released with the file. */
static const wsn_statement *parse(const char *call, const char *outcomes, wsn_file **file) {
    char text[8000];
    wsn_error error;
    const char *head = "case \"x\"\n clauses ret.zero\n a, b = tcp()\n o = overlapped(NULL)\n o2 = overlapped(NULL)\n"
                       " r = routine()\n p = CreateIoCompletionPort(a, 1)\n";
    snprintf(text, sizeof text, "%s %s = %s\n", head, call, outcomes);
    if (wsn_read_text(text, strlen(text), "test", "test", file, &error) != WSN_OK)
        fail_msg("%s: %s", text, error.message);
    return &(*file)->cases[0]->statements[5];
}

/* What the outcome in `seen` is, compared with the alternatives in `stated`. */
static wsx_match compare(const char *call, const char *seen, const char *stated) {
    wsn_file *a, *b;
    const wsn_statement *have = parse(call, seen, &a), *want = parse(call, stated, &b);
    wsx_observation observation = {0};
    for (size_t i = 0; i < have->outcomes[0].n_atoms; i++)
        wsx_see_value(&observation, &have->outcomes[0].atoms[i]);
    wsx_match match = wsx_foreseen(&observation, want->outcomes, want->n_outcomes);
    wsx_observation_free(&observation);
    wsn_file_free(a);
    wsn_file_free(b);
    return match;
}

#define SEND "WSASend(a, [10], &sent, 0, &o, NULL)"
#define WAIT "SleepEx(limit, TRUE)"
#define PORT "GetQueuedCompletionStatus(p, limit)"
#define RECV "recv(b, 100)"

static void stated_alternatives(void **state) {
    static const struct {
        const char *call, *seen, *stated;
        wsx_match match;
    } all[] = {
        {SEND, "0 sent 10", "0 sent 10", WSX_FORESEEN},
        {SEND, "0 sent 10", "0", WSX_FORESEEN},
        {SEND, "0 sent 10", "0 sent 9", WSX_UNFORESEEN},
        {SEND, "0 sent 10", "0 sent 1..10", WSX_FORESEEN},
        {SEND, "0 sent 10", "0 sent 1..9", WSX_UNFORESEEN},
        {SEND, "0 sent 10", "0 sent 11..12", WSX_UNFORESEEN},
        {SEND, "0 sent untouched", "0 sent 10", WSX_UNFORESEEN},
        {SEND, "0", "0 sent 10", WSX_UNFORESEEN},
        {SEND, "SOCKET_ERROR WSAEFAULT sent untouched", "0 sent 10 or SOCKET_ERROR WSAEFAULT", WSX_FORESEEN},
        {SEND, "SOCKET_ERROR WSAEFAULT sent untouched", "0 sent 10 or SOCKET_ERROR WSAEINVAL", WSX_UNFORESEEN},
        {SEND, "SOCKET_ERROR 10014", "SOCKET_ERROR WSAEFAULT", WSX_FORESEEN},
        {SEND, "0 sent 10", "0 sent 10 or want SOCKET_ERROR WSA_IO_PENDING sent untouched", WSX_UNWANTED},
        {SEND, "SOCKET_ERROR WSA_IO_PENDING sent untouched", "0 or want SOCKET_ERROR WSA_IO_PENDING sent untouched",
         WSX_FORESEEN},
        {SEND, "SOCKET_ERROR WSAEFAULT", "undefined", WSX_FORESEEN},
        {WAIT, "WAIT_IO_COMPLETION ran r(0, 10, &o, 0) r(0, 5, &o2, 0)",
         "WAIT_IO_COMPLETION ran r(0, 5, &o2, 0) r(0, 10, &o, 0)", WSX_FORESEEN},
        {WAIT, "WAIT_IO_COMPLETION ran r(0, 10, &o, 0)", "WAIT_IO_COMPLETION", WSX_FORESEEN},
        {WAIT, "WAIT_IO_COMPLETION ran r(0, 10, &o, 0)", "WAIT_IO_COMPLETION ran r(0, 0..10, &o, 0)", WSX_FORESEEN},
        {WAIT, "WAIT_IO_COMPLETION ran r(0, 10, &o, 0)", "WAIT_IO_COMPLETION ran r(0, 10, &o2, 0)", WSX_UNFORESEEN},
        {WAIT, "WAIT_IO_COMPLETION ran r(0, 10, &o, 0)", "WAIT_IO_COMPLETION ran r(0, 10, &o, 0) r(0, 10, &o, 0)",
         WSX_UNFORESEEN},
        {WAIT, "WAIT_IO_COMPLETION ran r(0, 10, &o, 0) r(0, 10, &o, 0)", "WAIT_IO_COMPLETION ran r(0, 10, &o, 0)",
         WSX_UNFORESEEN},
        {WAIT, "0", "WAIT_IO_COMPLETION", WSX_UNFORESEEN},
        {PORT, "TRUE &o transferred 10", "TRUE &o transferred 10", WSX_FORESEEN},
        {PORT, "TRUE &o transferred 10", "TRUE &o2 transferred 10", WSX_UNFORESEEN},
        {PORT, "TRUE &o transferred 9", "TRUE &o transferred 10", WSX_UNFORESEEN},
        {RECV, "1[0..10] eof", "1[0..10] eof", WSX_FORESEEN},
        {RECV, "1[0..10] eof", "1[0..10]", WSX_UNFORESEEN},
        {RECV, "1[0..10] eof", "1[0..11] eof", WSX_UNFORESEEN},
        {RECV, "x\"ab\" timeout", "x\"ab\" timeout", WSX_FORESEEN},
        {RECV, "x\"ab\" timeout", "x\"ac\" timeout", WSX_UNFORESEEN},
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (compare(all[i].call, all[i].seen, all[i].stated) != all[i].match)
            fail_msg("%s = %s beside %s", all[i].call, all[i].seen, all[i].stated);
}

/* "ran" with r(0, 1, &o, 0) to r(0, N, &o, 0), upwards or downwards; `other` stands in place of the last one. */
static void many_ran(char *out, size_t size, int n, bool upwards, int other) {
    size_t at = (size_t)snprintf(out, size, "WAIT_IO_COMPLETION ran");
    for (int i = 1; i <= n; i++) {
        int number = upwards ? i : n + 1 - i;
        at += (size_t)snprintf(out + at, size - at, " r(0, %d, &o, 0)", number == n ? other : number);
    }
}

static void any_number_of_routines_in_any_order(void **state) {
    char seen[4000], same[4000], different[4000];
    (void)state;
    many_ran(seen, sizeof seen, 150, true, 150);
    many_ran(same, sizeof same, 150, false, 150);
    many_ran(different, sizeof different, 150, false, 149);
    assert_int_equal(compare(WAIT, seen, seen), WSX_FORESEEN);
    assert_int_equal(compare(WAIT, seen, same), WSX_FORESEEN);
    assert_int_equal(compare(WAIT, seen, different), WSX_UNFORESEEN);
}

static void nothing_stated_foresees_everything(void **state) {
    wsx_observation seen = {0};
    (void)state;
    wsx_see_name(&seen, "SOCKET_ERROR");
    wsx_see_code(&seen, 10014);
    assert_int_equal(wsx_foreseen(&seen, NULL, 0), WSX_FORESEEN);
    wsx_observation_free(&seen);
}

static void until(void **state) {
    wsx_observation seen = {0};
    const wsn_value atom = {.kind = WSN_NAME, .name = "WSAEWOULDBLOCK", .constant = true, .number = 10035};
    (void)state;
    wsx_see_name(&seen, "SOCKET_ERROR");
    assert_false(wsx_holds(&seen, &atom));
    wsx_see_code(&seen, 10035);
    assert_true(wsx_holds(&seen, &atom));
    wsx_observation_free(&seen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stated_alternatives),
        cmocka_unit_test(any_number_of_routines_in_any_order),
        cmocka_unit_test(nothing_stated_foresees_everything),
        cmocka_unit_test(until),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
