/* test_program.c - the command lines of wsconform-judge and wsconform-exec-model: exit statuses, messages, pipes. */
#define _XOPEN_SOURCE 700 /* posix_openpt */
#include "support.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/wsj-test-XXXXXX";

/* Runs a shell command in the folder; standard output and error together, owned. */
static char *run(int *status, const char *command) {
    char line[2000];
    char *text = calloc(1, 1 << 20);
    snprintf(line, sizeof line, "cd %s && { %s ; } 2>&1", folder, command);
    FILE *pipe = popen(line, "r");
    assert_non_null(pipe);
    text[fread(text, 1, (1 << 20) - 1, pipe)] = '\0';
    int result = pclose(pipe);
    *status = WIFEXITED(result) ? WEXITSTATUS(result) : -1;
    return text;
}

static void assert_run(const char *command, int want, const char *says) {
    int status = 0;
    char *text = run(&status, command);
    if (status != want)
        fail_msg("%s: exit status %d\n%s", command, status, text);
    assert_contains(text, says);
    free(text);
}

/* Runs a shell command on a terminal of its own; what it shows, owned. */
static char *run_on_terminal(const char *command) {
    char line[2000];
    char *text = calloc(1, 1 << 16);
    size_t size = 0;
    int terminal = posix_openpt(O_RDWR | O_NOCTTY), status = 0;
    assert_true(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    snprintf(line, sizeof line, "cd %s && { %s ; } > %s 2>&1", folder, command, ptsname(terminal));
    int show = open(ptsname(terminal), O_RDWR | O_NOCTTY); /* what was shown stays while somebody has it open */
    char *nothing = run(&status, line);
    assert_string_equal(nothing, "");
    free(nothing);
    assert_true(write(show, "\4", 1) == 1); /* the end */
    while (!strchr(text, '\4') && size < 65000) {
        ssize_t n = read(terminal, text + size, 65000 - size);
        assert_true(n > 0);
        size += (size_t)n;
    }
    close(show);
    close(terminal);
    return text;
}

static void write_file(const char *name, const char *text) {
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static int make_files(void **state) {
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    write_file("good.case", "case \"a\"\n a, b = tcp()\n WSASend(a, [5], &n, 0, NULL, NULL) = 0 sent 5\n"
                            "case \"b\"\n a, b = udp()\n recv(b, 5) = timeout\n");
    write_file("wide.case", "case \"a\"\n a, b = tcp()\n WSASend(a, [5], &n, 0, NULL, NULL) = 0 sent 5 or 0 sent 4\n");
    write_file("bad.case", "case \"a\"\n a, b = tcp(\n");
    write_file("unknown.case", "case \"a\"\n a, b = tcp()\n bind(a, loopback) = timeout\n");
    write_file("only", "x/b\r\n\nx/none\n");
    write_file("later", "\n\r\nx/b");
    write_file("empty", "");
    char ids[8000] = "", many[8000] = "";
    for (int i = 0; i < 200; i++)
        sprintf(ids + strlen(ids), "x/number %d\n", i);
    strcat(ids, "x/a\n");
    write_file("long", ids);
    for (int i = 0; i < 100; i++)
        sprintf(many + strlen(many), "case \"a name that is long enough, %d\"\n SleepEx(0, TRUE) = 0\n", i);
    write_file("many.case", many);
    write_file("wrong.trace", TRACE "case \"c\"\n closesocket(INVALID_SOCKET) = crash 5\nend\n");
    return 0;
}

static int remove_files(void **state) {
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static void test_usage(void **state) {
    (void)state;
    assert_run(JUDGE, 2, "usage:");
    assert_run(JUDGE " help", 0, "check [--json]");
    assert_run(JUDGE " --help", 0, "usage:");
    assert_run(JUDGE " check --help", 0, "usage:");
    assert_run(JUDGE " frobnicate", 2, "no such command: frobnicate");
    assert_run(JUDGE " check --strict", 2, "no such option: --strict");
    assert_run(JUDGE " check --json=yes", 2, "takes no value: --json=yes");
    assert_run(JUDGE " check --profile", 2, "needs a value: --profile");
    assert_run(JUDGE " check --profile=nt", 2, "no such profile: nt");
    assert_run(JUDGE " check --an-option-as-long-as-no-option-ever-was-here", 2, "no such option");
    assert_run(JUDGE " list", 2, "which case files?");
    assert_run(JUDGE " rules x", 2, "rules takes no file");
    assert_run(JUDGE " bench-trace", 2, "the number of calls");
    assert_run(JUDGE " bench-trace 1 2", 2, "the number of calls");
    assert_run(JUDGE " bench-trace -1x", 2, "no such option: -1x");
    assert_run(JUDGE " bench-trace -- -1", 2, "the number of calls: -1");
    assert_run(JUDGE " bench-trace ' 1'", 2, "the number of calls:  1");
    assert_run(JUDGE " bench-trace 10x", 2, "the number of calls: 10x");
    assert_run(JUDGE " bench-trace ''", 2, "the number of calls\n");
    assert_run(JUDGE " bench-trace 1 > /dev/full", 2, "cannot write the output: No space left on device");
    assert_run(JUDGE " -h", 0, "check [--json]");
    assert_run(MODEL, 2, "usage:");
    assert_run(MODEL " --help", 0, "usage:");
    assert_run(MODEL " --root", 2, "needs a value: --root");
    assert_run(MODEL " -h", 0, "usage:");
    assert_run(MODEL " --rootless x", 2, "no such option: --rootless");
    assert_run(MODEL " --only", 2, "needs a value: --only");
    assert_run(MODEL " --only . good.case", 2, "cannot be read: .");
    assert_run(MODEL " --frob", 2, "no such option: --frob");
    assert_run(MODEL " --only none good.case", 2, "cannot be read: none");
}

static void test_check(void **state) {
    (void)state;
    assert_run(JUDGE " check " TRACES "/conforms-sends.trace " TRACES "/conforms-port.trace", 0, "2 cases, ");
    assert_run(JUDGE " check < " TRACES "/conforms-sends.trace", 0, "1 case, ");
    assert_run(JUDGE " check - < " TRACES "/conforms-sends.trace", 0, "1 case, ");
    assert_run(JUDGE " check --profile documented -- wrong.trace", 1, "crash  c");
    assert_run(JUDGE " check --json --profile=documented wrong.trace", 1, "\"verdict\": \"crash\"");
    assert_run(JUDGE " check none.trace wrong.trace", 2, "0 cases, "); /* the first damage ends the work */
    assert_run(JUDGE " check wrong.trace none.trace", 2, "none.trace:1:1: cannot be opened");
    assert_run(JUDGE " check " TRACES "/inconclusive-cut-short.trace", 2, "inconclusive  damaged/the trace ends here");
    assert_run("head -c 300 " TRACES "/conforms-sends.trace | " JUDGE " check", 2, "<standard input>:");
    assert_run(JUDGE " check " TRACES "/conforms-sends.trace > /dev/full", 2, "cannot write the output");
}

static void test_case_files(void **state) {
    (void)state;
    assert_run(JUDGE " list --root . good.case", 0, "\"id\": \"good/b\"");
    assert_run(JUDGE " list bad.case", 2, "bad.case:");
    assert_run(JUDGE " print --root=. good.case", 0, "case \"/good/a\"");
    assert_run(JUDGE " print good.case > /dev/full", 2, "cannot write");
    assert_run(JUDGE " expect good.case", 0, "2 cases, 2 steps compared, 0 differ\n");
    assert_run(JUDGE " expect --strict good.case wide.case", 1, "wide.case:3: wide/a #2: hand-written only: 0 sent 4");
    assert_run(JUDGE " expect unknown.case", 2, "unknown.case:3:2: no outcome of this call");
    assert_run(JUDGE " expect unknown.case wide.case | wc -l", 0, "0\n"); /* the first damage ends the work */
    assert_run(JUDGE " rules", 0, "\"rule\": \"notsock\"");
    assert_run(JUDGE " bench-trace 100 | " JUDGE " check", 0, " conforms");
    /* Canonical text says the same as what was read. */
    assert_run(JUDGE " print good.case > again.case && " JUDGE " expect again.case", 0, "2 steps compared, 0 differ");
}

static void test_model(void **state) {
    (void)state;
    assert_run(MODEL " --root . --jobs 2 --limit=100 --provider x.dll good.case | " JUDGE " check", 0, "2 cases, ");
    assert_run("mkdir -p x && cp good.case x/../x.case && " MODEL " --only=only x.case", 0, "case \"x/b\"");
    assert_run(MODEL " --only only x.case | grep -c ^case", 0, "1\n");
    assert_run(MODEL " bad.case", 2, "bad.case:");
    assert_run(MODEL " --any 7 --root . good.case | " JUDGE " check", 0, "2 cases, ");
    assert_run(MODEL " --any x good.case", 2, "takes a number from 1 on: --any");
    assert_run(MODEL " --any", 2, "needs a value: --any");
    assert_run(MODEL " unknown.case good.case", 2, "unknown.case:3:2: no outcome of this call");
    assert_run(MODEL " unknown.case good.case 2>/dev/null | " JUDGE " check", 0, "2 cases, "); /* the others are run */
    assert_run(MODEL " good.case > /dev/full", 2, "cannot write the trace");
    assert_run(MODEL " many.case > /dev/full", 2, "cannot write the trace");
    assert_run("cp good.case x.case && " MODEL " --only later x.case | grep ^case", 0, "case \"x/b\"\n");
    assert_run(MODEL " --only long x.case | grep ^case", 0, "case \"x/a\"\n");
    assert_run(MODEL " --only long --only later x.case | grep -c x/a", 1, "0\n"); /* the last one counts */
    assert_run(MODEL " --only empty x.case | grep -c ^case", 1, "0\n");
}

/* Colours are for people: on a terminal, unless they do not want any. */
static void test_terminal(void **state) {
    (void)state;
    char *text = run_on_terminal("NO_COLOR= ; unset NO_COLOR; " JUDGE " check wrong.trace");
    assert_contains(text, "\033[31mcrash\033[0m  c");
    free(text);
    text = run_on_terminal("NO_COLOR=1 " JUDGE " check wrong.trace");
    assert_contains(text, "crash  c");
    assert_lacks(text, "\033");
    free(text);
    assert_run("unset NO_COLOR; " JUDGE " check wrong.trace | grep -c 033", 1, "0\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usage), cmocka_unit_test(test_check),    cmocka_unit_test(test_case_files),
        cmocka_unit_test(test_model), cmocka_unit_test(test_terminal),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
