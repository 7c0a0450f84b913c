#include "folder.h"

#include "winsock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { PATH_MOST = 2048 };

typedef struct list {
    WCHAR **paths;
    size_t n, room;
} list;

static bool is_folder(const WCHAR *path) {
    WCHAR full[PATH_MOST];
    DWORD attributes = wsx_full_path(path, full, PATH_MOST) ? GetFileAttributesW(full) : INVALID_FILE_ATTRIBUTES;
    return attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_DIRECTORY;
}

/* False if there is no memory. */
static bool add(list *to, const WCHAR *path) {
    if (to->n == to->room) {
        size_t room = to->room * 2 + 64;
        WCHAR **grown = realloc(to->paths, room * sizeof *grown);
        if (!grown)
            return false;
        to->paths = grown;
        to->room = room;
    }
    to->paths[to->n] = _wcsdup(path);
    return to->paths[to->n++] != NULL;
}

/* Adds what is below the folder; false, after telling why, if it cannot be read. */
static bool walk(list *to, const WCHAR *folder) {
    WCHAR path[PATH_MOST];
    WIN32_FIND_DATAW found;
    bool good = swprintf(path, PATH_MOST, L"%ls\\*", folder) > 0;
    HANDLE search = good ? FindFirstFileW(path, &found) : INVALID_HANDLE_VALUE;
    if (search == INVALID_HANDLE_VALUE) {
        fprintf(stderr, "%ls:1:1: the folder cannot be read (error %lu)\n", folder, GetLastError());
        return false;
    }
    do {
        size_t size = wcslen(found.cFileName);
        if (!wcscmp(found.cFileName, L".") || !wcscmp(found.cFileName, L".."))
            continue;
        good = swprintf(path, PATH_MOST, L"%ls\\%ls", folder, found.cFileName) > 0;
        if (!good)
            fprintf(stderr, "%ls:1:1: a path in it is too long\n", folder);
        else if (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
            good = walk(to, path);
        else if (size > 5 && !_wcsicmp(found.cFileName + size - 5, L".case"))
            good = add(to, path);
    } while (good && FindNextFileW(search, &found));
    FindClose(search);
    return good;
}

/* Folder by folder: a separator comes before every character of a name. */
static int by_path(const void *a, const void *b) {
    const WCHAR *p = *(const WCHAR *const *)a, *q = *(const WCHAR *const *)b;
    while (*p && *p == *q)
        p++, q++;
    return (*p == L'\\' ? 1 : *p) - (*q == L'\\' ? 1 : *q);
}

bool wsx_expand_folders(wsx_options *options) {
    list all = {0};
    for (size_t i = 0; i < options->n_files; i++) {
        WCHAR full[PATH_MOST];
        size_t before = all.n;
        if (!is_folder(options->files[i])) {
            if (!add(&all, options->files[i]))
                return false;
            continue;
        }
        if (!wsx_full_path(options->files[i], full, PATH_MOST) || !walk(&all, full))
            return false;
        if (all.n == before) {
            fprintf(stderr, "%ls:1:1: there is no *.case file in this folder\n", options->files[i]);
            return false;
        }
        qsort(all.paths + before, all.n - before, sizeof *all.paths, by_path);
    }
    options->files = all.paths;
    options->n_files = all.n;
    return true;
}
