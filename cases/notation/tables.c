/*
 * tables.c - between lexer and parser: a table's tokens are recorded, and given to the parser as a case for each row.
 *
 * Recorded tokens keep the places where they stand, cells too: an error in a cell points to the cell.
 */
#include "reader.h"

#include "grammar.h"

#include <stdlib.h>
#include <string.h>

struct recorded {
    int kind;
    wsn__token token;
};

struct range {
    size_t first, end; /* recorded tokens */
};

struct row {
    int line, column;
    const char *name;
    size_t name_length;
    size_t first_cell; /* in cells, one for each column */
};

typedef struct wsn__table {
    wsn_arena *arena; /* of the recorded tokens' text, names and columns */
    struct recorded *tokens;
    size_t n_tokens, room_tokens;
    const char **columns;
    size_t n_columns, room_columns;
    struct range *cells;
    size_t n_cells, room_cells;
    struct row *rows;
    size_t n_rows, room_rows;
    char *text; /* of a row's first cell, while it is read */
    size_t n_text, room_text;
    wsn__token name;
    struct range header, body;

    /* replay */
    size_t row; /* n_rows: all done */
    enum { AT_CASE, AT_NAME, AT_HEADER, AT_BODY } at;
    size_t next;       /* in header or body */
    struct range cell; /* being given in place of a $column */
} wsn__table;

void wsn__table_free(wsn__reader *r) {
    wsn__table *t = r->table;
    if (!t)
        return;
    wsn__arena_free(t->arena);
    free(t->tokens);
    free(t->columns);
    free(t->cells);
    free(t->rows);
    free(t->text);
    free(t);
    r->table = NULL;
}

const char *wsn__row_name(const wsn__reader *r) {
    return r->table && !r->capturing && r->table->row < r->table->n_rows ? r->table->rows[r->table->row].name : NULL;
}

/* Every token from PLACE on, and NAME, was read as a word and has a symbol. */
static bool is_word(int kind) {
    return kind == T_NAME || kind >= T_PLACE;
}

static bool has_symbol(int kind) {
    return is_word(kind) || kind == T_CALL || kind == T_PREFIX || kind == T_REF;
}

static bool record(wsn__reader *r, wsn__table *t, int kind, wsn__token token) {
    if (t->n_tokens == WSN__MAX_TABLE)
        return wsn__fail(r, token.line, token.column, "a table of more than %d tokens", WSN__MAX_TABLE);
    if (!wsn__grow(r, (void **)&t->tokens, &t->room_tokens, t->n_tokens, sizeof *t->tokens))
        return false;
    t->tokens[t->n_tokens++] = (struct recorded){kind, token};
    return true;
}

/* Adds the present token's text to the row's name. */
static bool add_text(wsn__reader *r, wsn__table *t) {
    size_t length = (size_t)(r->cursor - r->token);
    if (t->n_text && r->gap) {
        if (!wsn__grow(r, (void **)&t->text, &t->room_text, t->n_text, 1))
            return false;
        t->text[t->n_text++] = ' ';
    }
    for (size_t i = 0; i < length; i++) {
        if (!wsn__grow(r, (void **)&t->text, &t->room_text, t->n_text, 1))
            return false;
        t->text[t->n_text++] = (char)r->token[i];
    }
    return true;
}

static bool separates_cells(wsn__reader *r, int kind, bool first) {
    if (kind != T_BAR || !(r->gap || first))
        return false;
    int behind = wsn__peek(r);
    return behind == ' ' || behind == '\t' || behind == '\r' || behind == '\n';
}

/* Reads a cell up to and with its '|'. *ended: there was none, but the end of the line. */
static bool read_cell(wsn__reader *r, wsn__table *t, bool named, bool *ended) {
    struct range cell = {t->n_tokens, 0};
    wsn__token token;
    *ended = false;
    for (;;) {
        int kind = wsn__lex(r, &token);
        if (kind == T_FAILED)
            return false;
        bool line_ends = kind == T_NEWLINE || kind == T_END_OF_FILE;
        if (line_ends && cell.first == t->n_tokens) {
            *ended = true;
            return true;
        }
        if (line_ends)
            return wsn__fail(r, token.line, token.column, "a row ends with '|'");
        if (named && kind != T_BAR && !add_text(r, t))
            return false;
        if (kind == T_BAR) {
            if (separates_cells(r, kind, false))
                break;
            if (named && (!wsn__grow(r, (void **)&t->text, &t->room_text, t->n_text, 1)))
                return false;
            if (named)
                t->text[t->n_text++] = '|';
        }
        if (kind == T_COLUMN)
            return wsn__fail(r, token.line, token.column, "a cell cannot hold a column ('$%.60s')", token.text);
        if (!record(r, t, kind, token))
            return false;
    }
    if (r->depth) {
        const wsn__token *at = cell.first < t->n_tokens ? &t->tokens[cell.first].token : &token;
        return wsn__fail(r, at->line, at->column, "a '(' or '[' of this cell is not closed before its '|'");
    }
    cell.end = t->n_tokens;
    if (!wsn__grow(r, (void **)&t->cells, &t->room_cells, t->n_cells, sizeof *t->cells))
        return false;
    t->cells[t->n_cells++] = cell;
    return true;
}

static bool add_column(wsn__reader *r, wsn__table *t, const wsn__token *bar) {
    struct range cell = t->cells[t->n_cells - 1];
    const struct recorded *word = &t->tokens[cell.first];
    if (cell.end != cell.first + 1 || !is_word(word->kind))
        return cell.end == cell.first
                   ? wsn__fail(r, bar->line, bar->column, "a column without a name")
                   : wsn__fail(r, word->token.line, word->token.column, "the name of a column is one word");
    for (size_t i = 0; i < t->n_columns; i++)
        if (strcmp(t->columns[i], word->token.symbol->name) == 0)
            return wsn__fail(r, word->token.line, word->token.column, "a second column '%.60s'", t->columns[i]);
    if (!wsn__grow(r, (void **)&t->columns, &t->room_columns, t->n_columns, sizeof *t->columns))
        return false;
    t->columns[t->n_columns++] = word->token.symbol->name;
    return true;
}

/* Reads the row that begins with the '|' given: the column names, if there are none yet, or cells. */
static bool read_row(wsn__reader *r, wsn__table *t, wsn__token bar) {
    bool columns = t->n_columns == 0, ended = false;
    struct row row = {.line = bar.line, .column = bar.column, .first_cell = t->n_cells};
    t->n_text = 0;
    for (size_t i = 0; !ended; i++) {
        if (!read_cell(r, t, i == 0 && !columns, &ended) || (columns && !ended && !add_column(r, t, &bar)))
            return false;
    }
    if (columns)
        return t->n_columns > 0 || wsn__fail(r, bar.line, bar.column, "a table needs columns");
    size_t n = t->n_cells - row.first_cell;
    if (n != t->n_columns)
        return wsn__fail(r, bar.line, bar.column, "a row of %zu cell%s, expected %zu as there are columns", n,
                         n == 1 ? "" : "s", t->n_columns);
    if (t->n_text == 0)
        return wsn__fail(r, bar.line, bar.column, "the first cell of a row is its name and cannot be empty");
    row.name = wsn__copy_text(t->arena, t->text, t->n_text);
    row.name_length = t->n_text;
    if (!row.name)
        return wsn__no_memory(r);
    if (!wsn__grow(r, (void **)&t->rows, &t->room_rows, t->n_rows, sizeof *t->rows))
        return false;
    t->rows[t->n_rows++] = row;
    return true;
}

static bool begins_header(int kind) {
    return kind == T_CLAUSES || kind == T_REQUIRES || kind == T_LIMIT || kind == T_START || kind == T_BECAUSE;
}

/* Records the name and the header lines; *bar is the '|' behind them. */
static bool read_header(wsn__reader *r, wsn__table *t, wsn__token *bar) {
    char found[100];
    int kind = wsn__lex(r, &t->name);
    if (kind == T_FAILED)
        return false;
    if (kind != T_STRING)
        return wsn__fail(r, t->name.line, t->name.column, "found %s, expected the table's name, a string",
                         wsn__describe(kind, &t->name, found, sizeof found));
    bool line_begins = false;
    for (;;) {
        wsn__token token;
        kind = wsn__lex(r, &token);
        if (kind == T_FAILED)
            return false;
        if (line_begins && kind == T_BAR) {
            *bar = token;
            t->header.end = t->n_tokens;
            return separates_cells(r, kind, true) ||
                   wsn__fail(r, token.line, token.column, "a '|' that separates cells has white space on both sides");
        }
        if (kind == T_END_OF_FILE || (line_begins && !begins_header(kind)))
            return wsn__fail(r, token.line, token.column,
                             "found %s, expected a header line or '|' and the names of the table's columns",
                             wsn__describe(kind, &token, found, sizeof found));
        line_begins = kind == T_NEWLINE;
        if (!record(r, t, kind, token))
            return false;
    }
}

static bool read_table(wsn__reader *r, wsn__table *t) {
    wsn__token token;
    char found[100];
    if (!read_header(r, t, &token))
        return false;
    int kind = T_BAR;
    while (kind == T_BAR) {
        if (!read_row(r, t, token))
            return false;
        kind = wsn__lex(r, &token);
    }
    if (t->n_rows == 0 && kind != T_FAILED)
        return wsn__fail(r, token.line, token.column, "found %s, expected a row of the table",
                         wsn__describe(kind, &token, found, sizeof found));
    t->body.first = t->n_tokens;
    for (bool line_begins = true;; kind = wsn__lex(r, &token)) {
        if (kind == T_FAILED)
            return false;
        if (kind == T_END_OF_FILE || (line_begins && (kind == T_CASE || kind == T_TABLE)))
            break;
        line_begins = kind == T_NEWLINE;
        if (!record(r, t, kind, token))
            return false;
    }
    t->body.end = t->n_tokens;
    r->pending_kind = kind;
    r->pending_token = token;
    return true;
}

static bool capture(wsn__reader *r) {
    wsn__table *t = r->table = calloc(1, sizeof *t);
    if (!t || !(t->arena = wsn__arena_new()))
        return wsn__no_memory(r);
    wsn_arena *scratch = r->scratch;
    r->scratch = t->arena;
    r->capturing = true;
    bool done = read_table(r, t);
    r->capturing = false;
    r->scratch = scratch;
    return done;
}

static int replay_row_name(wsn__reader *r, wsn__table *t, wsn__token *token) {
    const struct row *row = &t->rows[t->row];
    size_t length = t->name.length + row->name_length + 2;
    char *name = wsn__alloc(r->scratch, length + 1);
    if (!name) {
        wsn__no_memory(r);
        return T_FAILED;
    }
    memcpy(name, t->name.text, t->name.length);
    name[t->name.length] = '[';
    memcpy(name + t->name.length + 1, row->name, row->name_length);
    name[length - 1] = ']';
    name[length] = 0;
    *token = (wsn__token){.text = name, .length = length, .line = row->line, .column = row->column};
    return T_STRING;
}

/* Makes the recorded token at i one of the present case. */
static int replay_recorded(wsn__reader *r, wsn__table *t, size_t i, wsn__token *token) {
    int kind = t->tokens[i].kind;
    *token = t->tokens[i].token;
    if (++r->expanded > WSN__MAX_EXPANDED) {
        wsn__fail(r, token->line, token->column, "the file's tables make more than %d tokens", WSN__MAX_EXPANDED);
        return T_FAILED;
    }
    if (has_symbol(kind) && !token->symbol->fixed) {
        if (wsn__counted(token->symbol) && !r->recording) {
            wsn__not_counted(r, token->symbol->name, token->line, token->column);
            return T_FAILED;
        }
        token->symbol = wsn__symbol_of(r, token->symbol->name, token->symbol->length);
        if (!token->symbol)
            return T_FAILED;
    }
    return kind;
}

static bool find_column(wsn__reader *r, wsn__table *t, const wsn__token *column) {
    for (size_t i = 0; i < t->n_columns; i++)
        if (strcmp(t->columns[i], column->text) == 0) {
            t->cell = t->cells[t->rows[t->row].first_cell + i];
            return true;
        }
    return wsn__fail(r, column->line, column->column, "the table has no column '%.60s'", column->text);
}

/* The next token of the table's cases; -1 when there is none left. */
static int replay(wsn__reader *r, wsn__table *t, wsn__token *token) {
    for (;;) {
        if (t->cell.first < t->cell.end)
            return replay_recorded(r, t, t->cell.first++, token);
        switch (t->at) {
        case AT_CASE:
            if (t->row == t->n_rows)
                return -1;
            *token = (wsn__token){.line = t->rows[t->row].line, .column = t->rows[t->row].column};
            token->symbol = wsn__fixed_symbol(r, "case", 4);
            t->at = AT_NAME;
            return T_CASE;
        case AT_NAME:
            t->at = AT_HEADER;
            t->next = t->header.first;
            return replay_row_name(r, t, token);
        case AT_HEADER:
            if (t->next < t->header.end)
                break;
            t->at = AT_BODY;
            t->next = t->body.first;
            continue;
        case AT_BODY:
            if (t->next < t->body.end)
                break;
            t->at = AT_CASE;
            t->row++;
            continue;
        }
        const struct recorded *next = &t->tokens[t->next++];
        if (next->kind != T_COLUMN)
            return replay_recorded(r, t, t->next - 1, token);
        if (!find_column(r, t, &next->token))
            return T_FAILED;
    }
}

/* The parser's next token: of a table that is being replayed, or *token, which is live and of the kind given (-1: to be
 * read), after the table that it begins. */
static int next_of_tables(wsn__reader *r, int kind, wsn__token *token) {
    for (;; kind = -1) {
        if (r->table) {
            kind = replay(r, r->table, token);
            if (kind >= 0)
                return kind;
            wsn__table_free(r);
            kind = r->pending_kind;
            *token = r->pending_token;
        }
        if (kind < 0)
            kind = wsn__lex(r, token);
        if (kind == T_COLUMN) {
            wsn__fail(r, token->line, token->column, "'$%.60s' stands outside a table", token->text);
            return T_FAILED;
        }
        if (kind != T_TABLE || r->n_tokens > 1)
            return kind;
        if (r->head.is_trace) {
            wsn__fail(r, token->line, token->column, "a trace has no tables");
            return T_FAILED;
        }
        if (!capture(r))
            return T_FAILED;
    }
}

int wsn__next_of_text(wsn__reader *r, wsn__token *token) {
    int kind = r->table ? -1 : wsn__lex(r, token);
    return kind < 0 || kind == T_TABLE || kind == T_COLUMN ? next_of_tables(r, kind, token) : kind;
}
