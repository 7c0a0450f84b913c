#include "supervisor.h"

#include "faults.h"
#include "files.h"
#include "processes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_WORKERS = 31,      /* Windows waits for 64 handles at once, two of each */
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
    wsx_process *process;
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
    if (size)
        memcpy(to->data + to->size, data, size);
    to->size += size;
}

static void flush_out(void) {
    if (!super.status && !wsx_write_output(super.out.data, super.out.size))
        give_up("the trace cannot be written (error %lu)", wsx_system_error());
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
    wsx_process_release(w->process);
    text kept = w->trace;
    memset(w, 0, sizeof *w);
    w->trace = kept;
    w->trace.size = 0;
}

static void end_worker(worker *w) {
    wsx_process_end(w->process);
    release(w);
}

static void start_worker(worker *w) {
    w->process = wsx_process_start(&super.jobs->section, super.options->launch, &w->shared);
    w->alive = w->process != NULL;
    w->since = GetTickCount64();
    if (w->alive)
        return;
    /* It may be a whim of a machine under load (Wine 8.0 then now and then fails to make a process): tried again. */
    unsigned long error = wsx_system_error();
    if (++super.failed_starts >= FAILED_STARTS_MOST)
        give_up(super.options->launch ? "%s cannot be started (error %lu)" : "no worker can be started%s (error %lu)",
                super.options->launch ? super.options->launch : "", error);
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
    wsx_process_go(w->process);
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
    const char *who = super.options->faults;
    *why = 0;
    if (!who) {
        snprintf(why, size, "nobody makes faults here (--faults)");
        return false;
    }
    if (strcmp(who, "-") != 0)
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
    wsx_process_go(w->process);
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
static void retry_or_end(worker *w, uint32_t exit_code) {
    char outcome[40];
    wsx_job *job = w->job;
    bool begun = w->trace.size || super.streaming == w;
    bool never = !begun && ++job->stillborn > STILLBORN_MOST; /* or what it wrote is no more */
    if ((!begun && !never) ||
        (!never && !w->shared->exception && job->attempts - job->stillborn == 1 && super.streaming != w)) {
        once_more(w);
        return;
    }
    uint32_t code = w->shared->exception ? (uint32_t)w->shared->exception : exit_code;
    snprintf(outcome, sizeof outcome, "crash 0x%08lX", (unsigned long)code);
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
static void never_came(uint32_t exit_code) {
    if (++super.failed_starts < FAILED_STARTS_MOST)
        return;
    if (super.options->launch)
        give_up("%s ended before the worker that it was to start was ready (exit status 0x%lX)", super.options->launch,
                (unsigned long)exit_code);
    else
        give_up("a worker ended %s%s (exit status 0x%lX)",
                super.jobs->provider[0] ? "while it loaded the provider " : "before it was ready", super.jobs->provider,
                (unsigned long)exit_code);
}

static void worker_died(worker *w) {
    uint32_t exit_code = wsx_process_status(w->process);
    if (!w->ready && w->shared->state == WSX_FAILED) {
        has_failed(w);
    } else if (!w->ready) {
        if (wsx_process_is_to_come(w->process))
            return; /* it was the launcher that ended */
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
    if (!w->ready && !wsx_process_meet(w->process)) {
        give_up("the worker that %s started cannot be reached (error %lu)", super.options->launch, wsx_system_error());
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
        wsx_process_go(w->process);
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
    if (!w->shared->used && !w->trace.size && super.streaming != w)
        return now - w->since > START_MS; /* it still reads its file, which may be long */
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
                give_up("the provider %s was not loaded after %d s: its DllMain, or that of a DLL that it needs, hangs",
                        super.jobs->provider, LOAD_MS / 1000);
            else
                give_up("a worker was not ready after %d s", START_MS / 1000);
            return;
        }
        /* It is ended first: from then on its section does not change. What it says at the last moment still counts. */
        wsx_process_end(w->process);
        take(w);
        if (w->shared->complete) {
            trace_came(w);
        } else {
            if (!w->trace.size && super.streaming != w)
                put_case(w);
            end_trace(w, "hang");
        }
        heal(w);
        release(w);
    }
}

/* Waits for a word or the end of any worker. */
static void wait_and_serve(void) {
    wsx_process *processes[MOST_WORKERS];
    worker *of[MOST_WORKERS];
    size_t n = 0, which = 0;
    for (size_t i = 0; i < MOST_WORKERS; i++)
        if (super.workers[i].alive) {
            of[n] = &super.workers[i];
            processes[n++] = super.workers[i].process;
        }
    wsx_news news = wsx_process_wait(processes, n, 0, &which);
    if (news == WSX_SILENCE) {
        flush_out();
        news = wsx_process_wait(processes, n, POLL_MS, &which);
    }
    if (news == WSX_SPOKE)
        worker_spoke(of[which]);
    else if (news == WSX_ENDED)
        worker_died(of[which]);
    else if (news == WSX_DEAF)
        give_up("waiting for the workers failed (error %lu)", wsx_system_error());
}

static void end_workers(void) {
    for (size_t i = 0; i < MOST_WORKERS; i++)
        if (super.workers[i].alive)
            wsx_process_kill(super.workers[i].process);
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
static const char *provider_name(void) {
    const char *path = super.jobs->provider, *last = strrchr(path, '\\');
    return last ? last + 1 : path;
}

static void put_head(void) {
    char name[1200];
    wsx_target target;
    wsx_describe_target(&target);
    const char *arch = sizeof(void *) == 8 ? "x86_64" : "i686", *provider = provider_name();
    /* As the driver names its targets. */
    int stem = (int)(strrchr(provider, '.') ? strrchr(provider, '.') - provider : (ptrdiff_t)strlen(provider));
    snprintf(name, sizeof name, "%s-%s-%s%s%.*s", target.kind, target.version, arch, *provider ? "-" : "", stem,
             provider);
    put_out("trace 1\n", 8);
    put_pair("target ", super.options->name ? super.options->name : *target.name ? target.name : name);
    put_pair(" kind ", target.kind);
    put_pair(" version ", target.version);
    put_pair(" arch ", arch);
    if (*provider)
        put_pair(" provider ", provider);
    put_out("\n", 1);
}

void wsx_print_head(const wsx_options *options) {
    static wsx_jobs none;
    super.options = options;
    super.jobs = &none;
    put_head();
    flush_out();
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
    wsx_process_end_with_me();
    wsx_process_on_interrupt(end_workers);
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
