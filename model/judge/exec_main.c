/* exec_main.c - wsconform-exec-model: the reference model as a target. It takes the executor's command line. */
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "judge.h"
#include "paths.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_BAD_INPUT = 2, EXIT_NO_TARGET = 3 };

static const char help[] =
    "usage: wsconform-exec-model [OPTION...] CASEFILE...\n"
    "\n"
    "Runs case files on the reference model, an in-memory Winsock that gives the outcome that it prefers, or the one\n"
    "that the case wants. Writes the trace to standard output; wsconform-judge check says what it is worth.\n"
    "\n"
    "  --root DIR   case ids begin with the file's path below DIR, without \".case\"\n"
    "  --only FILE  runs only the cases whose ids stand in FILE, one a line\n"
    "  --any SEED   gives any outcome that is allowed, at random, whatever the case foresees: a trial of the judge\n"
    "  --jobs N, --limit MS, --provider DLL\n"
    "               taken and not needed: nothing waits here, and nothing is loaded\n"
    "\n"
    "exit status: 0; 2 bad usage or bad input, with file, line and column on standard error; 3 no memory\n";

/* The ids of --only, sorted. */
typedef struct selection {
    wsj_text text;
    char **ids; /* owned; in the text */
    size_t count;
    bool all;
} selection;

static int by_id(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_selected(const selection *only, const char *id) {
    return only->all || (only->count && bsearch(&id, only->ids, only->count, sizeof *only->ids, by_id));
}

/* Adds a whole file to the text; false if that fails. */
static bool read_whole(const char *path, wsj_text *text) {
    char part[1024];
    FILE *in = fopen(path, "rb");
    if (!in)
        return false;
    for (size_t size; (size = fread(part, 1, sizeof part, in)) > 0;)
        wsj_text_bytes(text, part, size);
    bool good = !ferror(in) && !text->failed;
    fclose(in);
    return good;
}

typedef struct options {
    const char *root;
    selection only;
    uint64_t seed; /* 0: what the model prefers */
} options;

static bool read_selection(const char *path, selection *only) {
    size_t lines = 1;
    only->all = false;
    only->count = 0;
    free(only->ids);
    only->ids = NULL;
    wsj_text_clear(&only->text); /* of two --only the last counts */
    wsj_text_add(&only->text, "");
    if (!read_whole(path, &only->text))
        return false;
    for (const char *p = only->text.data; *p; p++)
        lines += *p == '\n';
    only->ids = calloc(lines, sizeof *only->ids);
    if (!only->ids)
        return false;
    for (char *id = only->text.data; *id;) {
        size_t length = strcspn(id, "\r\n");
        char *next = id + length + strspn(id + length, "\r\n");
        id[length] = '\0';
        if (length)
            only->ids[only->count++] = id;
        id = next;
    }
    qsort(only->ids, only->count, sizeof *only->ids, by_id);
    return true;
}

static int bad_usage(const char *what, const char *word) {
    fprintf(stderr, "wsconform-exec-model: %s: %s\n(wsconform-exec-model --help says how to use it)\n", what, word);
    return EXIT_BAD_INPUT;
}

static void say_where(const wsn_error *error) {
    fprintf(stderr, "%s:%d:%d: %s\n", error->file ? error->file : "-", error->line, error->column, error->message);
}

/* Runs one case; its text is written whole when it is complete. */
static int run_case(const wsn_case *c, uint64_t seed) {
    char *text = NULL;
    size_t size = 0;
    wsn_error error = {0};
    FILE *out = open_memstream(&text, &size);
    wsj_status status = out ? wsj_play(c, seed, out, &error) : WSJ_MEMORY;
    if (out && fclose(out) != 0)
        status = WSJ_MEMORY;
    if (status == WSJ_INPUT)
        say_where(&error);
    else if (status != WSJ_OK)
        fputs("wsconform-exec-model: out of memory\n", stderr);
    else if (fwrite(text, 1, size, stdout) != size)
        status = WSJ_OUTPUT;
    free(text);
    return status == WSJ_OK ? 0 : status == WSJ_INPUT ? EXIT_BAD_INPUT : EXIT_NO_TARGET;
}

static int run_file(const options *o, const char *path) {
    wsn_file *file = NULL;
    wsn_error error = {0};
    int result = 0;
    char *prefix = wsj_id_prefix(o->root, path);
    wsn_status read = prefix ? wsn_read_file(path, prefix, &file, &error) : WSN_MEMORY;
    free(prefix);
    if (read != WSN_OK) {
        say_where(&error);
        return read == WSN_MEMORY ? EXIT_NO_TARGET : EXIT_BAD_INPUT;
    }
    for (size_t i = 0; i < file->n_cases; i++)
        if (is_selected(&o->only, file->cases[i]->id)) {
            int one = run_case(file->cases[i], o->seed);
            result = one > result ? one : result;
        }
    wsn_file_free(file);
    return result;
}

/* True if argv[*i] is the option; *value is what it says, NULL if nothing follows. */
static bool is_option(const char *name, char **argv, int argc, int *i, const char **value) {
    size_t length = strlen(name);
    if (strncmp(argv[*i], name, length) != 0 || (argv[*i][length] && argv[*i][length] != '='))
        return false;
    if (argv[*i][length])
        *value = argv[*i] + length + 1;
    else
        *value = *i + 1 < argc ? argv[++*i] : NULL;
    return true;
}

/* Reads the options; the files move to the front of argv. -1 if all is well, else the exit status. */
static int read_options(int argc, char **argv, options *o, int *n_files) {
    static const char *const ignored[] = {"--jobs", "--limit", "--provider"};
    for (int i = 1; i < argc; i++) {
        const char *value = "", *word = argv[i];
        if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            fputs(help, stdout);
            return EXIT_SUCCESS;
        }
        bool known = is_option("--root", argv, argc, &i, &value);
        if (known) {
            o->root = value;
        } else if (is_option("--only", argv, argc, &i, &value)) {
            if (value && !read_selection(value, &o->only))
                return bad_usage("cannot be read", value);
            known = true;
        } else if (is_option("--any", argv, argc, &i, &value)) {
            o->seed = value ? strtoull(value, NULL, 10) : 1;
            if (o->seed == 0)
                return bad_usage("takes a number from 1 on", word);
            known = true;
        }
        for (size_t k = 0; k < sizeof ignored / sizeof *ignored && !known; k++)
            known = is_option(ignored[k], argv, argc, &i, &value);
        if (known && !value)
            return bad_usage("needs a value", word);
        if (!known && word[0] == '-')
            return bad_usage("no such option", word);
        if (!known)
            argv[(*n_files)++] = argv[i];
    }
    return -1;
}

int main(int argc, char **argv) {
    options o = {.only.all = true};
    int n_files = 0, result = read_options(argc, argv, &o, &n_files);
    if (result < 0 && n_files == 0) {
        fputs(help, stderr);
        result = EXIT_BAD_INPUT;
    }
    if (result < 0) {
        result = 0;
        printf("trace 1\ntarget \"model\" kind \"model\" version \"%s\" arch \"%s\"\n\n", WSJ_VERSION, WSJ_ARCH);
        for (int i = 0; i < n_files; i++) {
            int one = run_file(&o, argv[i]);
            result = one > result ? one : result;
        }
        if (fflush(stdout) != 0 || ferror(stdout)) {
            fprintf(stderr, "wsconform-exec-model: cannot write the trace: %s\n", strerror(errno));
            result = EXIT_BAD_INPUT;
        }
    }
    wsj_text_free(&o.only.text);
    free(o.only.ids);
    return result;
}
