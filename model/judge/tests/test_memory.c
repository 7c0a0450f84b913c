/*
 * test_memory.c - memory that runs out.
 *
 * Each job is done again and again, and each time one allocation more succeeds before one fails. It must say
 * WSJ_MEMORY (or WSN_MEMORY's sentence), leak nothing and touch nothing it should not: the sanitisers look on.
 */
#define _POSIX_C_SOURCE 200809L
#include "mains.h"
#include "support.h"
#include "translate.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
FILE *__real_open_memstream(char **text, size_t *size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
FILE *__wrap_open_memstream(char **text, size_t *size);

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

FILE *__wrap_open_memstream(char **out, size_t *size) {
    return fails() ? NULL : __real_open_memstream(out, size);
}

/* --- the jobs
 * ---------------------------------------------------------------------------------------------------------- */

#define TEN(text) text text text text text text text text text text
#define LONG_LIST TEN("1, 2, 0, 1, 2, 0, 1, 2, 0, ") "30"
#define LONG_DATA TEN("1[0..1] 1[1..2] 1[2..3] 1[3..4] ")

static const char trace[] = TRACE
    "case \"c\"\n a, b = tcp()\n e = WSACreateEvent()\n o = overlapped(e)\n r = routine()\n thread t1\n"
    " WSASend(a, [5], NULL, 0, &o, r) = 0\n WSAWaitForMultipleEvents([e], TRUE, 5000, TRUE) ...\n enter r(0, 4, "
    "&o, 0)\n leave r\n"
    " ... WSAWaitForMultipleEvents = WSA_WAIT_IO_COMPLETION\n recv(b, 5) = 1[0..5]\n t1: SleepEx(0, TRUE) = 0\n"
    " shutdown(a, SD_SEND) = 0\n WSASend(a, [5], NULL, 0, NULL, NULL) = crash 5\nend\n"
    "case \"d\"\n a, b = tcp() = failed \"no\"\nend\n"
    "case \"the model grows\"\n a, b = tcp()\n p1 = CreateIoCompletionPort(a, 1)\n p2 = CreateIoCompletionPort(a, 1)\n"
    " p3 = CreateIoCompletionPort(a, 1)\n p4 = CreateIoCompletionPort(a, 1)\n p5 = CreateIoCompletionPort(a, 1)\n"
    " p6 = CreateIoCompletionPort(a, 1)\n p7 = CreateIoCompletionPort(a, 1)\n p8 = CreateIoCompletionPort(a, 1)\n"
    " p9 = CreateIoCompletionPort(a, 1)\nend\n"
    "case \"long lines\"\n a, b = tcp()\n WSASend(a, [" LONG_LIST "], &sent, 0, NULL, NULL) = 0 sent 120 changed data\n"
    " recv(b, 500) = " LONG_DATA " timeout\n thread t1\n t1: ... SleepEx = 0\nend\n";
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
    " connect(a, b) = SOCKET_ERROR WSAEISCONN or 0\n h = handle(file)\n shutdown(a, 9) = 0\n recv(b, 1)\n bind(a, "
    "loopback)\n";

/* Each begins with what needs memory first; the last ends in more ways than one. */
static const char small_cases[] =
    "case \"r\"\n routine r\n  SleepEx(0, FALSE)\n end\ncase \"t\"\n thread t1\n"
    "case \"p\"\n a, b = tcp()\n p1 = CreateIoCompletionPort(a, 1)\n p2 = CreateIoCompletionPort(a, 1)\n"
    " p3 = CreateIoCompletionPort(a, 1)\n p4 = CreateIoCompletionPort(a, 1)\n p5 = CreateIoCompletionPort(a, 1)\n"
    " p6 = CreateIoCompletionPort(a, 1)\n p7 = CreateIoCompletionPort(a, 1)\n p8 = CreateIoCompletionPort(a, 1)\n"
    " p9 = CreateIoCompletionPort(a, 1)\n"
    "case \"h\"\n start uninitialised\n WSAStartup(0x0101)\n a, b = tcp()\n r = routine()\n d = WSADuplicateSocket(a)\n"
    " WSASetBlockingHook(r)\n WSASend(a, [5], &n, 0, NULL, NULL)\n printf(\"%d\", &n)\n"
    "case \"o\"\n a, b = tcp()\n o = overlapped(NULL)\n r = routine()\n"
    " WSASend(a, [5], NULL, 0, &o, r) = 0 or want SOCKET_ERROR WSA_IO_PENDING\n closesocket(a) = 0 or SOCKET_ERROR "
    "WSAEINTR\n"
    " SleepEx(0, TRUE)\n";

static const char *text; /* what the job works on */
static size_t text_size;
static const wsn_case *one_case;

static wsj_status judge_trace(bool json) {
    char *out = NULL;
    size_t size = 0;
    wsj_counts counts = {0};
    wsn_error error;
    wsj_check_options options = {.json = json, .profile = "documented"};
    FILE *in = fmemopen((void *)(uintptr_t)text, text_size, "rb"), *stream = __real_open_memstream(&out, &size);
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

/* Reading is the notation's, which has its own tests: the case is there already. */
static wsj_status on_case(int job) {
    char *out = NULL;
    size_t size = 0;
    wsn_error error;
    wsj_expect_counts counts = {0};
    const wsj_expect_options options = {.strict = true, .max_histories = 40};
    wsn_case *one[] = {(wsn_case *)(uintptr_t)one_case};
    const wsn_file file = {.cases = one, .n_cases = 1};
    FILE *stream = __real_open_memstream(&out, &size);
    wsj_status status = job == 0   ? wsj_expect(&file, &options, stream, &counts, &error)
                        : job == 1 ? wsj_play(one_case, 0, stream, &error)
                        : job == 2 ? wsj_list(&file, stream)
                                   : wsj_rules(stream);
    fclose(stream);
    free(out);
    return status;
}

static wsj_status expect_case(void) {
    return on_case(0);
}

static wsj_status play_case(void) {
    return on_case(1);
}

static wsj_status list_case(void) {
    return on_case(2);
}

static wsj_status list_rules(void) {
    return on_case(3);
}

/* Fails one allocation of the job after the other (of many the later ones with growing gaps) until none fails. */
static void starve(wsj_status (*job)(void)) {
    long n = 0, tries = 0, refused = 0;
    const wsj_status well_fed = job();
    for (;; n += 1 + n / 64) {
        left = n;
        wsj_status status = job();
        bool starved = left < 0;
        left = -1;
        if (!starved) {
            assert_int_equal(status, well_fed);
            break;
        }
        if (status != WSJ_MEMORY && status != WSJ_OUTPUT)
            print_message("             allocation %ld: status %d\n", n, (int)status);
        refused += status == WSJ_MEMORY || status == WSJ_OUTPUT;
        tries++;
    }
    assert_true(tries > 0);
    /* A text that is lost for want of memory may be noticed only where it is written: but noticed it must be. */
    assert_int_equal(refused, tries);
}

static void starve_trace(const char *trace_text, size_t size) {
    text = trace_text;
    text_size = size;
    starve(judge_json);
    starve(judge_summary);
}

static void starve_cases(const wsn_file *file) {
    for (size_t i = 0; i < file->n_cases; i++) {
        one_case = file->cases[i];
        starve(expect_case);
        starve(play_case);
        starve(list_case);
    }
}

static void test_traces(void **state) {
    (void)state;
    starve_trace(trace, sizeof trace - 1);
    DIR *folder = opendir(TRACES);
    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder));) {
        char path[500];
        size_t size, length = strlen(entry->d_name);
        if (length < 6 || strcmp(entry->d_name + length - 6, ".trace") != 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", TRACES, entry->d_name);
        char *one = read_file(path, &size);
        starve_trace(one, size);
        free(one);
    }
    closedir(folder);
}

static void test_cases(void **state) {
    (void)state;
    static const char *const texts[] = {cases, more_cases, small_cases};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        wsn_file *file = parse(texts[i]);
        starve_cases(file);
        wsn_file_free(file);
    }
    static const char *const files[] = {CASES "/completion/routines.case", CASES "/completion/iocp.case"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        wsn_file *file = NULL;
        wsn_error error;
        assert_int_equal(wsn_read_file(files[i], "c", &file, &error), WSN_OK);
        starve_cases(file);
        wsn_file_free(file);
    }
}

static void test_rules(void **state) {
    (void)state;
    starve(list_rules);
}

/* --- the programs
 * ------------------------------------------------------------------------------------------------------ */

#define ONE_FILE CASES "/flags/dontroute.case"

static char *const *command; /* the words of the command line at hand */
static int (*program)(int argc, char **argv);

/* Runs the program with its output thrown away. Its exit status 0 or 1 is well, anything else is said to be WSJ_MEMORY.
 */
static wsj_status run_program(void) {
    char words[8][300], *argv[9] = {NULL};
    int argc = 0;
    for (; command[argc]; argc++) {
        snprintf(words[argc], sizeof words[argc], "%s", command[argc]);
        argv[argc] = words[argc];
    }
    int status = program(argc, argv);
    return status <= 1 ? (wsj_status)status : WSJ_MEMORY;
}

static void test_programs(void **state) {
    (void)state;
    static const struct {
        int (*program)(int, char **);
        char *words[8];
    } rows[] = {
        {judge_main, {"judge", "check", TRACES "/crash-in-a-send.trace"}},
        {judge_main, {"judge", "check", "--json", TRACES "/conforms-port.trace"}},
        {judge_main, {"judge", "list", "--root=" CASES, ONE_FILE}},
        {judge_main, {"judge", "expect", "--root=" CASES, "--strict", ONE_FILE}},
        {judge_main, {"judge", "print", ONE_FILE}},
        {judge_main, {"judge", "rules"}},
        {model_main, {"model", "--root=" CASES, "--only", ONE_FILE, ONE_FILE}},
        {model_main, {"model", ONE_FILE}},
    };
    int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO), none = open("/dev/null", O_WRONLY);
    fflush(stdout);
    dup2(none, STDOUT_FILENO);
    dup2(none, STDERR_FILENO);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        program = rows[i].program;
        command = rows[i].words;
        starve(run_program);
        fflush(stdout);
    }
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    close(out);
    close(err);
    close(none);
}

/* The exit status of a program whose every write fails at once, and leaves nothing behind to be written later. */
static int status_on_a_full_disk(int (*program_main)(int, char **), char **argv) {
    int argc = 0, status = 0;
    while (argv[argc])
        argc++;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        bool ready = freopen("/dev/null", "w", stderr) && freopen("/dev/full", "w", stdout);
        exit(ready && setvbuf(stdout, NULL, _IONBF, 0) == 0 ? program_main(argc, argv) : 99);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_full_disk(void **state) {
    (void)state;
    char file[] = ONE_FILE;
    char *print[] = {(char[]){"judge"}, (char[]){"print"}, file, NULL};
    char *list[] = {(char[]){"judge"}, (char[]){"list"}, file, NULL};
    char *expect[] = {(char[]){"judge"}, (char[]){"expect"}, file, NULL};
    char *rules[] = {(char[]){"judge"}, (char[]){"rules"}, NULL};
    char *play[] = {(char[]){"model"}, file, NULL};
    assert_int_equal(status_on_a_full_disk(judge_main, print), 2);
    assert_int_equal(status_on_a_full_disk(judge_main, list), 2);
    assert_int_equal(status_on_a_full_disk(judge_main, rules), 2);
    assert_int_equal(status_on_a_full_disk(judge_main, expect), 2);
    assert_int_equal(status_on_a_full_disk(model_main, play), 2);
}

/* A line that needs more room than was there at first. */
static void test_long_line(void **state) {
    (void)state;
    wsn_file *file = parse("case \"c\"\n a, b = tcp()\n WSASend(a, [" LONG_LIST "], &n, 0, NULL, NULL) = 0 sent 120\n"
                           " recv(b, 500) = " LONG_DATA " timeout\n");
    const wsn_statement *s = file->cases[0]->statements;
    wsj_text t = {0};
    left = 1;
    wsj_print_call(&s[1], &t);
    assert_int_equal(left, -1);
    assert_true(t.failed && t.size == 0);
    wsj_text_free(&t);
    left = 1;
    wsj_print_atoms(&s[2].outcomes[0], &t);
    assert_int_equal(left, -1);
    assert_true(t.failed && t.size == 0);
    wsj_text_free(&t);
    wsn_file_free(file);
}

static void test_thread(void **state) {
    (void)state;
    wsj_world world = {.file = "made.case", .limit_ms = 5000};
    const wsn_statement s = {.kind = WSN_CALL, .verb = WSN_VERB_WSAStartup, .thread = "t1", .line = 1, .column = 1};
    wsc_call call;
    wsn_error bad;
    left = 0;
    assert_int_equal(wsj_translate_call(&world, &s, &call, &bad), WSJ_NO_MEMORY);
    left = -1;
    assert_int_equal(wsj_translate_call(&world, &s, &call, &bad), WSJ_TO_MODEL);
    assert_int_equal(call.thread, 1);
    wsj_world_free(&world);
    world = (wsj_world){.file = "made.case", .limit_ms = 5000}; /* an APC for a thread that nobody declared */
    wsn_value args[] = {{.kind = WSN_NAME, .name = "r"}, {.kind = WSN_NAME, .name = "t1"}};
    const wsn_statement apc = {.kind = WSN_CALL, .verb = WSN_VERB_QueueUserAPC, .args = args, .n_args = 2, .line = 1};
    assert_true(wsj_names_make(&world.names, args[0].name, WSJ_ROUTINE, NULL));
    left = 0;
    assert_int_equal(wsj_translate_call(&world, &apc, &call, &bad), WSJ_NO_MEMORY);
    left = -1;
    assert_int_equal(wsj_translate_call(&world, &apc, &call, &bad), WSJ_TO_MODEL);
    assert_int_equal(call.u.apc.thread, 1);
    static const char names[400][4];
    const char *result[] = {"d"};
    wsn_value from[] = {{.kind = WSN_NAME, .name = names[0]}};
    const wsn_statement duplicate = {.kind = WSN_CALL,
                                     .verb = WSN_VERB_WSADuplicateSocket,
                                     .args = from,
                                     .n_args = 1,
                                     .results = result,
                                     .n_results = 1};
    for (uint32_t i = 0; world.names.used * 2 < world.names.capacity; i++) /* until there is room for none */
        assert_true(i < 400 && wsj_names_make(&world.names, names[i], WSJ_SOCKET, NULL));
    left = 0;
    assert_int_equal(wsj_translate_call(&world, &duplicate, &call, &bad), WSJ_NO_MEMORY);
    left = -1;
    assert_int_equal(wsj_translate_call(&world, &duplicate, &call, &bad), WSJ_NO_CALL);
    wsj_world_free(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_traces),    cmocka_unit_test(test_cases),     cmocka_unit_test(test_rules),
        cmocka_unit_test(test_programs),  cmocka_unit_test(test_full_disk), cmocka_unit_test(test_thread),
        cmocka_unit_test(test_long_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
