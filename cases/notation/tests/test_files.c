/* test_files.c - FILE...: each is read whole and as a stream, printed, and read again; all must be the same. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

static char *load(const char *path, size_t *size) {
    FILE *in = fopen(path, "rb");
    if (!in)
        return NULL;
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    for (int c; (c = fgetc(in)) != EOF;)
        fputc(c, out);
    fclose(out);
    fclose(in);
    return text;
}

static bool check(const char *path) {
    wsn_file *whole = NULL, *streamed = NULL, *again = NULL;
    wsn_error error;
    if (wsn_read_file(path, "pre", &whole, &error) != WSN_OK) {
        fprintf(stderr, "%s:%d:%d: %s\n", error.file, error.line, error.column, error.message);
        return false;
    }
    size_t size;
    char *text = load(path, &size), *printed = print_file(whole);
    bool same = text && stream_file(text, size, &streamed, &error) == WSN_OK && files_equal(whole, streamed);
    if (!same)
        fprintf(stderr, "%s: the stream differs\n", path);
    if (wsn_read_text(printed, strlen(printed), path, "other", &again, &error) != WSN_OK) {
        fprintf(stderr, "%s, printed:%d:%d: %s\n", path, error.line, error.column, error.message);
        same = false;
    } else if (!files_equal(whole, again)) {
        fprintf(stderr, "%s: the printed text is read as something else\n", path);
        same = false;
    }
    free(text);
    free(printed);
    wsn_file_free(whole);
    wsn_file_free(streamed);
    wsn_file_free(again);
    return same;
}

int main(int argc, char **argv) {
    bool good = argc > 1;
    for (int i = 1; i < argc; i++)
        good &= check(argv[i]);
    printf("%d files\n", argc - 1);
    return good ? 0 : 1;
}
