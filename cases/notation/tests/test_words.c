/* test_words.c - verbs, constants, error names. */
#include "support.h"

#include <string.h>

static void constants_are_sorted(void **state) {
    (void)state;
    static const char *const names[] = {
#define WSN_CONSTANT(name, value) #name,
#include "constants.def"
#undef WSN_CONSTANT
    };
    for (size_t i = 1; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i - 1], names[i]) >= 0)
            fail_msg("%s stands before %s", names[i - 1], names[i]);
    uint64_t number;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_true(wsn_constant(names[i], &number));
}

static void constants_have_their_values(void **state) {
    (void)state;
    static const struct {
        const char *name;
        uint64_t number;
    } known[] = {{"WSAEFAULT", 10014},  {"WSA_IO_PENDING", 997},      {"MSG_PARTIAL", 0x8000},
                 {"WAIT_TIMEOUT", 258}, {"WSA_WAIT_TIMEOUT", 258},    {"WSA_WAIT_IO_COMPLETION", 192},
                 {"SD_BOTH", 2},        {"SO_MAX_MSG_SIZE", 0x2003},  {"FIONBIO", 0x8004667E},
                 {"TRUE", 1},           {"SOCKET_ERROR", UINT64_MAX}, {"INVALID_SOCKET", UINT64_MAX},
                 {"AF_INET6", 23},      {"SIO_FLUSH", 0x28000004},    {"ERROR_NETNAME_DELETED", 64}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint64_t number = 0;
        assert_true(wsn_constant(known[i].name, &number));
        assert_int_equal(number, known[i].number);
    }
    uint64_t number = 7;
    assert_false(wsn_constant("WSAEFAUL", &number));
    assert_false(wsn_constant("", &number));
    assert_false(wsn_constant("zzz", &number));
    assert_int_equal(number, 7);
}

static void error_names(void **state) {
    (void)state;
    assert_string_equal(wsn_error_name(10058), "WSAESHUTDOWN");
    assert_string_equal(wsn_error_name(997), "WSA_IO_PENDING");
    assert_string_equal(wsn_error_name(995), "WSA_OPERATION_ABORTED");
    assert_string_equal(wsn_error_name(258), "WAIT_TIMEOUT");
    assert_null(wsn_error_name(0));
    assert_null(wsn_error_name(12345));
}

static void verbs_and_places(void **state) {
    (void)state;
    assert_string_equal(wsn_verb_name(WSN_VERB_WSASend), "WSASend");
    assert_non_null(strstr(wsn_verb_help(WSN_VERB_WSASend), "function under test"));
    assert_string_equal(wsn_verb_name(WSN_VERB_COUNT), "");
    assert_string_equal(wsn_verb_help((wsn_verb)-1), "");
    assert_string_equal(wsn_place_name(WSN_PLAIN), "");
    assert_string_equal(wsn_place_name(WSN_GUARD), "guard");
    assert_string_equal(wsn_place_name((wsn_place)99), "");
}

/* The letters are those of which the head of verbs.def speaks. */
static void verbs_have_known_letters(void **state) {
    (void)state;
    static const char *const args[] = {
#define WSN_VERB(name, results, args, help) args,
#include "verbs.def"
#undef WSN_VERB
    };
    for (size_t i = 0; i < sizeof args / sizeof *args; i++)
        assert_int_equal(strspn(args[i], "SBVFOCELNTXAWPHGRMK?*"), strlen(args[i]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constants_are_sorted),
        cmocka_unit_test(constants_have_their_values),
        cmocka_unit_test(error_names),
        cmocka_unit_test(verbs_and_places),
        cmocka_unit_test(verbs_have_known_letters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
