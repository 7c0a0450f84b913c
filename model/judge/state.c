/* state.c - see state.h. */
#include "state.h"

#include <stdlib.h>
#include <string.h>

static const wsc_observed nothing = {.op = WSC_NONE};

void wsj_state_free(wsj_state *state) {
    if (!state)
        return;
    wsc_model_free(state->model);
    wsj_world_free(&state->world);
    free(state);
}

wsj_state *wsj_state_new(const wsn_case *c) {
    static const wsc_observed ok = {.ret = WSC_RET_0, .op = WSC_NONE};
    const wsc_call startup = {.kind = WSC_STARTUP};
    wsc_verdict verdict;
    wsj_state *state = calloc(1, sizeof *state);
    if (!state || !(state->model = wsc_model_new(NULL))) {
        wsj_state_free(state);
        return NULL;
    }
    if (!c->start_uninitialised)
        wsj_sure(wsc_observe(state->model, &startup, &ok, &verdict));
    wsj_world_begin(&state->world, c);
    return state;
}

wsj_state *wsj_state_clone(const wsj_state *state) {
    wsj_state *copy = malloc(sizeof *copy);
    if (!copy)
        return NULL;
    *copy = *state;
    copy->world = (wsj_world){0};
    copy->model = wsc_model_clone(state->model);
    if (!copy->model || !wsj_world_copy(&copy->world, &state->world)) {
        wsj_state_free(copy);
        return NULL;
    }
    return copy;
}

bool wsj_state_equal(const wsj_state *a, const wsj_state *b) {
    if (a->n_begun != b->n_begun || a->world.sends != b->world.sends)
        return false;
    for (size_t i = 0; i < a->n_begun; i++)
        if (a->begun[i].s != b->begun[i].s)
            return false;
    return memcmp(a->world.names.counts, b->world.names.counts, sizeof a->world.names.counts) == 0 &&
           wsc_model_equal(a->model, b->model);
}

wsj_translated wsj_state_call(wsj_state *state, const wsn_statement *s, int thread, wsc_call *call, wsn_error *error) {
    wsj_translated t = wsj_translate_call(&state->world, s, call, error);
    if (t != WSJ_TO_MODEL && t != WSJ_NO_CALL)
        return t;
    if (thread >= 0)
        call->thread = thread;
    return wsj_make_room(&state->world, state->model, call) ? t : WSJ_NO_MEMORY;
}

wsj_translated wsj_state_start(wsj_state *state, const wsn_statement *s, const wsc_call *call, bool to_model,
                               wsn_error *error) {
    if (state->n_begun == WSJ_MAX_CALLS)
        return wsj_bad(&state->world, s, error, "too many calls are under way at once", NULL);
    wsj_begun *b = &state->begun[state->n_begun++];
    *b = (wsj_begun){.s = s, .call = *call, .to_model = to_model};
    if (call->kind == WSC_WAIT) {
        if (call->u.wait.n > sizeof b->events / sizeof *b->events)
            return wsj_bad(&state->world, s, error, "a wait can wait for 64 events", NULL);
        memcpy(b->events, call->u.wait.events, call->u.wait.n * sizeof *b->events);
        b->call.u.wait.events = b->events;
    }
    if (to_model)
        wsj_sure(wsc_begin(state->model, &b->call));
    return WSJ_TO_MODEL;
}

bool wsj_state_return(wsj_state *state, const wsn_statement *s, wsj_begun *begun, wsn_error *error) {
    for (size_t i = state->n_begun; i-- > 0;) {
        if (state->begun[i].s->thread != s->thread || state->begun[i].s->verb != s->verb)
            continue;
        *begun = state->begun[i];
        begun->call.u.wait.events = begun->call.kind == WSC_WAIT ? begun->events : begun->call.u.wait.events;
        state->begun[i] = state->begun[--state->n_begun];
        return true;
    }
    wsj_bad(&state->world, s, error, "this thread is not in such a call", wsn_verb_name(s->verb));
    return false;
}

const wsn_statement *wsj_routine_body(const wsn_case *c, const wsj_state *state, int routine) {
    const char *name = routine < 0 ? NULL : wsj_names_of(&state->world.names, WSJ_ROUTINE, (uint32_t)routine);
    for (size_t i = 0; name && i < c->n_statements; i++)
        if (c->statements[i].kind == WSN_ROUTINE && c->statements[i].name == name)
            return &c->statements[i];
    return NULL;
}

bool wsj_is_alertable(const wsc_call *call) {
    switch (call->kind) {
    case WSC_WAIT: return call->u.wait.alertable;
    case WSC_SLEEP: return call->u.sleep.alertable;
    case WSC_ALERTABLE_WAIT: return true;
    default: return false;
    }
}

wsc_observed wsj_observed_of(const wsc_outcome *outcome, bool high) {
    wsc_observed seen = nothing;
    uint64_t end = high ? outcome->high : outcome->low;
    seen.ret = outcome->ret;
    seen.error =
        outcome->error == WSC_ANY_ERROR ? 64 : outcome->error; /* ERROR_NETNAME_DELETED: what a port often says */
    seen.amount = outcome->amount;
    seen.low = seen.high = end;
    seen.op = outcome->op;
    return seen;
}

wsj_status wsj_may_end(const wsj_state *state, const wsc_call *call, const wsc_outcome *outcome, wsc_verdict *verdict) {
    const wsc_observed observed = wsj_observed_of(outcome, false);
    wsc_model *trial = wsc_model_clone(state->model);
    if (!trial)
        return WSJ_MEMORY;
    wsj_sure(wsc_end(trial, call, &observed, verdict));
    wsc_model_free(trial);
    return verdict->ok ? WSJ_OK : WSJ_FOUND;
}

static void add_end(wsc_set *set, wsc_ret ret, bool first) {
    if (set->n_outcomes == WSC_MAX_OUTCOMES)
        return;
    size_t at = first ? 0 : set->n_outcomes;
    memmove(&set->outcomes[at + 1], &set->outcomes[at], (set->n_outcomes - at) * sizeof *set->outcomes);
    set->outcomes[at] = (wsc_outcome){.ret = ret, .op = WSC_NONE, .rule = WSC_NONE};
    if (ret == WSC_RET_EVENT_0)
        set->outcomes[at].amount = WSC_AMOUNT_RANGE; /* index 0 */
    set->n_outcomes++;
}

void wsj_wait_ends(const wsj_state *state, const wsc_call *call, bool ran, wsc_set *set) {
    wsj_sure(wsc_allowed(state->model, call, set));
    if (call->kind == WSC_ALERTABLE_WAIT) {
        add_end(set, WSC_RET_NONE, ran);
        add_end(set, WSC_RET_TIMEOUT, false);
    } else if (call->kind == WSC_SLEEP) {
        add_end(set, WSC_RET_IO_COMPLETION, ran);
        add_end(set, WSC_RET_0, false);
    } else {
        add_end(set, WSC_RET_IO_COMPLETION, ran);
        add_end(set, WSC_RET_EVENT_0, false);
        add_end(set, WSC_RET_TIMEOUT, false);
    }
}

static bool is_wait(const wsc_call *call) {
    return call->kind == WSC_WAIT || call->kind == WSC_SLEEP || call->kind == WSC_ALERTABLE_WAIT;
}

bool wsj_ends(const wsj_state *state, const wsc_call *call, wsc_set *set) {
    static const wsc_outcome other = {.ret = WSC_RET_OTHER, .op = WSC_NONE};
    wsj_sure(wsc_allowed(state->model, call, set));
    if (!set->judged)
        return true;
    if (is_wait(call)) {
        wsj_wait_ends(state, call, false, set);
        return true;
    }
    /* The conditions at entry count, too: the model says what it looks an answer up in. */
    wsc_verdict *verdict = calloc(1, sizeof *verdict);
    if (!verdict)
        return false;
    bool known = wsj_may_end(state, call, &other, verdict) != WSJ_MEMORY;
    *set = verdict->allowed;
    free(verdict);
    return known;
}

wsc_call wsj_enter_call(int thread, const wsc_may_run *run, bool high) {
    wsc_call call = {.kind = WSC_ENTER, .thread = thread};
    call.u.enter = (wsc_ran){
        .routine = run->routine, .error = run->error, .transferred = high ? run->high : run->low, .op = run->op};
    return call;
}

wsc_call wsj_leave_call(int thread, const wsc_may_run *run) {
    wsc_call call = {.kind = WSC_LEAVE, .thread = thread};
    call.u.enter = (wsc_ran){.routine = run->routine, .op = WSC_NONE};
    return call;
}

bool wsj_expected_data(wsj_state *state, const wsc_call *call, wsc_observed *observed) {
    wsj_world *w = &state->world;
    bool urgent = call->kind == WSC_RECV_OOB;
    *observed = nothing;
    observed->ret = WSC_RET_DATA;
    observed->error = 10054; /* of WSC_END_ERROR: the only error that the model's peer reports */
    for (size_t room = 64;; room *= 2) {
        if (!wsj_world_room_for_runs(w, room))
            return false;
        observed->n_data = wsc_expected_data(state->model, call->u.recv.socket, call->u.recv.bytes, urgent, w->runs,
                                             room, &observed->end);
        if (observed->n_data < room)
            break;
    }
    observed->data = w->runs;
    return true;
}
