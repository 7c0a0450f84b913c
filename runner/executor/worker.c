#include "worker.h"

#include "interpret.h"

#include <stdio.h>
#include <stdlib.h>

static struct { HANDLE go, done, supervisor; } with;
static const wsx_plan *plan;
static wsx_shared *shared;
static wsn_file **files; /* parsed when first needed */

static const char *text_at(uint32_t offset) {
    return (const char *)plan + offset;
}

/* The supervisor is gone: so is this process, whatever its threads are doing. */
static void end_with_supervisor(void) {
    TerminateProcess(GetCurrentProcess(), 0);
}

static void wait_for(HANDLE event) {
    HANDLE both[2] = {event, with.supervisor};
    if (WaitForMultipleObjects(2, both, FALSE, INFINITE) != WAIT_OBJECT_0)
        end_with_supervisor();
}

/* One thread of the case at a time asks the supervisor for something. */
static CRITICAL_SECTION one_at_a_time;

static void ask(wsx_state what) {
    shared->state = what;
    SetEvent(with.done);
    wait_for(with.go);
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

static LONG WINAPI crashed(EXCEPTION_POINTERS *what) {
    wsx_thread *t = wsx_this_thread();
    DWORD code = what->ExceptionRecord->ExceptionCode;
    shared->exception = (LONG)code;
    wsx_trace_crash(t && t->depth ? &wsx_frame_of(t)->call : NULL, code);
    TerminateProcess(GetCurrentProcess(), code);
    return EXCEPTION_EXECUTE_HANDLER;
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
    SetEvent(with.done);
}

/* One case after the other, until one wants a new thread for the next. */
static DWORD WINAPI case_thread(void *after) {
    ULONG reserve = 65536; /* for the exception filter, should the stack overflow */
    SetThreadStackGuarantee(&reserve);
    while ((*(wsx_after *)after = run_wanted_case()) == WSX_SAME_THREAD) {
        say_done(WSX_DONE);
        wait_for(with.go);
    }
    return 0;
}

static void run_cases(void) {
    wsx_after after = WSX_NEW_PROCESS;
    HANDLE thread = CreateThread(NULL, 0, case_thread, &after, 0, NULL);
    if (!thread)
        ExitProcess(1); /* the supervisor tries again with another worker */
    wait_for(thread);
    CloseHandle(thread);
    say_done(after == WSX_NEW_PROCESS ? WSX_RETIRING : WSX_DONE);
}

static const void *view(const WCHAR *name, DWORD access) {
    HANDLE section = OpenFileMappingW(access, FALSE, name);
    const void *seen = section ? MapViewOfFile(section, access, 0, 0, 0) : NULL;
    if (section)
        CloseHandle(section);
    return seen;
}

/* A handle that a provider which closes what is not its own does not close by the way. */
static HANDLE kept(HANDLE handle) {
    if (handle)
        SetHandleInformation(handle, HANDLE_FLAG_PROTECT_FROM_CLOSE, HANDLE_FLAG_PROTECT_FROM_CLOSE);
    return handle;
}

int wsx_worker(const WCHAR *plan_name, unsigned number, DWORD supervisor) {
    WCHAR name[WSX_NAME_SIZE];
    plan = view(plan_name, FILE_MAP_READ);
    shared = (wsx_shared *)view(wsx_object_name(name, plan_name, number, L"shared"), FILE_MAP_WRITE);
    with.go = kept(OpenEventW(EVENT_ALL_ACCESS, FALSE, wsx_object_name(name, plan_name, number, L"go")));
    with.done = kept(OpenEventW(EVENT_ALL_ACCESS, FALSE, wsx_object_name(name, plan_name, number, L"done")));
    with.supervisor = kept(OpenProcess(SYNCHRONIZE, FALSE, supervisor));
    files = plan ? calloc(plan->n_files, sizeof *files) : NULL;
    if (!files || !shared || !with.go || !with.done || !with.supervisor)
        return 1;
    shared->process = (LONG)GetCurrentProcessId();
    if (*(const WCHAR *)text_at(plan->provider))
        shared->state = WSX_LOADING;
    shared->beat++;
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
    if (!wsx_load_winsock((const WCHAR *)text_at(plan->provider), shared->message, sizeof shared->message)) {
        shared->state = WSX_FAILED;
        SetEvent(with.done);
        return 3;
    }
    SetUnhandledExceptionFilter(crashed);
    InitializeCriticalSection(&one_at_a_time);
    wsx_memory_init();
    shared->state = WSX_READY;
    SetEvent(with.done);
    for (;;) {
        wait_for(with.go);
        run_cases();
    }
}
