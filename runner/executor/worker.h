/*
 * worker.h - the process in which cases run. See shared.h for how it talks to its supervisor and for its threads.
 */
#ifndef WSX_WORKER_H
#define WSX_WORKER_H

#include "winsock.h"

#include "shared.h"

/* What a worker's command line carries: inherited handles. */
typedef struct wsx_worker_handles {
    HANDLE plan, shared, go, done, supervisor;
} wsx_worker_handles;

/* Runs cases until the supervisor ends it or is gone. Returns the exit status. */
int wsx_worker(const wsx_worker_handles *handles);

#endif
