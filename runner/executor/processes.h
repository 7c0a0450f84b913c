/*
 * processes.h - workers as processes of this system, and the words that pass between them and the supervisor. See
 * shared.h for who may touch what, and when.
 *
 * windows/processes.c: sections and events with names, which a worker gets on its command line, so that it finds them
 * through whatever launcher it was started. posix/processes.c: inherited descriptors; there are no launchers.
 */
#ifndef WSX_PROCESSES_H
#define WSX_PROCESSES_H

#include "shared.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Memory that workers can find. Returns it mapped, zeroed, or NULL: see wsx_system_error. */
typedef struct wsx_section {
    intptr_t handle; /* or descriptor */
#ifdef _WIN32
    WCHAR name[40]; /* no other supervisor uses it */
#endif
} wsx_section;
void *wsx_section_make(size_t size, wsx_section *section);

/* --- the supervisor's side ------------------------------------------------------------------------------- */

typedef struct wsx_process wsx_process;

/* This same program with "--worker", started by the command launch, where {} stands in it, or if that is NULL as it is.
 * NULL if it cannot be made: see wsx_system_error. */
wsx_process *wsx_process_start(const wsx_section *plan, const char *launch, wsx_shared **shared);
/* A launcher has started this worker: from now on it is the worker's own process that counts. False if that cannot be
 * known yet. */
bool wsx_process_meet(wsx_process *p);
/* Was it the launcher that ended, and is the worker still to come? */
bool wsx_process_is_to_come(wsx_process *p);
void wsx_process_go(wsx_process *p);   /* go on: what is in the section is the worker's now */
void wsx_process_kill(wsx_process *p); /* also from an interrupt; does not wait */
void wsx_process_end(wsx_process *p);  /* from when this returns nothing of the worker's changes any more */
uint32_t wsx_process_status(const wsx_process *p);
void wsx_process_release(wsx_process *p); /* of one that has ended, its section included */

/* Waits until one of them speaks or has ended; what one said last is heard before its end. */
typedef enum wsx_news { WSX_SILENCE, WSX_SPOKE, WSX_ENDED, WSX_DEAF } wsx_news;
wsx_news wsx_process_wait(wsx_process **ps, size_t n, uint32_t ms, size_t *which);

/* Whatever happens to this process, its workers end with it. */
void wsx_process_end_with_me(void);
/* On Ctrl-C end_workers is called and the process ends with 130. */
void wsx_process_on_interrupt(void (*end_workers)(void));

/* --- a worker's side ------------------------------------------------------------------------------------- */

/* What stands behind "--worker". False if the sections cannot be had. */
bool wsx_worker_attach(int argc, char **argv, const wsx_plan **plan, wsx_shared **shared);
void wsx_worker_say(void);
void wsx_worker_await_go(void);              /* the process ends here if the supervisor is gone */
void wsx_worker_await_thread(HANDLE thread); /* so does it here */
_Noreturn void wsx_worker_exit(uint32_t code);
/* A thread that is about to crash calls told with the exception's code, then the process ends. */
void wsx_worker_on_crash(void (*told)(uint32_t code));
/* At the beginning of a case's thread: the handler can run though the stack overflows. */
void wsx_worker_guard_stack(void);

/* --- both ------------------------------------------------------------------------------------------------ */

/* What the head of the trace says of the target: its own name if it has one, kind, version. */
typedef struct wsx_target {
    char name[128], kind[16], version[64];
} wsx_target;
void wsx_describe_target(wsx_target *out);

#endif
