/*
 * worker.h - the process in which cases run. See shared.h for how it talks to its supervisor and for its threads.
 */
#ifndef WSX_WORKER_H
#define WSX_WORKER_H

/* argv: what stands behind "--worker" on its command line. Runs cases until the supervisor ends it or is gone. Returns
 * the exit status. */
int wsx_worker(int argc, char **argv);

#endif
