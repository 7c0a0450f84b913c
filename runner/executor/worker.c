#include "worker.h"

#include "interpret.h"
#include "processes.h"

#include <stdio.h>
#include <stdlib.h>

static const wsx_plan *plan;
static wsx_shared *shared;
static wsn_file **files; /* parsed when first needed */

static const char *text_at(uint32_t offset) {
    return (const char *)plan + offset;
}

/* One thread of the case at a time asks the supervisor for something. */
static CRITICAL_SECTION one_at_a_time;

static void ask(wsx_state what) {
    shared->state = what;
    wsx_worker_say();
    wsx_worker_await_go();
    shared->state = WSX_RUNNING;
}

/* The section is full. */
static void wait_for_room(void) {
    EnterCriticalSection(&one_at_a_time);
    ask(WSX_CHUNK);
    shared->used = 0;
    LeaveCriticalSection(&one_at_a_time);
}

static bool have_fault_made(const char *words, char *why, size_t size) {
    EnterCriticalSection(&one_at_a_time);
    snprintf(shared->message, sizeof shared->message, "%s", words);
    ask(WSX_FAULT);
    bool made = !shared->message[0];
    snprintf(why, size, "%s", shared->message);
    LeaveCriticalSection(&one_at_a_time);
    return made;
}

static const wsx_asking asking = {wait_for_room, have_fault_made};

static void crashed(uint32_t code) {
    wsx_thread *t = wsx_this_thread();
    shared->exception = (LONG)code;
    wsx_trace_crash(t && t->depth ? &wsx_frame_of(t)->call : NULL, code);
}

static const wsn_case *wanted_case(void) {
    const wsx_plan_file *f = &plan->files[shared->file];
    wsn_error error;
    if (!files[shared->file] && wsn_read_text(text_at(f->text), f->size, text_at(f->name), text_at(f->prefix),
                                              &files[shared->file], &error) != WSN_OK)
        return NULL;
    return files[shared->file]->cases[shared->index];
}

static wsx_after run_wanted_case(void) {
    const wsn_case *c = wanted_case();
    shared->used = 0;
    shared->complete = shared->open_call = 0;
    shared->state = WSX_RUNNING;
    return c ? wsx_run_case(c, shared, plan->limit_ms, text_at(plan->words), &asking) : WSX_NEW_PROCESS;
}

static void say_done(wsx_state how) {
    shared->state = how;
    wsx_worker_say();
}

/* One case after the other, until one wants a new thread for the next. */
static DWORD WINAPI case_thread(void *after) {
    wsx_worker_guard_stack();
    while ((*(wsx_after *)after = run_wanted_case()) == WSX_SAME_THREAD) {
        say_done(WSX_DONE);
        wsx_worker_await_go();
    }
    return 0;
}

static void run_cases(void) {
    wsx_after after = WSX_NEW_PROCESS;
    HANDLE thread = CreateThread(NULL, 0, case_thread, &after, 0, NULL);
    if (!thread)
        wsx_worker_exit(1); /* the supervisor tries again with another worker */
    wsx_worker_await_thread(thread);
    CloseHandle(thread);
    say_done(after == WSX_NEW_PROCESS ? WSX_RETIRING : WSX_DONE);
}

int wsx_worker(int argc, char **argv) {
    if (!wsx_worker_attach(argc, argv, &plan, &shared) || !(files = calloc(plan->n_files, sizeof *files)))
        return 1;
    if (*text_at(plan->provider))
        shared->state = WSX_LOADING;
    shared->beat++;
    if (!wsx_load_winsock(text_at(plan->provider), shared->message, sizeof shared->message)) {
        shared->state = WSX_FAILED;
        wsx_worker_say();
        return 3;
    }
    wsx_worker_on_crash(crashed);
    InitializeCriticalSection(&one_at_a_time);
    wsx_memory_init();
    say_done(WSX_READY);
    for (;;) {
        wsx_worker_await_go();
        run_cases();
    }
}
