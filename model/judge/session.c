/*
 * session.c - judges a trace statement by statement.
 *
 * The notation's stream calls begin, statement and end; each statement becomes a model call and an observation, and
 * the model's verdict becomes a step. Nothing of a statement is kept but what its return will need: the calls under
 * way of each thread, one for each level of nesting.
 */
#include "report.h"
#include "signature.h"
#include "steps.h"
#include "translate.h"

#include <stdlib.h>
#include <string.h>

enum {
    DEPTH = 8,             /* calls of one thread that may be under way: a wait in a routine in a wait ... */
    ALLOWED = 24,          /* lines of an allowed set that are printed, more or less */
    SIGNATURE_BYTES = 400, /* of the observed text in a signature */
    IO_PENDING = 997       /* WSA_IO_PENDING */
};

/* A call that has begun and has not returned. */
typedef struct pending {
    wsn_verb verb;
    wsc_call call;
    bool to_model;       /* the model knows of it */
    int number;          /* of its step */
    int *events;         /* owned: what call.u.wait.events points to */
    wsj_text text;       /* the call */
    wsj_text ran;        /* what ran meanwhile: "ran r(0, 10, &o, 0)" */
    wsj_text signed_ran; /* the same as in a signature */
} pending;

typedef struct thread {
    pending stack[DEPTH];
    size_t depth;
} thread;

/* The step at hand. */
typedef struct step {
    const wsn_statement *s;
    wsn_verb verb;
    const pending *call_of; /* RETURN: the call that returns; ENTER and LEAVE: the one that it happens in, or NULL */
    int number;
    wsc_call call;
    bool to_model, ok;
    bool refused; /* the call was answered with SOCKET_ERROR */
} step;

typedef struct session {
    wsc_model *model;
    wsj_world world;
    wsj_report report;
    wsj_counts *counts;
    wsn_error *error;
    wsj_status status; /* why the stream was stopped; WSJ_OK while it runs */

    /* The case under way. */
    bool open;
    wsj_text id;
    int line;
    wsj_verdict verdict;
    wsj_text reason, signature;
    wsj_set deviating, conditions, injected;
    wsj_lengths lengths;
    wsj_numbering numbering;
    uint64_t last_us; /* the last stamp */
    thread *threads;  /* owned */
    size_t n_threads;

    /* Room for the step at hand. */
    wsc_verdict judged;
    wsj_text call, observed, note;
    wsj_texts allowed;
    wsj_set rules, clauses, practice, held;
} session;

/* --- stopping ------------------------------------------------------------------------------------------------ */

static int stop(session *x, wsj_status status) {
    x->status = status;
    return 1;
}

static int bad_input(session *x, const wsn_statement *s, const char *message, const char *word) {
    wsj_bad(&x->world, s, x->error, message, word);
    return stop(x, WSJ_INPUT);
}

static int stop_translated(session *x, wsj_translated result) {
    return stop(x, result == WSJ_NO_MEMORY ? WSJ_MEMORY : WSJ_INPUT);
}

/* --- text ---------------------------------------------------------------------------------------------------- */

static const char *verb_name(const step *st) {
    return st->s->kind == WSN_ENTER ? "enter" : wsn_verb_name(st->verb); /* nothing is wrong with a LEAVE */
}

/* The routine and its arguments, of an ENTER. */
static void print_run(const wsn_statement *s, wsj_text *text) {
    size_t begin = text->size, word = strlen("enter ");
    wsn_statement bare = *s;
    bare.thread = NULL;
    wsj_print_call(&bare, text);
    if (text->size < begin + word)
        return;
    memmove(text->data + begin, text->data + begin + word, text->size - begin - word + 1);
    text->size -= word;
}

/* What was seen, without the marks of the case. */
static void print_observed(const step *st, wsj_text *text) {
    const wsn_statement *s = st->s;
    if (s->kind == WSN_ENTER) {
        print_run(s, text);
        return;
    }
    for (size_t i = 0; s->n_outcomes && i < s->outcomes[0].n_atoms; i++) {
        wsn_outcome one = {.atoms = &s->outcomes[0].atoms[i], .n_atoms = 1};
        if (wsj_is_mark(one.atoms))
            continue;
        wsj_text_add(text, i ? " " : "");
        wsj_print_atoms(&one, text);
    }
    if (s->kind == WSN_RETURN && st->call_of->ran.size) {
        wsj_text_add(text, text->size ? " " : "");
        wsj_text_add(text, wsj_text_string(&st->call_of->ran));
    }
    if (!text->size && s->kind != WSN_START && s->kind != WSN_LEAVE)
        wsj_text_add(text, "ok");
}

/* The same as it stands in a signature. */
static void print_signed(session *x, const step *st, bool event_matters, wsj_text *text) {
    const wsn_statement *s = st->s;
    const wsj_names *names = &x->world.names;
    if (s->kind == WSN_ENTER) {
        wsj_sign_run(&x->lengths, names, s->name, s->args, s->n_args, text);
        return;
    }
    if (s->n_outcomes)
        wsj_sign_outcome(&x->lengths, names, &s->outcomes[0], st->to_model ? &st->call : NULL, event_matters, text);
    if (s->kind == WSN_RETURN && st->call_of->signed_ran.size) {
        wsj_text_add(text, text->size ? " " : "");
        wsj_text_add(text, wsj_text_string(&st->call_of->signed_ran));
    }
    wsj_text_add(text, text->size ? "" : "ok");
}

/* ID #N WSASend(…) = OBSERVED, on one line: neither ids nor atoms hold control characters. */
static void sign(session *x, const step *st, bool event_matters) {
    wsj_text *t = &x->signature, observed = {0};
    if (t->size)
        return;
    print_signed(x, st, event_matters, &observed);
    wsj_text_printf(t, "%s #%d %s(\xE2\x80\xA6) = ", wsj_text_string(&x->id), st->number, verb_name(st));
    size_t length = observed.size;
    bool cut = length > SIGNATURE_BYTES;
    if (cut) /* not inside a character */
        for (length = SIGNATURE_BYTES; length && ((unsigned char)observed.data[length] & 0xC0) == 0x80;)
            length--;
    wsj_text_bytes(t, wsj_text_string(&observed), length);
    wsj_text_add(t, cut ? "\xE2\x80\xA6" : "");
    wsj_text_end(&observed, t);
}

/* --- findings ------------------------------------------------------------------------------------------------ */

/* The first thing that is not conforming names the verdict of the case, and its reason; only the target's own faults
 * replace what was milder. */
static void found(session *x, wsj_verdict verdict, const char *verb, const char *reason) {
    if (x->verdict >= WSJ_HANG || (x->verdict != WSJ_CONFORMS && verdict < WSJ_HANG))
        return;
    x->verdict = verdict;
    wsj_text_clear(&x->reason);
    if (verb)
        wsj_text_printf(&x->reason, "%s: ", verb);
    wsj_text_add(&x->reason, reason);
}

static void add_rule(session *x, int rule) {
    const wsc_rule_info *info = wsc_rule(rule);
    if (!info)
        return;
    wsj_set_add(&x->rules, info->name, "");
    wsj_set_add(&x->clauses, info->clauses, "");
}

static void add_allowed_rules(session *x) {
    const wsc_set *set = &x->judged.allowed;
    for (size_t i = 0; i < set->n_outcomes; i++)
        add_rule(x, set->outcomes[i].rule);
}

/* A possible error of the call's own arguments or of its peer. If the call was answered with another error, or did not
 * survive, that error was the way to say so; other possible errors (a transport without room, say) had no part in it.
 */
static bool has_a_part(const wsc_rule_info *info) {
    static const char *const kinds[] = {"fault.", "connreset.", "inval.not-overlapped"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strncmp(info->name, kinds[i], strlen(kinds[i])))
            return true;
    return false;
}

static bool contains(const int *rules, size_t n, int rule) {
    for (size_t i = 0; i < n; i++)
        if (rules[i] == rule)
            return true;
    return false;
}

/* The rules that a wrong outcome breaks, so that no clause is blamed that the target did not touch. Of WSASend: the
 * errors that were due; if none was, the success that was, in the form that the model prefers, and, if an error was
 * answered, the errors that could have been meant. Of other calls: all that was allowed. */
static void add_broken_rules(session *x, const wsc_call *call, bool answered_error) {
    const wsc_set *set = &x->judged.allowed;
    const wsc_outcome *first = &set->outcomes[0];
    if (call->kind != WSC_SEND) {
        add_allowed_rules(x);
        return;
    }
    bool success_due = first->ret == WSC_RET_0 || first->error == IO_PENDING;
    if (success_due)
        add_rule(x, first->rule);
    for (size_t i = 0; i < set->n_outcomes; i++) {
        const wsc_outcome *o = &set->outcomes[i];
        bool error = o->ret == WSC_RET_SOCKET_ERROR && o->error != IO_PENDING;
        if (error && (success_due ? answered_error && has_a_part(wsc_rule(o->rule))
                                  : contains(set->conditions, set->n_conditions, o->rule)))
            add_rule(x, o->rule);
    }
}

/* How many ways to end there are before run i for the operation that it is of. */
static size_t way_of(const wsc_set *set, size_t i) {
    size_t way = 0;
    for (size_t k = 0; k < i; k++)
        way += set->runs[k].op == set->runs[i].op;
    return way;
}

/* One line of the allowed set: an outcome, and what must have run when it comes. Operations that may end in several
 * ways each take the same one of theirs; false if there is no such way. */
static bool add_allowed(session *x, const wsc_call *call, const wsc_outcome *outcome, size_t way) {
    const wsc_set *set = &x->judged.allowed;
    wsj_text *text = &x->observed;
    wsj_text_clear(text);
    wsj_print_outcome(&x->world, call, outcome, text);
    bool runs = outcome->ret == WSC_RET_IO_COMPLETION || call->kind == WSC_ALERTABLE_WAIT;
    bool first = true;
    for (size_t i = 0; runs && i < set->n_runs; i++) {
        if (!set->runs[i].certain || way_of(set, i) != way)
            continue;
        wsj_text_add(text, first ? text->size ? " ran " : "ran " : " ");
        wsj_print_ran(&x->world, &set->runs[i], text);
        first = false;
    }
    if (way > 0 && first)
        return false;
    wsj_texts_add(&x->allowed, text->size ? text->data : "ok");
    return true;
}

/* Fills in x->allowed, once for a step. Of very many lines the first stand for all. */
static void print_allowed(session *x, const wsc_call *call) {
    const wsc_set *set = &x->judged.allowed;
    if (!set->judged || x->allowed.count)
        return;
    if (set->undefined) {
        wsj_texts_add(&x->allowed, "undefined");
        return;
    }
    for (size_t i = 0; i < set->n_outcomes && x->allowed.count < ALLOWED; i++)
        for (size_t way = 0; add_allowed(x, call, &set->outcomes[i], way);)
            way++;
    for (size_t i = 0; i < set->n_runs && x->allowed.count < ALLOWED; i++) {
        if (set->runs[i].certain)
            continue;
        wsj_text_clear(&x->observed);
        wsj_text_add(&x->observed, "perhaps ran ");
        wsj_print_ran(&x->world, &set->runs[i], &x->observed);
        wsj_texts_add(&x->allowed, wsj_text_string(&x->observed));
    }
    if (x->allowed.count >= ALLOWED)
        wsj_texts_add(&x->allowed, "\xE2\x80\xA6");
}

/* Prints the step: in a summary only if something is wrong with it. */
static void report_step(session *x, const step *st) {
    if (st->ok && !x->report.options.json)
        return;
    wsj_text_clear(&x->call);
    if (st->s->kind == WSN_RETURN)
        wsj_text_add(&x->call, wsj_text_string(&st->call_of->text));
    else
        wsj_print_call(st->s, &x->call);
    wsj_text_add(&x->call, st->s->kind == WSN_START ? " ..." : "");
    print_allowed(x, &st->call);
    wsj_text_clear(&x->observed);
    print_observed(st, &x->observed);
    wsj_step out = {.number = st->number,
                    .line = st->s->line,
                    .call = wsj_text_string(&x->call),
                    .observed = wsj_text_string(&x->observed),
                    .allowed = &x->allowed,
                    .rules = &x->rules,
                    .clauses = &x->clauses,
                    .practice = &x->practice,
                    .held = &x->held,
                    .ok = st->ok,
                    .note = wsj_text_string(&x->note)};
    wsj_report_step(&x->report, &out);
}

static void begin_step(session *x) {
    wsj_texts_clear(&x->allowed);
    wsj_text_clear(&x->note);
    x->rules.count = x->clauses.count = x->practice.count = x->held.count = 0;
    /* Nothing of the step before: the model is not asked about every call. */
    x->judged.allowed.judged = x->judged.allowed.undefined = false;
    x->judged.allowed.may_block = x->judged.allowed.may_stall = false;
    x->judged.allowed.n_outcomes = x->judged.allowed.n_runs = x->judged.allowed.n_conditions = 0;
}

/* The step is not what it should be. */
static void fails(session *x, step *st, wsj_verdict verdict, const char *reason, bool event_matters) {
    st->ok = false;
    sign(x, st, event_matters);
    found(x, verdict, verb_name(st), reason);
    wsj_set_join(&x->deviating, &x->clauses);
}

/* --- judging ------------------------------------------------------------------------------------------------- */

/* What is wrong, in words, behind what is noted already. */
static void note_finding(session *x, const wsc_finding *f) {
    if (f->kind == WSC_FOUND_PRACTICE) {
        wsj_text_add(&x->note, "the document allows it; Windows is not seen to do it");
        return;
    }
    const wsc_rule_info *info = wsc_rule(f->rule);
    if (f->kind != WSC_FOUND_DATA && x->note.size && strstr(x->note.data, info->text))
        return;                                      /* said already: of another operation */
    wsj_text_add(&x->note, x->note.size ? " " : ""); /* sentences */
    if (f->kind == WSC_FOUND_DATA) {
        wsj_print_data(&f->data, 1, WSC_END_NONE, 0, &x->note);
        wsj_text_add(&x->note, ": ");
    }
    wsj_text_add(&x->note, info->text);
}

static void judge_findings(session *x, step *st) {
    const wsc_verdict *v = &x->judged;
    bool event = false, outcome = false;
    for (size_t i = 0; i < v->n_findings; i++) {
        event |= v->findings[i].kind == WSC_FOUND_EVENT;
        outcome |= v->findings[i].kind == WSC_FOUND_OUTCOME;
        if (v->findings[i].kind != WSC_FOUND_OUTCOME)
            note_finding(x, &v->findings[i]);
        add_rule(x, v->findings[i].rule);
    }
    if (outcome)
        add_broken_rules(x, &st->call, st->refused);
    if (!outcome) {
        fails(x, st, WSJ_DEVIATES, wsj_text_string(&x->note), event);
        return;
    }
    wsj_text reason = {0};
    print_allowed(x, &st->call);
    print_observed(st, &reason);
    for (const char *s = wsj_texts_next(&x->allowed, NULL), *word = "; allowed: "; s; word = " or ") {
        wsj_text_add(&reason, word);
        wsj_text_add(&reason, s);
        s = wsj_texts_next(&x->allowed, s);
    }
    fails(x, st, WSJ_DEVIATES, wsj_text_string(&reason), event);
    wsj_text_end(&reason, &x->reason);
}

/* The condition of this rule was there: in the case (in that set of it), and in the step at hand. */
static void brought_about(session *x, wsj_set *of_case, const wsc_rule_info *rule) {
    wsj_set_add(of_case, rule->clauses, "err.");
    wsj_set_add(&x->held, rule->clauses, "err.");
}

/* Conditions of a WSASend that the model calls possible, and that were there all the same: a socket without the
 * attribute is one, whatever the answer; and an error says that something was wrong: a wrong error one of those that
 * were possible, a right one perhaps more than it names. */
static void add_possible_conditions(session *x, bool refused, bool wrong) {
    const wsc_set *set = &x->judged.allowed;
    for (size_t i = 0; i < set->n_outcomes; i++) {
        const wsc_rule_info *rule = wsc_rule(set->outcomes[i].rule);
        if (rule->kind != WSC_RULE_ERROR || set->outcomes[i].injected)
            continue;
        bool there = strcmp(rule->name, "inval.not-overlapped") == 0;
        bool told = strcmp(rule->name, "connreset.datagram") == 0 || wrong;
        if (there || (refused && told))
            brought_about(x, &x->conditions, rule);
    }
}

/* The model has spoken. */
static void judge_verdict(session *x, step *st) {
    const wsc_verdict *v = &x->judged;
    for (size_t i = 0; i < v->n_conditions; i++)
        brought_about(x, &x->conditions, wsc_rule(v->conditions[i]));
    for (size_t i = 0; i < v->n_injected; i++)
        brought_about(x, &x->injected, wsc_rule(v->injected[i]));
    for (size_t i = 0; i < v->n_practice; i++)
        wsj_set_add(&x->practice, wsc_fact(v->practice[i])->id, "");
    if (st->call.kind == WSC_SEND)
        add_possible_conditions(x, st->refused, !v->ok);
    if (!v->ok) {
        judge_findings(x, st);
        return;
    }
    if (v->rule >= 0 && x->report.options.json) /* a summary says nothing of what is as it should be */
        add_rule(x, v->rule);
    if (v->undefined) {
        wsj_text_add(&x->note, "the document demands nothing of this call");
        found(x, WSJ_UNDEFINED, verb_name(st), wsj_text_string(&x->note));
    }
}

/* A call that may wait for as long as nobody reads: more than any transport can be expected to take at once. */
static bool may_wait(const wsc_call *call, const wsc_set *set) {
    const uint64_t many = 65536;
    return set->may_block && (set->may_stall || call->kind != WSC_SEND || call->u.send.buffers.total > many);
}

/* A call that waited for so long, and did not let run what was queued to its thread all the time. */
static bool waits_deaf(const wsc_model *model, const wsc_call *call, const wsc_set *set) {
    bool queued = false;
    if (!wsc_model_is_enabled(model, wsc_rule_find("routine.deaf-wait")))
        return false;
    for (size_t i = 0; i < set->n_runs; i++)
        queued |= set->runs[i].certain || (set->runs[i].op == WSC_NONE && set->runs[i].likely && !set->runs[i].hook);
    return queued && set->may_block && call->kind == WSC_SEND;
}

static void add_rule_named(session *x, const char *name) {
    int rule = wsc_rule_find(name);
    if (rule >= 0)
        add_rule(x, rule);
}

/* In words, as far as it is one of those that a send dies of; "" for others. The executor gives some of them itself. */
static const char *exception_meaning(uint32_t code) {
    static const struct {
        uint32_t code;
        const char *meaning;
    } known[] = {
        {0xC0000005, "an access violation"},
        {0xC0000028, "the stack pointer is not where it was: not the calling convention WSAAPI?"},
        {0xC0000094, "a division by zero"},
        {0xC00000FD, "a stack overflow"},
        {0xC0000374, "memory of the process was written over"},
        {0xC0000409, "a register or flag that a function keeps was changed"},
        {0xE06D7363, "a C++ exception that nobody catches"},
        {0x80000100, "a function that this Wine lacks"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].code == code)
            return known[i].meaning;
    return "";
}

/* The process died in the call, or the call did not return. */
static void judge_end_of_process(session *x, step *st, const wsj_seen *seen) {
    wsc_set *set = &x->judged.allowed;
    bool crashed = seen->ending == WSJ_CRASHED;
    if (st->to_model)
        wsj_sure(wsc_allowed(x->model, &st->call, set));
    for (size_t i = 0; i < set->n_conditions; i++)
        brought_about(x, &x->conditions, wsc_rule(set->conditions[i]));
    if (set->judged)
        add_broken_rules(x, &st->call, true);
    if (set->undefined) {
        wsj_text_printf(&x->note, "%s in a call of which the document demands nothing", crashed ? "crashed" : "hung");
        found(x, WSJ_UNDEFINED, verb_name(st), wsj_text_string(&x->note));
    } else if (crashed) {
        const char *meaning = exception_meaning(seen->code);
        wsj_text_printf(&x->note, "the process died in this call: exception 0x%08X%s%s", (unsigned)seen->code,
                        *meaning ? ", " : "", meaning);
        fails(x, st, WSJ_CRASH, wsj_text_string(&x->note), false);
    } else if (waits_deaf(x->model, &st->call, set)) {
        wsj_text_add(&x->note, "the call waits, and not alertably: what is queued to its thread did not run");
        x->clauses.count = 0;
        add_rule_named(x, "routine.deaf-wait");
        fails(x, st, WSJ_DEVIATES, wsj_text_string(&x->note), false);
    } else if (may_wait(&st->call, set)) {
        wsj_text_add(&x->note, "the call waits for a peer that does not read, as it may");
        found(x, WSJ_INCONCLUSIVE, verb_name(st), wsj_text_string(&x->note));
    } else {
        wsj_text_add(&x->note, "the call did not return within the case's limit");
        fails(x, st, WSJ_HANG, wsj_text_string(&x->note), false);
    }
}

static void unsupported(session *x, const step *st, const wsj_seen *seen) {
    wsj_text_add(&x->note, seen->ending == WSJ_LACKING ? "the target lacks this" : "failed");
    if (seen->why) {
        wsj_text_add(&x->note, ": ");
        wsj_text_bytes(&x->note, seen->why, seen->why_length);
    }
    found(x, WSJ_UNSUPPORTED, verb_name(st), wsj_text_string(&x->note));
}

/* The executor met what the case does not foresee, or not what it wants. What deviates has been found by then. */
static void judge_marks(session *x, step *st, const wsj_seen *seen) {
    const char *why = NULL;
    wsj_verdict verdict = WSJ_INCONCLUSIVE;
    if (!st->ok)
        return;
    if (seen->unforeseen && !(st->to_model && x->judged.allowed.judged)) {
        why = "the case cannot go on after this answer";
        verdict = WSJ_UNSUPPORTED;
    } else if (seen->unforeseen) {
        why = "allowed, but the case does not foresee it";
    } else if (seen->unwanted) {
        why = "allowed, but the case is about another outcome";
    } else {
        return;
    }
    wsj_text_clear(&x->observed);
    print_observed(st, &x->observed);
    wsj_text_add(&x->note, x->note.size ? "; " : "");
    wsj_text_add(&x->note, why);
    wsj_text reason = {0};
    wsj_text_printf(&reason, "%s: %s", wsj_text_string(&x->observed), why);
    found(x, verdict, verb_name(st), wsj_text_string(&reason));
    wsj_text_end(&reason, &x->reason);
}

/* True for the functions that always return something. */
static bool must_answer(wsn_verb verb) {
    switch (verb) {
    case WSN_VERB_WSASend:
    case WSN_VERB_WSAGetOverlappedResult:
    case WSN_VERB_WSAWaitForMultipleEvents:
    case WSN_VERB_SleepEx:
    case WSN_VERB_GetQueuedCompletionStatus:
    case WSN_VERB_select: return true;
    default: return false;
    }
}

/* Reads what was seen of a CALL or RETURN. */
static int see(session *x, const step *st, wsj_seen *seen) {
    static const wsn_outcome nothing = {0};
    const wsn_statement *s = st->s;
    char message[200];
    if (s->n_outcomes > 1 || (s->n_outcomes && s->outcomes[0].wanted))
        return bad_input(x, s, "a trace holds the one outcome that was seen, without 'or' and 'want'", NULL);
    if (!s->n_outcomes && must_answer(st->verb))
        return bad_input(x, s, "nothing is said of what this call returned", verb_name(st));
    if (!wsj_see(st->verb, s->n_outcomes ? &s->outcomes[0] : &nothing, seen, message, sizeof message))
        return bad_input(x, s, message, NULL);
    if (seen->ending == WSJ_NOT_DEMANDED)
        return bad_input(x, s, "'undefined' is nothing that can be seen", NULL);
    return 0;
}

/* Judges a CALL or a RETURN. */
static int judge(session *x, step *st) {
    wsj_seen seen;
    wsc_observed observed;
    begin_step(x);
    if (see(x, st, &seen))
        return 1;
    st->ok = true;
    if (seen.ending == WSJ_CRASHED || seen.ending == WSJ_HUNG) {
        judge_end_of_process(x, st, &seen);
    } else if (st->to_model && seen.ending != WSJ_LACKING) { /* a call that was not made says nothing */
        wsj_translated t = wsj_translate_seen(&x->world, st->s, &seen, &st->call, &observed, x->error);
        if (t != WSJ_TO_MODEL)
            return stop_translated(x, t);
        if (st->s->kind == WSN_RETURN && st->call_of->ran.size)
            observed.n_ran = 0; /* they came in as enter and leave */
        st->refused = observed.ret == WSC_RET_SOCKET_ERROR;
        wsj_sure(st->s->kind == WSN_RETURN ? wsc_end(x->model, &st->call, &observed, &x->judged)
                                           : wsc_observe(x->model, &st->call, &observed, &x->judged));
        judge_verdict(x, st);
    }
    if (seen.ending == WSJ_LACKING || seen.ending == WSJ_FAILED)
        unsupported(x, st, &seen);
    judge_marks(x, st, &seen);
    report_step(x, st);
    return 0;
}

/* --- statements ---------------------------------------------------------------------------------------------- */

/* The thread's calls under way; NULL without memory. */
static thread *thread_of(session *x, int number) {
    size_t need = (size_t)number + 1;
    if (need > x->n_threads) {
        thread *threads = realloc(x->threads, need * sizeof *threads);
        if (!threads)
            return NULL;
        memset(threads + x->n_threads, 0, (need - x->n_threads) * sizeof *threads);
        x->threads = threads;
        x->n_threads = need;
    }
    return &x->threads[number];
}

static void pop(session *x, thread *t) {
    pending *p = &t->stack[--t->depth];
    free(p->events);
    wsj_text_end(&p->text, &x->call);
    wsj_text_end(&p->ran, &x->call);
    wsj_text_end(&p->signed_ran, &x->call);
    *p = (pending){0};
}

/* Translates the call of a statement; *st is filled in. */
static int translate(session *x, const wsn_statement *s, step *st) {
    *st = (step){.s = s, .verb = s->verb, .ok = true};
    wsj_translated t = wsj_translate_call(&x->world, s, &st->call, x->error);
    if (t != WSJ_TO_MODEL && t != WSJ_NO_CALL)
        return stop_translated(x, t);
    st->to_model = t == WSJ_TO_MODEL;
    if (st->call.kind == WSC_SEND && !wsj_lengths_note(&x->lengths, &st->call.u.send))
        return stop(x, WSJ_MEMORY);
    return wsj_make_room(&x->world, x->model, &st->call) ? 0 : stop(x, WSJ_MEMORY);
}

static int on_call(session *x, const wsn_statement *s) {
    step st;
    x->counts->calls++;
    if (translate(x, s, &st))
        return 1;
    st.number = wsj_number(&x->numbering, s);
    return judge(x, &st);
}

static int on_start(session *x, const wsn_statement *s) {
    step st;
    x->counts->calls++;
    if (translate(x, s, &st))
        return 1;
    thread *t = thread_of(x, st.call.thread);
    if (!t)
        return stop(x, WSJ_MEMORY);
    if (t->depth == DEPTH)
        return bad_input(x, s, "too many calls of one thread are under way", NULL);
    pending *p = &t->stack[t->depth++];
    *p = (pending){.verb = s->verb, .call = st.call, .to_model = st.to_model, .number = wsj_number(&x->numbering, s)};
    wsj_print_call(s, &p->text);
    if (p->call.kind == WSC_WAIT && p->call.u.wait.n) {
        p->events = malloc(p->call.u.wait.n * sizeof *p->events);
        if (!p->events)
            return stop(x, WSJ_MEMORY);
        memcpy(p->events, p->call.u.wait.events, p->call.u.wait.n * sizeof *p->events);
        p->call.u.wait.events = p->events;
    }
    if (p->to_model)
        wsj_sure(wsc_begin(x->model, &p->call));
    begin_step(x);
    st.number = p->number;
    report_step(x, &st);
    return 0;
}

static int on_return(session *x, const wsn_statement *s) {
    int number = wsj_thread(&x->world, s->thread);
    thread *t = number < 0 ? NULL : thread_of(x, number);
    if (!t)
        return stop(x, WSJ_MEMORY);
    pending *p = t->depth ? &t->stack[t->depth - 1] : NULL;
    if (!p || p->verb != s->verb)
        return bad_input(x, s, "this thread is not in such a call", wsn_verb_name(s->verb));
    step st = {.s = s, .verb = s->verb, .call_of = p, .number = p->number, .call = p->call, .to_model = p->to_model};
    int result = judge(x, &st);
    pop(x, t);
    return result;
}

static bool is_wait(const wsc_call *call) {
    return call->kind == WSC_WAIT || call->kind == WSC_SLEEP || call->kind == WSC_ALERTABLE_WAIT;
}

/* ENTER and LEAVE. */
static int on_routine(session *x, const wsn_statement *s) {
    static const wsc_observed nothing = {.op = WSC_NONE};
    step st;
    if (translate(x, s, &st))
        return 1;
    thread *t = thread_of(x, st.call.thread);
    if (!t)
        return stop(x, WSJ_MEMORY);
    pending *p = t->depth ? &t->stack[t->depth - 1] : NULL;
    st.call_of = p;
    st.verb = p ? p->verb : WSN_VERB_COUNT;
    st.number = p ? p->number : x->numbering.last;
    begin_step(x);
    wsj_sure(wsc_observe(x->model, &st.call, &nothing, &x->judged));
    judge_verdict(x, &st);
    if (s->kind == WSN_ENTER && p) {
        wsj_text_add(&p->ran, p->ran.size ? " " : "ran ");
        print_run(s, &p->ran);
        if (is_wait(&p->call)) { /* what interrupts another call, and whether anything does, is chance */
            wsj_text_add(&p->signed_ran, p->signed_ran.size ? " " : "ran ");
            wsj_sign_run(&x->lengths, &x->world.names, s->name, s->args, s->n_args, &p->signed_ran);
        }
    }
    x->judged.allowed.judged = false; /* the set is of the call around it */
    report_step(x, &st);
    return 0;
}

static int on_statement(void *context, const wsn_case *c, const wsn_statement *s) {
    session *x = context;
    (void)c;
    if (s->stamped)
        x->last_us = s->at_us + s->took_us;
    switch (s->kind) {
    case WSN_CALL: return on_call(x, s);
    case WSN_START: return on_start(x, s);
    case WSN_RETURN: return on_return(x, s);
    case WSN_ENTER:
    case WSN_LEAVE: return on_routine(x, s);
    case WSN_THREAD: return wsj_thread(&x->world, s->name) < 0 ? stop(x, WSJ_MEMORY) : 0;
    default: return bad_input(x, s, "a trace is flat: it has no routine bodies and no repeat", NULL);
    }
}

/* --- cases --------------------------------------------------------------------------------------------------- */

static int on_head(void *context, const wsn_trace_head *head) {
    session *x = context;
    wsj_report_head(&x->report, head);
    return 0;
}

static int on_begin(void *context, const wsn_case *c) {
    session *x = context;
    static const wsc_observed ok = {.ret = WSC_RET_0, .op = WSC_NONE};
    const wsc_call startup = {.kind = WSC_STARTUP};
    wsj_text_clear(&x->id);
    wsj_text_add(&x->id, c->id);
    x->open = true;
    x->line = c->line;
    x->verdict = WSJ_CONFORMS;
    wsj_text_clear(&x->reason);
    wsj_text_clear(&x->signature);
    x->deviating.count = x->conditions.count = x->injected.count = 0;
    x->numbering = (wsj_numbering){0};
    x->last_us = 0;
    wsj_world_begin(&x->world, c);
    wsj_lengths_clear(&x->lengths);
    wsc_model_reset(x->model);
    if (!c->start_uninitialised)
        wsj_sure(wsc_observe(x->model, &startup, &ok, &x->judged));
    wsj_report_begin(&x->report, c);
    return 0;
}

/* Prints the verdict of the case under way. */
static void close_case(session *x, uint64_t took_us) {
    bool waiting = false;
    for (size_t i = 0; i < x->n_threads; i++)
        for (; x->threads[i].depth; pop(x, &x->threads[i]))
            waiting = true;
    if (waiting)
        found(x, WSJ_INCONCLUSIVE, NULL, "a call had not returned when the case ended");
    wsj_case_result result = {.id = wsj_text_string(&x->id),
                              .line = x->line,
                              .verdict = x->verdict,
                              .reason = wsj_text_string(&x->reason),
                              .signature = wsj_text_string(&x->signature),
                              .deviating = &x->deviating,
                              .conditions = &x->conditions,
                              .injected = &x->injected,
                              .seconds = (double)took_us / 1e6};
    wsj_report_end(&x->report, &result);
    x->counts->cases++;
    x->counts->verdicts[x->verdict]++;
    x->open = false;
}

/* The texts of the session; NULL ends the list. */
static wsj_text **texts_of(session *x, wsj_text *out[9]) {
    wsj_text *const all[9] = {&x->id,       &x->reason, &x->signature,    &x->call,
                              &x->observed, &x->note,   &x->allowed.text, &x->report.text};
    memcpy(out, all, sizeof all);
    return out;
}

/* True if memory was short for a text, so that what was printed is not all there is to say. */
static bool is_short_of_memory(session *x) {
    wsj_text *texts[9];
    for (wsj_text **t = texts_of(x, texts); *t; t++)
        if ((*t)->failed)
            return true;
    return false;
}

static int on_end(void *context, const wsn_case *c) {
    session *x = context;
    close_case(x, c->took_us ? c->took_us : x->last_us);
    return is_short_of_memory(x) ? stop(x, WSJ_MEMORY) : x->report.lost ? stop(x, WSJ_OUTPUT) : 0;
}

/* --- traces -------------------------------------------------------------------------------------------------- */

static const char *const profiles[] = {[WSC_PROFILE_DOCUMENTED] = "documented", [WSC_PROFILE_WINDOWS] = "windows"};

bool wsj_twist_read(const char *text, wsj_twist *twist) {
    static const char *const ways[] = {
        [WSC_TWIST_DROP] = "drop", [WSC_TWIST_DOUBT] = "doubt", [WSC_TWIST_SURE] = "sure",
        [WSC_TWIST_WIDE] = "wide", [WSC_TWIST_CODE] = "code",   [WSC_TWIST_AMOUNT] = "amount"};
    char name[64];
    size_t length = strcspn(text, "=");
    if (!text[length] || length >= sizeof name)
        return false;
    memcpy(name, text, length);
    name[length] = '\0';
    twist->rule = wsc_rule_find(name);
    for (int how = WSC_TWIST_DROP; how < WSC_TWIST_COUNT && twist->rule >= 0; how++)
        if (strcmp(ways[how], text + length + 1) == 0) {
            twist->how = how;
            return true;
        }
    return false;
}

bool wsj_profile_known(const char *name) {
    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++)
        if (strcmp(profiles[i], name) == 0)
            return true;
    return false;
}

static wsc_profile profile_of(const char *name) {
    return name && strcmp(name, profiles[WSC_PROFILE_WINDOWS]) == 0 ? WSC_PROFILE_WINDOWS : WSC_PROFILE_DOCUMENTED;
}

static void session_free(session *x) {
    free(x->threads); /* no call is under way: the last case has been closed */
    wsc_model_free(x->model);
    wsj_world_free(&x->world);
    wsj_lengths_free(&x->lengths);
    wsj_text *texts[9];
    for (wsj_text **t = texts_of(x, texts); *t; t++)
        wsj_text_free(*t);
    free(x);
}

/* The trace ended early: the case under way is judged as far as it went. */
static void cut_short(session *x) {
    wsj_text reason = {0};
    wsj_text_printf(&reason, "the trace is damaged here: line %d: %s", x->error->line, x->error->message);
    found(x, WSJ_INCONCLUSIVE, NULL, wsj_text_string(&reason));
    wsj_text_end(&reason, &x->reason);
    close_case(x, x->last_us);
}

wsj_status wsj_check(FILE *in, const char *file_name, const wsj_check_options *options, FILE *out, wsj_counts *counts,
                     wsn_error *error) {
    wsn_error local;
    session *x = calloc(1, sizeof *x);
    if (!x || !(x->model = wsc_model_new(NULL))) {
        free(x);
        return WSJ_MEMORY;
    }
    uint64_t bad_before = counts->verdicts[WSJ_DEVIATES] + counts->verdicts[WSJ_CRASH] + counts->verdicts[WSJ_HANG];
    x->counts = counts;
    x->error = error ? error : &local;
    *x->error = (wsn_error){.file = file_name, .line = 1, .column = 1};
    wsc_model_set_profile(x->model, profile_of(options->profile));
    if (options->twist.how)
        wsj_sure(wsc_model_twist(x->model, options->twist.rule, (wsc_twist)options->twist.how));
    x->report = (wsj_report){.out = out, .file = file_name, .options = *options};
    wsn_stream_handlers handlers = {
        .context = x, .head = on_head, .begin = on_begin, .statement = on_statement, .end = on_end};
    wsn_error read = {0};
    wsn_status status = wsn_stream(in, file_name, "", &handlers, &read);
    wsj_status result = x->status;
    if (status != WSN_OK && status != WSN_STOPPED) {
        *x->error = read;
        result = status == WSN_MEMORY ? WSJ_MEMORY : WSJ_INPUT;
    }
    if (result != WSJ_OK && x->open)
        cut_short(x);
    if (result <= WSJ_INPUT && is_short_of_memory(x))
        result = WSJ_MEMORY;
    else if (result == WSJ_OK && x->report.lost)
        result = WSJ_OUTPUT;
    uint64_t bad = counts->verdicts[WSJ_DEVIATES] + counts->verdicts[WSJ_CRASH] + counts->verdicts[WSJ_HANG];
    if (result == WSJ_OK && bad > bad_before)
        result = WSJ_FOUND;
    session_free(x);
    return result;
}

wsj_status wsj_check_summary(const wsj_check_options *options, FILE *out, const wsj_counts *counts) {
    wsj_report report = {.out = out, .options = *options};
    wsj_report_counts(&report, counts);
    wsj_text_free(&report.text);
    return report.lost ? WSJ_OUTPUT : WSJ_OK;
}
