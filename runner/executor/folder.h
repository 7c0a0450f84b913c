/*
 * folder.h - folders on the command line.
 */
#ifndef WSX_FOLDER_H
#define WSX_FOLDER_H

#include "plan.h"

/* Puts the *.case files below it in the place of every folder among options->files, in the order of their names. The
 * list, and what it names, then lasts as long as the process. False after telling why on standard error. */
bool wsx_expand_folders(wsx_options *options);

#endif
