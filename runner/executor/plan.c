#include "plan.h"

#include "files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct source {
    char name[2048];   /* as given, UTF-8 */
    char prefix[2048]; /* before the names of its cases */
    char *text;
    size_t size;
    wsn_file *parsed;
} source;

/* Windows' names are the same in capitals. */
static bool same_beginning(const char *a, const char *b, size_t n) {
#ifdef _WIN32
    return !_strnicmp(a, b, n);
#else
    return !strncmp(a, b, n);
#endif
}

static void use_slashes(char *path) {
#ifdef _WIN32
    for (; *path; path++)
        if (*path == '\\')
            *path = '/';
#endif
    (void)path;
}

/* The path below root, with slashes and without ".case"; the bare name for a file that is elsewhere. */
static bool make_prefix(const char *path, const char *root, char *out, size_t size) {
    char full[4096], home[4096];
    if (!wsx_full_path(path, full, sizeof full) || !wsx_full_path(root ? root : ".", home, sizeof home))
        return false;
    use_slashes(full);
    use_slashes(home);
    size_t n = strlen(home);
    while (n && home[n - 1] == '/')
        n--;
    const char *below = strrchr(full, '/') ? strrchr(full, '/') + 1 : full;
    if (same_beginning(full, home, n) && full[n] == '/')
        below = full + n + 1;
    int length = snprintf(out, size, "%s", below);
    if (length < 0 || (size_t)length >= size)
        return false;
    if (length > 5 && !strcmp(out + length - 5, ".case"))
        out[length - 5] = 0;
    return true;
}

/* Statements that only a trace can hold: the executor decides when a routine runs. */
static const wsn_statement *trace_only(const wsn_statement *statements, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const wsn_statement *s = &statements[i], *inner;
        if (s->kind == WSN_ENTER || s->kind == WSN_LEAVE || (s->kind == WSN_START && !s->thread))
            return s;
        inner = trace_only(s->body, s->n_body);
        if (inner)
            return inner;
    }
    return NULL;
}

static bool check(const source *f) {
    for (size_t i = 0; i < f->parsed->n_cases; i++) {
        const wsn_case *c = f->parsed->cases[i];
        const wsn_statement *s = trace_only(c->statements, c->n_statements);
        if (s) {
            fprintf(stderr, "%s:%d:%d: %s\n", f->name, s->line, s->column,
                    s->kind == WSN_START ? "only a call of a thread (\"t1: ...\") can be written with \"...\" in a case"
                                         : "enter and leave stand in traces only");
            return false;
        }
    }
    return true;
}

static bool read_source(source *f, const char *path, const char *root) {
    wsn_error error = {.line = 1, .column = 1};
    int length = snprintf(f->name, sizeof f->name, "%s", path);
    f->text = wsx_read_file(path, &f->size);
    if (!f->text) {
        fprintf(stderr, "%s:1:1: cannot be read (error %lu)\n", f->name, wsx_system_error());
        return false;
    }
    if (length < 0 || (size_t)length >= sizeof f->name || !make_prefix(path, root, f->prefix, sizeof f->prefix)) {
        fprintf(stderr, "wsconform-exec: a path is too long\n");
        return false;
    }
    if (wsn_read_text(f->text, f->size, f->name, f->prefix, &f->parsed, &error) != WSN_OK) {
        fprintf(stderr, "%s:%d:%d: %s\n", f->name, error.line, error.column, error.message);
        return false;
    }
    return check(f);
}

/* --- choice ---------------------------------------------------------------------------------------------- */

typedef struct choice {
    const char *id;
    bool found;
} choice;

static int by_id(const void *a, const void *b) {
    return strcmp(((const choice *)a)->id, ((const choice *)b)->id);
}

/* Splits the text of --only into lines, in place; sorted. */
static choice *read_choices(const char *path, size_t *n) {
    size_t size = 0, capacity = 1;
    char *text = wsx_read_file(path, &size);
    if (!text)
        return NULL;
    for (size_t i = 0; i < size; i++)
        capacity += text[i] == '\n';
    choice *choices = calloc(capacity, sizeof *choices);
    *n = 0;
    for (char *line = text, *end; choices && *line; line = end) {
        end = line + strcspn(line, "\r\n");
        while (*end == '\r' || *end == '\n')
            *end++ = 0;
        if (*line)
            choices[(*n)++].id = line;
    }
    if (choices)
        qsort(choices, *n, sizeof *choices, by_id);
    return choices;
}

static bool choose(const wsx_options *options, const source *sources, wsx_jobs *out) {
    size_t n_choices = 0, total = 0;
    choice *choices = options->only ? read_choices(options->only, &n_choices) : NULL;
    if (options->only && !choices) {
        fprintf(stderr, "wsconform-exec: the file given with --only cannot be read\n");
        return false;
    }
    for (size_t i = 0; i < options->n_files; i++)
        total += sources[i].parsed->n_cases;
    out->jobs = calloc(total + 1, sizeof *out->jobs);
    for (size_t i = 0; out->jobs && i < options->n_files; i++)
        for (size_t k = 0; k < sources[i].parsed->n_cases; k++) {
            const wsn_case *c = sources[i].parsed->cases[k];
            choice *chosen =
                choices ? bsearch(&(choice){c->id, false}, choices, n_choices, sizeof *choices, by_id) : NULL;
            if (choices && !chosen)
                continue;
            if (chosen)
                chosen->found = true;
            out->jobs[out->n++] = (wsx_job){.file = (int32_t)i, .index = (int32_t)k, .c = c};
        }
    for (size_t i = 0; i < n_choices; i++)
        if (!choices[i].found) {
            fprintf(stderr, "wsconform-exec: no case is named %s\n", choices[i].id);
            return false;
        }
    return out->jobs != NULL;
}

/* --- the section ----------------------------------------------------------------------------------------- */

static uint32_t put(char *plan, uint32_t *at, const void *data, size_t size) {
    uint32_t offset = *at;
    memcpy(plan + offset, data, size);
    plan[offset + size] = 0;
    *at = (uint32_t)((offset + size + 1 + 7) & ~(size_t)7);
    return offset;
}

static bool make_section(const wsx_options *options, const source *sources, wsx_jobs *out) {
    size_t size = sizeof(wsx_plan) + options->n_files * (sizeof(wsx_plan_file) + 64) + sizeof out->provider +
                  strlen(options->words) + 64;
    for (size_t i = 0; i < options->n_files; i++)
        size += strlen(sources[i].name) + strlen(sources[i].prefix) + sources[i].size;
    wsx_plan *plan = wsx_section_make(size, &out->section);
    if (!plan) {
        fprintf(stderr, "wsconform-exec: no memory can be shared with the workers (error %lu)\n", wsx_system_error());
        return false;
    }
    uint32_t at = (uint32_t)(sizeof *plan + options->n_files * sizeof(wsx_plan_file));
    plan->size = (uint32_t)size;
    plan->limit_ms = options->limit_ms;
    plan->n_files = (uint32_t)options->n_files;
    plan->provider = put((char *)plan, &at, out->provider, sizeof out->provider);
    plan->words = put((char *)plan, &at, options->words, strlen(options->words));
    for (size_t i = 0; i < options->n_files; i++) {
        const source *f = &sources[i];
        plan->files[i].name = put((char *)plan, &at, f->name, strlen(f->name));
        plan->files[i].prefix = put((char *)plan, &at, f->prefix, strlen(f->prefix));
        plan->files[i].text = put((char *)plan, &at, f->text, f->size);
        plan->files[i].size = (uint32_t)f->size;
    }
    return true;
}

bool wsx_make_plan(const wsx_options *options, wsx_jobs *out) {
    static source *sources; /* lives until the process ends, as all of the plan */
    sources = calloc(options->n_files, sizeof *sources);
    memset(out, 0, sizeof *out);
    if (!sources)
        return false;
    if (options->provider && !wsx_full_path(options->provider, out->provider, sizeof out->provider)) {
        fprintf(stderr, "wsconform-exec: the provider's path is too long\n");
        return false;
    }
    for (size_t i = 0; i < options->n_files; i++)
        if (!read_source(&sources[i], options->files[i], options->root))
            return false;
    return choose(options, sources, out) && make_section(options, sources, out);
}
