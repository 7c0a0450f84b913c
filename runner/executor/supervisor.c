#include "supervisor.h"

#include "faults.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_WORKERS = 31,      /* WaitForMultipleObjects takes two handles of each */
    QUIET_MS = 100,         /* a worker that is silent for so long waits or hangs: another may run meanwhile */
    POLL_MS = 50,           /* how often a silent worker is looked at */
    GRACE_MS = 1000,        /* beyond the limit of a case, before its silence is a hang */
    START_MS = 60000,       /* a worker that is not ready by then never will be */
    FAILED_STARTS_MOST = 3, /* in a row */
    STILLBORN_MOST = 8,     /* workers that end before they begin the same case */
    STREAM_FROM = 4 << 20,  /* bytes of one case that are kept before they are written though it is not over */
    OUT_SIZE = 1 << 20
};

/* Text that grows; owned. */
typedef struct text {
    char *data;
    size_t size, capacity;
} text;

typedef struct worker {
    PROCESS_INFORMATION process;
    HANDLE section, go, done;
    wsx_shared *shared;
    bool alive, ready, used; /* used: a case has run in it */
    wsx_job *job;            /* running, or NULL */
    unsigned faults;         /* that the job asked for, and how many of these were made */
    unsigned faults_made;
    text trace; /* of the job, so far */
    LONG beat;  /* as last seen, and since when */
    ULONGLONG since;
} worker;

static struct {
    const wsx_options *options;
    wsx_jobs *jobs;
    worker workers[MOST_WORKERS];
    size_t next, left; /* the next job never begun; jobs not complete */
    wsx_job **again;   /* jobs to be run once more */
    size_t n_again;
    worker *streaming; /* whose unfinished case is being written */
    text out, held;    /* to be written; cases that wait for the streaming one */
    unsigned n_faults; /* asked for so far */
    int failed_starts;
    int status; /* not 0: give up */
} super;

static void give_up(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "wsconform-exec: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    super.status = 3;
}

/* --- output ---------------------------------------------------------------------------------------------- */

static void append(text *to, const char *data, size_t size) {
    if (to->size + size > to->capacity) {
        size_t capacity = (to->size + size) * 2;
        char *grown = realloc(to->data, capacity);
        if (!grown) {
            if (!super.status)
                give_up("there is not enough memory for the trace");
            return;
        }
        to->data = grown;
        to->capacity = capacity;
    }
    memcpy(to->data + to->size, data, size);
    to->size += size;
}

static void flush_out(void) {
    HANDLE out = GetStdHandle(STD_OUTPUT_HANDLE);
    size_t at = 0;
    DWORD written;
    while (at < super.out.size && !super.status) {
        if (!WriteFile(out, super.out.data + at, (DWORD)(super.out.size - at), &written, NULL) || !written)
            give_up("the trace cannot be written (error %lu)", GetLastError());
        else
            at += written;
    }
    super.out.size = 0;
}

static void put_out(const char *data, size_t size) {
    append(&super.out, data, size);
    if (super.out.size >= OUT_SIZE)
        flush_out();
}

/* The case of this worker is over: its trace goes out, or waits until the one being streamed is over. */
static void trace_is_complete(worker *w) {
    if (super.streaming && super.streaming != w) {
        append(&super.held, w->trace.data, w->trace.size);
    } else {
        put_out(w->trace.data, w->trace.size);
        if (super.streaming == w) {
            put_out(super.held.data, super.held.size);
            super.held.size = 0;
            super.streaming = NULL;
        }
    }
    w->trace.size = 0;
    w->job = NULL;
    super.left--;
}

/* Whole lines go out: what is said to the driver stands between them. */
static void stream(worker *w) {
    size_t whole = w->trace.size;
    while (whole && w->trace.data[whole - 1] != '\n')
        whole--;
    super.streaming = w;
    put_out(w->trace.data, whole);
    w->trace.size -= whole;
    memmove(w->trace.data, w->trace.data + whole, w->trace.size);
}

static void take_text(worker *w) {
    append(&w->trace, w->shared->text, w->shared->used);
    w->shared->used = 0;
    if (w->trace.size > STREAM_FROM && (!super.streaming || super.streaming == w))
        stream(w);
}

/* The call that comes next according to what the trace holds: statements follow each other line by line, except in
 * loops. */
static const wsn_statement *next_call(const worker *w) {
    const wsn_case *c = w->job->c;
    const wsn_statement *last = NULL;
    size_t lines = 0;
    for (size_t i = 0; i + 3 < w->trace.size; i++)
        lines += w->trace.data[i] == '@';
    for (size_t i = 0; i < c->n_statements; i++)
        if (c->statements[i].kind == WSN_CALL) {
            last = &c->statements[i];
            if (!lines--)
                break;
        }
    return last;
}

/* Ends the trace of a worker that is no more: the last call's outcome is how it ended. */
static void end_trace(worker *w, const char *outcome) {
    char line[4096];
    const wsn_statement *next = w->shared->open_call ? NULL : next_call(w);
    if (!w->shared->open_call && next) { /* between two calls: told of the one that did not come to be made */
        append(&w->trace, "  ", 2);
        size_t n = wsn_print_call(next, line, sizeof line);
        append(&w->trace, line, n < sizeof line ? n : sizeof line - 1);
    }
    if (w->shared->open_call || next) {
        append(&w->trace, " = ", 3);
        append(&w->trace, outcome, strlen(outcome));
        append(&w->trace, "\n", 1);
    }
    append(&w->trace, "end\n", 4);
    trace_is_complete(w);
}

/* --- workers --------------------------------------------------------------------------------------------- */

static void release(worker *w) {
    if (w->shared)
        UnmapViewOfFile(w->shared);
    CloseHandle(w->section);
    CloseHandle(w->go);
    CloseHandle(w->done);
    CloseHandle(w->process.hProcess);
    CloseHandle(w->process.hThread);
    text kept = w->trace;
    memset(w, 0, sizeof *w);
    w->trace = kept;
    w->trace.size = 0;
}

static void end_worker(worker *w) {
    TerminateProcess(w->process.hProcess, 1);
    WaitForSingleObject(w->process.hProcess, INFINITE);
    release(w);
}

static HANDLE inheritable_self(void) {
    static HANDLE self;
    if (!self)
        DuplicateHandle(GetCurrentProcess(), GetCurrentProcess(), GetCurrentProcess(), &self, SYNCHRONIZE, TRUE, 0);
    return self;
}

static bool create_process(worker *w) {
    WCHAR program[1024], command[1400];
    STARTUPINFOW info = {.cb = sizeof info};
    DWORD n = GetModuleFileNameW(NULL, program, 1024);
    if (!n || n == 1024)
        return false;
    swprintf(command, sizeof command / sizeof *command, L"\"%ls\" --worker %llu %llu %llu %llu %llu", program,
             (unsigned long long)(ULONG_PTR)super.jobs->section, (unsigned long long)(ULONG_PTR)w->section,
             (unsigned long long)(ULONG_PTR)w->go, (unsigned long long)(ULONG_PTR)w->done,
             (unsigned long long)(ULONG_PTR)inheritable_self());
    return CreateProcessW(program, command, NULL, NULL, TRUE, DETACHED_PROCESS, NULL, NULL, &info, &w->process);
}

static void start_worker(worker *w) {
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    w->section = CreateFileMappingW(INVALID_HANDLE_VALUE, &inherit, PAGE_READWRITE, 0, sizeof(wsx_shared), NULL);
    w->go = CreateEventW(&inherit, FALSE, FALSE, NULL);
    w->done = CreateEventW(&inherit, FALSE, FALSE, NULL);
    w->shared = w->section ? MapViewOfFile(w->section, FILE_MAP_WRITE, 0, 0, 0) : NULL;
    w->alive = w->shared && w->go && w->done && create_process(w);
    w->since = GetTickCount64();
    if (w->alive)
        return;
    /* It may be a whim of a machine under load (Wine 8.0 then now and then fails to make a process): tried again. */
    DWORD error = GetLastError();
    release(w);
    if (++super.failed_starts >= FAILED_STARTS_MOST)
        give_up("no worker can be started (error %lu)", error);
}

typedef struct census {
    size_t alive, busy, quiet; /* quiet: of the busy ones, those that were silent for a while */
} census;

static census count(void) {
    census n = {0, 0, 0};
    ULONGLONG now = GetTickCount64();
    for (size_t i = 0; i < MOST_WORKERS; i++) {
        const worker *w = &super.workers[i];
        n.alive += w->alive;
        n.busy += w->alive && w->job;
        n.quiet += w->alive && w->job && now - w->since > QUIET_MS;
    }
    return n;
}

/* --- jobs ------------------------------------------------------------------------------------------------ */

static size_t jobs_waiting(void) {
    return super.n_again + (super.jobs->n - super.next);
}

/* The next job for a worker in which nothing ran (any; those that must have such a one first), or in which something
 * did. Jobs are taken in order; `next` passes over jobs that were taken out of it. */
static wsx_job *pick(bool used) {
    wsx_jobs *all = super.jobs;
    for (size_t i = 0; i < super.n_again; i++) {
        wsx_job *job = super.again[i];
        if (used && job->c->start_fresh)
            continue;
        super.again[i] = super.again[--super.n_again];
        return job;
    }
    for (size_t i = super.next; i < all->n; i++) {
        wsx_job *job = &all->jobs[i];
        if (job->attempts || (job->c->start_fresh && used))
            continue;
        job->attempts = 1;
        while (super.next < all->n && all->jobs[super.next].attempts)
            super.next++;
        return job;
    }
    return NULL;
}

static void give(worker *w, wsx_job *job) {
    w->job = job;
    w->used = true;
    w->trace.size = 0;
    w->shared->file = job->file;
    w->shared->index = job->index;
    w->shared->complete = w->shared->open_call = 0;
    w->shared->used = 0;
    w->shared->state = WSX_RUNNING;
    w->beat = w->shared->beat;
    w->since = GetTickCount64();
    SetEvent(w->go);
}

/* May one more case run? Those that only wait do not count; but where faults are made each case is alone. */
static bool room_for_one(void) {
    census n = count();
    return super.options->faults ? !n.busy : n.busy - n.quiet < super.options->jobs;
}

/* Every idle worker gets a job, as long as there is room. */
static void hand_out(void) {
    for (size_t i = 0; i < MOST_WORKERS; i++) {
        worker *w = &super.workers[i];
        if (!w->alive || !w->ready || w->job || !jobs_waiting() || !room_for_one())
            continue;
        wsx_job *job = pick(w->used);
        if (job)
            give(w, job);
        else if (w->used)
            end_worker(w); /* only jobs for a fresh process are left */
    }
}

/* As many workers as can be busy, and one more: a crash then costs no waiting. */
static void keep_staffed(void) {
    for (size_t i = 0; i < MOST_WORKERS && !super.status; i++) {
        census n = count();
        if (n.alive >= super.options->jobs + 1 + n.quiet || n.alive >= n.busy + jobs_waiting())
            return;
        if (!super.workers[i].alive)
            start_worker(&super.workers[i]);
    }
}

/* --- faults ---------------------------------------------------------------------------------------------- */

static bool have_fault_made(const char *words, char *why, size_t size) {
    char line[1100];
    const WCHAR *who = super.options->faults;
    *why = 0;
    if (!who) {
        snprintf(why, size, "nobody makes faults here (--faults)");
        return false;
    }
    if (wcscmp(who, L"-") != 0)
        return wsx_fault_by_command(who, words, why, size);
    int n = snprintf(line, sizeof line, "# fault %u: %s\n", ++super.n_faults, words);
    put_out(line, n > 0 ? (size_t)n : 0);
    flush_out();
    return wsx_fault_by_driver(super.n_faults, why, size);
}

static void make_fault(worker *w) {
    char words[sizeof w->shared->message];
    memcpy(words, w->shared->message, sizeof words);
    w->faults++;
    w->faults_made += have_fault_made(words, w->shared->message, sizeof w->shared->message);
    w->since = GetTickCount64();
    SetEvent(w->go);
}

/* The case that ran in this worker is over, in whatever way: what it did to the network is undone. */
static void heal(worker *w) {
    char why[1024];
    if (w->faults && super.options->faults && !have_fault_made("heal", why, sizeof why) && w->faults_made)
        give_up("the network is not as it was before the faults of a case: %s", why);
    w->faults = w->faults_made = 0;
}

/* --- what happens ---------------------------------------------------------------------------------------- */

static void once_more(worker *w) {
    w->job->attempts++;
    super.again[super.n_again++] = w->job;
    w->job = NULL;
}

/* The worker ended in the middle of a case, and its text has been taken. Without an exception somebody else may have
 * ended it: the case gets a second chance if nothing of it is written yet. */
static void retry_or_end(worker *w, DWORD exit_code) {
    char outcome[40];
    wsx_job *job = w->job;
    bool begun = w->trace.size || super.streaming == w;
    if (!begun && ++job->stillborn > STILLBORN_MOST)
        give_up("workers keep ending before they begin %s", job->c->id);
    if (!begun || (!w->shared->exception && job->attempts - job->stillborn == 1 && super.streaming != w)) {
        once_more(w);
        return;
    }
    DWORD code = w->shared->exception ? (DWORD)w->shared->exception : exit_code;
    snprintf(outcome, sizeof outcome, "crash 0x%08lX", code);
    end_trace(w, outcome);
}

static void worker_died(worker *w) {
    DWORD exit_code = 0;
    GetExitCodeProcess(w->process.hProcess, &exit_code);
    if (w->shared->state == WSX_FAILED) {
        give_up("%s", w->shared->message);
    } else if (!w->ready) {
        if (++super.failed_starts >= FAILED_STARTS_MOST)
            give_up("%s (exit status 0x%lX)",
                    super.jobs->provider[0] ? "a worker ended while it loaded the provider"
                                            : "a worker ended before it was ready",
                    exit_code);
    } else if (w->job) {
        append(&w->trace, w->shared->text, w->shared->used);
        if (w->shared->complete)
            trace_is_complete(w);
        else
            retry_or_end(w, exit_code);
    }
    heal(w);
    release(w);
}

static void worker_spoke(worker *w) {
    w->since = GetTickCount64();
    w->beat = w->shared->beat;
    switch (w->shared->state) {
    case WSX_READY:
        w->ready = true;
        super.failed_starts = 0;
        break;
    case WSX_FAILED: give_up("%s", w->shared->message); break;
    case WSX_CHUNK:
        take_text(w);
        SetEvent(w->go);
        break;
    case WSX_FAULT: make_fault(w); break;
    case WSX_DONE:
    case WSX_RETIRING: {
        bool retiring = w->shared->state == WSX_RETIRING;
        append(&w->trace, w->shared->text, w->shared->used);
        w->shared->used = 0;
        if (w->shared->complete)
            trace_is_complete(w);
        else
            retry_or_end(w, 0);
        heal(w);
        if (retiring)
            end_worker(w);
        break;
    }
    default: break;
    }
}

static bool silent_too_long(worker *w, ULONGLONG now) {
    if (w->shared->beat != w->beat) {
        w->beat = w->shared->beat;
        w->since = now;
    }
    uint32_t limit = w->job && w->job->c->limit_ms ? w->job->c->limit_ms : super.options->limit_ms;
    return now - w->since > (w->job ? limit + GRACE_MS : START_MS);
}

static void look_for_hangs(void) {
    ULONGLONG now = GetTickCount64();
    for (size_t i = 0; i < MOST_WORKERS; i++) {
        worker *w = &super.workers[i];
        if (!w->alive || (w->ready && !w->job) || !silent_too_long(w, now))
            continue;
        if (!w->ready) {
            give_up("a worker was not ready after %d s", START_MS / 1000);
            return;
        }
        /* It is ended first: from then on its section does not change. What it says at the last moment still counts. */
        TerminateProcess(w->process.hProcess, 1);
        WaitForSingleObject(w->process.hProcess, INFINITE);
        append(&w->trace, w->shared->text, w->shared->used);
        if (w->shared->complete)
            trace_is_complete(w);
        else
            end_trace(w, "hang");
        heal(w);
        release(w);
    }
}

/* Waits for a word or the end of any worker. */
static void wait_and_serve(void) {
    HANDLE handles[2 * MOST_WORKERS];
    worker *of[MOST_WORKERS];
    DWORD n = 0;
    for (size_t i = 0; i < MOST_WORKERS; i++)
        if (super.workers[i].alive) {
            of[n / 2] = &super.workers[i];
            handles[n++] = super.workers[i].done; /* before the process: what it said last is heard first */
            handles[n++] = super.workers[i].process.hProcess;
        }
    DWORD which = WaitForMultipleObjects(n, handles, FALSE, 0);
    if (which == WAIT_TIMEOUT) {
        flush_out();
        which = WaitForMultipleObjects(n, handles, FALSE, POLL_MS);
    }
    if (which < n)
        which % 2 ? worker_died(of[which / 2]) : worker_spoke(of[which / 2]);
    else if (which == WAIT_FAILED)
        give_up("waiting for the workers failed (error %lu)", GetLastError());
}

/* Whatever happens to this process, its workers end with it. They watch for that themselves, too, but one that is just
 * being made does not run yet. The handle of the job is never closed: that is left to the end of the process. Where
 * there are no such jobs the watch must do. */
static void end_workers_with_me(void) {
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits;
    HANDLE job = CreateJobObjectW(NULL, NULL);
    memset(&limits, 0, sizeof limits);
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    if (job && SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits))
        AssignProcessToJobObject(job, GetCurrentProcess());
}

static BOOL WINAPI interrupted(DWORD event) {
    (void)event;
    for (size_t i = 0; i < MOST_WORKERS; i++)
        if (super.workers[i].alive)
            TerminateProcess(super.workers[i].process.hProcess, 1);
    TerminateProcess(GetCurrentProcess(), 130);
    return TRUE;
}

/* --- the head of the trace ------------------------------------------------------------------------------- */

static void put_pair(const char *key, const char *value) {
    char quoted[4096];
    wsn_value v = {.kind = WSN_STRING, .text = value, .length = strlen(value)};
    size_t n = wsn_print_value(&v, quoted, sizeof quoted);
    put_out(key, strlen(key));
    put_out(quoted, n < sizeof quoted ? n : sizeof quoted - 1);
}

static void put_head(void) {
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    const char *(CDECL * wine_version)(void) =
        (const char *(CDECL *)(void))(void (*)(void))GetProcAddress(ntdll, "wine_get_version");
    LONG(WINAPI * version_of)
    (OSVERSIONINFOW *) = (LONG(WINAPI *)(OSVERSIONINFOW *))(void (*)(void))GetProcAddress(ntdll, "RtlGetVersion");
    OSVERSIONINFOW os = {.dwOSVersionInfoSize = sizeof os};
    char version[64] = "", provider[4096];
    if (wine_version)
        snprintf(version, sizeof version, "%s", wine_version());
    else if (version_of && !version_of(&os))
        snprintf(version, sizeof version, "%lu.%lu.%lu", os.dwMajorVersion, os.dwMinorVersion, os.dwBuildNumber);
    put_out("trace 1\n", 8);
    put_pair("target ", super.options->name ? super.options->name : wine_version ? "wine" : "windows");
    put_pair(" kind ", wine_version ? "wine" : "windows");
    put_pair(" version ", version);
    put_pair(" arch ", sizeof(void *) == 8 ? "x86_64" : "i686");
    if (super.jobs->provider[0] &&
        WideCharToMultiByte(CP_UTF8, 0, super.jobs->provider, -1, provider, sizeof provider, NULL, NULL))
        put_pair(" provider ", provider);
    put_out("\n", 1);
}

static bool all_ready_once(void) {
    for (size_t i = 0; i < MOST_WORKERS; i++)
        if (super.workers[i].used || super.workers[i].ready)
            return true;
    return false;
}

int wsx_supervise(const wsx_options *options, wsx_jobs *jobs) {
    bool head_written = false;
    super.options = options;
    super.jobs = jobs;
    super.left = jobs->n;
    super.again = calloc(jobs->n + 1, sizeof *super.again);
    if (!super.again) {
        give_up("there is not enough memory");
        return super.status;
    }
    end_workers_with_me();
    SetConsoleCtrlHandler(interrupted, TRUE);
    while (super.left && !super.status) {
        keep_staffed();
        hand_out();
        if (super.status)
            break;
        wait_and_serve();
        look_for_hangs();
        if (!head_written && all_ready_once()) {
            put_head(); /* not before the provider is known to load */
            head_written = true;
        }
    }
    if (!head_written && !super.status)
        put_head();
    for (size_t i = 0; i < MOST_WORKERS; i++)
        if (super.workers[i].alive)
            end_worker(&super.workers[i]);
    flush_out();
    return super.status;
}
