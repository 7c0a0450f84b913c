#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

char *wsx_full_path(const char *path, char *out, size_t size) {
    char full[PATH_MAX];
    int n = realpath(path, full) ? snprintf(out, size, "%s", full) : -1;
    return n >= 0 && (size_t)n < size ? out : NULL;
}

char *wsx_read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    long length = -1;
    if (file && !fseek(file, 0, SEEK_END))
        length = ftell(file);
    if (length >= 0 && length < 1L << 30)
        text = malloc((size_t)length + 1);
    if (text) {
        rewind(file);
        *size = fread(text, 1, (size_t)length, file);
        text[*size] = 0;
        if (ferror(file)) {
            free(text);
            text = NULL;
        }
    }
    int error = errno;
    if (file)
        fclose(file);
    errno = error;
    return text;
}

bool wsx_is_folder(const char *path) {
    struct stat its;
    return !stat(path, &its) && S_ISDIR(its.st_mode);
}

bool wsx_list_folder(const char *path, bool (*each)(void *context, const char *name, bool folder), void *context,
                     bool *opened) {
    DIR *folder = opendir(path);
    struct dirent *entry;
    char full[PATH_MAX];
    bool good = true;
    *opened = folder != NULL;
    if (!folder)
        return false;
    while (good && (entry = readdir(folder))) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        snprintf(full, sizeof full, "%s/%s", path, entry->d_name);
        good = each(context, entry->d_name, wsx_is_folder(full));
    }
    closedir(folder);
    return good;
}

unsigned long wsx_system_error(void) {
    return (unsigned long)errno;
}

void wsx_temporary_name(char *out, size_t size) {
    static unsigned n;
    snprintf(out, size, "/tmp/wsx%ld-%u", (long)getpid(), __atomic_add_fetch(&n, 1, __ATOMIC_RELAXED));
}

bool wsx_write_output(const char *data, size_t size) {
    for (size_t at = 0; at < size;) {
        ssize_t n = write(STDOUT_FILENO, data + at, size - at);
        if (n <= 0 && errno != EINTR)
            return false;
        at += n > 0 ? (size_t)n : 0;
    }
    return true;
}

int wsx_read_input(void) {
    unsigned char c;
    ssize_t n;
    while ((n = read(STDIN_FILENO, &c, 1)) < 0 && errno == EINTR)
        ;
    return n == 1 ? c : -1;
}

int wsx_run_command(const char *line, unsigned ms) {
    char *words[] = {(char *)"sh", (char *)"-c", (char *)(uintptr_t)line, NULL};
    posix_spawn_file_actions_t actions;
    ULONGLONG end = GetTickCount64() + ms;
    int status;
    pid_t child, done = 0;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    int error = posix_spawn(&child, "/bin/sh", &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error)
        return -1;
    while (!(done = waitpid(child, &status, WNOHANG)) && GetTickCount64() < end)
        poll(NULL, 0, 10);
    if (!done) {
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        return -2;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
