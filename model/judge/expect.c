/*
 * expect.c - compares hand-written sets with the model's.
 *
 * At each step of a case the hand-written set must equal the union of the model's allowed sets over all allowed
 * histories of the case before it. So the case is walked with all histories side by side: a set of states goes from
 * statement to statement, each state branches into what is allowed there (and wanted, where the case wants something),
 * and equal states become one. Ranges branch by their two ends. The bodies of repeats with an end to wait for are
 * walked three times, others as often as they say.
 *
 * The order in which routines ran within one wait is not compared (apc.any-order): both sides are sorted. Where a step
 * without a set can go on in very many ways, all alike (a hundred routines or packets in any order), one is followed;
 * a case of more than a thousand statements is not walked.
 */
#include "state.h"
#include "steps.h"

#include <stdlib.h>
#include <string.h>

enum {
    ROUNDS = 3,
    MOST_ROUNDS = 100,
    DEFAULT_HISTORIES = 4096,
    TWISTED_HISTORIES = 64,
    MANY = 8,
    MOST_STATEMENTS = 1000
};

/* States that are not equal; each owned. */
typedef struct states {
    wsj_state **items;
    uint64_t *hashes;
    size_t count, room;
} states;

/* One outcome that the model allows at a step. */
typedef struct allowed {
    char *text; /* owned */
    int rule;   /* WSC_NONE if unknown */
} allowed;

/* What the model allows at one statement, over all histories. */
typedef struct record {
    const wsn_statement *s;
    allowed *items; /* owned */
    size_t count, room;
} record;

typedef struct expectation {
    const wsj_expect_options *options;
    wsj_expect_counts *counts;
    FILE *out;
    wsn_error *error;
    const wsn_case *c;
    record *records; /* owned */
    size_t n_records, room_records;
    wsj_numbering numbering;
    wsj_text text;
    wsc_set set;
    wsc_verdict verdict;
} expectation;

/* Where a statement's states go on. */
typedef struct road {
    int thread;             /* the statements are a routine's, on this thread; else -1 */
    const wsn_value *until; /* of the loop around the statement, or NULL */
    states *next;           /* behind the statement */
    states *out;            /* behind the loop */
} road;

static wsj_status from_translated(wsj_translated t) {
    return t == WSJ_NO_MEMORY ? WSJ_MEMORY : t == WSJ_BAD_CALL ? WSJ_INPUT : WSJ_OK;
}

/* --- sets of states ------------------------------------------------------------------------------------------ */

static void states_free(states *set) {
    for (size_t i = 0; i < set->count; i++)
        wsj_state_free(set->items[i]);
    free(set->items);
    free(set->hashes);
    *set = (states){0};
}

/* A model with a rule that is wrong may go on in many more ways than a good one. */
static uint32_t most_histories(const wsj_expect_options *options) {
    return options->max_histories ? options->max_histories : options->twist.how ? TWISTED_HISTORIES : DEFAULT_HISTORIES;
}

/* Takes the state, which may be NULL (no memory). One that is there already is dropped. */
static wsj_status put(expectation *x, const wsn_statement *s, states *set, wsj_state *state) {
    uint32_t most = most_histories(x->options);
    if (!state)
        return WSJ_MEMORY;
    uint64_t hash = wsc_model_hash(state->model);
    for (size_t i = 0; i < set->count; i++)
        if (set->hashes[i] == hash && wsj_state_equal(set->items[i], state)) {
            wsj_state_free(state);
            return WSJ_OK;
        }
    if (set->count == most) {
        char number[16];
        snprintf(number, sizeof number, "%u", (unsigned)most);
        wsj_bad(&state->world, s, x->error, "more histories differ behind this step than are followed", number);
        wsj_state_free(state);
        return WSJ_INPUT;
    }
    if (set->count == set->room) {
        size_t room = set->room ? set->room * 2 : 8;
        wsj_state **items = realloc(set->items, room * sizeof *items);
        set->items = items ? items : set->items;
        uint64_t *hashes = items ? realloc(set->hashes, room * sizeof *hashes) : NULL;
        set->hashes = hashes ? hashes : set->hashes;
        if (!hashes) {
            wsj_state_free(state);
            return WSJ_MEMORY;
        }
        set->room = room;
    }
    set->items[set->count] = state;
    set->hashes[set->count++] = hash;
    return WSJ_OK;
}

/* Moves all states of one set to another. */
static wsj_status move(expectation *x, const wsn_statement *s, states *to, states *from) {
    wsj_status status = WSJ_OK;
    while (status == WSJ_OK && from->count)
        status = put(x, s, to, from->items[--from->count]);
    return status;
}

/* --- texts --------------------------------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Where the list of routines behind the word "ran" begins; NULL if there is none. */
static char *list_of_runs(const wsj_text *text) {
    char *ran = text->size ? text->data : NULL;
    while (ran && (ran = strstr(ran, "ran ")) && ran != text->data && ran[-1] != ' ')
        ran++; /* the end of a name */
    return ran ? ran + strlen("ran ") : NULL;
}

/* Sorts the routines behind "ran". */
static void sort_ran(wsj_text *text) {
    char *first = list_of_runs(text);
    size_t most = 1, n = 0;
    for (const char *p = first; p && (p = strstr(p, ") ")); p++)
        most++;
    if (most < 2)
        return;
    char *list = malloc(strlen(first) + 1), **runs = malloc(most * sizeof *runs);
    text->failed |= !list || !runs;
    if (!text->failed) {
        strcpy(list, first);
        for (char *p = list; p; n++) {
            char *end = strstr(p, ") ");
            runs[n] = p;
            if (end)
                end[1] = '\0';
            p = end ? end + 2 : NULL;
        }
        qsort(runs, n, sizeof *runs, by_text);
        text->size = (size_t)(first - text->data);
    }
    for (size_t i = 0; i < n; i++) {
        wsj_text_add(text, i ? " " : "");
        wsj_text_add(text, runs[i]);
    }
    free(list);
    free(runs);
}

static void hand_written(const wsn_outcome *outcome, wsj_text *text) {
    wsn_outcome plain = *outcome;
    plain.wanted = false;
    wsj_text_clear(text);
    wsj_print_atoms(&plain, text);
    sort_ran(text);
}

/* --- records ------------------------------------------------------------------------------------------------- */

static record *record_of(expectation *x, const wsn_statement *s) {
    for (size_t i = 0; i < x->n_records; i++)
        if (x->records[i].s == s)
            return &x->records[i];
    if (x->n_records == x->room_records) {
        size_t room = x->room_records ? x->room_records * 2 : 32;
        record *records = realloc(x->records, room * sizeof *records);
        if (!records)
            return NULL;
        x->records = records;
        x->room_records = room;
    }
    x->records[x->n_records] = (record){.s = s};
    return &x->records[x->n_records++];
}

/* Notes that the model allows x->text at this statement. */
static wsj_status note(expectation *x, const wsn_statement *s, int rule) {
    record *r = record_of(x, s);
    if (!r || x->text.failed)
        return WSJ_MEMORY;
    sort_ran(&x->text);
    const char *text = wsj_text_string(&x->text);
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->items[i].text, text) == 0)
            return WSJ_OK;
    if (r->count == r->room) {
        size_t room = r->room ? r->room * 2 : 8;
        allowed *items = realloc(r->items, room * sizeof *items);
        if (!items)
            return WSJ_MEMORY;
        r->items = items;
        r->room = room;
    }
    char *copy = malloc(strlen(text) + 1);
    if (!copy)
        return WSJ_MEMORY;
    strcpy(copy, text);
    r->items[r->count++] = (allowed){copy, rule};
    return WSJ_OK;
}

static void forget_records(expectation *x) {
    for (size_t i = 0; i < x->n_records; i++) {
        for (size_t k = 0; k < x->records[i].count; k++)
            free(x->records[i].items[k].text);
        free(x->records[i].items);
    }
    x->n_records = 0;
}

/* --- branching ----------------------------------------------------------------------------------------------- */

/* True if the case ends here because it wants another outcome than x->text. */
static bool is_unwanted(expectation *x, const wsn_statement *s) {
    wsj_text wanted = {0};
    bool wants = false, found = false;
    for (size_t i = 0; i < s->n_outcomes && !found; i++) {
        if (!s->outcomes[i].wanted)
            continue;
        wants = true;
        hand_written(&s->outcomes[i], &wanted);
        found = strcmp(wsj_text_string(&wanted), wsj_text_string(&x->text)) == 0;
    }
    wsj_text_end(&wanted, &x->text);
    return wants && !found;
}

/* The state goes on behind the statement, or behind the loop if x->text holds the atom that ends it, or nowhere. */
static wsj_status go_on(expectation *x, const wsn_statement *s, const road *way, wsj_state *state) {
    sort_ran(&x->text);
    if (is_unwanted(x, s)) {
        wsj_state_free(state);
        return WSJ_OK;
    }
    bool leaves = way->until && wsj_text_holds(wsj_text_string(&x->text), way->until);
    return put(x, s, leaves ? way->out : way->next, state);
}

/* What the model itself allows it must accept, too. */
static void self_contradiction(expectation *x, const wsn_statement *s) {
    fprintf(x->out, "%s:%d: %s: the model allows and refuses: %s\n", x->c->file, s->line, x->c->id,
            wsj_text_string(&x->text));
    x->counts->differences++;
}

/* One outcome in one history. begun: the call has begun before, so that this is its return. */
static wsj_status take(expectation *x, const wsn_statement *s, const road *way, const wsj_state *from,
                       const wsc_call *call, bool begun, const wsc_observed *observed, bool *accepted) {
    wsj_state *state = wsj_state_clone(from);
    if (!state)
        return WSJ_MEMORY;
    wsj_sure(begun ? wsc_end(state->model, call, observed, &x->verdict)
                   : wsc_observe(state->model, call, observed, &x->verdict));
    *accepted = x->verdict.ok;
    if (*accepted)
        return go_on(x, s, way, state);
    wsj_state_free(state);
    return WSJ_OK;
}

/* Every outcome that the model allows for a call of which routines need not be walked. */
static wsj_status branch(expectation *x, const wsn_statement *s, const road *way, const wsj_state *from,
                         const wsc_call *call, bool begun) {
    wsj_status result = WSJ_OK;
    if (!begun)
        wsj_sure(wsc_allowed(from->model, call, &x->set));
    else if (!wsj_ends(from, call, &x->set))
        result = WSJ_MEMORY;
    wsc_set set = x->set;
    if (!s->n_outcomes && set.n_outcomes > MANY)
        set.n_outcomes = 1;
    for (size_t i = 0; i < set.n_outcomes && result == WSJ_OK; i++) {
        const wsc_outcome *o = &set.outcomes[i];
        wsj_text_clear(&x->text);
        wsj_print_outcome(&from->world, call, o, &x->text);
        if (set.undefined) {
            wsj_text_clear(&x->text);
            wsj_text_add(&x->text, "undefined");
        }
        bool accepted = true, noted = false;
        for (int high = 0; high <= (o->amount == WSC_AMOUNT_RANGE && o->low != o->high) && result == WSJ_OK; high++) {
            wsc_observed observed = wsj_observed_of(o, high);
            result = take(x, s, way, from, call, begun, &observed, &accepted);
            if (result == WSJ_OK && !accepted && !begun)
                self_contradiction(x, s);
            noted |= accepted || !begun; /* the ends of a wait that has begun are only tried */
        }
        if (result == WSJ_OK && noted && set.judged)
            result = note(x, s, o->rule);
    }
    return result;
}

/* A call of which the document does not speak: what the case's author says is what happens. */
static wsj_status follow(expectation *x, const wsn_statement *s, const road *way, wsj_state *from, wsc_call *call,
                         bool begun) {
    wsj_status result = WSJ_OK;
    char message[200];
    if (!s->n_outcomes)
        return branch(x, s, way, from, call, begun);
    for (size_t i = 0; i < s->n_outcomes && result == WSJ_OK; i++) {
        wsj_seen seen;
        wsc_observed observed;
        bool accepted;
        if (!wsj_see(s->verb, &s->outcomes[i], &seen, message, sizeof message))
            return from_translated(wsj_bad(&from->world, s, x->error, message, NULL));
        result = from_translated(wsj_translate_seen(&from->world, s, &seen, call, &observed, x->error));
        hand_written(&s->outcomes[i], &x->text);
        if (result == WSJ_OK)
            result = take(x, s, way, from, call, begun, &observed, &accepted);
    }
    return result;
}

static wsj_status receive(expectation *x, const wsn_statement *s, const road *way, wsj_state *from,
                          const wsc_call *call, bool begun) {
    wsc_observed observed;
    bool accepted = true;
    if (!wsj_expected_data(from, call, &observed))
        return WSJ_MEMORY;
    wsj_text_clear(&x->text);
    wsj_print_data(observed.data, observed.n_data, observed.end, observed.error, &x->text);
    wsj_status result = note(x, s, WSC_NONE);
    if (result == WSJ_OK)
        result = take(x, s, way, from, call, begun, &observed, &accepted);
    if (result == WSJ_OK && !accepted)
        self_contradiction(x, s);
    return result;
}

/* --- alertable waits ----------------------------------------------------------------------------------------- */

static wsj_status walk(expectation *x, const wsn_statement *list, size_t n, const road *around, states *now);

/* A wait under way, and what ran in it: "r(0, 10, &o, 0) ..." */
typedef struct wait {
    wsj_state *state;
    char *ran; /* owned; NULL: nothing */
} wait;

typedef struct waits {
    wait *items;
    size_t count, room;
} waits;

static wsj_status put_wait(expectation *x, const wsn_statement *s, waits *set, wsj_state *state, const char *ran) {
    uint32_t most = most_histories(x->options);
    wait w = {.state = state};
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->items[i].ran ? set->items[i].ran : "", ran) == 0 &&
            wsj_state_equal(set->items[i].state, state)) {
            wsj_state_free(state);
            return WSJ_OK;
        }
    if (set->count == most) {
        wsj_bad(&state->world, s, x->error, "routines can run in more ways in this wait than are followed", NULL);
        wsj_state_free(state);
        return WSJ_INPUT;
    }
    if (set->count == set->room) {
        size_t room = set->room ? set->room * 2 : 16;
        wait *items = realloc(set->items, room * sizeof *items);
        if (!items) {
            wsj_state_free(state);
            return WSJ_MEMORY;
        }
        set->items = items;
        set->room = room;
    }
    if (*ran && !(w.ran = malloc(strlen(ran) + 1))) {
        wsj_state_free(state);
        return WSJ_MEMORY;
    }
    if (w.ran)
        strcpy(w.ran, ran);
    set->items[set->count++] = w;
    return WSJ_OK;
}

/* One routine runs in the wait; the calls of its body may branch. */
static wsj_status run_routine(expectation *x, const wsn_statement *s, waits *set, size_t from, const wsc_call *call,
                              const wsc_may_run *run, bool high) {
    states inside = {0};
    wsj_state *state = wsj_state_clone(set->items[from].state);
    const wsc_observed nothing = {.op = WSC_NONE};
    const wsc_call enter = wsj_enter_call(call->thread, run, high), leave = wsj_leave_call(call->thread, run);
    if (!state)
        return WSJ_MEMORY;
    wsj_sure(wsc_observe(state->model, &enter, &nothing, &x->verdict));
    if (!x->verdict.ok) { /* not in this way after all */
        wsj_state_free(state);
        return WSJ_OK;
    }
    wsj_text text = {0};
    wsj_text_add(&text, set->items[from].ran ? set->items[from].ran : "");
    wsj_text_add(&text, text.size ? " " : "ran ");
    wsj_print_ran(&state->world, run, &text);
    sort_ran(&text);
    wsj_status result = put(x, s, &inside, state);
    const wsn_statement *routine = result == WSJ_OK ? wsj_routine_body(x->c, state, run->routine) : NULL;
    if (routine) {
        const road body = {.thread = call->thread};
        result = walk(x, routine->body, routine->n_body, &body, &inside);
    }
    for (size_t i = 0; i < inside.count && result == WSJ_OK; i++) {
        wsj_state *left = wsj_state_clone(inside.items[i]);
        if (left)
            wsj_sure(wsc_observe(left->model, &leave, &nothing, &x->verdict));
        result = left ? put_wait(x, s, set, left, wsj_text_string(&text)) : WSJ_MEMORY;
    }
    states_free(&inside);
    wsj_text_end(&text, &x->text);
    return result;
}

/* The ways in which the wait may end now, and go on. */
static wsj_status wait_step(expectation *x, const wsn_statement *s, const road *way, waits *set, size_t at,
                            const wsc_call *call) {
    bool ran = set->items[at].ran != NULL;
    wsj_status result = WSJ_OK;
    if (call->kind == WSC_SEND)
        result = wsj_ends(set->items[at].state, call, &x->set) ? WSJ_OK : WSJ_MEMORY;
    else
        wsj_wait_ends(set->items[at].state, call, ran, &x->set);
    wsc_set now = x->set;
    bool one = !s->n_outcomes && now.n_runs > MANY;
    while (one && now.runs[now.n_runs - 1].op != now.runs[0].op)
        now.n_runs--;
    for (size_t i = 0; i < now.n_outcomes && result == WSJ_OK; i++) {
        const wait *w = &set->items[at];
        const wsc_observed observed = wsj_observed_of(&now.outcomes[i], false);
        bool accepted;
        wsj_text_clear(&x->text);
        if (now.undefined)
            wsj_text_add(&x->text, "undefined");
        else
            wsj_print_outcome(&w->state->world, call, &now.outcomes[i], &x->text);
        if (call->kind != WSC_SEND) { /* what interrupted a blocking call is no part of its outcome */
            wsj_text_add(&x->text, x->text.size && w->ran ? " " : "");
            wsj_text_add(&x->text, w->ran ? w->ran : "");
        }
        result = take(x, s, way, w->state, call, true, &observed, &accepted);
        if (result == WSJ_OK && accepted)
            result = note(x, s, x->verdict.rule);
    }
    for (size_t i = 0; i < now.n_runs && result == WSJ_OK; i++)
        for (int high = 0; high <= (now.runs[i].low != now.runs[i].high) && result == WSJ_OK; high++)
            result = run_routine(x, s, set, at, call, &now.runs[i], high);
    return result;
}

static wsj_status explore(expectation *x, const wsn_statement *s, const road *way, const wsj_state *from,
                          const wsc_call *call, bool begun) {
    waits set = {0};
    wsj_state *state = wsj_state_clone(from);
    if (state && !begun)
        wsj_sure(wsc_begin(state->model, call));
    wsj_status result = state ? put_wait(x, s, &set, state, "") : WSJ_MEMORY;
    for (size_t i = 0; i < set.count && result == WSJ_OK; i++)
        result = wait_step(x, s, way, &set, i, call);
    for (size_t i = 0; i < set.count; i++) {
        wsj_state_free(set.items[i].state);
        free(set.items[i].ran);
    }
    free(set.items);
    return result;
}

/* Whether what may interrupt this blocking WSASend is walked through: what is ready to; and all that may if call and
 * return stand apart, so that the case is about what happens meanwhile. */
static bool may_be_interrupted(const wsc_call *call, const wsc_set *set, bool begun) {
    for (size_t i = 0; call->kind == WSC_SEND && i < set->n_runs; i++)
        if (set->runs[i].routine >= 0 && (begun || set->runs[i].likely) && !set->undefined)
            return true;
    return false;
}

/* --- statements ---------------------------------------------------------------------------------------------- */

static wsj_status answer(expectation *x, const wsn_statement *s, const road *way, wsj_state *state, wsc_call *call,
                         bool begun) {
    wsj_sure(wsc_allowed(state->model, call, &x->set));
    if (call->kind == WSC_RECV || call->kind == WSC_RECV_OOB)
        return receive(x, s, way, state, call, begun);
    if (!x->set.judged)
        return follow(x, s, way, state, call, begun);
    return wsj_is_alertable(call) || may_be_interrupted(call, &x->set, begun) ? explore(x, s, way, state, call, begun)
                                                                              : branch(x, s, way, state, call, begun);
}

static wsj_status unchanged(expectation *x, const wsn_statement *s, const road *way, const wsj_state *state) {
    return put(x, s, way->next, wsj_state_clone(state));
}

static wsj_status statement(expectation *x, const wsn_statement *s, const road *way, wsj_state *state) {
    wsc_call call;
    wsj_begun begun;
    wsj_translated t;
    switch (s->kind) {
    case WSN_CALL:
        t = wsj_state_call(state, s, way->thread, &call, x->error);
        return t == WSJ_TO_MODEL  ? answer(x, s, way, state, &call, false)
               : t == WSJ_NO_CALL ? unchanged(x, s, way, state)
                                  : from_translated(t);
    case WSN_START:
        t = wsj_state_call(state, s, way->thread, &call, x->error);
        if (t == WSJ_TO_MODEL || t == WSJ_NO_CALL)
            t = wsj_state_start(state, s, &call, t == WSJ_TO_MODEL, x->error);
        return t == WSJ_TO_MODEL ? unchanged(x, s, way, state) : from_translated(t);
    case WSN_RETURN:
        if (!wsj_state_return(state, s, &begun, x->error))
            return WSJ_INPUT;
        return begun.to_model ? answer(x, s, way, state, &begun.call, true) : unchanged(x, s, way, state);
    case WSN_ROUTINE:
        if (!wsj_names_make(&state->world.names, s->name, WSJ_ROUTINE, NULL))
            return WSJ_MEMORY;
        return unchanged(x, s, way, state);
    case WSN_THREAD: return wsj_thread(&state->world, s->name) < 0 ? WSJ_MEMORY : unchanged(x, s, way, state);
    default: return from_translated(wsj_bad(&state->world, s, x->error, "a case has no enter and leave", NULL));
    }
}

/* Goes through the body of a repeat; behind it the states are in *now. */
static wsj_status walk_repeat(expectation *x, const wsn_statement *s, const road *around, states *now) {
    states behind = {0};
    wsj_status result = WSJ_OK;
    const road body = {.thread = around->thread, .until = s->until, .out = &behind};
    for (uint64_t round = 0; round < s->times && round < (s->until ? ROUNDS : MOST_ROUNDS) && result == WSJ_OK; round++)
        result = walk(x, s->body, s->n_body, &body, now);
    if (result == WSJ_OK)
        result = move(x, s, &behind, now);
    states_free(now);
    *now = behind;
    return result;
}

/* Takes all states through the statements; *now is replaced. */
static wsj_status walk(expectation *x, const wsn_statement *list, size_t n, const road *around, states *now) {
    wsj_status result = WSJ_OK;
    for (size_t i = 0; i < n && result == WSJ_OK; i++) {
        states next = {0};
        road way = *around;
        way.next = &next;
        if (list[i].kind == WSN_REPEAT) {
            result = walk_repeat(x, &list[i], around, now);
            continue;
        }
        for (size_t k = 0; k < now->count && result == WSJ_OK; k++)
            result = statement(x, &list[i], &way, now->items[k]);
        states_free(now);
        *now = next;
    }
    return result;
}

/* --- comparing ------------------------------------------------------------------------------------------------ */

static void differs(expectation *x, const wsn_statement *s, int number, const char *what, const char *text, int rule) {
    const wsc_rule_info *info = rule >= 0 ? wsc_rule(rule) : NULL;
    fprintf(x->out, "%s:%d: %s #%d: %s: %s", x->c->file, s->line, x->c->id, number, what, text);
    if (info)
        fprintf(x->out, "  (%s: %s)", info->name, info->clauses);
    fputc('\n', x->out);
}

static bool model_has(const record *r, const char *text) {
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->items[i].text, text) == 0)
            return true;
    return false;
}

static bool hand_has(expectation *x, const wsn_statement *s, const char *text) {
    for (size_t i = 0; i < s->n_outcomes; i++) {
        hand_written(&s->outcomes[i], &x->text);
        if (strcmp(wsj_text_string(&x->text), text) == 0)
            return true;
    }
    return false;
}

static void compare(expectation *x, const wsn_statement *s, int number, const record *r) {
    bool differ = false;
    x->counts->steps++;
    for (size_t i = 0; i < s->n_outcomes; i++) {
        hand_written(&s->outcomes[i], &x->text);
        if (!model_has(r, wsj_text_string(&x->text))) {
            differs(x, s, number, "hand-written only", wsj_text_string(&x->text), WSC_NONE);
            differ = true;
        }
    }
    for (size_t i = 0; i < r->count; i++)
        if (!hand_has(x, s, r->items[i].text)) {
            differs(x, s, number, "model only", r->items[i].text, r->items[i].rule);
            differ = true;
        }
    x->counts->differences += differ;
}

/* The calls that the document speaks of, and what the peer sees. */
static bool is_judged(wsn_verb verb) {
    switch (verb) {
    case WSN_VERB_WSASend:
    case WSN_VERB_WSAGetOverlappedResult:
    case WSN_VERB_WSAWaitForMultipleEvents:
    case WSN_VERB_SleepEx:
    case WSN_VERB_alertable_wait:
    case WSN_VERB_GetQueuedCompletionStatus:
    case WSN_VERB_recv:
    case WSN_VERB_recv_oob: return true;
    default: return false;
    }
}

static void compare_all(expectation *x, const wsn_statement *list, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const wsn_statement *s = &list[i];
        if (s->kind == WSN_ROUTINE || s->kind == WSN_REPEAT) {
            compare_all(x, s->body, s->n_body);
            continue;
        }
        if (s->kind != WSN_CALL && s->kind != WSN_RETURN && s->kind != WSN_START)
            continue;
        int number = s->kind == WSN_RETURN ? x->numbering.last : wsj_number(&x->numbering, s);
        if (s->kind == WSN_START || !is_judged(s->verb))
            continue;
        const record *r = NULL;
        for (size_t k = 0; k < x->n_records && !r; k++)
            r = x->records[k].s == s ? &x->records[k] : NULL;
        if (s->n_outcomes && r) {
            compare(x, s, number, r);
        } else if (s->n_outcomes) {
            differs(x, s, number, "hand-written only", "no allowed history comes here", WSC_NONE);
            x->counts->differences++;
        } else if (x->options->strict) {
            differs(x, s, number, "unstated", wsn_verb_name(s->verb), WSC_NONE);
            x->counts->unstated++;
        }
    }
}

static wsj_status expect_case(expectation *x) {
    states now = {0};
    x->counts->cases++;
    if (x->c->n_statements > MOST_STATEMENTS)
        return WSJ_OK;
    const road top = {.thread = -1};
    const wsn_statement here = {.line = x->c->line, .column = 1};
    x->numbering = (wsj_numbering){0};
    wsj_state *first = wsj_state_new(x->c);
    if (first && x->options->twist.how)
        wsj_sure(wsc_model_twist(first->model, x->options->twist.rule, (wsc_twist)x->options->twist.how));
    wsj_status result = put(x, &here, &now, first);
    if (result == WSJ_OK)
        result = walk(x, x->c->statements, x->c->n_statements, &top, &now);
    states_free(&now);
    bool lost = result == WSJ_INPUT && x->options->twist.how; /* such a case says nothing */
    if (lost)
        result = WSJ_OK;
    else if (result == WSJ_OK)
        compare_all(x, x->c->statements, x->c->n_statements);
    forget_records(x);
    return result;
}

wsj_status wsj_expect(const wsn_file *file, const wsj_expect_options *options, FILE *out, wsj_expect_counts *counts,
                      wsn_error *error) {
    expectation *x = calloc(1, sizeof *x);
    uint64_t before = counts->differences;
    wsj_status result = x ? WSJ_OK : WSJ_MEMORY;
    if (x)
        *x = (expectation){.options = options, .counts = counts, .out = out, .error = error};
    for (size_t i = 0; i < file->n_cases && result == WSJ_OK; i++) {
        x->c = file->cases[i];
        result = expect_case(x);
    }
    if (x) {
        if (x->text.failed && result <= WSJ_FOUND)
            result = WSJ_MEMORY;
        wsj_text_free(&x->text);
        free(x->records);
    }
    free(x);
    if (ferror(out) && result <= WSJ_FOUND)
        return WSJ_OUTPUT;
    return result == WSJ_OK && counts->differences > before ? WSJ_FOUND : result;
}
