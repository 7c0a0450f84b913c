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
    LOAD_MS = 15000,        /* how long the provider may take to load */
    CLEAN_UP_MS = 1000,     /* and a worker to clean up after a case whose trace is whole */
    FAILED_STARTS_MOST = 3, /* in a row */
    STILLBORN_MOST = 4,     /* workers that end before they begin the same case, before that is told as its crash */
    STREAM_FROM = 4 << 20,  /* bytes of one case that are kept before they are written though it is not over */
    OUT_SIZE = 1 << 20
};

/* The code of Windows for a heap in disorder. */
static const char CORRUPTED[] = "crash 0xC0000374";

/* Text that grows; owned. */
typedef struct text {
    char *data;
    size_t size, capacity;
} text;

typedef struct worker {
    HANDLE process, launcher; /* launcher: the process that we started, where that does not run cases itself */
    HANDLE section, go, done;
    wsx_shared *shared;
    bool alive, ready, used; /* used: a case has run in it */
    bool launched;           /* the launcher has ended, and said that all is well */
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
    worker *streaming;  /* whose unfinished case is being written */
    text out, held;     /* to be written; cases that wait for the streaming one */
    unsigned n_faults;  /* asked for so far */
    unsigned n_workers; /* started so far */
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

/* What a worker has written. A provider may have written over it: the text is looked at before it goes out. */
static void take(worker *w) {
    uint32_t used = w->shared->used;
    append(&w->trace, w->shared->text, used < WSX_TEXT_SIZE ? used : WSX_TEXT_SIZE);
    w->shared->used = 0;
}

static void append_quoted(text *to, const char *before, const char *string) {
    char quoted[2048];
    wsn_value v = {.kind = WSN_STRING, .text = string, .length = strlen(string)};
    size_t n = wsn_print_value(&v, quoted, sizeof quoted);
    append(to, before, strlen(before));
    append(to, quoted, n < sizeof quoted ? n : sizeof quoted - 1);
}

/* Is this the trace of that case and nothing else? If not, *good is the number of bytes of whole lines that can be
 * read. */
static bool readable(const text *trace, const wsn_case *c, size_t *good) {
    static const char head[] = "trace 1\ntarget \"\" kind \"\" version \"\" arch \"\"\n";
    text whole = {0};
    wsn_file *file;
    wsn_error error = {.line = 0};
    *good = 0;
    append(&whole, head, sizeof head - 1);
    append(&whole, trace->data, trace->size);
    bool fine = !super.status && wsn_read_text(whole.data, whole.size, "", "", &file, &error) == WSN_OK;
    if (fine) {
        fine = file->n_cases == 1 && !strcmp(file->cases[0]->id, c->id);
        wsn_file_free(file);
    } else {
        const char *end = trace->data + trace->size, *line = trace->data;
        for (int lines = error.line - 3; lines > 0 && (line = memchr(line, '\n', (size_t)(end - line))); lines--)
            line++;
        *good = line ? (size_t)(line - trace->data) : 0;
    }
    free(whole.data);
    return fine;
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
    take(w);
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

/* The last call's outcome, and the end. */
static void close_text(worker *w, const char *outcome) {
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
}

/* What stands before the calls of a case. */
static void put_case(worker *w) {
    const wsn_case *c = w->job->c;
    append_quoted(&w->trace, "case ", c->id);
    append(&w->trace, "\n  clauses", 10);
    for (size_t i = 0; i < c->n_clauses; i++) {
        append(&w->trace, " ", 1);
        append(&w->trace, c->clauses[i], strlen(c->clauses[i]));
    }
    append(&w->trace, "\n", 1);
}

/* Of what was written over the first `good` bytes are left; what belongs before them is put there. */
static void salvage(worker *w, size_t good, const char *outcome) {
    static const char destroyed[] = "  # the worker's memory was written over: what stood here cannot be read\n";
    w->trace.size = good;
    if (!good)
        put_case(w);
    append(&w->trace, destroyed, sizeof destroyed - 1);
    w->shared->open_call = 0;
    close_text(w, outcome);
}

/* The text is complete, or should be. If it is not the case's trace something wrote over the worker's memory: no less
 * than a crash, if only the process had noticed it. */
static void finish(worker *w, const char *outcome) {
    size_t good;
    if (super.streaming != w && !readable(&w->trace, w->job->c, &good)) {
        salvage(w, good, outcome);
        if (!readable(&w->trace, w->job->c, &good))
            salvage(w, 0, outcome);
    }
    trace_is_complete(w);
}

/* Ends the trace of a worker that is no more: the last call's outcome is how it ended. */
static void end_trace(worker *w, const char *outcome) {
    close_text(w, outcome);
    finish(w, outcome);
}

/* The worker says that the case is over. */
static void trace_came(worker *w) {
    finish(w, CORRUPTED);
}

/* --- workers --------------------------------------------------------------------------------------------- */

static void release(worker *w) {
    HANDLE handles[] = {w->section, w->go, w->done, w->process, w->launcher};
    if (w->shared)
        UnmapViewOfFile(w->shared);
    for (size_t i = 0; i < sizeof handles / sizeof *handles; i++)
        if (handles[i])
            CloseHandle(handles[i]);
    text kept = w->trace;
    memset(w, 0, sizeof *w);
    w->trace = kept;
    w->trace.size = 0;
}

/* From when this returns nothing of the worker's changes any more. */
static void kill_worker(worker *w) {
    TerminateProcess(w->process, 1);
    WaitForSingleObject(w->process, INFINITE);
    if (w->launcher)
        TerminateProcess(w->launcher, 1);
}

static void end_worker(worker *w) {
    kill_worker(w);
    release(w);
}

/* A launcher has started this worker: it is the worker's own process that counts. False if that cannot be known yet. */
static bool meet(worker *w) {
    DWORD id = (DWORD)w->shared->process;
    if (!super.options->launch || w->launcher)
        return true;
    HANDLE process = id ? OpenProcess(SYNCHRONIZE | PROCESS_TERMINATE | PROCESS_QUERY_INFORMATION, FALSE, id) : NULL;
    if (!process)
        return false;
    w->launcher = w->process;
    w->process = process;
    return true;
}

/* What a worker writes to its standard output is no part of the trace: it goes where messages go. */
static STARTUPINFOW streams_of_a_worker(void) {
    static HANDLE nothing, messages;
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    if (!nothing) {
        nothing = CreateFileW(L"NUL", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherit,
                              OPEN_EXISTING, 0, NULL);
        if (!DuplicateHandle(GetCurrentProcess(), GetStdHandle(STD_ERROR_HANDLE), GetCurrentProcess(), &messages, 0,
                             TRUE, DUPLICATE_SAME_ACCESS))
            messages = nothing;
        SetHandleInformation(GetStdHandle(STD_OUTPUT_HANDLE), HANDLE_FLAG_INHERIT, 0);
        SetHandleInformation(GetStdHandle(STD_INPUT_HANDLE), HANDLE_FLAG_INHERIT, 0);
    }
    return (STARTUPINFOW){.cb = sizeof(STARTUPINFOW),
                          .dwFlags = STARTF_USESTDHANDLES,
                          .hStdInput = nothing,
                          .hStdOutput = messages,
                          .hStdError = messages};
}

/* The command line of a worker, in the launcher's if there is one. */
static bool command_line(unsigned number, WCHAR *program, size_t program_size, WCHAR *out, size_t size) {
    const WCHAR *launch = super.options->launch, *braces = launch ? wcsstr(launch, L"{}") : NULL;
    DWORD length = GetModuleFileNameW(NULL, program, (DWORD)program_size);
    if (!length || length == program_size)
        return false;
    int n = swprintf(out, size, L"%.*ls\"%ls\" --worker %ls %u %lu%ls", braces ? (int)(braces - launch) : 0,
                     launch ? launch : L"", program, super.jobs->name, number, GetCurrentProcessId(),
                     braces ? braces + 2 : L"");
    return n > 0 && (size_t)n < size;
}

static bool create_process(worker *w, unsigned number) {
    WCHAR program[1024], command[8192];
    STARTUPINFOW info = streams_of_a_worker();
    PROCESS_INFORMATION made;
    if (!command_line(number, program, 1024, command, sizeof command / sizeof *command) ||
        !CreateProcessW(super.options->launch ? NULL : program, command, NULL, NULL, TRUE, DETACHED_PROCESS, NULL, NULL,
                        &info, &made))
        return false;
    CloseHandle(made.hThread);
    w->process = made.hProcess;
    return true;
}

static void start_worker(worker *w) {
    WCHAR name[WSX_NAME_SIZE];
    unsigned number = super.n_workers++;
    w->section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, sizeof(wsx_shared),
                                    wsx_object_name(name, super.jobs->name, number, L"shared"));
    w->go = CreateEventW(NULL, FALSE, FALSE, wsx_object_name(name, super.jobs->name, number, L"go"));
    w->done = CreateEventW(NULL, FALSE, FALSE, wsx_object_name(name, super.jobs->name, number, L"done"));
    w->shared = w->section ? MapViewOfFile(w->section, FILE_MAP_WRITE, 0, 0, 0) : NULL;
    w->alive = w->shared && w->go && w->done && create_process(w, number);
    w->since = GetTickCount64();
    if (w->alive)
        return;
    /* It may be a whim of a machine under load (Wine 8.0 then now and then fails to make a process): tried again. */
    DWORD error = GetLastError();
    release(w);
    if (++super.failed_starts >= FAILED_STARTS_MOST)
        give_up(super.options->launch ? "%ls cannot be started (error %lu)" : "no worker can be started%ls (error %lu)",
                super.options->launch ? super.options->launch : L"", error);
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
    words[sizeof words - 1] = 0;
    for (const char *p = words; *p; p++)
        if (*p < ' ')
            return; /* no worker says that: its memory was written over */
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
    bool never = !begun && ++job->stillborn > STILLBORN_MOST; /* or what it wrote is no more */
    if ((!begun && !never) ||
        (!never && !w->shared->exception && job->attempts - job->stillborn == 1 && super.streaming != w)) {
        once_more(w);
        return;
    }
    DWORD code = w->shared->exception ? (DWORD)w->shared->exception : exit_code;
    snprintf(outcome, sizeof outcome, "crash 0x%08lX", code);
    if (never)
        put_case(w);
    end_trace(w, outcome);
}

/* The worker cannot go on, and has said why. */
static void has_failed(worker *w) {
    w->shared->message[sizeof w->shared->message - 1] = 0;
    give_up("%s", w->shared->message);
}

/* A worker ended before it was ready. */
static void never_came(DWORD exit_code) {
    if (++super.failed_starts < FAILED_STARTS_MOST)
        return;
    if (super.options->launch)
        give_up("%ls ended before the worker that it was to start was ready (exit status 0x%lX)", super.options->launch,
                exit_code);
    else
        give_up("a worker ended %s%ls (exit status 0x%lX)",
                super.jobs->provider[0] ? "while it loaded the provider " : "before it was ready", super.jobs->provider,
                exit_code);
}

static void worker_died(worker *w) {
    DWORD exit_code = 0;
    GetExitCodeProcess(w->process, &exit_code);
    if (!w->ready && w->shared->state == WSX_FAILED) {
        has_failed(w);
    } else if (!w->ready) {
        if (super.options->launch && !w->launcher && (meet(w) || !exit_code)) {
            w->launched = true; /* it was the launcher that ended: the worker is still to come */
            return;
        }
        never_came(exit_code);
    } else if (w->job) {
        take(w);
        if (w->shared->complete)
            trace_came(w);
        else
            retry_or_end(w, exit_code);
    }
    heal(w);
    release(w);
}

static void worker_spoke(worker *w) {
    w->since = GetTickCount64();
    w->beat = w->shared->beat;
    if (!w->ready && !meet(w)) {
        give_up("the worker that %ls started cannot be reached (error %lu)", super.options->launch, GetLastError());
        return;
    }
    switch (w->shared->state) {
    case WSX_READY:
        w->ready = true;
        super.failed_starts = 0;
        break;
    case WSX_FAILED:
        if (!w->ready)
            has_failed(w);
        break;
    case WSX_CHUNK:
        take_text(w);
        SetEvent(w->go);
        break;
    case WSX_FAULT: make_fault(w); break;
    case WSX_DONE:
    case WSX_RETIRING: {
        bool retiring = w->shared->state == WSX_RETIRING;
        if (!w->job)
            break;
        take(w);
        if (w->shared->complete)
            trace_came(w);
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
    if (!w->job)
        return now - w->since > (w->shared->state == WSX_LOADING ? LOAD_MS : START_MS);
    uint32_t limit = w->job->c->limit_ms ? w->job->c->limit_ms : super.options->limit_ms;
    return now - w->since > (w->shared->complete ? CLEAN_UP_MS : limit + GRACE_MS);
}

static void look_for_hangs(void) {
    ULONGLONG now = GetTickCount64();
    for (size_t i = 0; i < MOST_WORKERS; i++) {
        worker *w = &super.workers[i];
        if (!w->alive || (w->ready && !w->job) || !silent_too_long(w, now))
            continue;
        if (!w->ready) {
            if (w->shared->state == WSX_LOADING)
                give_up(
                    "the provider %ls was not loaded after %d s: its DllMain, or that of a DLL that it needs, hangs",
                    super.jobs->provider, LOAD_MS / 1000);
            else
                give_up("a worker was not ready after %d s", START_MS / 1000);
            return;
        }
        /* It is ended first: from then on its section does not change. What it says at the last moment still counts. */
        kill_worker(w);
        take(w);
        if (w->shared->complete)
            trace_came(w);
        else
            end_trace(w, "hang");
        heal(w);
        release(w);
    }
}

/* Waits for a word or the end of any worker. */
static void wait_and_serve(void) {
    static HANDLE never;
    HANDLE handles[2 * MOST_WORKERS];
    worker *of[MOST_WORKERS];
    DWORD n = 0;
    if (!never)
        never = CreateEventW(NULL, TRUE, FALSE, NULL);
    for (size_t i = 0; i < MOST_WORKERS; i++)
        if (super.workers[i].alive) {
            of[n / 2] = &super.workers[i];
            handles[n++] = super.workers[i].done; /* before the process: what it said last is heard first */
            handles[n++] = super.workers[i].launched && !super.workers[i].launcher ? never : super.workers[i].process;
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
        if (super.workers[i].alive) {
            TerminateProcess(super.workers[i].process, 1);
            if (super.workers[i].launcher)
                TerminateProcess(super.workers[i].launcher, 1);
        }
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

/* The provider's file name: what folder it is in says nothing to whoever reads the trace. "" without one. */
static void provider_name(char *out, size_t size) {
    const WCHAR *path = super.jobs->provider, *last = wcsrchr(path, L'\\');
    if (!WideCharToMultiByte(CP_UTF8, 0, last ? last + 1 : path, -1, out, (int)size, NULL, NULL))
        *out = 0;
}

static void put_head(void) {
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    const char *(CDECL * wine_version)(void) =
        (const char *(CDECL *)(void))(void (*)(void))GetProcAddress(ntdll, "wine_get_version");
    LONG(WINAPI * version_of)
    (OSVERSIONINFOW *) = (LONG(WINAPI *)(OSVERSIONINFOW *))(void (*)(void))GetProcAddress(ntdll, "RtlGetVersion");
    OSVERSIONINFOW os = {.dwOSVersionInfoSize = sizeof os};
    char version[64] = "", provider[1024], name[1200];
    if (wine_version)
        snprintf(version, sizeof version, "%s", wine_version());
    else if (version_of && !version_of(&os))
        snprintf(version, sizeof version, "%lu.%lu.%lu", os.dwMajorVersion, os.dwMinorVersion, os.dwBuildNumber);
    const char *kind = wine_version ? "wine" : "windows", *arch = sizeof(void *) == 8 ? "x86_64" : "i686";
    provider_name(provider, sizeof provider);
    /* As the driver names its targets. */
    int stem = (int)(strrchr(provider, '.') ? strrchr(provider, '.') - provider : (ptrdiff_t)strlen(provider));
    snprintf(name, sizeof name, "%s-%s-%s%s%.*s", kind, version, arch, *provider ? "-" : "", stem, provider);
    put_out("trace 1\n", 8);
    put_pair("target ", super.options->name ? super.options->name : name);
    put_pair(" kind ", kind);
    put_pair(" version ", version);
    put_pair(" arch ", arch);
    if (*provider)
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
