/*
 * play.c - the model as a target: an in-memory Winsock that answers what the model prefers.
 *
 * Where a case wants an outcome that is allowed, it gets it. What the model has no word on (bind, select, options) it
 * answers as the case's author expects. A transport that never were full would leave half of the document's words
 * unsaid: a loop that goes on until an outcome gets that outcome, if it is allowed, after a few rounds. Or it picks at
 * random among all that is allowed: what a judge must accept.
 */
#include "state.h"

#include <stdlib.h>
#include <string.h>

enum { ROUNDS_UNTIL_FULL = 8 };
#define SENTINEL UINT32_C(0xA5A5A5A5) /* what a variable holds before a call */

/* A variable that a call has written to. */
typedef struct variable {
    const char *name; /* interned in the case */
    uint64_t value;
} variable;

/* What comes after a statement. */
typedef enum course { GO_ON, LEAVE_LOOP, END_CASE, FAILED } course;

typedef struct player {
    const wsn_case *c;
    wsj_state *state;
    FILE *out;
    wsn_error *error;
    wsj_status status; /* of FAILED */
    wsj_text text, written;
    wsc_set set;
    wsc_verdict verdict;
    const wsn_value *until; /* of the innermost loop, once it should end; or NULL */
    uint64_t chance;        /* 0: what is preferred; else the state of the random numbers */
    variable *variables;    /* owned */
    size_t n_variables, room_variables;
} player;

static course failed(player *p, wsj_status status) {
    p->status = status;
    return FAILED;
}

static course failed_translation(player *p, wsj_translated t) {
    return failed(p, t == WSJ_NO_MEMORY ? WSJ_MEMORY : WSJ_INPUT);
}

/* --- writing ------------------------------------------------------------------------------------------------- */

/* The reader lets no control characters into an id. */
static void string(FILE *out, const char *text) {
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else
            fputc(*text, out);
    }
    fputc('"', out);
}

static void write_head(const wsn_case *c, FILE *out) {
    fputs("case ", out);
    string(out, c->id);
    fputc('\n', out);
    for (size_t i = 0; i < c->n_clauses; i++)
        fprintf(out, "%s%s%s", i ? " " : "  clauses ", c->clauses[i], i + 1 == c->n_clauses ? "\n" : "");
    for (size_t i = 0; i < c->n_requires; i++)
        fprintf(out, "%s%s%s", i ? " " : "  requires ", c->requires[i], i + 1 == c->n_requires ? "\n" : "");
    if (c->limit_ms)
        fprintf(out, "  limit %ums\n", (unsigned)c->limit_ms);
    if (c->start_fresh)
        fputs("  start fresh\n", out);
    if (c->start_uninitialised)
        fputs("  start uninitialised\n", out);
}

/* Writes a line with the thread on which it happens: a routine's calls are made on the thread that waits. */
static void write_line(player *p, const wsn_statement *s, const char *thread, const char *behind) {
    wsn_statement here = *s;
    if (thread)
        here.thread = thread;
    wsj_text_clear(&p->written);
    wsj_print_call(&here, &p->written);
    fprintf(p->out, "  %s%s\n", wsj_text_string(&p->written), behind);
}

static void write_answer(player *p, const wsn_statement *s, const char *thread, const char *answer) {
    wsj_text line = {0};
    if (*answer)
        wsj_text_printf(&line, " = %s", answer);
    write_line(p, s, thread, wsj_text_string(&line));
    wsj_text_end(&line, &p->text);
}

/* --- choosing ------------------------------------------------------------------------------------------------ */

/* A number below n; 0 if n is 0, and where nothing is left to chance. */
static uint64_t any_below(player *p, uint64_t n) {
    p->chance ^= p->chance << 13; /* xorshift */
    p->chance ^= p->chance >> 7;
    p->chance ^= p->chance << 17;
    return n ? p->chance % n : 0;
}

static bool is_stated(player *p, const wsn_statement *s, const char *text, bool wanted_only) {
    for (size_t i = 0; i < s->n_outcomes; i++) {
        wsn_outcome plain = s->outcomes[i];
        plain.wanted = false;
        wsj_text_clear(&p->written);
        wsj_print_atoms(&plain, &p->written);
        if ((s->outcomes[i].wanted || !wanted_only) && strcmp(wsj_text_string(&p->written), text) == 0)
            return true;
    }
    return false;
}

static bool has_want(const wsn_statement *s) {
    for (size_t i = 0; i < s->n_outcomes; i++)
        if (s->outcomes[i].wanted)
            return true;
    return false;
}

/* Any outcome of p->set; of a call that has begun one with which it may end. */
static size_t choose_any(player *p, const wsc_call *call, bool begun) {
    size_t n = p->set.n_outcomes, at = (size_t)any_below(p, n);
    for (size_t i = 0; begun && i < n; i++, at = (at + 1) % n)
        if (wsj_may_end(p->state, call, &p->set.outcomes[at], &p->verdict) == WSJ_OK)
            break;
    return at;
}

/* The outcome of p->set to give: what the loop waits for, what the case wants, what the model prefers. */
static size_t choose(player *p, const wsn_statement *s, const wsc_call *call, bool begun) {
    size_t wanted = SIZE_MAX;
    if (p->chance)
        return choose_any(p, call, begun);
    for (size_t i = 0; i < p->set.n_outcomes; i++) {
        wsj_text_clear(&p->text);
        wsj_print_outcome(&p->state->world, call, &p->set.outcomes[i], &p->text);
        if (p->until && wsj_text_holds(wsj_text_string(&p->text), p->until))
            return i;
        if (wanted == SIZE_MAX && is_stated(p, s, wsj_text_string(&p->text), true))
            wanted = i;
    }
    return wanted == SIZE_MAX ? 0 : wanted;
}

/* Adds the marks that an executor adds; p->text is the answer. END_CASE if the case cannot go on. */
static course mark(player *p, const wsn_statement *s, const char *stated_as) {
    course after = GO_ON;
    if (p->chance)
        return after;
    if (s->n_outcomes && !is_stated(p, s, stated_as, false)) {
        wsj_text_add(&p->text, " unforeseen");
        after = END_CASE;
    } else if (has_want(s) && !is_stated(p, s, stated_as, true)) {
        wsj_text_add(&p->text, " unwanted");
        after = END_CASE;
    }
    return after;
}

/* Tells the model what it answered. */
static void observe(player *p, const wsc_call *call, const wsc_observed *observed, bool begun) {
    wsj_sure(begun ? wsc_end(p->state->model, call, observed, &p->verdict)
                   : wsc_observe(p->state->model, call, observed, &p->verdict));
}

/* The variable that the call writes its amount to: lpNumberOfBytesSent, lpcbTransfer; NULL if there is none. */
static const wsn_value *variable_of(const wsn_statement *s) {
    bool writes =
        s->verb == WSN_VERB_WSASend || s->verb == WSN_VERB_WSASendTo || s->verb == WSN_VERB_WSAGetOverlappedResult;
    return writes && s->n_args > 2 && s->args[2].kind == WSN_REF ? &s->args[2] : NULL;
}

static bool room_for_variable(player *p) {
    if (p->n_variables < p->room_variables)
        return true;
    size_t room = p->room_variables * 2 + 8;
    variable *variables = realloc(p->variables, room * sizeof *variables);
    if (!variables)
        return false;
    p->variables = variables;
    p->room_variables = room;
    return true;
}

static void write_variable(player *p, const wsn_statement *s, const wsc_observed *observed) {
    const wsn_value *v = variable_of(s);
    size_t i = 0;
    if (!v)
        return;
    while (i < p->n_variables && p->variables[i].name != v->name)
        i++;
    if (i == p->n_variables && !room_for_variable(p)) {
        p->text.failed = true;
        return;
    }
    p->n_variables += i == p->n_variables;
    p->variables[i].name = v->name;
    p->variables[i].value = observed->amount == WSC_AMOUNT_RANGE ? observed->high : SENTINEL;
}

/* --- calls --------------------------------------------------------------------------------------------------- */

/* Writes the answer in p->text, if `written` (else it is a START's return, which is written the same way). */
static course finish(player *p, const wsn_statement *s, const char *thread, const char *stated_as) {
    course after = mark(p, s, stated_as);
    write_answer(p, s, thread, wsj_text_string(&p->text));
    if (after == GO_ON && p->until && wsj_text_holds(stated_as, p->until))
        after = LEAVE_LOOP;
    return after;
}

/* A call that the model judges, or guesses if the case says nothing of it. */
static course answer(player *p, const wsn_statement *s, const char *thread, const wsc_call *call, bool begun) {
    wsc_outcome chosen = p->set.outcomes[choose(p, s, call, begun)];
    if (p->chance)
        chosen.high = chosen.low + any_below(p, chosen.high - chosen.low + 1);
    wsc_observed observed = wsj_observed_of(&chosen, true);
    wsj_text stated = {0};
    wsj_print_outcome(&p->state->world, call, &chosen, &stated);
    if (p->set.undefined && is_stated(p, s, "undefined", false)) {
        wsj_text_clear(&stated);
        wsj_text_add(&stated, "undefined");
    }
    if (chosen.amount == WSC_AMOUNT_RANGE)
        chosen.low = chosen.high;
    if (chosen.error == WSC_ANY_ERROR)
        chosen.error = observed.error;
    wsj_text_clear(&p->text);
    wsj_print_outcome(&p->state->world, call, &chosen, &p->text);
    wsj_text_add(&p->text, call->kind == WSC_FAULT ? "ok" : ""); /* the mark that it was done */
    course after = finish(p, s, thread, wsj_text_string(&stated));
    wsj_text_end(&stated, &p->text);
    observe(p, call, &observed, begun);
    write_variable(p, s, &observed);
    return after;
}

/* A call that is not judged: as the author of the case says. */
static course obey(player *p, const wsn_statement *s, const char *thread, wsc_call *call, bool begun) {
    char message[200];
    wsj_seen seen;
    wsc_observed observed;
    const wsn_outcome *stated = &s->outcomes[0];
    for (size_t i = 0; i < s->n_outcomes; i++)
        if (s->outcomes[i].wanted)
            stated = &s->outcomes[i];
    if (!wsj_see(s->verb, stated, &seen, message, sizeof message)) {
        wsj_bad(&p->state->world, s, p->error, message, NULL);
        return failed(p, WSJ_INPUT);
    }
    wsj_translated t = wsj_translate_seen(&p->state->world, s, &seen, call, &observed, p->error);
    if (t != WSJ_TO_MODEL)
        return failed_translation(p, t);
    wsn_outcome plain = *stated;
    plain.wanted = false;
    wsj_text_clear(&p->text);
    wsj_print_atoms(&plain, &p->text);
    write_answer(p, s, thread, wsj_text_string(&p->text));
    observe(p, call, &observed, begun);
    write_variable(p, s, &observed);
    return p->until && wsj_text_holds(wsj_text_string(&p->text), p->until) ? LEAVE_LOOP : GO_ON;
}

static course receive(player *p, const wsn_statement *s, const char *thread, const wsc_call *call, bool begun) {
    wsc_observed observed;
    if (!wsj_expected_data(p->state, call, &observed))
        return failed(p, WSJ_MEMORY);
    wsj_text stated = {0};
    wsj_print_data(observed.data, observed.n_data, observed.end, observed.error, &stated);
    wsj_text_clear(&p->text);
    wsj_text_add(&p->text, wsj_text_string(&stated));
    course after = finish(p, s, thread, wsj_text_string(&stated));
    wsj_text_end(&stated, &p->text);
    observe(p, call, &observed, begun);
    return after;
}

/* --- alertable waits ----------------------------------------------------------------------------------------- */

static course play(player *p, const wsn_statement *list, size_t n, const char *thread, int number);

/* Runs one routine inside a wait, with the calls of its body. */
static course run_routine(player *p, const wsc_call *wait, const char *thread, const wsc_may_run *run) {
    const wsc_observed nothing = {.op = WSC_NONE};
    const wsc_call enter = wsj_enter_call(wait->thread, run, true), leave = wsj_leave_call(wait->thread, run);
    const wsn_statement *body = wsj_routine_body(p->c, p->state, run->routine);
    const char *name = wsj_names_of(&p->state->world.names, WSJ_ROUTINE, (uint32_t)run->routine);
    const char *prefix = thread ? thread : "", *colon = thread ? ": " : "";
    const wsn_value *until = p->until;
    wsc_may_run seen = *run;
    seen.low = seen.high;
    wsj_text_clear(&p->text);
    wsj_print_ran(&p->state->world, &seen, &p->text);
    fprintf(p->out, "  %s%senter %s\n", prefix, colon, wsj_text_string(&p->text));
    observe(p, &enter, &nothing, false);
    p->until = NULL;
    course after = body ? play(p, body->body, body->n_body, thread, wait->thread) : GO_ON;
    p->until = until;
    if (after == END_CASE || after == FAILED)
        return after;
    fprintf(p->out, "  %s%sleave %s\n", prefix, colon, name);
    observe(p, &leave, &nothing, false);
    return GO_ON;
}

/* The way in which the wait may end now: *end is an index into p->set.outcomes, SIZE_MAX if it must go on. False
 * without memory. */
static bool end_of_wait(player *p, const wsc_call *call, size_t *end) {
    size_t n = p->set.n_outcomes, first = (size_t)any_below(p, n);
    *end = SIZE_MAX;
    for (size_t i = 0; i < n && *end == SIZE_MAX; i++)
        switch (wsj_may_end(p->state, call, &p->set.outcomes[(first + i) % n], &p->verdict)) {
        case WSJ_OK: *end = (first + i) % n; break;
        case WSJ_MEMORY: return false;
        default: break;
        }
    return true;
}

/* The routine to run next: one that is ready; else, if the wait cannot end, one that may. SIZE_MAX: none. */
static size_t next_run(player *p, bool ready_only) {
    size_t n = p->set.n_runs, first = (size_t)any_below(p, n);
    for (size_t i = 0; i < n; i++) {
        const wsc_may_run *run = &p->set.runs[(first + i) % n];
        if (run->routine >= 0 && (run->certain || run->likely || !ready_only))
            return (first + i) % n;
    }
    return SIZE_MAX;
}

/* An outcome of a wait with what ran, as the notation states it. */
static void state_wait(player *p, const wsc_call *call, size_t outcome, const wsj_text *ran, wsj_text *text) {
    wsj_text_clear(text);
    wsj_print_outcome(&p->state->world, call, &p->set.outcomes[outcome], text);
    wsj_text_add(text, text->size && ran->size ? " " : "");
    wsj_text_add(text, wsj_text_string(ran));
}

/*
 * What the wait does next: *run is the routine that runs, or SIZE_MAX if the wait ends with outcome *end. What must
 * run runs. What may run runs if the wait could not end else, or not as the case wants it to. False without memory.
 */
static bool go_on_waiting(player *p, const wsn_statement *s, const wsc_call *call, const wsj_text *ran, size_t *run,
                          size_t *end) {
    wsj_wait_ends(p->state, call, ran->size > 0, &p->set);
    *run = p->chance ? SIZE_MAX : next_run(p, true);
    if (*run != SIZE_MAX)
        return true;
    if (!end_of_wait(p, call, end))
        return false;
    bool good = *end != SIZE_MAX && any_below(p, 2) == 0;
    if (good && has_want(s) && !p->chance) {
        wsj_text stated = {0};
        state_wait(p, call, *end, ran, &stated);
        good = is_stated(p, s, wsj_text_string(&stated), true);
        wsj_text_end(&stated, &p->text);
    }
    *run = good ? SIZE_MAX : next_run(p, false);
    *end = *end == SIZE_MAX ? 0 : *end;
    return true;
}

/* The wait ends with this outcome: writes its answer. apart: its beginning stands in the trace already. */
static course end_wait(player *p, const wsn_statement *s, const char *thread, const wsc_call *call, size_t end,
                       const wsj_text *ran, bool apart) {
    wsn_statement returned = *s;
    wsj_text stated = {0};
    const wsc_observed observed = wsj_observed_of(&p->set.outcomes[end], true);
    returned.kind = apart ? WSN_RETURN : s->kind;
    state_wait(p, call, end, ran, &stated);
    wsj_text_clear(&p->text);
    wsj_print_outcome(&p->state->world, call, &p->set.outcomes[end], &p->text);
    observe(p, call, &observed, true);
    course after = finish(p, &returned, thread, wsj_text_string(&stated));
    wsj_text_end(&stated, &p->text);
    return after;
}

static course wait_alertably(player *p, const wsn_statement *s, const char *thread, const wsc_call *call, bool begun) {
    wsj_text ran = {0};
    bool apart = begun; /* call and return stand apart in the trace */
    course after = GO_ON;
    size_t run = 0, end = 0;
    if (!begun)
        wsj_sure(wsc_begin(p->state->model, call));
    while (after == GO_ON && run != SIZE_MAX) {
        if (!go_on_waiting(p, s, call, &ran, &run, &end)) {
            after = failed(p, WSJ_MEMORY);
        } else if (run == SIZE_MAX) {
            after = end_wait(p, s, thread, call, end, &ran, apart);
        } else {
            if (!apart)
                write_line(p, s, thread, " ...");
            apart = true;
            wsc_may_run chosen = p->set.runs[run];
            if (p->chance)
                chosen.high = chosen.low + any_below(p, chosen.high - chosen.low + 1);
            wsj_text_add(&ran, ran.size ? " " : "ran ");
            wsj_print_ran(&p->state->world, &chosen, &ran);
            after = run_routine(p, call, thread ? thread : s->thread, &chosen);
        }
    }
    wsj_text_end(&ran, &p->text);
    return after;
}

/* --- blocking calls that are interrupted --------------------------------------------------------------------- */

/* What interrupts a blocking WSASend now: its hook; and, if there is time because its return stands apart, user APCs
 * and routines that are ready. SIZE_MAX: nothing. */
static size_t interruption(const wsc_set *set, bool apart) {
    for (size_t i = 0; i < set->n_runs; i++)
        if (set->runs[i].routine >= 0 && (set->runs[i].hook || (apart && set->runs[i].likely)))
            return i;
    return SIZE_MAX;
}

static course give_interrupted(player *p, const wsn_statement *s, const char *thread, const wsc_call *call,
                               bool begun) {
    wsn_statement returned = *s;
    course after = GO_ON;
    returned.kind = WSN_RETURN;
    if (!begun) {
        write_line(p, s, thread, " ...");
        wsj_sure(wsc_begin(p->state->model, call));
    }
    for (size_t run; after == GO_ON && (run = interruption(&p->set, begun)) != SIZE_MAX;) {
        const wsc_may_run chosen = p->set.runs[run];
        after = run_routine(p, call, thread ? thread : s->thread, &chosen);
        if (!wsj_ends(p->state, call, &p->set))
            return failed(p, WSJ_MEMORY);
    }
    return after == GO_ON ? answer(p, &returned, thread, call, true) : after;
}

/* --- statements ---------------------------------------------------------------------------------------------- */

static course give(player *p, const wsn_statement *s, const char *thread, wsc_call *call, bool begun) {
    if (!begun)
        wsj_sure(wsc_allowed(p->state->model, call, &p->set));
    else if (!wsj_ends(p->state, call, &p->set))
        return failed(p, WSJ_MEMORY);
    if (call->kind == WSC_RECV || call->kind == WSC_RECV_OOB)
        return receive(p, s, thread, call, begun);
    if (!p->set.judged && s->n_outcomes)
        return obey(p, s, thread, call, begun);
    if (call->kind == WSC_SEND && interruption(&p->set, begun) != SIZE_MAX)
        return give_interrupted(p, s, thread, call, begun);
    return wsj_is_alertable(call) && p->set.judged ? wait_alertably(p, s, thread, call, begun)
                                                   : answer(p, s, thread, call, begun);
}

/* The value of a variable: what the last call left there. */
static uint64_t value_of(const player *p, const wsn_value *v) {
    if (v->constant)
        return v->number;
    for (size_t i = 0; i < p->n_variables; i++)
        if (p->variables[i].name == v->name)
            return p->variables[i].value;
    return SENTINEL;
}

/* printf: %d, %u and %% only, and a value for each: the reader lets nothing else pass. */
static course print(player *p, const wsn_statement *s, const char *thread) {
    const wsn_value *format = &s->args[0];
    wsj_text text = {0};
    size_t next = 1;
    for (size_t i = 0; i < format->length; i++) {
        if (format->text[i] != '%' || format->text[++i] == '%')
            wsj_text_bytes(&text, &format->text[i], 1);
        else if (format->text[i] == 'd')
            wsj_text_printf(&text, "%d", (int)(uint32_t)value_of(p, &s->args[next++]));
        else
            wsj_text_printf(&text, "%u", (unsigned)value_of(p, &s->args[next++]));
    }
    wsn_value printed = {.kind = WSN_STRING, .text = wsj_text_string(&text), .length = text.size};
    wsn_outcome outcome = {.atoms = &printed, .n_atoms = 1};
    wsj_text_clear(&p->text);
    wsj_print_atoms(&outcome, &p->text);
    wsj_text stated = {0};
    wsj_text_add(&stated, wsj_text_string(&p->text));
    course after = finish(p, s, thread, wsj_text_string(&stated));
    wsj_text_end(&stated, &p->text);
    wsj_text_end(&text, &p->text);
    return after;
}

/* A call of which the model knows nothing. */
static course plain(player *p, const wsn_statement *s, const char *thread) {
    wsj_text_clear(&p->text);
    if (s->verb == WSN_VERB_printf)
        return print(p, s, thread);
    if (s->n_outcomes) {
        wsn_outcome stated = s->outcomes[0];
        stated.wanted = false;
        wsj_print_atoms(&stated, &p->text);
    }
    write_answer(p, s, thread, wsj_text_string(&p->text));
    return GO_ON;
}

static course call_statement(player *p, const wsn_statement *s, const char *thread, int number) {
    wsc_call call;
    wsj_translated t = wsj_state_call(p->state, s, number, &call, p->error);
    if (t == WSJ_NO_CALL)
        return plain(p, s, thread);
    return t == WSJ_TO_MODEL ? give(p, s, thread, &call, false) : failed_translation(p, t);
}

static course start_statement(player *p, const wsn_statement *s, const char *thread, int number) {
    wsc_call call;
    wsj_translated t = wsj_state_call(p->state, s, number, &call, p->error);
    if (t == WSJ_TO_MODEL || t == WSJ_NO_CALL)
        t = wsj_state_start(p->state, s, &call, t == WSJ_TO_MODEL, p->error);
    if (t != WSJ_TO_MODEL)
        return failed_translation(p, t);
    write_line(p, s, thread, " ...");
    return GO_ON;
}

static course return_statement(player *p, const wsn_statement *s, const char *thread) {
    wsj_begun begun;
    if (!wsj_state_return(p->state, s, &begun, p->error))
        return failed(p, WSJ_INPUT);
    return begun.to_model ? give(p, s, thread, &begun.call, true) : plain(p, s, thread);
}

static course repeat_statement(player *p, const wsn_statement *s, const char *thread, int number) {
    const wsn_value *around = p->until;
    course after = GO_ON;
    for (uint64_t round = 0; round < s->times && after == GO_ON; round++) {
        p->until = round >= ROUNDS_UNTIL_FULL ? s->until : NULL;
        after = play(p, s->body, s->n_body, thread, number);
    }
    p->until = around;
    return after == LEAVE_LOOP ? GO_ON : after;
}

static course statement(player *p, const wsn_statement *s, const char *thread, int number) {
    wsj_world *w = &p->state->world;
    switch (s->kind) {
    case WSN_CALL: return call_statement(p, s, thread, number);
    case WSN_START: return start_statement(p, s, thread, number);
    case WSN_RETURN: return return_statement(p, s, thread);
    case WSN_REPEAT: return repeat_statement(p, s, thread, number);
    case WSN_THREAD:
        fprintf(p->out, "  thread %s\n", s->name);
        return wsj_thread(w, s->name) < 0 ? failed(p, WSJ_MEMORY) : GO_ON;
    case WSN_ROUTINE:
        fprintf(p->out, "  %s = routine()\n", s->name);
        return wsj_names_make(&w->names, s->name, WSJ_ROUTINE, NULL) ? GO_ON : failed(p, WSJ_MEMORY);
    default: return failed_translation(p, wsj_bad(w, s, p->error, "a case has no enter and leave", NULL));
    }
}

static course play(player *p, const wsn_statement *list, size_t n, const char *thread, int number) {
    course after = GO_ON;
    for (size_t i = 0; i < n && after == GO_ON; i++)
        after = statement(p, &list[i], thread, number);
    return after;
}

wsj_status wsj_play(const wsn_case *c, uint64_t seed, FILE *out, wsn_error *error) {
    player *p = calloc(1, sizeof *p);
    wsj_state *state = wsj_state_new(c);
    wsj_status status = WSJ_MEMORY;
    if (p && state) {
        *p = (player){.c = c, .state = state, .out = out, .error = error, .chance = seed};
        for (const char *at = c->id; seed && *at; at++) /* each case its own numbers */
            p->chance = (p->chance ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
        write_head(c, out);
        course after = play(p, c->statements, c->n_statements, NULL, -1);
        fputs("end\n\n", out);
        bool lost = p->text.failed || p->written.failed;
        status = after == FAILED ? p->status : lost ? WSJ_MEMORY : ferror(out) ? WSJ_OUTPUT : WSJ_OK;
        wsj_text_free(&p->text);
        wsj_text_free(&p->written);
        free(p->variables);
    }
    free(p);
    wsj_state_free(state);
    return status;
}
