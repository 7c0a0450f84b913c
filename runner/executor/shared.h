/*
 * shared.h - what the supervisor and a worker share, and the threading model of the whole executor.
 *
 * Processes. The supervisor (what the user started) parses the case files, makes the plan and starts workers, which are
 * the same program with "--worker". Each worker has
 *   - the plan: one section for all workers, written before the first worker starts and never again;
 *   - a wsx_shared section of its own;
 *   - two words to say: go (supervisor to worker) and done (worker to supervisor).
 * See processes.h for how it comes by them. At any time either the supervisor or the worker may touch the section: the
 * worker between go and done, the supervisor between done and go; while it has a fault made it leaves text alone, since
 * other threads of the case may write. Two fields break that rule on purpose, and only by single aligned words: the
 * supervisor samples beat and state while the worker runs, to tell a hang; and once the worker's process has ended
 * everything is the supervisor's, which is how the text written before a crash survives.
 *
 * The supervisor and its workers are a job that ends when the supervisor's handle of it is closed, that is, with the
 * supervisor.
 *
 * Threads of the supervisor: one, and the console's for Ctrl-C, which only ends processes.
 *
 * Threads of a worker: the main thread waits for {go, the supervisor's process, the case's thread} and does nothing
 * else, so a worker ends as soon as its supervisor is gone, whatever the case is doing. A case runs on a fresh thread
 * if the one before it on that thread made an overlapped call, so that pending operations and queued routines end with
 * the thread that they belong to; else on the same one, since making a thread costs more than most cases. A case may
 * make more: one for each "thread t1" of the case, which waits for its mailbox and runs one statement at a time, and
 * one for each drain(), which only reads and appends to its own buffer under that buffer's lock. The script is
 * sequential: the case's thread hands a statement to a mailbox and, unless it was written with "...", waits until it is
 * done. So the objects of a case need no lock; what a blocked call may do at any time (run a completion routine on its
 * thread, write trace text) takes the trace's lock for each piece of text, and never holds it while a function under
 * test runs.
 */
#ifndef WSX_SHARED_H
#define WSX_SHARED_H

#include "system.h"

#include <stdint.h>

enum {
    WSX_TEXT_SIZE =
        1 << 20, /* bytes of trace text that a worker can write before it must ask the supervisor to take them */
    WSX_TEXT_MARGIN = 8192 /* and of these, how many are kept free for the end of a case */
};

typedef enum wsx_state {
    WSX_STARTING, /* the worker has not yet loaded Winsock */
    WSX_LOADING,  /* it is loading the provider */
    WSX_READY,    /* nothing to do; text is empty */
    WSX_FAILED,   /* Winsock or the provider cannot be loaded: message says why; the worker has ended or will */
    WSX_RUNNING,  /* a case runs */
    WSX_CHUNK,    /* text is full: the supervisor takes it and says go */
    WSX_FAULT,    /* a fault is wanted: message says which. The supervisor puts "" or why not there and says go */
    WSX_DONE,     /* the case is over and cleaned up: the supervisor takes the text */
    WSX_RETIRING  /* as DONE, but this worker must not run another case: threads or memory could not be taken back */
} wsx_state;

typedef struct wsx_shared {
    volatile LONG state;     /* wsx_state */
    volatile LONG process;   /* the worker's process id, where a launcher may have started it */
    volatile LONG beat;      /* changes whenever the worker begins or ends something that may block */
    volatile LONG complete;  /* the case's last line, "end", is in text: what follows is only clean-up */
    volatile LONG open_call; /* text ends with a call that has no outcome yet */
    volatile LONG exception; /* code of the exception that ended the worker, 0 if none did */
    int32_t file, index;     /* the case to run: file of the plan, case of that file */
    char message[1024];      /* WSX_FAILED: one sentence; WSX_FAULT */
    volatile uint32_t used;  /* bytes of text */
    char text[WSX_TEXT_SIZE];
} wsx_shared;

/* The plan: offsets count in bytes from its beginning. Texts are UTF-8 and end with a NUL that size does not count. */
typedef struct wsx_plan_file {
    uint32_t name, prefix; /* offsets: the file's name for messages; what stands before its case names */
    uint32_t text, size;
} wsx_plan_file;

typedef struct wsx_plan {
    uint32_t size;     /* of the whole plan */
    uint32_t limit_ms; /* of cases that give none */
    uint32_t words;    /* offset: requirements that the driver has seen to, separated by blanks */
    uint32_t provider; /* offset: a full path, "" for none */
    uint32_t n_files;
    wsx_plan_file files[];
} wsx_plan;

#endif
