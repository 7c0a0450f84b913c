/*
 * grammar.y - the grammar of the notation (../NOTATION.md). Actions only call the builder (build.c).
 *
 * The semantic value of a token is its place in r->tokens, which holds the tokens of the present line: one word,
 * because the parser copies semantic values all the time. A rule is reduced before the next line's first token is read.
 * Values are pushed on the builder's value stack as they are read; the semantic value of a rule is how many of them it
 * stands for.
 *
 * The grammar has no recursion in values, and blocks nest only as deep as the builder lets them: the stack stays small.
 */
%code top {
#include "reader.h"
}
%define api.pure full
%define api.prefix {wsn__yy}
%define api.value.type {size_t}
%define api.token.prefix {T_}
%define api.token.raw
%define parse.error custom
%param {wsn__reader *r}

%code provides {
/* The token as an error message calls it; out holds size bytes and is returned. */
const char *wsn__describe(int kind, const wsn__token *t, char *out, size_t size);
}

%code {
#define yylex wsn__yylex
static int wsn__yylex(size_t *value, wsn__reader *r);
static void yyerror(wsn__reader *r, const char *message);
_Static_assert((int)T_FAILED == (int)T_WSN__YYerror, "the token that says that an error is reported already");
#define T(i) (&r->tokens[i])
#define DO(action) do { if (!(action)) YYABORT; } while (0)
}

%token END_OF_FILE 0 "the end of the file" NEWLINE "the end of the line"
%token NAME "a name" CALL "a call" PREFIX "a thread and ':'" CLAUSE "a dotted word" COLUMN "a table's column"
%token AGAIN "a call made before"
%token INT "a number" DURATION "a duration as 500ms or 2s" STAMP "a stamp" STRING "a string"
%token BYTES "bytes" RANGE "a range" RUN "a run"
%token REF "a reference" ELLIPSIS "'...'"
%token COMMA "','" EQUALS "'='" BAR "'|'" LEFT "'('" RIGHT "')'" LIST_LEFT "'['" LIST_RIGHT "']'"
/* Places: before a reference or a list; and those that also are a value of their own. */
%token PLACE "a place" NOWHERE "NULL, wild or kernel"
/* Words that begin a line. */
%token TRACE "'trace'" CASE "'case'" TABLE "'table'" END "'end'" THREAD "'thread'" ROUTINE "'routine'" REPEAT "'repeat'"
%token ENTER "'enter'" LEAVE "'leave'"
%token CLAUSES "'clauses'" REQUIRES "'requires'" LIMIT "'limit'" START "'start'" BECAUSE "'because'"
/* Comes before 'case' and before the end of the file if the case before has no 'end'. */
%token CASE_OVER "the end of the case"
/* Words inside a line. */
%token OR "'or'" WANT "'want'" UNTIL "'until'" COUNT "'count'" X "'x'" OF "'of'"

%%

file: head cases;

head: %empty                            { DO(wsn__head_done(r)); }
    | trace                             { DO(wsn__head_done(r)); }
    | trace pairs NEWLINE               { DO(wsn__head_done(r)); }
    ;
trace: TRACE INT NEWLINE                { DO(wsn__head_version(r, T($2))); };
pairs: pair | pairs pair;
pair: NAME STRING                       { DO(wsn__head_pair(r, T($1), T($2))); };

cases: %empty | cases case;
case: case_name headers NEWLINE header_lines statements case_end;
case_name: CASE STRING                  { DO(wsn__case_begin(r, T($2))); };
case_end: CASE_OVER                     { DO(wsn__case_end(r, false, NULL)); }
    | END NEWLINE                       { DO(wsn__case_end(r, true, NULL)); }
    | END STAMP NEWLINE                 { DO(wsn__case_end(r, true, T($2))); }
    ;

header_lines: %empty | header_lines header headers NEWLINE;
headers: %empty | headers header;
header: CLAUSES clauses | REQUIRES requires
    | LIMIT DURATION                    { DO(wsn__case_limit(r, T($1), T($2))); }
    | START NAME                        { DO(wsn__case_start(r, T($2))); }
    | BECAUSE STRING                    { DO(wsn__case_because(r, T($1), T($2))); }
    ;
clauses: clause                         { DO(wsn__case_clause(r, 0, T($1))); }
    | clauses clause                    { DO(wsn__case_clause(r, 0, T($2))); }
    ;
requires: clause                        { DO(wsn__case_clause(r, 1, T($1))); }
    | requires clause                   { DO(wsn__case_clause(r, 1, T($2))); }
    ;
clause: NAME                            { $$ = $1; wsn__as_text(T($1)); }
    | CLAUSE
    ;

/* From here on rules that only rename others are written out: a line is a millionth of a long trace. */
statements: %empty | statements line | statements prefix line | statements block;
prefix: PREFIX                                      { DO(wsn__prefix(r, T($1))); };
block: THREAD NAME NEWLINE                          { DO(wsn__thread(r, T($2))); }
    | routine statements END NEWLINE                { DO(wsn__block_end(r)); }
    | repeat statements END NEWLINE                 { DO(wsn__block_end(r)); }
    ;
routine: ROUTINE NAME NEWLINE                       { DO(wsn__block_begin(r, WSN_ROUTINE, T($1), T($2))); };
repeat: REPEAT INT until NEWLINE                    { DO(wsn__block_begin(r, WSN_REPEAT, T($1), T($2))); };
until: %empty | UNTIL atom                          { DO(wsn__until(r)); };

line: call outcomes stamp NEWLINE                   { DO(wsn__finish(r, WSN_CALL)); }
    | names EQUALS call outcomes stamp NEWLINE      { DO(wsn__finish(r, WSN_CALL)); }
    | call ELLIPSIS stamp NEWLINE                   { DO(wsn__finish(r, WSN_START)); }
    | names EQUALS call ELLIPSIS stamp NEWLINE      { DO(wsn__finish(r, WSN_START)); }
    | returned outcomes stamp NEWLINE               { DO(wsn__finish(r, WSN_RETURN)); }
    | enter stamp NEWLINE                           { DO(wsn__finish(r, WSN_ENTER)); }
    | leave stamp NEWLINE                           { DO(wsn__finish(r, WSN_LEAVE)); }
    ;
returned: ELLIPSIS NAME                             { DO(wsn__returned(r, T($2))); };
enter: ENTER CALL args RIGHT                        { DO(wsn__enter(r, T($2), $3)); };
leave: LEAVE NAME                                   { DO(wsn__leave(r, T($2))); };
stamp: %empty | STAMP                               { wsn__stamp(r, T($1)); };
names: NAME                                         { DO(wsn__name(r, T($1))); }
    | names COMMA NAME                              { DO(wsn__name(r, T($3))); }
    ;
call: CALL RIGHT                                    { DO(wsn__call(r, T($1), 0)); }
    | CALL args RIGHT                               { DO(wsn__call(r, T($1), $2)); }
    | AGAIN                                         { wsn__call_again(r, T($1)); }
    ;

args: arg                                           { $$ = 1; }
    | args COMMA arg                                { $$ = $1 + 1; }
    ;
arg: INT                                            { DO(wsn__int(r, T($1))); }
    | NAME                                          { DO(wsn__word(r, T($1))); }
    | REF                                           { DO(wsn__ref(r, NULL, T($1))); }
    | NOWHERE                                       { DO(wsn__word(r, T($1))); }
    | LIST_LEFT elements LIST_RIGHT                 { DO(wsn__list(r, NULL, T($1), $2)); }
    | keyword                                       { DO(wsn__word(r, T($1))); }
    | STRING                                        { DO(wsn__text(r, WSN_STRING, T($1))); }
    | bits                                          { DO(wsn__bits(r, $1)); }
    | CALL simples RIGHT                            { DO(wsn__invoke(r, T($1), $2, false)); }
    | PLACE REF                                     { DO(wsn__ref(r, T($1), T($2))); }
    | PLACE LIST_LEFT elements LIST_RIGHT           { DO(wsn__list(r, T($1), T($1), $3)); }
    | counted COUNT INT                             { DO(wsn__count(r, T($3))); }
    ;
counted: NOWHERE                                    { DO(wsn__word(r, T($1))); }
    | LIST_LEFT elements LIST_RIGHT                 { DO(wsn__list(r, NULL, T($1), $2)); }
    | PLACE LIST_LEFT elements LIST_RIGHT           { DO(wsn__list(r, T($1), T($1), $3)); }
    ;
bits: bit BAR bit                                   { $$ = 2; }
    | bits BAR bit                                  { $$ = $1 + 1; }
    ;
bit: INT                                            { DO(wsn__int(r, T($1))); }
    | NAME                                          { DO(wsn__word(r, T($1))); }
    ;
/* Words of the grammar that are words of options, addresses and outcomes, too. */
keyword: THREAD | ROUTINE | LIMIT | START | COUNT | X | OF | END | TRACE | TABLE | CASE | REPEAT;

elements: %empty                                    { $$ = 0; }
    | some_elements
    ;
some_elements: element                              { $$ = 1; }
    | some_elements COMMA element                   { $$ = $1 + 1; }
    ;
element: INT                                        { DO(wsn__buffer(r, NULL, T($1), T($1), NULL)); }
    | INT place                                     { DO(wsn__buffer(r, NULL, T($1), T($1), T($2))); }
    | INT OF INT                                    { DO(wsn__buffer(r, NULL, T($1), T($3), NULL)); }
    | INT OF INT place                              { DO(wsn__buffer(r, NULL, T($1), T($3), T($4))); }
    | INT X INT                                     { DO(wsn__buffer(r, T($1), T($3), T($3), NULL)); }
    | INT X INT place                               { DO(wsn__buffer(r, T($1), T($3), T($3), T($4))); }
    | INT X INT OF INT                              { DO(wsn__buffer(r, T($1), T($3), T($5), NULL)); }
    | INT X INT OF INT place                        { DO(wsn__buffer(r, T($1), T($3), T($5), T($6))); }
    | NAME                                          { DO(wsn__word(r, T($1))); }
    ;
place: PLACE | NOWHERE;

outcomes: %empty | outcome;
outcome: EQUALS atoms                               { DO(wsn__outcome(r, false, $2)); }
    | EQUALS WANT atoms                             { DO(wsn__outcome(r, true, $3)); }
    | outcome OR atoms                              { DO(wsn__outcome(r, false, $3)); }
    | outcome OR WANT atoms                         { DO(wsn__outcome(r, true, $4)); }
    ;
atoms: atom                                         { $$ = 1; }
    | atoms atom                                    { $$ = $1 + 1; }
    ;
atom: INT                                           { DO(wsn__int(r, T($1))); }
    | NAME                                          { DO(wsn__atom_word(r, T($1))); }
    | NOWHERE                                       { DO(wsn__atom_word(r, T($1))); }
    | PLACE                                         { DO(wsn__atom_word(r, T($1))); }
    | REF                                           { DO(wsn__ref(r, NULL, T($1))); }
    | RUN                                           { DO(wsn__run(r, WSN_RUN, T($1))); }
    | RANGE                                         { DO(wsn__run(r, WSN_RANGE, T($1))); }
    | BYTES                                         { DO(wsn__text(r, WSN_BYTES, T($1))); }
    | STRING                                        { DO(wsn__text(r, WSN_STRING, T($1))); }
    | CALL simples RIGHT                            { DO(wsn__invoke(r, T($1), $2, true)); }
    | CALL RIGHT                                    { DO(wsn__invoke(r, T($1), 0, true)); }
    ;
simples: simple                                     { $$ = 1; }
    | simples COMMA simple                          { $$ = $1 + 1; }
    ;
simple: INT                                         { DO(wsn__int(r, T($1))); }
    | NAME                                          { DO(wsn__word(r, T($1))); }
    | REF                                           { DO(wsn__ref(r, NULL, T($1))); }
    | NOWHERE                                       { DO(wsn__word(r, T($1))); }
    | RANGE                                         { DO(wsn__run(r, WSN_RANGE, T($1))); }
    ;

%%

static int wsn__yylex(size_t *value, wsn__reader *r) {
    if (r->kind == T_NEWLINE || r->kind == T_CASE_OVER)
        r->n_tokens = 0;
    else if (r->kind == T_COMMA) /* needed only as the last token, for messages */
        r->n_tokens--;
    if (r->n_tokens == r->room_tokens && !wsn__grow_tokens(r))
        return T_FAILED;
    wsn__token *t = &r->tokens[*value = r->n_tokens++];
    if (r->held) {
        r->held = false;
        r->kind = r->held_kind;
        *t = r->held_token;
    } else if (r->n_tokens > 1 || !r->calls || !r->c || r->n_blocks || r->table || r->rounds ||
               (r->kind = wsn__again(r, t)) == 0) {
        r->kind = wsn__next_of_rounds(r, t);
    }
    if (r->n_tokens == 1 && r->c && (r->kind == T_CASE || r->kind == T_END_OF_FILE)) {
        r->held = true;
        r->held_kind = r->kind;
        r->held_token = *t;
        r->kind = T_CASE_OVER;
    }
    if (r->n_tokens == 1)
        r->first_kind = r->kind;
    return r->kind;
}

static void yyerror(wsn__reader *r, const char *message) {
    (void)message; /* only "memory exhausted" comes here */
    wsn__no_memory(r);
}

/* --- syntax errors ----------------------------------------------------------------------------------------- */

const char *wsn__describe(int kind, const wsn__token *t, char *out, size_t size) {
    switch (kind) {
    case T_NAME: case T_PLACE: case T_NOWHERE: snprintf(out, size, "'%.60s'", t->symbol->name); break;
    case T_CALL: snprintf(out, size, "'%.60s('", t->symbol->name); break;
    case T_PREFIX: snprintf(out, size, "'%.60s:'", t->symbol->name); break;
    case T_REF: snprintf(out, size, "'&%.60s'", t->symbol->name); break;
    case T_CLAUSE: snprintf(out, size, "'%.60s'", t->text); break;
    case T_INT: snprintf(out, size, t->second ? "0x%llX" : "%llu", (unsigned long long)t->number); break;
    default: snprintf(out, size, "%s", yysymbol_name(YYTRANSLATE(kind))); break;
    }
    return out;
}

/* Folds the tokens of a set that all begin the same thing into one phrase. */
static const char *fold(bool *set, const yysymbol_kind_t *members, size_t n, const char *phrase) {
    for (size_t i = 0; i < n; i++)
        set[members[i]] = false;
    return phrase;
}

static size_t expected_phrases(bool *set, const char **out, size_t room) {
    static const yysymbol_kind_t value[] = {
        YYSYMBOL_INT, YYSYMBOL_NAME, YYSYMBOL_CALL, YYSYMBOL_REF, YYSYMBOL_STRING, YYSYMBOL_LIST_LEFT, YYSYMBOL_PLACE,
        YYSYMBOL_NOWHERE, YYSYMBOL_RUN, YYSYMBOL_RANGE, YYSYMBOL_BYTES, YYSYMBOL_THREAD, YYSYMBOL_ROUTINE,
        YYSYMBOL_LIMIT, YYSYMBOL_START, YYSYMBOL_COUNT, YYSYMBOL_X, YYSYMBOL_OF, YYSYMBOL_END, YYSYMBOL_TRACE,
        YYSYMBOL_TABLE, YYSYMBOL_CASE, YYSYMBOL_REPEAT};
    static const yysymbol_kind_t statement[] = {
        YYSYMBOL_NAME, YYSYMBOL_CALL, YYSYMBOL_PREFIX, YYSYMBOL_ELLIPSIS, YYSYMBOL_THREAD, YYSYMBOL_ROUTINE,
        YYSYMBOL_REPEAT, YYSYMBOL_ENTER, YYSYMBOL_LEAVE, YYSYMBOL_AGAIN};
    const size_t n_value = sizeof value / sizeof *value, n_statement = sizeof statement / sizeof *statement;
    size_t n = 0;
    if (set[YYSYMBOL_RUN])
        out[n++] = fold(set, value, n_value, set[YYSYMBOL_NEWLINE] ? "more of the outcome" : "an outcome");
    else if (set[YYSYMBOL_REF])
        out[n++] = fold(set, value, n_value, "a value");
    else if (set[YYSYMBOL_ELLIPSIS] && set[YYSYMBOL_CALL])
        out[n++] = fold(set, statement, n_statement, "a statement");
    else if (set[YYSYMBOL_YYEOF]) /* between cases; the rest is hidden behind a default reduction */
        out[n++] = "'case', 'table'";
    for (int i = 0; i < YYNTOKENS && n < room; i++)
        if (set[i])
            out[n++] = yysymbol_name((yysymbol_kind_t)i);
    return n;
}

static int yyreport_syntax_error(const yypcontext_t *ctx, wsn__reader *r) {
    if (r->status != WSN_OK)
        return 0;
    yysymbol_kind_t kinds[YYNTOKENS];
    bool set[YYNTOKENS] = {false};
    int n_kinds = yypcontext_expected_tokens(ctx, kinds, YYNTOKENS);
    for (int i = 0; i < n_kinds; i++)
        set[kinds[i]] = true;

    const char *phrases[16];
    size_t n = expected_phrases(set, phrases, 16);
    char expected[256] = "", found[100];
    size_t used = 0;
    for (size_t i = 0; i < n && used < sizeof expected; i++) {
        int more = snprintf(expected + used, sizeof expected - used, "%s%s",
                            i == 0 ? "" : i + 1 == n ? " or " : ", ", phrases[i]);
        used += more > 0 ? (size_t)more : 0;
    }
    const wsn__token *first = &r->tokens[0], *last = &r->tokens[r->n_tokens - 1];
    wsn__describe(r->kind, last, found, sizeof found);
    if (r->n_tokens == 2 && r->first_kind == T_NAME && r->c)
        wsn__fail(r, first->line, first->column,
                  "a line cannot begin with '%.60s': expected a header line, a statement or '%.60s ='",
                  first->symbol->name, first->symbol->name);
    else
        wsn__fail(r, last->line, last->column, "found %s, expected %s", found, expected);
    return 0;
}
