/*
 * build.c - what the grammar calls: checks what a grammar cannot say, and makes statements and cases.
 *
 * Values of the present statement lie on one stack, its arguments first, the atoms of its outcomes behind them; a
 * finished statement takes copies of them to r->out. Nothing is allocated for a single value.
 */
#include "reader.h"

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* --- errors ------------------------------------------------------------------------------------------------ */

bool wsn__fail(wsn__reader *r, int line, int column, const char *format, ...) {
    if (r->status != WSN_OK)
        return false;
    r->status = WSN_SYNTAX;
    r->error = (wsn_error){.status = WSN_SYNTAX, .file = r->file_name, .line = line, .column = column};
    va_list args;
    va_start(args, format);
    vsnprintf(r->error.message, sizeof r->error.message, format, args);
    va_end(args);
    const char *row = wsn__row_name(r);
    size_t used = strlen(r->error.message);
    if (row)
        snprintf(r->error.message + used, sizeof r->error.message - used, " (in the row '%.60s')", row);
    return false;
}

static bool fail_with(wsn__reader *r, wsn_status status, int line, int column, const char *message) {
    if (r->status != WSN_OK)
        return false;
    r->status = status;
    r->error = (wsn_error){.status = status, .file = r->file_name, .line = line, .column = column};
    snprintf(r->error.message, sizeof r->error.message, "%s", message);
    return false;
}

bool wsn__cannot_read(wsn__reader *r) {
    return fail_with(r, WSN_IO, r->line, 1, "the file cannot be read");
}

bool wsn__no_memory(wsn__reader *r) {
    return fail_with(r, WSN_MEMORY, r->line, 1, "there is not enough memory");
}

static bool stopped(wsn__reader *r) {
    return fail_with(r, WSN_STOPPED, r->tokens[0].line, r->tokens[0].column, "the caller stopped the reading");
}

bool wsn__grow(wsn__reader *r, void **array, size_t *room, size_t n, size_t element_size) {
    if (n < *room)
        return true;
    size_t more = *room ? *room * 2 : 16;
    void *grown = more <= SIZE_MAX / element_size ? realloc(*array, more * element_size) : NULL;
    if (!grown)
        return wsn__no_memory(r);
    *array = grown;
    *room = more;
    return true;
}

bool wsn__grow_tokens(wsn__reader *r) {
    if (r->n_tokens >= WSN__MAX_TOKENS)
        return wsn__fail(r, r->line, 1, "more than %d tokens in one line", WSN__MAX_TOKENS);
    return wsn__grow(r, (void **)&r->tokens, &r->room_tokens, r->n_tokens, sizeof *r->tokens);
}

/* A copy of n elements from the first-th on; array may be NULL if n is 0. */
static void *copy(wsn__reader *r, wsn_arena *arena, const void *array, size_t first, size_t n, size_t element_size) {
    void *to = wsn__alloc(arena, n * element_size);
    if (!to)
        wsn__no_memory(r);
    else if (n)
        memcpy(to, (const char *)array + first * element_size, n * element_size);
    return to;
}

/* A name or a reason: text without control characters and NUL. */
static const char *plain_text(wsn__reader *r, const wsn__token *t, const char *what) {
    for (size_t i = 0; i < t->length; i++)
        if ((unsigned char)t->text[i] < ' ' || t->text[i] == 127) {
            wsn__fail(r, t->line, t->column, "%s cannot hold control characters", what);
            return NULL;
        }
    const char *text = wsn__copy_text(r->c ? r->c->arena : r->file_arena, t->text, t->length);
    if (!text)
        wsn__no_memory(r);
    return text;
}

/* --- head -------------------------------------------------------------------------------------------------- */

bool wsn__head_version(wsn__reader *r, const wsn__token *version) {
    r->head.is_trace = true;
    return version->number == 1 || wsn__fail(r, version->line, version->column, "a trace of version %llu, expected 1",
                                             (unsigned long long)version->number);
}

bool wsn__head_pair(wsn__reader *r, const wsn__token *name, const wsn__token *text) {
    const char **const fields[] = {&r->head.target, &r->head.kind, &r->head.version, &r->head.arch, &r->head.provider};
    static const char *const names[] = {"target", "kind", "version", "arch", "provider"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name->symbol->name) == 0) {
            if (*fields[i])
                return wsn__fail(r, name->line, name->column, "'%s' is given twice", names[i]);
            *fields[i] = plain_text(r, text, names[i]);
            return *fields[i] != NULL;
        }
    return wsn__fail(r, name->line, name->column,
                     "unknown word '%.60s' in a trace's head, expected target, kind, version, arch or provider",
                     name->symbol->name);
}

bool wsn__head_done(wsn__reader *r) {
    if (r->handlers && r->handlers->head && r->handlers->head(r->handlers->context, &r->head) != 0)
        return stopped(r);
    return true;
}

/* --- cases ------------------------------------------------------------------------------------------------- */

static size_t seen_slot(const wsn__reader *r, const char *id) {
    uint64_t hash = 0xCBF29CE484222325u;
    for (const char *p = id; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 0x100000001B3u;
    size_t i = (size_t)hash & (r->room_seen - 1);
    while (r->seen[i].id && strcmp(r->seen[i].id, id) != 0)
        i = (i + 1) & (r->room_seen - 1);
    return i;
}

static bool grow_seen(wsn__reader *r) {
    size_t n_old = r->room_seen;
    wsn__seen_case *old = r->seen, *grown = calloc(n_old ? n_old * 2 : 64, sizeof *grown);
    if (!grown)
        return wsn__no_memory(r);
    r->seen = grown;
    r->room_seen = n_old ? n_old * 2 : 64;
    for (size_t i = 0; i < n_old; i++)
        if (old[i].id)
            r->seen[seen_slot(r, old[i].id)] = old[i];
    free(old);
    return true;
}

/* Remembers the id of a hand-written case. A trace may repeat ids (repeated runs), and is as long as it likes. */
static bool remember_case(wsn__reader *r, const wsn__token *at) {
    if (r->n_seen == WSN__MAX_CASES)
        return wsn__fail(r, at->line, at->column, "more than %d cases in one file", WSN__MAX_CASES);
    if (r->n_seen * 2 >= r->room_seen && !grow_seen(r))
        return false;
    size_t slot = seen_slot(r, r->c->id);
    if (r->seen[slot].id)
        return wsn__fail(r, at->line, at->column, "a second case '%.120s', the first is in line %d", r->c->id,
                         r->seen[slot].line);
    const char *id = wsn__copy_text(r->file_arena, r->c->id, strlen(r->c->id));
    if (!id)
        return wsn__no_memory(r);
    r->seen[slot] = (wsn__seen_case){id, at->line};
    r->n_seen++;
    return true;
}

/* The case's arena: a new one, or, when streaming, always the same. */
static bool new_case(wsn__reader *r) {
    wsn_arena *arena = r->handlers ? r->case_arena : wsn__arena_new();
    wsn_case *c = arena ? wsn__alloc(arena, sizeof *c) : NULL;
    if (!c) {
        if (!r->handlers)
            wsn__arena_free(arena);
        return wsn__no_memory(r);
    }
    *c = (wsn_case){.arena = arena, .file = r->file_name};
    r->c = c;
    r->out = r->handlers ? r->statement_arena : arena;
    r->case_number++;
    r->begun = false;
    r->steps = 0;
    return true;
}

bool wsn__case_begin(wsn__reader *r, const wsn__token *name) {
    if (!new_case(r))
        return false;
    r->c->line = name->line;
    const char *text = plain_text(r, name, "the name of a case");
    if (!text)
        return false;
    bool whole = *text == '/'; /* such a name is an id already */
    text += whole;
    if (!*text)
        return wsn__fail(r, name->line, name->column, "a case needs a name");
    if (whole || r->head.is_trace || !r->id_prefix || !*r->id_prefix)
        r->c->id = text;
    else {
        size_t prefix = strlen(r->id_prefix), length = strlen(text);
        char *id = wsn__alloc(r->c->arena, prefix + length + 2);
        if (!id)
            return wsn__no_memory(r);
        memcpy(id, r->id_prefix, prefix);
        id[prefix] = '/';
        memcpy(id + prefix + 1, text, length + 1);
        r->c->id = id;
    }
    return r->head.is_trace || remember_case(r, name);
}

void wsn__as_text(wsn__token *name) {
    const wsn__symbol *symbol = name->symbol;
    name->text = symbol->name;
    name->length = symbol->length;
}

bool wsn__case_clause(wsn__reader *r, int list, const wsn__token *word) {
    if (r->lists[list].n == WSN__MAX_WORDS)
        return wsn__fail(r, word->line, word->column, "more than %d words in the header", WSN__MAX_WORDS);
    if (!wsn__grow(r, (void **)&r->lists[list].words, &r->lists[list].room, r->lists[list].n, sizeof(char *)))
        return false;
    const char *text = wsn__copy_text(r->c->arena, word->text, word->length);
    if (!text)
        return wsn__no_memory(r);
    r->lists[list].words[r->lists[list].n++] = text;
    return true;
}

bool wsn__case_limit(wsn__reader *r, const wsn__token *at, const wsn__token *duration) {
    if (r->c->limit_ms)
        return wsn__fail(r, at->line, at->column, "'limit' is given twice");
    if (duration->number == 0 || duration->number > UINT32_MAX / duration->second)
        return wsn__fail(r, duration->line, duration->column, "a limit is from 1ms to 4294967295ms");
    r->c->limit_ms = (uint32_t)(duration->number * duration->second);
    return true;
}

bool wsn__case_start(wsn__reader *r, const wsn__token *how) {
    if (strcmp(how->symbol->name, "fresh") == 0)
        r->c->start_fresh = true;
    else if (strcmp(how->symbol->name, "uninitialised") == 0)
        r->c->start_uninitialised = true;
    else
        return wsn__fail(r, how->line, how->column, "found '%.60s', expected 'fresh' or 'uninitialised'",
                         how->symbol->name);
    return true;
}

bool wsn__case_because(wsn__reader *r, const wsn__token *at, const wsn__token *text) {
    if (r->c->because)
        return wsn__fail(r, at->line, at->column, "'because' is given twice");
    r->c->because = plain_text(r, text, "'because'");
    return r->c->because != NULL;
}

/* Ends the header; tells the caller once. */
static bool begin(wsn__reader *r) {
    if (r->begun)
        return true;
    r->begun = true;
    const char **lists[2];
    for (int i = 0; i < 2; i++) {
        lists[i] = copy(r, r->c->arena, r->lists[i].words, 0, r->lists[i].n, sizeof(char *));
        if (!lists[i])
            return false;
    }
    r->c->clauses = lists[0];
    r->c->n_clauses = r->lists[0].n;
    r->c->requires = lists[1];
    r->c->n_requires = r->lists[1].n;
    r->lists[0].n = r->lists[1].n = 0;
    if (r->handlers && r->handlers->begin(r->handlers->context, r->c) != 0)
        return stopped(r);
    return true;
}

bool wsn__case_end(wsn__reader *r, bool ended, const wsn__token *stamp) {
    if (r->head.is_trace && !ended)
        return wsn__fail(r, r->tokens[0].line, r->tokens[0].column,
                         "the trace's case '%.120s' has no 'end': it was cut off", r->c->id);
    r->c->ended = ended;
    r->c->took_us = stamp ? stamp->number : 0;
    if (!begin(r))
        return false;
    if (r->handlers) {
        if (r->handlers->end(r->handlers->context, r->c) != 0)
            return stopped(r);
        wsn__forget_names(r);
        r->c = NULL;
        wsn__arena_reset(r->case_arena);
        wsn__arena_reset(r->statement_arena);
        wsn__arena_reset(r->scratch);
        return true;
    }
    wsn__forget_names(r);
    wsn__arena_reset(r->scratch);
    r->c->n_statements = r->n_finished;
    r->c->statements = copy(r, r->c->arena, r->finished, 0, r->n_finished, sizeof *r->finished);
    r->n_finished = 0;
    if (!r->c->statements ||
        !wsn__grow(r, (void **)&r->file->cases, &r->room_cases, r->file->n_cases, sizeof *r->file->cases))
        return false;
    r->file->cases[r->file->n_cases++] = r->c;
    r->c = NULL;
    return true;
}

/* --- names ------------------------------------------------------------------------------------------------- */

static enum wsn__made made(const wsn__reader *r, const wsn__symbol *s) {
    return s->made_in == r->case_number ? s->made : WSN__NOTHING;
}

static const char *made_text(enum wsn__made made) {
    switch (made) {
    case WSN__SOCKET: return "a socket";
    case WSN__EVENT: return "an event";
    case WSN__PORT: return "a completion port";
    case WSN__HANDLE: return "a handle";
    case WSN__OVERLAPPED: return "an OVERLAPPED";
    case WSN__ROUTINE: return "a routine";
    case WSN__THREAD: return "a thread";
    case WSN__VARIABLE: return "a variable";
    default: return "nothing";
    }
}

static bool make(wsn__reader *r, wsn__symbol *s, wsn__where at, enum wsn__made what) {
    enum wsn__made before = made(r, s);
    if (s->constant || s->place != WSN_PLAIN)
        return wsn__fail(r, at.line, at.column, "'%.60s' is a word of its own and cannot be the name of %s", s->name,
                         made_text(what));
    if (before != WSN__NOTHING && before != what)
        return wsn__fail(r, at.line, at.column, "'%.60s' is %s (line %d) and cannot become %s", s->name,
                         made_text(before), s->made_line, made_text(what));
    s->made = what;
    s->made_in = r->case_number;
    s->made_line = at.line;
    s->ended_line = 0;
    return true;
}

static enum wsn__made result_of(wsn_verb verb) {
    switch (verb) {
    case WSN_VERB_overlapped: return WSN__OVERLAPPED;
    case WSN_VERB_routine: return WSN__ROUTINE;
    case WSN_VERB_handle: return WSN__HANDLE;
    case WSN_VERB_WSACreateEvent: return WSN__EVENT;
    case WSN_VERB_CreateIoCompletionPort: return WSN__PORT;
    default: return WSN__SOCKET;
    }
}

/* --- values ------------------------------------------------------------------------------------------------ */

static wsn_value *push(wsn__reader *r, const wsn__token *at, wsn_kind kind) {
    if (r->n_values == r->room_values) {
        if (r->n_values >= WSN__MAX_VALUES) {
            wsn__fail(r, at->line, at->column, "more than %d values in one statement", WSN__MAX_VALUES);
            return NULL;
        }
        size_t room = r->room_values;
        if (!wsn__grow(r, (void **)&r->where, &room, r->n_values, sizeof *r->where) ||
            !wsn__grow(r, (void **)&r->values, &r->room_values, r->n_values, sizeof *r->values))
            return NULL;
    }
    r->where[r->n_values] = (wsn__where){at->line, at->column, NULL};
    wsn_value *v = &r->values[r->n_values++];
    *v = (wsn_value){.kind = kind};
    return v;
}

static wsn_value *push_symbol(wsn__reader *r, const wsn__token *t, wsn_kind kind) {
    wsn_value *v = push(r, t, kind);
    if (!v)
        return NULL;
    r->where[r->n_values - 1].symbol = t->symbol;
    v->name = t->symbol->name;
    return v;
}

/* Takes the newest n values off the stack as the items of the value pushed next. */
static bool take_items(wsn__reader *r, size_t n, wsn_value **items) {
    *items = copy(r, r->out, r->values, r->n_values - n, n, sizeof **items);
    r->n_values -= n;
    return *items != NULL;
}

bool wsn__int(wsn__reader *r, const wsn__token *t) {
    wsn_value *v = push(r, t, WSN_INT);
    if (!v)
        return false;
    v->number = t->number;
    v->constant = true;
    v->hex = t->second != 0;
    return true;
}

bool wsn__word(wsn__reader *r, const wsn__token *t) {
    wsn_value *v = push_symbol(r, t, WSN_NAME);
    if (!v)
        return false;
    v->place = t->symbol->place;
    v->constant = t->symbol->constant;
    v->number = t->symbol->number;
    return true;
}

static bool is_atom(const wsn__symbol *s) {
    return s->constant || s->word || s->place != WSN_PLAIN;
}

bool wsn__atom_word(wsn__reader *r, const wsn__token *t) {
    char hint[100];
    return is_atom(t->symbol)
               ? wsn__word(r, t)
               : wsn__fail(r, t->line, t->column, "unknown word '%.60s' in an outcome%s", t->symbol->name,
                           wsn__did_you_mean(r, t->symbol->name, is_atom, hint, sizeof hint));
}

/* The newest n values, OR-ed. */
bool wsn__bits(wsn__reader *r, size_t n) {
    uint64_t number = 0;
    for (size_t i = r->n_values - n; i < r->n_values; i++) {
        if (!r->values[i].constant)
            return wsn__fail(r, r->where[i].line, r->where[i].column,
                             "'%.60s' is no constant, expected a number or a "
                             "constant beside '|'",
                             r->values[i].name);
        number |= r->values[i].number;
    }
    wsn__where at = r->where[r->n_values - n];
    wsn_value *items;
    if (!take_items(r, n, &items))
        return false;
    wsn_value *v = push(r, &(wsn__token){.line = at.line, .column = at.column}, WSN_OR);
    if (!v)
        return false;
    v->constant = true;
    v->number = number;
    v->items = items;
    v->n_items = n;
    return true;
}

/* place: readonly, straddle, guard, or NULL. */
bool wsn__ref(wsn__reader *r, const wsn__token *place, const wsn__token *t) {
    wsn_value *v = push_symbol(r, t, WSN_REF);
    if (!v)
        return false;
    if (place) {
        v->place = place->symbol->place;
        r->where[r->n_values - 1].line = place->line;
        r->where[r->n_values - 1].column = place->column;
    }
    return true;
}

bool wsn__text(wsn__reader *r, wsn_kind kind, const wsn__token *t) {
    wsn_value *v = push(r, t, kind);
    if (!v)
        return false;
    v->text = wsn__copy_text(r->out, t->text, t->length);
    v->length = t->length;
    return v->text || wsn__no_memory(r);
}

bool wsn__run(wsn__reader *r, wsn_kind kind, const wsn__token *t) {
    wsn_value *v = push(r, t, kind);
    if (!v)
        return false;
    if (kind == WSN_RUN)
        v->number = t->number;
    v->low = t->second;
    v->high = t->third;
    return true;
}

/* name(...) as a value: a routine's call in an outcome (atom), or a word with numbers in an option. */
bool wsn__invoke(wsn__reader *r, const wsn__token *name, size_t n, bool atom) {
    if (atom && made(r, name->symbol) != WSN__ROUTINE)
        return wsn__fail(r, name->line, name->column, "'%.60s' is no routine that a statement made",
                         name->symbol->name);
    for (size_t i = r->n_values - n; i < r->n_values; i++) {
        const wsn__symbol *s = r->where[i].symbol;
        if (s && !s->constant && !s->word && s->place == WSN_PLAIN && made(r, s) == WSN__NOTHING)
            return wsn__fail(r, r->where[i].line, r->where[i].column, "no statement made '%.60s'", s->name);
    }
    wsn_value *items;
    if (!take_items(r, n, &items))
        return false;
    wsn_value *v = push_symbol(r, name, WSN_INVOKE);
    if (!v)
        return false;
    v->items = items;
    v->n_items = n;
    return true;
}

static bool is_dword(wsn__reader *r, const wsn__token *t, const char *what) {
    return t->number <= UINT32_MAX || wsn__fail(r, t->line, t->column, "%s is at most 4294967295", what);
}

/* repeat, place: NULL if there is none. */
bool wsn__buffer(wsn__reader *r, const wsn__token *repeat, const wsn__token *length, const wsn__token *backing,
                 const wsn__token *place) {
    if (!is_dword(r, length, "the length of a buffer") || (repeat && !is_dword(r, repeat, "a repeat count")) ||
        !is_dword(r, backing, "the size of a buffer's memory"))
        return false;
    wsn_value *v = push(r, repeat ? repeat : length, WSN_BUFFER);
    if (!v)
        return false;
    v->number = length->number;
    v->repeat = repeat ? repeat->number : 1;
    v->backing = backing->number;
    v->place = place ? place->symbol->place : WSN_PLAIN;
    return true;
}

bool wsn__list(wsn__reader *r, const wsn__token *place, const wsn__token *at, size_t n) {
    uint64_t length = 0;
    for (size_t i = r->n_values - n; i < r->n_values; i++)
        length += r->values[i].kind == WSN_BUFFER ? r->values[i].repeat : 1;
    if (length > UINT32_MAX)
        return wsn__fail(r, at->line, at->column, "a list has at most 4294967295 elements");
    for (size_t i = r->n_values - n; i < r->n_values; i++) {
        const wsn__symbol *s = r->where[i].symbol;
        if (s && !(made(r, s) & WSN__ANY_HANDLE))
            return wsn__fail(r, r->where[i].line, r->where[i].column,
                             "'%.60s' is no event that a statement made, expected an event or the length of a buffer",
                             s->name);
    }
    wsn_value *items;
    if (!take_items(r, n, &items))
        return false;
    wsn_value *v = push(r, at, WSN_LIST);
    if (!v)
        return false;
    v->place = place ? place->symbol->place : WSN_PLAIN;
    v->items = items;
    v->n_items = n;
    return true;
}

bool wsn__count(wsn__reader *r, const wsn__token *count) {
    if (!is_dword(r, count, "dwBufferCount"))
        return false;
    wsn_value *v = &r->values[r->n_values - 1];
    v->has_count = true;
    v->count = count->number;
    return true;
}

bool wsn__outcome(wsn__reader *r, bool wanted, size_t n_atoms) {
    wsn__where at = r->where[r->n_values - n_atoms];
    if (r->head.is_trace && (wanted || r->n_spans > 0))
        return wsn__fail(r, at.line, at.column, "a trace says what was seen: one outcome, and no 'want'");
    if (!wsn__grow(r, (void **)&r->spans, &r->room_spans, r->n_spans, sizeof *r->spans))
        return false;
    r->spans[r->n_spans++] = (wsn__span){wanted, r->n_values - n_atoms, n_atoms};
    return true;
}

/* --- arguments --------------------------------------------------------------------------------------------- */

struct signature {
    unsigned results;
    const char *args;
};

static const struct signature signatures[] = {
#define WSN_VERB(name, results, args, help) {results, args},
#include "verbs.def"
#undef WSN_VERB
};

/* What an argument of this letter may be, for a message. */
static const char *letter_text(char letter) {
    switch (letter) {
    case 'S': return "a socket (the name of a handle, INVALID_SOCKET or a number)";
    case 'B': return "a list of buffers, NULL, wild or kernel";
    case 'V': return "a variable (&name), NULL, wild or kernel";
    case 'F': return "a number or constants, '|' between them";
    case 'O': return "an OVERLAPPED (&name), NULL, wild or kernel";
    case 'C': return "a routine, NULL, wild or kernel";
    case 'E': return "an event, NULL or a number";
    case 'L': return "a list of events";
    case 'N': return "a number";
    case 'T': return "milliseconds or limit";
    case 'X': return "TRUE or FALSE";
    case 'A': return "an address: loopback, nobody, beyond, silent or a socket";
    case 'W': return "a word";
    case 'P': return "a completion port";
    case 'H': return "a handle";
    case 'G': return "a string";
    case 'R': return "a routine";
    case 'M': return "a thread or main";
    case 'K': return "a number, a constant or a variable (&name)";
    default: return "something that verbs.def does not say";
    }
}

static bool list_holds(const wsn_value *v, wsn_kind kind) {
    if (v->kind != WSN_LIST)
        return false;
    for (size_t i = 0; i < v->n_items; i++)
        if (v->items[i].kind != kind)
            return false;
    return true;
}

static bool is_constant(const wsn__symbol *s) {
    return s->constant;
}

static bool is_option(const wsn__symbol *s) {
    return s->word;
}

/* Of an option: everything in its brackets. */
static bool holds_numbers(const wsn_value *v) {
    for (size_t i = 0; i < v->n_items; i++)
        if (!v->items[i].constant)
            return false;
    return true;
}

static bool is_address(const char *name) {
    return strcmp(name, "loopback") == 0 || strcmp(name, "nobody") == 0 || strcmp(name, "beyond") == 0 ||
           strcmp(name, "silent") == 0;
}

/* Whether the value fits the letter; what is the set of things that a name may stand for there. */
static bool fits(wsn__reader *r, char letter, const wsn_value *v, const wsn__symbol *s) {
    enum wsn__made is = s ? made(r, s) : WSN__NOTHING;
    bool null = v->kind == WSN_NAME && v->place == WSN_NULL, nowhere = v->kind == WSN_NAME && v->place != WSN_PLAIN;
    bool handle = v->kind == WSN_NAME && (is & WSN__ANY_HANDLE);
    bool number = (v->kind == WSN_INT || v->kind == WSN_NAME) && v->constant;
    switch (letter) {
    case 'S': return handle || number;
    case 'B': return nowhere || list_holds(v, WSN_BUFFER);
    case 'V': return nowhere || v->kind == WSN_REF;
    case 'F': return number || v->kind == WSN_OR;
    case 'O': return nowhere || (v->kind == WSN_REF && is == WSN__OVERLAPPED);
    case 'C': return nowhere || (v->kind == WSN_NAME && is == WSN__ROUTINE);
    case 'E': return handle || null || v->kind == WSN_INT;
    case 'L': return list_holds(v, WSN_NAME);
    case 'N': return number;
    case 'T': return number || (v->kind == WSN_NAME && strcmp(v->name, "limit") == 0);
    case 'X': return v->kind == WSN_NAME && (strcmp(v->name, "TRUE") == 0 || strcmp(v->name, "FALSE") == 0);
    case 'A': return v->kind == WSN_NAME && (is == WSN__SOCKET || is_address(v->name));
    case 'W': return (v->kind == WSN_NAME || (v->kind == WSN_INVOKE && holds_numbers(v))) && s && is_option(s);
    case 'P': return handle;
    case 'H': return handle || null || number;
    case 'G': return v->kind == WSN_STRING;
    case 'R': return v->kind == WSN_NAME && is == WSN__ROUTINE;
    case 'M': return v->kind == WSN_NAME && (is == WSN__THREAD || strcmp(v->name, "main") == 0);
    case 'K': return number || (v->kind == WSN_REF && v->place == WSN_PLAIN);
    default: return false;
    }
}

static bool check_argument(wsn__reader *r, wsn_verb verb, size_t i, char letter) {
    const wsn_value *v = &r->values[i];
    wsn__symbol *s = r->where[i].symbol;
    wsn__where at = r->where[i];
    if (v->has_count && letter != 'B')
        return wsn__fail(r, at.line, at.column, "only lpBuffers takes 'count'");
    if ((letter == 'V' || letter == 'K') && v->kind == WSN_REF && made(r, s) != WSN__VARIABLE) {
        if (made(r, s) == WSN__NOTHING)
            return make(r, s, at, WSN__VARIABLE);
        return wsn__fail(r, at.line, at.column,
                         "argument %zu of %s is %s, expected a variable: '%.60s' is %s (line %d)", i + 1,
                         wsn_verb_name(verb), v->name, s->name, made_text(made(r, s)), s->made_line);
    }
    if (fits(r, letter, v, s))
        return true;
    if (s && !s->constant && !s->word && s->place == WSN_PLAIN && s->verb < 0 && made(r, s) == WSN__NOTHING) {
        char hint[100] = "";
        if (letter == 'W')
            return wsn__fail(r, at.line, at.column, "unknown word '%.60s'%s", s->name,
                             wsn__did_you_mean(r, s->name, is_option, hint, sizeof hint));
        if (strchr("FNTXK", letter))
            wsn__did_you_mean(r, s->name, is_constant, hint, sizeof hint);
        return wsn__fail(r, at.line, at.column, "no statement made '%.60s', expected %s as argument %zu of %s%s",
                         s->name, letter_text(letter), i + 1, wsn_verb_name(verb), hint);
    }
    char found[100];
    wsn_print_value(v, found, sizeof found);
    return wsn__fail(r, at.line, at.column, "found %s, expected %s as argument %zu of %s", found, letter_text(letter),
                     i + 1, wsn_verb_name(verb));
}

/* Whether the newest n values are what verbs.def says of the verb. */
static bool check_arguments(wsn__reader *r, const wsn__token *name, size_t n) {
    wsn_verb verb = (wsn_verb)name->symbol->verb;
    size_t i = 0, n_letters = 0;
    bool optional = false, missing = false;
    for (const char *p = signatures[verb].args; *p; p++) {
        if (*p == '?') {
            optional = true;
        } else if (*p == '*') {
            for (; i < n; i++)
                if (!check_argument(r, verb, i, p[-1]))
                    return false;
        } else {
            n_letters++;
            if (i == n)
                missing |= !optional && p[1] != '*';
            else if (!check_argument(r, verb, i++, *p))
                return false;
        }
    }
    if (missing || i < n)
        return wsn__fail(r, name->line, name->column, "%s with %zu argument%s, expected %zu", wsn_verb_name(verb), n,
                         n == 1 ? "" : "s", n_letters);
    return true;
}

/* Whether printf has a value for each %d and %u of its format, and the format nothing else. */
static bool check_format(wsn__reader *r, size_t n_args) {
    const wsn_value *format = &r->values[0];
    size_t n = 0;
    for (size_t i = 0; i < format->length; i++) {
        if (format->text[i] != '%')
            continue;
        char kind = 0;
        if (i + 1 < format->length)
            kind = format->text[++i];
        if (kind != 'd' && kind != 'u' && kind != '%')
            return wsn__fail(r, r->where[0].line, r->where[0].column, "printf knows %%d, %%u and %%%% only");
        n += kind != '%';
    }
    return n == n_args - 1 ||
           wsn__fail(r, r->where[0].line, r->where[0].column, "the format is of %zu value%s, and %zu follow", n,
                     n == 1 ? "" : "s", n_args - 1);
}

/* --- statements -------------------------------------------------------------------------------------------- */

static bool is_verb(const wsn__symbol *s) {
    return s->verb >= 0;
}

static bool known_verb(wsn__reader *r, const wsn__token *name) {
    char hint[100];
    return is_verb(name->symbol) || wsn__fail(r, name->line, name->column, "unknown verb '%.60s'%s", name->symbol->name,
                                              wsn__did_you_mean(r, name->symbol->name, is_verb, hint, sizeof hint));
}

bool wsn__call(wsn__reader *r, const wsn__token *name, size_t n_args) {
    if (!known_verb(r, name) || !check_arguments(r, name, n_args))
        return false;
    r->now.verb = (wsn_verb)name->symbol->verb;
    r->now.n_args = n_args;
    if (r->now.verb == WSN_VERB_printf && !check_format(r, n_args))
        return false;
    if (r->n_names > signatures[r->now.verb].results)
        return wsn__fail(r, r->tokens[0].line, r->tokens[0].column, "%zu name%s left of '=', but %s makes %u",
                         r->n_names, r->n_names == 1 ? "" : "s", name->symbol->name, signatures[r->now.verb].results);
    if (r->call_text)
        wsn__remember_call(r);
    return true;
}

bool wsn__returned(wsn__reader *r, const wsn__token *name) {
    if (!known_verb(r, name))
        return false;
    r->now.verb = (wsn_verb)name->symbol->verb;
    return true;
}

bool wsn__name(wsn__reader *r, const wsn__token *name) {
    for (size_t i = 0; i < r->n_names; i++)
        if (r->names[i] == name->symbol)
            return wsn__fail(r, name->line, name->column, "'%.60s' stands twice left of '='", name->symbol->name);
    if (r->n_names == WSN__MAX_RESULTS)
        return wsn__fail(r, name->line, name->column, "no verb makes more than %d names", WSN__MAX_RESULTS);
    r->names[r->n_names++] = name->symbol;
    return true;
}

/* The name of a routine or a thread that a statement made. */
static bool use(wsn__reader *r, const wsn__token *name, enum wsn__made what) {
    if (made(r, name->symbol) != what)
        return wsn__fail(r, name->line, name->column, "no statement made '%.60s', expected the name of %s",
                         name->symbol->name, made_text(what));
    return true;
}

bool wsn__enter(wsn__reader *r, const wsn__token *name, size_t n_args) {
    if (!use(r, name, WSN__ROUTINE))
        return false;
    r->now.name = name->symbol->name;
    r->now.n_args = n_args;
    for (size_t i = 0; i < n_args; i++) {
        const wsn__symbol *s = r->where[i].symbol;
        if (s && !s->constant && s->place == WSN_PLAIN && made(r, s) == WSN__NOTHING)
            return wsn__fail(r, r->where[i].line, r->where[i].column, "no statement made '%.60s'", s->name);
    }
    return true;
}

bool wsn__leave(wsn__reader *r, const wsn__token *name) {
    r->now.name = name->symbol->name;
    return use(r, name, WSN__ROUTINE);
}

/* A thread that has ended is there no more. */
static bool alive(wsn__reader *r, const wsn__token *name) {
    return made(r, name->symbol) != WSN__THREAD || !name->symbol->ended_line ||
           wsn__fail(r, name->line, name->column, "the thread '%.60s' has ended (line %d)", name->symbol->name,
                     name->symbol->ended_line);
}

bool wsn__prefix(wsn__reader *r, const wsn__token *name) {
    r->now.thread = name->symbol->name;
    return use(r, name, WSN__THREAD) && alive(r, name);
}

/* The statement at r->tokens[0] is a call of ExitThread. */
static bool exit_thread(wsn__reader *r, wsn_statement_kind kind) {
    const wsn__token *first = &r->tokens[0];
    if (!r->now.thread || kind != WSN_CALL || r->n_blocks)
        return wsn__fail(r, first->line, first->column,
                         "ExitThread stands in no block and is a thread's own call: 't1: ExitThread()'");
    first->symbol->ended_line = first->line;
    return true;
}

void wsn__stamp(wsn__reader *r, const wsn__token *stamp) {
    r->now.stamped = true;
    r->now.at_us = stamp->number;
    r->now.took_us = stamp->second;
}

/* A statement is whole: to the caller, or into the case or the block that is open. */
static bool deliver(wsn__reader *r, const wsn_statement *s) {
    r->n_values = r->n_spans = r->n_names = 0;
    r->now = (wsn_statement){0};
    if (r->handlers && r->n_blocks == 0) {
        if (!begin(r))
            return false;
        if (r->handlers->statement(r->handlers->context, r->c, s) != 0)
            return stopped(r);
        r->n_finished = 0;
        wsn__arena_reset(r->statement_arena);
        wsn__arena_reset(r->scratch);
        return true;
    }
    wsn__arena_reset(r->scratch);
    if (!wsn__grow(r, (void **)&r->finished, &r->room_finished, r->n_finished, sizeof *r->finished))
        return false;
    r->finished[r->n_finished++] = *s;
    size_t n_body = r->n_blocks ? r->n_finished - r->blocks[r->n_blocks - 1].first : 0;
    return n_body <= WSN__MAX_BODY ||
           wsn__fail(r, s->line, s->column, "more than %d statements in a block", WSN__MAX_BODY);
}

static void place(wsn__reader *r, wsn_statement *s) {
    s->line = r->tokens[0].line;
    s->column = r->tokens[0].column;
    if (r->steps < INT_MAX)
        r->steps++;
    s->step = r->steps;
}

/* Values of a statement that the caller sees at once can stay on the stack. */
static wsn_value *keep_values(wsn__reader *r, size_t first, size_t n) {
    if (r->handlers && r->n_blocks == 0)
        return r->values + first;
    return copy(r, r->out, r->values, first, n, sizeof *r->values);
}

static bool copy_outcomes(wsn__reader *r, wsn_statement *s) {
    if (r->n_spans == 0)
        return true;
    s->outcomes = wsn__alloc(r->out, r->n_spans * sizeof *s->outcomes);
    if (!s->outcomes)
        return wsn__no_memory(r);
    s->n_outcomes = r->n_spans;
    for (size_t i = 0; i < r->n_spans; i++) {
        const wsn__span *span = &r->spans[i];
        wsn_value *atoms = keep_values(r, span->first, span->n);
        if (!atoms)
            return false;
        s->outcomes[i] = (wsn_outcome){span->wanted, atoms, span->n};
    }
    return true;
}

static bool copy_results(wsn__reader *r, wsn_statement *s) {
    if (r->n_names == 0)
        return true;
    s->results = wsn__alloc(r->out, r->n_names * sizeof *s->results);
    if (!s->results)
        return wsn__no_memory(r);
    s->n_results = r->n_names;
    wsn__where at = {r->tokens[0].line, r->tokens[0].column, NULL};
    for (size_t i = 0; i < r->n_names; i++) {
        if (!make(r, r->names[i], at, result_of(s->verb)))
            return false;
        s->results[i] = r->names[i]->name;
    }
    return true;
}

bool wsn__finish(wsn__reader *r, wsn_statement_kind kind) {
    wsn_statement s = r->now;
    s.kind = kind;
    place(r, &s);
    if (s.verb == WSN_VERB_ExitThread && (kind == WSN_CALL || kind == WSN_START) && !exit_thread(r, kind))
        return false;
    if (s.n_args && !s.args) {
        s.args = keep_values(r, 0, s.n_args);
        if (!s.args)
            return false;
    }
    return copy_outcomes(r, &s) && copy_results(r, &s) && deliver(r, &s);
}

bool wsn__thread(wsn__reader *r, const wsn__token *name) {
    wsn_statement s = {.kind = WSN_THREAD, .name = name->symbol->name};
    place(r, &s);
    if (strcmp(name->symbol->name, "main") == 0)
        return wsn__fail(r, name->line, name->column, "'main' is the case's own thread");
    return alive(r, name) && make(r, name->symbol, (wsn__where){name->line, name->column, NULL}, WSN__THREAD) &&
           deliver(r, &s);
}

/* --- blocks ------------------------------------------------------------------------------------------------ */

bool wsn__until(wsn__reader *r) {
    return take_items(r, 1, &r->now.until);
}

/* what: the routine's name, or the number of times. */
bool wsn__block_begin(wsn__reader *r, wsn_statement_kind kind, const wsn__token *at, const wsn__token *what) {
    const char *word = kind == WSN_ROUTINE ? "routine" : "repeat";
    if (r->head.is_trace)
        return wsn__fail(r, at->line, at->column, "a trace is flat: it has no '%s'", word);
    if (r->n_blocks == WSN__MAX_BLOCKS)
        return wsn__fail(r, at->line, at->column, "more than %d blocks inside each other", WSN__MAX_BLOCKS);
    if (kind == WSN_ROUTINE && r->n_blocks > 0)
        return wsn__fail(r, at->line, at->column, "a routine cannot stand inside another block");
    wsn_statement s = r->now;
    s.kind = kind;
    place(r, &s);
    if (kind == WSN_ROUTINE) {
        s.name = what->symbol->name;
        if (!make(r, what->symbol, (wsn__where){what->line, what->column, NULL}, WSN__ROUTINE))
            return false;
    } else {
        s.times = what->number;
        if (s.times == 0 || s.times > WSN__MAX_REPEAT)
            return wsn__fail(r, what->line, what->column, "'repeat' is from 1 to %d times", WSN__MAX_REPEAT);
    }
    r->now = (wsn_statement){0};
    r->blocks[r->n_blocks].statement = s;
    r->blocks[r->n_blocks++].first = r->n_finished;
    return true;
}

bool wsn__block_end(wsn__reader *r) {
    wsn_statement s = r->blocks[--r->n_blocks].statement;
    size_t first = r->blocks[r->n_blocks].first;
    s.n_body = r->n_finished - first;
    s.body = copy(r, r->out, r->finished, first, s.n_body, sizeof *s.body);
    r->n_finished = first;
    return s.body && deliver(r, &s);
}

/* --- readers ----------------------------------------------------------------------------------------------- */

static bool init(wsn__reader *r) {
    r->file_arena = wsn__arena_new();
    r->statement_arena = wsn__arena_new();
    r->case_arena = wsn__arena_new();
    r->scratch = wsn__arena_new();
    if (!r->file_arena || !r->statement_arena || !r->case_arena || !r->scratch)
        return wsn__no_memory(r);
    return wsn__symbols_init(r) && wsn__lexer_init(r) && (!r->handlers || wsn__calls_init(r));
}

static void clean_up(wsn__reader *r) {
    wsn__rounds_free(r);
    wsn__table_free(r);
    wsn__symbols_free(r);
    if (r->c && !r->handlers)
        wsn__arena_free(r->c->arena);
    wsn__arena_free(r->file_arena);
    wsn__arena_free(r->statement_arena);
    wsn__arena_free(r->case_arena);
    wsn__arena_free(r->scratch);
    free(r->buffer);
    free(r->calls);
    free(r->tokens);
    free(r->values);
    free(r->where);
    free(r->spans);
    free(r->finished);
    free(r->lists[0].words);
    free(r->lists[1].words);
    free(r->seen);
    free(r);
}

/* Runs the parser over the reader's source; tells what went wrong. */
static wsn_status run(wsn__reader *r, wsn_error *error) {
    if (init(r) && wsn__yyparse(r) != 0 && r->status == WSN_OK)
        wsn__no_memory(r);
    if (r->status != WSN_OK && error)
        *error = r->error;
    return r->status;
}

static wsn_status out_of_memory(const char *file_name, wsn_error *error) {
    if (error) {
        *error = (wsn_error){.status = WSN_MEMORY, .file = file_name, .line = 1, .column = 1};
        strcpy(error->message, "there is not enough memory");
    }
    return WSN_MEMORY;
}

wsn_status wsn_stream(FILE *in, const char *file_name, const char *id_prefix, const wsn_stream_handlers *handlers,
                      wsn_error *error) {
    wsn__reader *r = calloc(1, sizeof *r);
    if (!r)
        return out_of_memory(file_name, error);
    r->in = in;
    r->file_name = file_name;
    r->id_prefix = id_prefix;
    r->handlers = handlers;
    wsn_status status = run(r, error);
    clean_up(r);
    return status;
}

void wsn_file_free(wsn_file *file) {
    if (!file)
        return;
    for (size_t i = 0; i < file->n_cases; i++)
        wsn__arena_free(file->cases[i]->arena);
    free(file->cases);
    wsn__arena_free(file->arena);
    free(file);
}

static wsn_status read_whole(wsn__reader *r, wsn_file **out, wsn_error *error) {
    const char *file_name = r->file_name;
    r->file = calloc(1, sizeof *r->file);
    if (!r->file) {
        clean_up(r);
        return out_of_memory(file_name, error);
    }
    wsn_status status = run(r, error);
    wsn_file *file = r->file;
    file->arena = r->file_arena;
    file->head = r->head;
    r->file_arena = NULL;
    clean_up(r);
    if (status == WSN_OK)
        *out = file;
    else
        wsn_file_free(file);
    return status;
}

wsn_status wsn_read_text(const char *text, size_t size, const char *file_name, const char *id_prefix, wsn_file **out,
                         wsn_error *error) {
    wsn__reader *r = calloc(1, sizeof *r);
    if (!r)
        return out_of_memory(file_name, error);
    r->text = text;
    r->text_left = size;
    r->file_name = file_name;
    r->id_prefix = id_prefix;
    return read_whole(r, out, error);
}

wsn_status wsn_read_file(const char *path, const char *id_prefix, wsn_file **out, wsn_error *error) {
    FILE *in = fopen(path, "rb");
    if (!in) {
        if (error) {
            *error = (wsn_error){.status = WSN_IO, .file = path, .line = 1, .column = 1};
            snprintf(error->message, sizeof error->message, "the file cannot be opened");
        }
        return WSN_IO;
    }
    wsn__reader *r = calloc(1, sizeof *r);
    if (!r) {
        fclose(in);
        return out_of_memory(path, error);
    }
    r->in = in;
    r->file_name = path;
    r->id_prefix = id_prefix;
    wsn_status status = read_whole(r, out, error);
    fclose(in);
    return status;
}
