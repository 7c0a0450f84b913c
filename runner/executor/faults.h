/*
 * faults.h - how the supervisor has a fault of the network made. It makes none itself.
 *
 * Words are as in the notation, constants as numbers: "link_down", "inject(10050, 1)". Both functions return true if
 * the fault was made; else why (of size bytes) holds the reason.
 */
#ifndef WSX_FAULTS_H
#define WSX_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

/* The driver makes it: the line "# fault N: WORDS" was written to standard output; this waits for the line "N done" or
 * "N failed: why" on standard input, however long that takes. */
bool wsx_fault_by_driver(unsigned n, char *why, size_t size);

/* A command makes it: COMMAND WORD NUMBER..., with exit status 0. Its output goes to standard error. It is ended if it
 * takes longer than a minute. */
bool wsx_fault_by_command(const char *command, const char *words, char *why, size_t size);

#endif
