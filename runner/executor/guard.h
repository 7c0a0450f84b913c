/*
 * guard.h - a call that does not trust the function to keep the calling convention.
 *
 * A hook written by hand or a WSASend declared without WSAAPI returns with registers changed that are the caller's, or
 * with the stack pointer elsewhere. A caller in C then goes on with wrong values, or by chance does not notice. Here it
 * is noticed, and everything is put right for what comes next.
 */
#ifndef WSX_GUARD_H
#define WSX_GUARD_H

#include "system.h"

#include <stdint.h>

/* Codes of Windows for what is much the same. */
#define WSX_STACK_MOVED 0xC0000028u /* STATUS_BAD_STACK */
#define WSX_REGISTERS_CHANGED                                                                                          \
    0xC0000409u /* STATUS_STACK_BUFFER_OVERRUN, the code of a process that ends itself at once */

/* Once, before the first call. */
void wsx_guard_init(void);

/* Calls a WSAAPI function of seven arguments, each of the size of a pointer. *broken: one of the codes above if it
 * broke the convention, else 0. The last error is the function's. */
int wsx_guarded_call(FARPROC function, const ULONG_PTR arguments[7], uint32_t *broken);

#endif
