#include "support.h"

#include <stdlib.h>
#include <string.h>

const char case_head[] = "case \"x\"\n"
                         "a, b = tcp()\n"
                         "e = WSACreateEvent()\n"
                         "o = overlapped(e)\n"
                         "r = routine()\n"
                         "thread t1\n";

wsn_file *read_ok(const char *text) {
    wsn_file *file = NULL;
    wsn_error error;
    if (wsn_read_text(text, strlen(text), "t.case", "pre", &file, &error) != WSN_OK)
        fail_msg("%s:%d:%d: %s", error.file, error.line, error.column, error.message);
    return file;
}

wsn_file *read_line(const char *line, const wsn_statement **s) {
    char text[4096];
    snprintf(text, sizeof text, "%s%s\n", case_head, line);
    wsn_file *file = read_ok(text);
    *s = &file->cases[0]->statements[file->cases[0]->n_statements - 1];
    return file;
}

char *print_file(const wsn_file *file) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        abort();
    if (file->head.is_trace)
        fputs("trace 1\n", out);
    for (size_t i = 0; i < file->n_cases; i++)
        if (wsn_print_case(file->cases[i], out) != WSN_OK)
            abort();
    fclose(out);
    return text;
}

bool files_equal(const wsn_file *a, const wsn_file *b) {
    if (a->n_cases != b->n_cases)
        return false;
    for (size_t i = 0; i < a->n_cases; i++)
        if (!wsn_case_equal(a->cases[i], b->cases[i]))
            return false;
    return true;
}

FILE *open_text(const char *text, size_t size) {
    FILE *in = tmpfile();
    if (!in || fwrite(text, 1, size, in) != size)
        abort();
    rewind(in);
    return in;
}

/* --- a stream put together again: each statement is printed while it lives --------------------------------------- */

static int print_head(void *context, const wsn_trace_head *head) {
    if (head->is_trace)
        fputs("trace 1\n", context);
    return 0;
}

/* Prints the case without statements and without its end. */
static int print_begin(void *context, const wsn_case *c) {
    wsn_case head = *c;
    head.ended = false;
    head.n_statements = 0;
    return wsn_print_case(&head, context) != WSN_OK;
}

static int print_statement(void *context, const wsn_case *c, const wsn_statement *s) {
    (void)c;
    wsn_case one = {.id = "x", .statements = (wsn_statement *)(uintptr_t)s, .n_statements = 1};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out || wsn_print_case(&one, out) != WSN_OK)
        abort();
    fclose(out);
    fputs(strchr(text, '\n') + 1, context); /* without the line 'case "/x"' */
    free(text);
    return 0;
}

static int print_end(void *context, const wsn_case *c) {
    if (c->ended && c->took_us)
        fprintf(context, "end @%llu\n", (unsigned long long)c->took_us);
    else if (c->ended)
        fputs("end\n", context);
    return 0;
}

wsn_status stream_file(const char *text, size_t size, wsn_file **out, wsn_error *error) {
    char *printed = NULL;
    size_t printed_size = 0;
    FILE *to = open_memstream(&printed, &printed_size);
    FILE *in = open_text(text, size);
    if (!to)
        abort();
    wsn_stream_handlers handlers = {to, print_head, print_begin, print_statement, print_end};
    wsn_status status = wsn_stream(in, "t.case", "pre", &handlers, error);
    fclose(in);
    fclose(to);
    if (status == WSN_OK && wsn_read_text(printed, printed_size, "streamed", NULL, out, error) != WSN_OK)
        abort();
    free(printed);
    return status;
}
