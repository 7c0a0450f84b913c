/* paths.c - see paths.h. */
#include "paths.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static char slash(char c) {
#ifdef _WIN32
    return c == '\\' ? '/' : c;
#else
    return c;
#endif
}

/* The path without "./", repeated slashes and a slash at its end; "" for ".". Malloced. */
static char *tidy(const char *path) {
    char *out = malloc(strlen(path) + 1);
    size_t size = 0;
    if (!out)
        return NULL;
    for (const char *p = path; *p;) {
        bool begins = size == 0 || out[size - 1] == '/';
        if (begins && p[0] == '.' && (!p[1] || slash(p[1]) == '/'))
            p++;
        else if (slash(*p) == '/' && (size ? begins : p != path))
            p++;
        else
            out[size++] = slash(*p++);
    }
    while (size > 1 && out[size - 1] == '/')
        size--;
    out[size] = '\0';
    return out;
}

char *wsj_id_prefix(const char *root, const char *file) {
    char *above = tidy(root ? root : ""), *path = tidy(file);
    if (above && path) {
        size_t skip = strlen(above), length = strlen(path);
        if (skip && strncmp(above, path, skip) == 0 && (path[skip] == '/' || above[skip - 1] == '/'))
            skip += path[skip] == '/';
        else
            skip = 0;
        if (length > skip + 5 && strcmp(path + length - 5, ".case") == 0)
            length -= 5;
        memmove(path, path + skip, length - skip);
        path[length - skip] = '\0';
    } else {
        free(path);
        path = NULL;
    }
    free(above);
    return path;
}
