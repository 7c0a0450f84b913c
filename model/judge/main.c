/* main.c - wsconform-judge: the command line. What the commands print: OUTPUT.md. */
#ifndef _WIN32
#define _POSIX_C_SOURCE 200809L
#endif
#include "judge.h"
#include "paths.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#define isatty _isatty
#define fileno _fileno
#else
#include <unistd.h>
#endif

enum { EXIT_FINDINGS = 1, EXIT_BAD_INPUT = 2 };

static const char help[] =
    "usage: wsconform-judge COMMAND [OPTION...] [FILE...]\n"
    "\n"
    "Judges what a WSASend did against what its documentation promises. A trace is what an executor saw; a case\n"
    "file is what somebody wrote by hand. Both are in the notation of cases/NOTATION.md.\n"
    "\n"
    "  check [--json] [--profile NAME] [--twist RULE=HOW] [TRACE...]\n"
    "      Judge traces, one case at a time, as they come (\"-\" or no TRACE: standard input).\n"
    "      Prints the cases that do not conform and the counts; with --json one JSON line for each case.\n"
    "      --profile windows also refuses what the document allows and Windows is not seen to do.\n"
    "  list [--root DIR] FILE...\n"
    "      The cases of case files as JSON Lines: ids, clauses, steps and what is allowed at each.\n"
    "  expect [--root DIR] [--strict] [--twist RULE=HOW] FILE...\n"
    "      Compare every hand-written set of outcomes with the model's; print each difference.\n"
    "      --strict also names the judged calls that state no set.\n"
    "  rules\n"
    "      The model's rules as JSON: name, error code, clauses, what the rule says.\n"
    "  print [--root DIR] [--json] FILE...\n"
    "      The files in canonical text, tables expanded; with --json as JSON Lines, statement by statement.\n"
    "  bench-trace N\n"
    "      A conforming trace of at least N calls, for measuring \"check\".\n"
    "\n"
    "--root DIR: case ids begin with the file's path below DIR, without \".case\".\n"
    "--twist RULE=HOW: the model with one rule made wrong, to see what notices. HOW is drop (it is not there), for "
    "errors\n"
    "also doubt, sure, wide (may where it must; must where it may; may where it cannot), or another code or amount.\n"
    "\n"
    "exit status: 0 nothing unexpected; 1 a case deviates, crashed or hung, or a set differs;\n"
    "2 bad usage or bad input, with file, line and column on standard error.\n"
    "\n"
    "example: wsconform-exec-model --root cases cases/errors/*.case | wsconform-judge check\n";

/* The options of all commands; each command takes those that its row in `commands` names. */
typedef struct arguments {
    bool json, strict;
    const char *profile, *root, *twist;
    char **files;
    int n_files;
} arguments;

static int bad_usage(const char *what, const char *word) {
    fprintf(stderr, "wsconform-judge: %s%s%s\n(wsconform-judge help says how to use it)\n", what, word ? ": " : "",
            word ? word : "");
    return EXIT_BAD_INPUT;
}

/* Says what went wrong and gives the exit status. */
static int finish(wsj_status status, const wsn_error *error) {
    if (status <= WSJ_FOUND)
        return status == WSJ_OK ? EXIT_SUCCESS : EXIT_FINDINGS;
    if (status == WSJ_INPUT)
        fprintf(stderr, "%s:%d:%d: %s\n", error->file, error->line, error->column, error->message);
    else if (status == WSJ_OUTPUT)
        fprintf(stderr, "wsconform-judge: cannot write the output: %s\n", strerror(errno));
    else
        fputs("wsconform-judge: out of memory\n", stderr);
    return EXIT_BAD_INPUT;
}

/* The worse of two results: an error beats a finding. */
static wsj_status worse(wsj_status a, wsj_status b) {
    return a > b ? a : b;
}

/* --- check ------------------------------------------------------------------------------------------------- */

static wsj_status check_one(const char *path, const wsj_check_options *options, wsj_counts *counts, wsn_error *error) {
    bool standard = strcmp(path, "-") == 0;
    FILE *in = standard ? stdin : fopen(path, "rb");
    if (!in) {
        *error = (wsn_error){.status = WSN_IO, .file = path, .line = 1, .column = 1};
        snprintf(error->message, sizeof error->message, "cannot be opened: %s", strerror(errno));
        return WSJ_INPUT;
    }
    wsj_status status = wsj_check(in, standard ? "<standard input>" : path, options, stdout, counts, error);
    if (!standard)
        fclose(in);
    return status;
}

static int command_check(const arguments *a) {
    static char *standard_input[] = {"-"};
    char **files = a->n_files ? a->files : standard_input;
    int n_files = a->n_files ? a->n_files : 1;
    wsj_check_options options = {.json = a->json, .profile = a->profile ? a->profile : "documented"};
    if (a->twist && !wsj_twist_read(a->twist, &options.twist))
        return bad_usage("no such rule, or way to twist it", a->twist);
    options.colour = isatty(fileno(stdout)) && !getenv("NO_COLOR");
    if (!wsj_profile_known(options.profile))
        return bad_usage("no such profile", options.profile);
    wsj_counts counts = {0};
    wsj_status status = WSJ_OK;
    wsn_error error = {0};
    /* A damaged trace ends the work, but not before what was judged has been counted. */
    for (int i = 0; i < n_files && status <= WSJ_FOUND; i++)
        status = worse(status, check_one(files[i], &options, &counts, &error));
    wsj_status summary = wsj_check_summary(&options, stdout, &counts);
    return finish(status <= WSJ_FOUND ? worse(status, summary) : status, &error);
}

/* --- commands on case files --------------------------------------------------------------------------------- */

typedef wsj_status (*file_work)(const wsn_file *file, void *context, wsn_error *error);

/* The status, or that not all could be written. */
static wsj_status flushed(wsj_status status) {
    return fflush(stdout) || ferror(stdout) ? WSJ_OUTPUT : status;
}

/* Reads each file and gives it to work; goes on after findings, stops at an error. */
static int for_each_file(const arguments *a, file_work work, void *context) {
    wsj_status status = WSJ_OK;
    wsn_error error = {0};
    if (a->n_files == 0)
        return bad_usage("which case files?", NULL);
    for (int i = 0; i < a->n_files && status <= WSJ_FOUND; i++) {
        wsn_file *file = NULL;
        char *prefix = wsj_id_prefix(a->root, a->files[i]);
        wsn_status read = prefix ? wsn_read_file(a->files[i], prefix, &file, &error) : WSN_MEMORY;
        free(prefix);
        if (read != WSN_OK)
            return finish(read == WSN_MEMORY ? WSJ_MEMORY : WSJ_INPUT, &error);
        status = worse(status, work(file, context, &error));
        if (status > WSJ_FOUND)
            finish(status, &error); /* before the file, which error may point into, is gone */
        wsn_file_free(file);
    }
    if (status > WSJ_FOUND)
        return EXIT_BAD_INPUT;
    return finish(flushed(status), &error);
}

static wsj_status list_file(const wsn_file *file, void *context, wsn_error *error) {
    (void)context, (void)error;
    return wsj_list(file, stdout);
}

static wsj_status print_file(const wsn_file *file, void *context, wsn_error *error) {
    bool *first = context;
    (void)error;
    for (size_t i = 0; i < file->n_cases; i++, *first = false) {
        if (!*first)
            putchar('\n');
        if (wsn_print_case(file->cases[i], stdout) != WSN_OK)
            return WSJ_OUTPUT;
    }
    return WSJ_OK;
}

static wsj_status structure_of_file(const wsn_file *file, void *context, wsn_error *error) {
    (void)context, (void)error;
    return wsj_structure(file, stdout);
}

typedef struct expect_context {
    wsj_expect_options options;
    wsj_expect_counts counts;
} expect_context;

static wsj_status expect_file(const wsn_file *file, void *context, wsn_error *error) {
    expect_context *x = context;
    return wsj_expect(file, &x->options, stdout, &x->counts, error);
}

static int command_list(const arguments *a) {
    return for_each_file(a, list_file, NULL);
}

static int command_print(const arguments *a) {
    bool first = true;
    return a->json ? for_each_file(a, structure_of_file, NULL) : for_each_file(a, print_file, &first);
}

static int command_expect(const arguments *a) {
    expect_context x = {.options = {.strict = a->strict}};
    if (a->twist && !wsj_twist_read(a->twist, &x.options.twist))
        return bad_usage("no such rule, or way to twist it", a->twist);
    int result = for_each_file(a, expect_file, &x);
    if (result == EXIT_SUCCESS || result == EXIT_FINDINGS) {
        printf("%llu cases, %llu steps compared, %llu differ", (unsigned long long)x.counts.cases,
               (unsigned long long)x.counts.steps, (unsigned long long)x.counts.differences);
        if (a->strict)
            printf(", %llu unstated", (unsigned long long)x.counts.unstated);
        putchar('\n');
        const wsn_error none = {0};
        if (flushed(WSJ_OK) != WSJ_OK)
            return finish(WSJ_OUTPUT, &none);
    }
    return result;
}

/* --- commands without files --------------------------------------------------------------------------------- */

static int command_rules(const arguments *a) {
    if (a->n_files)
        return bad_usage("rules takes no file", a->files[0]);
    wsn_error error = {0};
    return finish(wsj_rules(stdout), &error);
}

static int command_bench_trace(const arguments *a) {
    const char *word = a->n_files == 1 ? a->files[0] : "";
    if (!*word || word[strspn(word, "0123456789")])
        return bad_usage("bench-trace takes the number of calls", *word ? word : NULL);
    unsigned long long calls = strtoull(word, NULL, 10);
    wsn_error error = {0};
    return finish(wsj_bench_trace(stdout, calls) ? WSJ_OK : WSJ_OUTPUT, &error);
}

static int command_help(const arguments *a) {
    (void)a;
    fputs(help, stdout);
    return EXIT_SUCCESS;
}

static const struct {
    const char *name;
    const char *options; /* with a space behind each */
    int (*run)(const arguments *a);
} commands[] = {
    {"bench-trace", "", command_bench_trace},
    {"check", "--json --profile --twist ", command_check},
    {"expect", "--root --strict --twist ", command_expect},
    {"help", "", command_help},
    {"list", "--root --json ", command_list}, /* --json: it is JSON anyway */
    {"print", "--root --json ", command_print},
    {"rules", "--json ", command_rules},
};

/* True if `options` holds the word argv begins with; *value is what stands behind "=", NULL without one. */
static bool takes(const char *options, const char *argument, char name[32], const char **value) {
    size_t length = strcspn(argument, "=");
    if (length + 2 > 32)
        return false;
    memcpy(name, argument, length);
    memcpy(name + length, " ", 2);
    *value = argument[length] ? argument + length + 1 : NULL;
    return strstr(options, name) != NULL;
}

static int run(size_t command, int argc, char **argv) {
    arguments a = {.files = argv};
    bool only_files = false;
    for (int i = 0; i < argc; i++) {
        char name[32];
        const char *value;
        if (only_files || argv[i][0] != '-' || strcmp(argv[i], "-") == 0) {
            a.files[a.n_files++] = argv[i]; /* never ahead of i: files move to the front in place */
        } else if (strcmp(argv[i], "--") == 0) {
            only_files = true;
        } else if (!takes(commands[command].options, argv[i], name, &value)) {
            return bad_usage("no such option", argv[i]);
        } else if (strcmp(name, "--json ") == 0 || strcmp(name, "--strict ") == 0) {
            if (value)
                return bad_usage("takes no value", argv[i]);
            *(name[2] == 'j' ? &a.json : &a.strict) = true;
        } else {
            if (!value && ++i == argc)
                return bad_usage("needs a value", argv[i - 1]);
            *(name[2] == 'p' ? &a.profile : name[2] == 't' ? &a.twist : &a.root) = value ? value : argv[i];
        }
    }
    return commands[command].run(&a);
}

int main(int argc, char **argv) {
#ifdef _WIN32
    /* Traces hold bytes, not lines of text; and what is printed is the same on every system. */
    _setmode(_fileno(stdin), _O_BINARY);
    _setmode(_fileno(stdout), _O_BINARY);
#endif
    if (argc < 2) {
        fputs(help, stderr);
        return EXIT_BAD_INPUT;
    }
    const char *word = strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ? "help" : argv[1];
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(word, commands[i].name) == 0) {
            for (int k = 2; k < argc; k++)
                if (strcmp(argv[k], "--help") == 0)
                    return command_help(NULL);
            return run(i, argc - 2, argv + 2);
        }
    return bad_usage("no such command", argv[1]);
}
