/*
 * worker.h - the process in which cases run. See shared.h for how it talks to its supervisor and for its threads.
 */
#ifndef WSX_WORKER_H
#define WSX_WORKER_H

#include "winsock.h"

#include "shared.h"

/* Runs cases until the supervisor ends it or is gone. plan: the name of the plan; number: of this worker; supervisor:
 * its process id. Returns the exit status. */
int wsx_worker(const WCHAR *plan, unsigned number, DWORD supervisor);

#endif
