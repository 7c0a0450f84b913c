#include "folder.h"

#include "files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_MOST = 4096 };
#ifdef _WIN32
static const char separator = '\\';
#else
static const char separator = '/';
#endif

typedef struct list {
    char **paths;
    size_t n, room;
    const char *folder; /* that is being read */
} list;

/* False if there is no memory. */
static bool add(list *to, const char *path) {
    size_t size = strlen(path) + 1;
    if (to->n == to->room) {
        size_t room = to->room * 2 + 64;
        char **grown = realloc(to->paths, room * sizeof *grown);
        if (!grown)
            return false;
        to->paths = grown;
        to->room = room;
    }
    char *copy = malloc(size);
    if (copy)
        memcpy(copy, path, size);
    to->paths[to->n] = copy;
    to->n += copy != NULL;
    return copy != NULL;
}

static bool is_case(const char *name) {
    size_t size = strlen(name);
    static const char capitals[] = ".CASE";
    if (size <= 5)
        return false;
    for (size_t i = 0; i < 5; i++) {
        char c = name[size - 5 + i];
        if (c != capitals[i] && c != capitals[i] + ('a' - 'A') * (i > 0))
            return false;
    }
    return true;
}

static bool walk(list *to, const char *folder);

static bool take(void *context, const char *name, bool folder) {
    list *to = context;
    char path[PATH_MOST];
    int n = snprintf(path, sizeof path, "%s%c%s", to->folder, separator, name);
    if (n < 0 || (size_t)n >= sizeof path) {
        fprintf(stderr, "%s:1:1: a path in it is too long\n", to->folder);
        return false;
    }
    return folder ? walk(to, path) : !is_case(name) || add(to, path);
}

/* Adds what is below the folder; false, after telling why, if it cannot be read. */
static bool walk(list *to, const char *folder) {
    const char *outer = to->folder;
    bool opened;
    to->folder = folder;
    bool good = wsx_list_folder(folder, take, to, &opened);
    if (!opened)
        fprintf(stderr, "%s:1:1: the folder cannot be read (error %lu)\n", folder, wsx_system_error());
    to->folder = outer;
    return good;
}

/* Folder by folder: a separator comes before every character of a name. */
static int by_path(const void *a, const void *b) {
    const unsigned char *p = *(const unsigned char *const *)a, *q = *(const unsigned char *const *)b;
    while (*p && *p == *q)
        p++, q++;
    return (*p == (unsigned char)separator ? 1 : *p) - (*q == (unsigned char)separator ? 1 : *q);
}

bool wsx_expand_folders(wsx_options *options) {
    static list all;
    for (size_t i = 0; i < options->n_files; i++) {
        char full[PATH_MOST];
        size_t before = all.n;
        if (!wsx_is_folder(options->files[i])) {
            if (!add(&all, options->files[i]))
                return false;
            continue;
        }
        if (!wsx_full_path(options->files[i], full, sizeof full) || !walk(&all, full))
            return false;
        if (all.n == before) {
            fprintf(stderr, "%s:1:1: there is no *.case file in this folder\n", options->files[i]);
            return false;
        }
        qsort(all.paths + before, all.n - before, sizeof *all.paths, by_path);
    }
    free(options->files);
    options->files = all.paths;
    options->n_files = all.n;
    return true;
}
