#include "interpret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct verb_entry {
    wsx_verb_function run;
    bool maker; /* gives names to what it makes, and is told as "ok" or failed "..." */
} verb_entry;

static const verb_entry verbs[] = {
#define WSN_VERB(name, results, args, help) {wsx_verb_##name, (results) > 0},
#include "verbs.def"
#undef WSN_VERB
};

static DWORD thread_slot = TLS_OUT_OF_INDEXES;

wsx_thread *wsx_this_thread(void) {
    return thread_slot == TLS_OUT_OF_INDEXES ? NULL : TlsGetValue(thread_slot);
}

void wsx_beat(wsx_case_run *run) {
    run->shared->beat++;
}

/* --- steps ----------------------------------------------------------------------------------------------- */

static uint64_t hash_of(const char *name) {
    uint64_t hash = 0xCBF29CE484222325u;
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 0x100000001B3u;
    return hash ? hash : 1;
}

static wsx_object *new_object(wsx_case_run *run, const char *name, uint64_t hash, wsx_object *same_key) {
    wsx_object *o = wsx_take(sizeof *o);
    if (!o || !wsx_table_put(&run->names, hash, o))
        return NULL;
    o->name = name;
    o->same_key = same_key;
    if (run->last_object)
        run->last_object->next = o;
    else
        run->objects = o;
    return run->last_object = o;
}

/* The object of this name, made if there is none. The name must live as long as the case. */
static wsx_object *object_named(wsx_case_run *run, const char *name) {
    uint64_t hash = hash_of(name);
    wsx_lock();
    wsx_object *first = wsx_table_find(&run->names, hash), *o = first;
    while (o && o->name != name && strcmp(o->name, name) != 0)
        o = o->same_key;
    if (!o)
        o = new_object(run, name, hash, first);
    wsx_unlock();
    return o;
}

/* An argument that stands for an object: a name that is no constant and no place, or a reference. */
static bool names_object(const wsn_value *v) {
    return v->kind == WSN_REF ||
           (v->kind == WSN_NAME && !v->constant && v->place == WSN_PLAIN && strcmp(v->name, "limit") != 0);
}

/* Finds the objects that the statement names. */
static bool resolve(wsx_case_run *run, wsx_step *s) {
    const wsn_statement *st = s->statement;
    bool found = true;
    if (st->thread)
        found &= (s->named = object_named(run, st->thread)) != NULL;
    for (size_t i = 0; i < st->n_results && i < 2; i++)
        found &= (s->results[i] = object_named(run, st->results[i])) != NULL;
    for (size_t i = 0; i < st->n_args && i < WSX_ARGUMENTS; i++)
        if (names_object(&st->args[i]))
            found &= (s->objects[i] = object_named(run, st->args[i].name)) != NULL;
    if (st->kind == WSN_ROUTINE || st->kind == WSN_THREAD)
        found &= (s->named = object_named(run, st->name)) != NULL;
    return found;
}

static bool prepare_steps(wsx_case_run *run, wsx_step *steps, const wsn_statement *statements, size_t n);

static bool prepare_step(wsx_case_run *run, wsx_step *s, const wsn_statement *st) {
    char text[512], *copy;
    size_t n;
    s->statement = st;
    if (st->kind == WSN_CALL || st->kind == WSN_START) {
        n = wsn_print_call(st, text, sizeof text);
        copy = wsx_take_raw(n + 1);
        if (!copy)
            return false;
        if (n < sizeof text)
            memcpy(copy, text, n + 1);
        else
            wsn_print_call(st, copy, n + 1);
        s->text = copy;
        s->text_size = n;
    }
    if (!resolve(run, s))
        return false;
    if (st->n_body) {
        s->body = wsx_take(st->n_body * sizeof *s->body);
        s->n_body = st->n_body;
        return s->body && prepare_steps(run, s->body, st->body, st->n_body);
    }
    return true;
}

static bool prepare_steps(wsx_case_run *run, wsx_step *steps, const wsn_statement *statements, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (!prepare_step(run, &steps[i], &statements[i]))
            return false;
        wsx_beat(run); /* there may be tens of thousands */
    }
    return true;
}

/* --- what a verb saw ------------------------------------------------------------------------------------- */

void wsx_see_error(wsx_thread *t, uint32_t code) {
    wsx_observation *seen = &wsx_frame_of(t)->seen;
    if (code == WSX_NO_ERROR)
        wsx_see_name(seen, "no_error");
    else
        wsx_see_code(seen, code);
}

void wsx_see_winsock_error(wsx_thread *t) {
    wsx_see_error(t, (uint32_t)wsx_ws.WSAGetLastError());
}

void wsx_see_result(wsx_thread *t, int result) {
    wsx_observation *seen = &wsx_frame_of(t)->seen;
    if (result == SOCKET_ERROR) {
        uint32_t code = (uint32_t)wsx_ws.WSAGetLastError();
        wsx_see_name(seen, "SOCKET_ERROR");
        wsx_see_error(t, code);
    } else {
        wsx_see_number(seen, (uint32_t)result);
    }
}

void wsx_see_failed(wsx_thread *t, const char *what) {
    wsx_frame *f = wsx_frame_of(t);
    uint32_t code = (uint32_t)wsx_ws.WSAGetLastError();
    const char *name = code == WSX_NO_ERROR ? "no error code" : wsn_error_name(code);
    if (name)
        snprintf(f->text, sizeof f->text, "%s: %s", what, name);
    else
        snprintf(f->text, sizeof f->text, "%s: error %lu", what, (unsigned long)code);
    f->seen.n = 0;
    wsx_see_name(&f->seen, "failed");
    wsx_see_string(&f->seen, f->text);
    f->ends_case = true;
}

void wsx_see_unsupported(wsx_thread *t, const char *why) {
    wsx_frame *f = wsx_frame_of(t);
    snprintf(f->text, sizeof f->text, "%s", why);
    f->seen.n = 0;
    wsx_see_name(&f->seen, "unsupported");
    wsx_see_string(&f->seen, f->text);
    f->ends_case = true;
}

/* --- arguments ------------------------------------------------------------------------------------------- */

uint64_t wsx_number(const wsx_step *s, size_t i) {
    return i < s->statement->n_args ? s->statement->args[i].number : 0;
}

HANDLE wsx_handle(const wsx_step *s, size_t i) {
    if (i < WSX_ARGUMENTS && s->objects[i])
        return s->objects[i]->handle;
    return (HANDLE)(ULONG_PTR)wsx_number(s, i);
}

uint32_t wsx_milliseconds(const wsx_thread *t, const wsx_step *s, size_t i) {
    const wsn_value *v = &s->statement->args[i];
    return v->kind == WSN_NAME && !strcmp(v->name, "limit") ? t->run->limit_ms : (uint32_t)v->number;
}

bool wsx_has_word(const wsx_step *s, const char *word) {
    for (size_t i = 0; i < s->statement->n_args; i++)
        if (s->statement->args[i].kind == WSN_NAME && !strcmp(s->statement->args[i].name, word))
            return true;
    return false;
}

/* From now on this address is known as that of the OVERLAPPED. */
static void note_block(wsx_case_run *run, wsx_object *o, const void *at) {
    wsx_lock();
    if (at)
        wsx_table_put(&run->blocks, (uint64_t)(uintptr_t)at, o);
    wsx_unlock();
}

wsx_object_memory *wsx_object_at(wsx_case_run *run, wsx_object *o, wsn_place place, size_t size) {
    wsx_object_memory *m = &o->memory[place];
    if (!(o->made & 1u << place)) {
        if (!wsx_place_object(m, place, size, size, sizeof(void *), false))
            return NULL;
        o->made |= 1u << place;
        if (o->kind == WSX_OVERLAPPED)
            note_block(run, o, m->at);
    }
    return m;
}

wsx_object *wsx_overlapped_at(const wsx_case_run *run, const void *at) {
    wsx_lock();
    wsx_object *o = at ? wsx_table_find(&run->blocks, (uint64_t)(uintptr_t)at) : NULL;
    wsx_unlock();
    return o;
}

wsx_object *wsx_object_of_item(wsx_case_run *run, const wsn_value *item) {
    return names_object(item) ? object_named(run, item->name) : NULL;
}

void *wsx_pointer(wsx_case_run *run, const wsx_step *s, size_t i, size_t size, wsx_object_memory **memory) {
    const wsn_value *v = &s->statement->args[i];
    *memory = NULL;
    if (v->kind != WSN_REF || !s->objects[i])
        return wsx_bad_address(v->place);
    *memory = wsx_object_at(run, s->objects[i], v->place, size);
    if (*memory)
        (*memory)->uses++;
    return *memory ? (*memory)->at : NULL;
}

/* --- one call -------------------------------------------------------------------------------------------- */

static wsx_frame *push_frame(wsx_thread *t, const wsx_step *s) {
    if (t->depth == WSX_DEPTH)
        return NULL;
    wsx_frame *f = &t->frames[t->depth++];
    f->call = (wsx_call){
        .outer = t->depth > 1 ? &t->frames[t->depth - 2].call : NULL, .thread = t->name, .verb = s->statement->verb};
    f->seen.n = f->n_ran = 0;
    f->alertable = f->apart = f->ends_case = f->hooked = false;
    f->send = 0;
    f->memory = NULL;
    return f;
}

/* Writes the call's text. After this the function under test may be called. */
static wsx_frame *begin_call(wsx_thread *t, wsx_step *s) {
    wsx_frame *f = push_frame(t, s);
    bool sends = wsx_is_send(s->statement->verb), ready = true;
    if (!f) {
        t->run->ended = true;
        return NULL;
    }
    wsx_beat(t->run);
    if (sends) {
        wsx_lock(); /* data ids count in the order of the texts, whatever runs on another thread */
        ready = wsx_prepare_send(t, s);
    }
    wsx_trace_call(&f->call, s->text, s->text_size, s->statement->thread != NULL, s->statement->kind == WSN_START);
    if (sends)
        wsx_unlock();
    if (!ready && !f->ends_case)
        wsx_see_unsupported(t, "there is not enough memory");
    return f;
}

static void make_call(wsx_thread *t, wsx_step *s, wsx_frame *f) {
    if (!f->ends_case) {
        wsx_ws.WSASetLastError(WSX_NO_ERROR);
        verbs[s->statement->verb].run(t, s);
        if (wsx_lacking())
            wsx_see_unsupported(t, wsx_lacking());
    }
    if (!f->call.returned)
        f->call.returned = wsx_now();
    wsx_beat(t->run);
}

/* What changed ("changed guard") is told last, wherever it was seen: perhaps in a routine, before the call returned. */
static void put_changes_last(wsx_observation *seen, size_t ran_at) {
    for (size_t i = 0; i + 1 < ran_at;) {
        wsn_value pair[2] = {seen->atoms[i], seen->atoms[i + 1]};
        if (pair[0].kind != WSN_NAME || strcmp(pair[0].name, "changed") != 0) {
            i++;
            continue;
        }
        memmove(&seen->atoms[i], &seen->atoms[i + 2], (seen->n - i - 2) * sizeof *pair);
        memcpy(&seen->atoms[seen->n - 2], pair, sizeof pair);
        ran_at -= 2;
    }
}

static void see_ran(wsx_frame *f) {
    wsx_see_name(&f->seen, "ran");
    for (size_t i = 0; i < f->n_ran; i++)
        wsx_see_value(
            &f->seen,
            &(wsn_value){.kind = WSN_INVOKE, .name = f->ran[i].name, .items = f->ran[i].arguments, .n_items = 4});
}

/* Compares with what the case foresaw and writes the outcome. */
static void end_call(wsx_thread *t, wsx_frame *f, const wsn_statement *st) {
    wsx_observation *seen = &f->seen;
    size_t without_ran = seen->n;
    bool maker = verbs[st->verb].maker;
    if (maker && !f->ends_case &&
        (seen->n == 0 || seen->atoms[0].name == NULL || strcmp(seen->atoms[0].name, "ok") != 0)) {
        wsx_see_name(seen, "ok");
        for (size_t i = seen->n - 1; i > 0; i--)
            seen->atoms[i] = seen->atoms[i - 1];
        seen->atoms[0] = (wsn_value){.kind = WSN_NAME, .name = "ok"};
        without_ran = seen->n;
    }
    if (f->n_ran)
        see_ran(f);
    wsx_match match = wsx_foreseen(seen, st->outcomes, st->n_outcomes);
    if (f->apart)
        seen->n = without_ran;
    else if (f->n_ran && !seen->lost)
        put_changes_last(seen, without_ran);
    if (maker && seen->n == 1 && seen->atoms[0].name && !strcmp(seen->atoms[0].name, "ok") && match == WSX_FORESEEN)
        seen->n = 0;
    if (match == WSX_UNFORESEEN &&
        !(f->ends_case && seen->n && seen->atoms[0].name && strcmp(seen->atoms[0].name, "failed") != 0))
        wsx_see_name(seen, "unforeseen");
    else if (match == WSX_UNWANTED)
        wsx_see_name(seen, "unwanted");
    wsx_trace_return(&f->call, seen->atoms, seen->n);
    if (match == WSX_UNFORESEEN || match == WSX_UNWANTED || (f->ends_case && !st->n_outcomes))
        t->run->ended = true;
    t->depth--;
}

/* --- threads --------------------------------------------------------------------------------------------- */

static DWORD WINAPI thread_main(void *argument) {
    wsx_thread *t = argument;
    TlsSetValue(thread_slot, t);
    SetEvent(t->begun); /* before that, an APC would be run by the start of the thread itself */
    while (WaitForSingleObject(t->go, INFINITE) == WAIT_OBJECT_0 && t->todo) {
        wsx_step *s = t->todo;
        bool starts = s->statement->kind == WSN_START;
        wsx_frame *f = begin_call(t, s);
        if (starts)
            SetEvent(t->begun);
        if (f)
            make_call(t, s, f);
        if (f && !starts)
            end_call(t, f, s->statement);
        SetEvent(t->done);
    }
    return 0;
}

/* Waits for this event of the thread, or its end. False if the time is over. */
static bool wait_for_thread(wsx_thread *t, HANDLE event, uint32_t ms) {
    HANDLE either[2] = {event, t->handle};
    DWORD which = WaitForMultipleObjects(2, either, FALSE, ms);
    t->gone = which == WAIT_OBJECT_0 + 1;
    return which != WAIT_TIMEOUT;
}

static bool start_thread(wsx_case_run *run, wsx_object *o) {
    wsx_thread *t = calloc(1, sizeof *t);
    if (!t)
        return false;
    t->run = run;
    t->name = o->name;
    t->go = CreateEventW(NULL, FALSE, FALSE, NULL);
    t->begun = CreateEventW(NULL, FALSE, FALSE, NULL);
    t->done = CreateEventW(NULL, FALSE, FALSE, NULL);
    t->handle = t->go && t->begun && t->done ? CreateThread(NULL, 0, thread_main, t, 0, NULL) : NULL;
    if (!t->handle) {
        free(t); /* the case is over and so, soon, is the process: events that were made may leak */
        return false;
    }
    wait_for_thread(t, t->begun, INFINITE);
    t->next = run->threads;
    run->threads = t;
    o->kind = WSX_THREAD;
    o->thread = t;
    return true;
}

static void free_frames(wsx_thread *t) {
    for (int i = 0; i < WSX_DEPTH; i++) {
        wsx_observation_free(&t->frames[i].seen);
        free(t->frames[i].ran);
    }
}

/* Ends the threads of the case. Those that a call still holds are left: the process is then not fit for another case.
 */
static void end_threads(wsx_case_run *run, uint32_t wait_ms) {
    for (wsx_thread *t = run->threads, *next; t; t = next) {
        next = t->next;
        t->todo = NULL;
        SetEvent(t->go);
        if (WaitForSingleObject(t->handle, wait_ms) != WAIT_OBJECT_0) {
            run->stuck = true;
            continue;
        }
        CloseHandle(t->handle);
        CloseHandle(t->go);
        CloseHandle(t->begun);
        CloseHandle(t->done);
        free_frames(t);
        free(t);
    }
    run->threads = NULL;
}

/* The outcome of a call, which is not made. */
static void refuse_call(wsx_thread *t, wsx_step *s, const char *why) {
    wsx_frame *f = push_frame(t, s);
    wsx_trace_call(&f->call, s->text, s->text_size, s->statement->thread != NULL, false);
    wsx_see_unsupported(t, why);
    f->call.returned = f->call.started;
    end_call(t, f, &(wsn_statement){.verb = s->statement->verb});
}

/* The thread ended in its call: as that was meant to, or all of a sudden, which is a crash. */
static void end_of_thread(wsx_thread *t, wsx_frame *f) {
    DWORD code = 0;
    f->call.returned = wsx_now();
    wsx_beat(t->run);
    if (f->call.verb == WSN_VERB_ExitThread && t->depth == 1) {
        wsx_see_number(&f->seen, 0);
        return;
    }
    GetExitCodeThread(t->handle, &code);
    t->depth = 1;
    f->seen.n = 0;
    wsx_see_name(&f->seen, "crash");
    wsx_see_value(&f->seen, &(wsn_value){.kind = WSN_INT, .constant = true, .hex = true, .number = code});
    f->ends_case = true;
}

void wsx_verb_ExitThread(wsx_thread *t, const wsx_step *s) {
    (void)s;
    if (t == &t->run->main || t->depth > 1)
        wsx_see_unsupported(t, "only a thread of the case can end, and not inside a routine");
    else
        wsx_exit_thread();
}

/* "... F = outcome": waits for the return of the call that the thread began. */
static void run_return(wsx_thread *self, wsx_step *s) {
    wsx_thread *t = s->named ? s->named->thread : NULL;
    if (!t || !t->started) {
        self->run->ended = true;
        return;
    }
    wsx_beat(self->run);
    wsx_frame *f = &t->frames[0];
    if (wait_for_thread(t, t->done, self->run->limit_ms)) {
        t->started = false;
        if (t->gone)
            end_of_thread(t, f);
        end_call(t, f, s->statement);
    } else {
        static const wsn_value hang = {.kind = WSN_NAME, .name = "hang"};
        f->call.returned = wsx_now();
        wsx_trace_return(&f->call, &hang, 1);
        self->run->stuck = self->run->ended = true;
    }
    wsx_beat(self->run);
}

static void run_on_thread(wsx_thread *self, wsx_step *s) {
    wsx_thread *t = s->named->thread;
    if (!t || t->started) {
        self->run->ended = true;
        return;
    }
    if (t->gone) {
        refuse_call(t, s, "the thread has ended");
        return;
    }
    t->todo = s;
    t->started = s->statement->kind == WSN_START;
    SetEvent(t->go);
    wait_for_thread(t, t->started ? t->begun : t->done, INFINITE); /* the supervisor sees to a call that stays */
    if (t->gone && !t->started) {
        end_of_thread(t, &t->frames[0]);
        end_call(t, &t->frames[0], s->statement);
    }
}

/* The case is over before its time: calls of its threads that have returned by now are told, though nobody waits for
 * them, since what they said may be the reason. */
static void tell_returned(wsx_case_run *run) {
    for (wsx_thread *t = run->threads; t && !run->stuck; t = t->next)
        if (t->started && !t->gone && WaitForSingleObject(t->done, 0) == WAIT_OBJECT_0) {
            t->started = false;
            end_call(t, &t->frames[0], &(wsn_statement){.verb = t->todo->statement->verb});
        }
}

/* --- statements ------------------------------------------------------------------------------------------ */

static void run_call(wsx_thread *t, wsx_step *s) {
    if (s->statement->thread) {
        run_on_thread(t, s);
        return;
    }
    wsx_frame *f = begin_call(t, s);
    if (f) {
        make_call(t, s, f);
        end_call(t, f, s->statement);
    }
}

static void run_repeat(wsx_thread *t, const wsx_step *s) {
    const wsn_statement *st = s->statement;
    for (uint64_t i = 0; i < st->times && !t->run->ended; i++) {
        for (size_t k = 0; k < s->n_body && !t->run->ended; k++) {
            wsx_run_steps(t, &s->body[k], 1);
            /* The frame just left still holds what was seen. */
            wsx_thread *by = s->body[k].named && s->body[k].statement->thread ? s->body[k].named->thread : t;
            if (st->until && s->body[k].text && by && wsx_holds(&by->frames[by->depth].seen, st->until))
                return;
        }
    }
}

static void declare(const char *text, const char *name) {
    char line[300];
    int n = snprintf(line, sizeof line, text, name);
    if (n > 0)
        wsx_trace_text(line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

static void run_step(wsx_thread *t, wsx_step *s) {
    switch (s->statement->kind) {
    case WSN_CALL:
    case WSN_START: run_call(t, s); break;
    case WSN_RETURN: run_return(t, s); break;
    case WSN_REPEAT: run_repeat(t, s); break;
    case WSN_THREAD:
        declare("  thread %s\n", s->named->name);
        if (!start_thread(t->run, s->named))
            t->run->ended = true;
        break;
    case WSN_ROUTINE:
        declare("  %s = routine()\n", s->named->name);
        s->named->body = s->body;
        s->named->n_body = s->n_body;
        if (!wsx_routine_take(t->run, s->named))
            t->run->ended = true;
        break;
    case WSN_ENTER:
    case WSN_LEAVE: break; /* refused when the files are read: they stand in traces only */
    }
}

void wsx_run_steps(wsx_thread *t, wsx_step *steps, size_t n_steps) {
    for (size_t i = 0; i < n_steps && !t->run->ended; i++)
        run_step(t, &steps[i]);
}

/* --- cases ----------------------------------------------------------------------------------------------- */

static void put_words(const char *header, const char **words, size_t n) {
    if (!n)
        return;
    wsx_trace_text(header, strlen(header));
    for (size_t i = 0; i < n; i++) {
        wsx_trace_text(" ", 1);
        wsx_trace_text(words[i], strlen(words[i]));
    }
    wsx_trace_text("\n", 1);
}

static void put_quoted(const char *header, const char *text) {
    char quoted[2048];
    wsn_value v = {.kind = WSN_STRING, .text = text, .length = strlen(text)};
    size_t n = wsn_print_value(&v, quoted, sizeof quoted);
    wsx_trace_text(header, strlen(header));
    wsx_trace_text(quoted, n < sizeof quoted ? n : sizeof quoted - 1);
    wsx_trace_text("\n", 1);
}

static void put_head(const wsn_case *c) {
    char limit[40];
    put_quoted("case ", c->id);
    put_words("  clauses", c->clauses, c->n_clauses);
    put_words("  requires", c->requires, c->n_requires);
    if (c->limit_ms) {
        int n = snprintf(limit, sizeof limit, "  limit %lums\n", (unsigned long)c->limit_ms);
        wsx_trace_text(limit, (size_t)n);
    }
    if (c->start_fresh)
        wsx_trace_text("  start fresh\n", 14);
    if (c->start_uninitialised)
        wsx_trace_text("  start uninitialised\n", 22);
    if (c->because)
        put_quoted("  because ", c->because);
}

/* The first requirement that nobody has met, or NULL. words: those met, with a blank before and behind each. */
static const char *missing_requirement(const wsn_case *c, const char *words) {
    for (size_t i = 0; i < c->n_requires; i++) {
        size_t n = strlen(c->requires[i]);
        const char *p = words;
        while ((p = strstr(p, c->requires[i])) && !((p == words || p[-1] == ' ') && (p[n] == ' ' || !p[n])))
            p++;
        if (!p)
        return c->requires[i];
    }
    return NULL;
}

/* Tells why the case cannot run, as the outcome of its first call, which is not made. */
static void refuse(wsx_thread *t, wsx_step *steps, size_t n, const char *why) {
    for (size_t i = 0; i < n; i++) {
        if (!steps[i].text)
            continue;
        refuse_call(t, &steps[i], why);
        return;
    }
}

static int start_winsock(void) {
    WSADATA data;
    return wsx_has_startup() ? wsx_ws.WSAStartup(MAKEWORD(2, 2), &data) : 0;
}

static void close_objects(wsx_case_run *run) {
    if (run->startups <= 0 && start_winsock() == 0)
        run->startups = 1;
    for (wsx_object *o = run->objects; o; o = o->next)
        if (o->drain)
            wsx_drain_stop(o->drain);
    for (wsx_object *o = run->objects; o; o = o->next)
        if (o->kind == WSX_SOCKET && o->open)
            wsx_ws.closesocket((SOCKET)o->handle);
    for (int i = 0; i < run->n_reserved; i++)
        wsx_ws.closesocket(run->reserved[i]);
    end_threads(run, 1000);
    for (wsx_object *o = run->objects; o; o = o->next) {
        if (o->drain && !wsx_drain_release(o->drain, 1000))
            run->stuck = true;
        if (!o->open || (run->n_pending && (o->kind == WSX_EVENT || o->kind == WSX_PORT)))
            continue; /* an operation whose end nobody saw may still tell it there: the number is no other case's */
        if (o->kind == WSX_EVENT)
            wsx_ws.WSACloseEvent(o->handle);
        else if (o->kind == WSX_PORT || o->kind == WSX_HANDLE)
            wsx_close_handle(o->handle);
    }
#ifdef _WIN32
    if (run->hooked && wsx_ws.WSAUnhookBlockingHook)
        wsx_ws.WSAUnhookBlockingHook();
#endif
    for (; run->startups > 0; run->startups--)
        wsx_ws.WSACleanup();
}

static void run_body(wsx_case_run *run, const char *words) {
    const wsn_case *c = run->c;
    wsx_step *steps = wsx_take(c->n_statements * sizeof *steps);
    const char *missing = missing_requirement(c, words);
    char why[160];
    if (!steps || !prepare_steps(run, steps, c->statements, c->n_statements))
        return;
    if (missing) {
        snprintf(why, sizeof why, "needs %s", missing);
        refuse(&run->main, steps, c->n_statements, why);
        return;
    }
    if (c->start_uninitialised && wsx_no_startup()) {
        refuse(&run->main, steps, c->n_statements, wsx_no_startup());
        return;
    }
    if (!c->start_uninitialised) {
        int error = start_winsock();
        if (error) {
            snprintf(why, sizeof why, "WSAStartup fails with %d", error);
            refuse(&run->main, steps, c->n_statements, why);
            return;
        }
        run->startups = 1;
    }
    wsx_run_steps(&run->main, steps, c->n_statements);
    if (run->ended)
        tell_returned(run);
}

static wsx_case_run *new_run(const wsn_case *c, wsx_shared *shared, uint32_t default_limit_ms,
                             const wsx_asking *asking) {
    wsx_case_run *run = calloc(1, sizeof *run);
    if (thread_slot == TLS_OUT_OF_INDEXES)
        thread_slot = TlsAlloc();
    if (!run || thread_slot == TLS_OUT_OF_INDEXES) {
        free(run);
        return NULL;
    }
    run->c = c;
    run->shared = shared;
    run->asking = asking;
    run->main_id = GetCurrentThreadId();
    run->limit_ms = c->limit_ms ? c->limit_ms : default_limit_ms;
    run->main.run = run;
    return run;
}

wsx_after wsx_run_case(const wsn_case *c, wsx_shared *shared, uint32_t default_limit_ms, const char *words,
                       const wsx_asking *asking) {
    wsx_case_run *run = new_run(c, shared, default_limit_ms, asking);
    if (!run)
        return WSX_NEW_PROCESS;
    TlsSetValue(thread_slot, &run->main);

    wsx_nothing_lacks();
    wsx_trace_begin(shared, asking->room);
    put_head(c);
    run_body(run, words);
    wsx_trace_end();

    wsx_beat(run);
    close_objects(run);
    wsx_routines_release(run);
    TlsSetValue(thread_slot, NULL);
    bool fit = wsx_memory_reset(run->n_pending || run->stuck) && !run->stuck, overlapped = run->overlapped;
    if (run->stuck)
        return WSX_NEW_PROCESS; /* its threads may still look at it */
    free_frames(&run->main);
    free(run->sends);
    free(run);
    return !fit ? WSX_NEW_PROCESS : overlapped ? WSX_NEW_THREAD : WSX_SAME_THREAD;
}
