/* paths.h - case ids begin with the path of their file. */
#ifndef WSJ_PATHS_H
#define WSJ_PATHS_H

/* The path of `file` below `root` with slashes and without ".case" ("errors/shutdown"); the path as it stands if root
 * is NULL or not above it. Malloced, owned by the caller; NULL without memory. */
char *wsj_id_prefix(const char *root, const char *file);

#endif
