/*
 * files.h - files, paths, standard streams and commands of this system. All texts are UTF-8.
 */
#ifndef WSX_FILES_H
#define WSX_FILES_H

#include "system.h"

#include <stdbool.h>
#include <stddef.h>

/* The whole path; under Wine of a Unix path, too ("/home/me/my.dll"), as Wine maps it. Returns out, or NULL if it does
 * not fit. */
char *wsx_full_path(const char *path, char *out, size_t size);

/* The whole file, with a NUL behind it; owned by the caller. NULL if it cannot be read: see wsx_system_error. */
char *wsx_read_file(const char *path, size_t *size);

bool wsx_is_folder(const char *path);
/* Calls each for every name in the folder, until one call is false. True if none was; *opened: could it be read at all?
 */
bool wsx_list_folder(const char *path, bool (*each)(void *context, const char *name, bool folder), void *context,
                     bool *opened);

/* Of the last function here that failed on this thread. */
unsigned long wsx_system_error(void);

/* A path in the folder for temporary files that nobody else has. */
void wsx_temporary_name(char *out, size_t size);

/* To standard output: false if not all of it could be written. */
bool wsx_write_output(const char *data, size_t size);

/* One byte of standard input, -1 at its end. */
int wsx_read_input(void);

/* Runs the command line; what it prints goes to standard error. Its exit status; -1 if it cannot be started, -2 if it
 * took longer than that and was ended. */
int wsx_run_command(const char *line, unsigned ms);

#ifdef _WIN32
/* Returns out, "" if the text does not fit; size counts characters. */
WCHAR *wsx_wide(const char *utf8, WCHAR *out, int size);
#endif

#endif
