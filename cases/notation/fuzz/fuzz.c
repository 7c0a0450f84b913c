/*
 * fuzz.c - libFuzzer target: any text is read whole and as a stream, which must agree; what was read is printed and
 * read again, which must give the same.
 */
#include "notation.h"

#include <stdlib.h>
#include <string.h>

static void demand(bool holds) {
    if (!holds)
        abort();
}

/* The cases of the whole reading, and how far the stream has come in them. NULL: the text has an error. */
struct progress {
    const wsn_file *file;
    size_t n_cases, n_statements;
};

static int on_begin(void *context, const wsn_case *c) {
    struct progress *p = context;
    if (p->file) {
        demand(p->n_cases < p->file->n_cases);
        demand(strcmp(p->file->cases[p->n_cases]->id, c->id) == 0);
    }
    p->n_statements = 0;
    return 0;
}

static int on_statement(void *context, const wsn_case *c, const wsn_statement *s) {
    struct progress *p = context;
    char line[64];
    demand(wsn_print_statement(s, line, sizeof line) > 0);
    if (p->file) {
        const wsn_case *whole = p->file->cases[p->n_cases];
        demand(p->n_statements < whole->n_statements);
        wsn_statement same = *s, other = whole->statements[p->n_statements];
        demand(same.line == other.line && same.column == other.column);
        wsn_case a = {.id = c->id, .statements = &same, .n_statements = 1};
        wsn_case b = {.id = whole->id, .statements = &other, .n_statements = 1};
        demand(wsn_case_equal(&a, &b));
    }
    p->n_statements++;
    return 0;
}

static int on_end(void *context, const wsn_case *c) {
    struct progress *p = context;
    if (p->file) {
        demand(p->n_statements == p->file->cases[p->n_cases]->n_statements);
        demand(c->ended == p->file->cases[p->n_cases]->ended);
    }
    p->n_cases++;
    return 0;
}

static void stream_agrees(const uint8_t *data, size_t size, const wsn_file *file, wsn_status status,
                          const wsn_error *error) {
    if (size == 0) /* no text for fmemopen */
        return;
    FILE *in = fmemopen((void *)(uintptr_t)data, size, "rb");
    demand(in != NULL);
    struct progress progress = {.file = file};
    wsn_stream_handlers handlers = {.context = &progress, .begin = on_begin, .statement = on_statement, .end = on_end};
    wsn_error streamed;
    demand(wsn_stream(in, "f", "p", &handlers, &streamed) == status);
    if (status == WSN_OK)
        demand(progress.n_cases == file->n_cases);
    else
        demand(streamed.line == error->line && streamed.column == error->column &&
               strcmp(streamed.message, error->message) == 0);
    fclose(in);
}

static void print_agrees(const wsn_file *file) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    demand(out != NULL);
    if (file->head.is_trace)
        fputs("trace 1\n", out);
    for (size_t i = 0; i < file->n_cases; i++)
        demand(wsn_print_case(file->cases[i], out) == WSN_OK);
    fclose(out);
    wsn_file *again;
    wsn_error error;
    demand(wsn_read_text(text, size, "printed", "q", &again, &error) == WSN_OK);
    demand(again->n_cases == file->n_cases);
    for (size_t i = 0; i < file->n_cases; i++)
        demand(wsn_case_equal(file->cases[i], again->cases[i]));
    wsn_file_free(again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    wsn_file *file = NULL;
    wsn_error error;
    wsn_status status = wsn_read_text((const char *)data, size, "f", "p", &file, &error);
    demand((status == WSN_OK) == (file != NULL));
    stream_agrees(data, size, file, status, &error);
    if (file)
        print_agrees(file);
    wsn_file_free(file);
    return 0;
}
