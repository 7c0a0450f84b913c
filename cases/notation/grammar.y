/*
 * grammar.y - the grammar of the notation (../NOTATION.md). Actions only call the builder (build.c).
 *
 * Values are pushed on the builder's value stack as they are read; a rule that stands for several of them has their
 * number in $$.number. What a rule needs of its tokens' places comes with the tokens.
 *
 * The grammar has no recursion in values, and blocks nest as deep as the builder lets them: the parser's stack is small.
 */
%code top {
#include "reader.h"
}
%define api.pure full
%define api.prefix {wsn__yy}
%define api.value.type {wsn__token}
%define api.token.prefix {T_}
%define parse.error custom
%param {wsn__reader *r}

%code provides {
/* The name of a token in an error message. */
const char *wsn__token_text(int kind);
}

%code {
#define yylex wsn__yylex
static int wsn__yylex(wsn__token *t, wsn__reader *r);
static void yyerror(wsn__reader *r, const char *message);
_Static_assert((int)T_FAILED == (int)T_WSN__YYerror, "the token that says that an error is reported already");
#define DO(action) do { if (!(action)) YYABORT; } while (0)
}

%token END_OF_FILE 0 "the end of the file" NEWLINE "the end of the line"
%token NAME "a name" CALL "a call" PREFIX "a thread and ':'" CLAUSE "a dotted word" COLUMN "a table's column"
%token INT "a number" DURATION "a duration" STAMP "a stamp" STRING "a string" BYTES "bytes" RANGE "a range" RUN "a run"
%token REF "'&' and a name" ELLIPSIS "'...'"
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
    | TRACE INT NEWLINE                 { DO(wsn__head_version(r, $2)); DO(wsn__head_done(r)); }
    | TRACE INT NEWLINE pairs NEWLINE   { DO(wsn__head_version(r, $2)); DO(wsn__head_done(r)); }
    ;
pairs: pair | pairs pair;
pair: NAME STRING                       { DO(wsn__head_pair(r, $1, $2)); };

cases: %empty | cases case;
case: case_name headers NEWLINE header_lines statements case_end;
case_name: CASE STRING                  { DO(wsn__case_begin(r, $2)); };
case_end: CASE_OVER                     { DO(wsn__case_end(r, false, $1)); }
    | END NEWLINE                       { $$ = $1; $$.number = $$.second = 0; DO(wsn__case_end(r, true, $$)); }
    | END STAMP NEWLINE                 { DO(wsn__case_end(r, true, $2)); }
    ;

header_lines: %empty | header_lines header headers NEWLINE;
headers: %empty | headers header;
header: CLAUSES clauses | REQUIRES requires
    | LIMIT DURATION                    { DO(wsn__case_limit(r, $1, $2)); }
    | START NAME                        { DO(wsn__case_start(r, $2)); }
    | BECAUSE STRING                    { DO(wsn__case_because(r, $1, $2)); }
    ;
clauses: clause                         { DO(wsn__case_clause(r, 0, $1)); }
    | clauses clause                    { DO(wsn__case_clause(r, 0, $2)); }
    ;
requires: clause                        { DO(wsn__case_clause(r, 1, $1)); }
    | requires clause                   { DO(wsn__case_clause(r, 1, $2)); }
    ;
clause: NAME                            { $$.text = $1.symbol->name; $$.length = $1.symbol->length; }
    | CLAUSE
    ;

statements: %empty | statements statement;
statement: line | PREFIX                { DO(wsn__prefix(r, $1)); } line
    | THREAD NAME NEWLINE               { DO(wsn__thread(r, $2)); }
    | ROUTINE NAME NEWLINE              { DO(wsn__block_begin(r, WSN_ROUTINE, $1, $2)); }
      statements END NEWLINE            { DO(wsn__block_end(r)); }
    | REPEAT INT until NEWLINE          { DO(wsn__block_begin(r, WSN_REPEAT, $1, $2)); }
      statements END NEWLINE            { DO(wsn__block_end(r)); }
    ;
until: %empty | UNTIL atom              { DO(wsn__until(r)); };

line: call outcomes stamp NEWLINE                   { DO(wsn__finish(r, WSN_CALL)); }
    | names EQUALS call outcomes stamp NEWLINE      { DO(wsn__finish(r, WSN_CALL)); }
    | call ELLIPSIS stamp NEWLINE                   { DO(wsn__finish(r, WSN_START)); }
    | names EQUALS call ELLIPSIS stamp NEWLINE      { DO(wsn__finish(r, WSN_START)); }
    | returned outcomes stamp NEWLINE               { DO(wsn__finish(r, WSN_RETURN)); }
    | ENTER CALL args RIGHT                         { DO(wsn__enter(r, $2, $3.number)); }
      stamp NEWLINE                                 { DO(wsn__finish(r, WSN_ENTER)); }
    | LEAVE NAME                                    { DO(wsn__leave(r, $2)); }
      stamp NEWLINE                                 { DO(wsn__finish(r, WSN_LEAVE)); }
    ;
stamp: %empty | STAMP                               { wsn__stamp(r, $1); };
names: NAME                                         { DO(wsn__name(r, $1)); }
    | names COMMA NAME                              { DO(wsn__name(r, $3)); }
    ;
call: CALL RIGHT                                    { DO(wsn__call(r, $1, 0)); }
    | CALL args RIGHT                               { DO(wsn__call(r, $1, $2.number)); }
    ;
returned: ELLIPSIS NAME                             { DO(wsn__returned(r, $2)); };

args: arg                                           { $$.number = 1; }
    | args COMMA arg                                { $$.number = $1.number + 1; }
    ;
arg: simple | list
    | list COUNT INT                                { DO(wsn__count(r, $2, $3)); }
    | nowhere
    | nowhere COUNT INT                             { DO(wsn__count(r, $2, $3)); }
    | bits                                          { DO(wsn__bits(r, $1.number)); }
    | PLACE REF                                     { DO(wsn__ref(r, $1, $2)); }
    | CALL simples RIGHT                            { DO(wsn__invoke(r, $1, $2.number, false)); }
    ;
nowhere: NOWHERE                                    { DO(wsn__word(r, $1)); };
simple: INT                                         { DO(wsn__int(r, $1)); }
    | NAME                                          { DO(wsn__word(r, $1)); }
    | keyword                                       { DO(wsn__word(r, $1)); }
    | REF                                           { DO(wsn__ref(r, (wsn__token){0}, $1)); }
    | STRING                                        { DO(wsn__text(r, WSN_STRING, $1)); }
    ;
bits: bit BAR bit                                   { $$.number = 2; }
    | bits BAR bit                                  { $$.number = $1.number + 1; }
    ;
bit: INT                                            { DO(wsn__int(r, $1)); }
    | NAME                                          { DO(wsn__word(r, $1)); }
    ;
/* Words of the grammar that are words of options, addresses and outcomes, too. */
keyword: THREAD | ROUTINE | LIMIT | START | COUNT | X | OF | END | TRACE | TABLE | CASE | REPEAT;

list: LIST_LEFT elements LIST_RIGHT                 { DO(wsn__list(r, (wsn__token){0}, $1, $2.number)); }
    | PLACE LIST_LEFT elements LIST_RIGHT           { DO(wsn__list(r, $1, $1, $3.number)); }
    ;
elements: %empty                                    { $$.number = 0; }
    | some_elements
    ;
some_elements: element                              { $$.number = 1; }
    | some_elements COMMA element                   { $$.number = $1.number + 1; }
    ;
element: buffer
    | buffer PLACE                                  { DO(wsn__buffer_place(r, $2)); }
    | buffer NOWHERE                                { DO(wsn__buffer_place(r, $2)); }
    | NAME                                          { DO(wsn__word(r, $1)); }
    ;
buffer: INT                                         { DO(wsn__buffer(r, (wsn__token){0}, $1, $1)); }
    | INT OF INT                                    { DO(wsn__buffer(r, (wsn__token){0}, $1, $3)); }
    | INT X INT                                     { DO(wsn__buffer(r, $1, $3, $3)); }
    | INT X INT OF INT                              { DO(wsn__buffer(r, $1, $3, $5)); }
    ;

outcomes: %empty | EQUALS alternatives;
alternatives: outcome | alternatives OR outcome;
outcome: atoms                                      { DO(wsn__outcome(r, false, $1, $1.number)); }
    | WANT atoms                                    { DO(wsn__outcome(r, true, $1, $2.number)); }
    ;
atoms: atom                                         { $$ = $1; $$.number = 1; }
    | atoms atom                                    { $$.number = $1.number + 1; }
    ;
atom: INT                                           { DO(wsn__int(r, $1)); }
    | NAME                                          { DO(wsn__atom_word(r, $1)); }
    | NOWHERE                                       { DO(wsn__atom_word(r, $1)); }
    | PLACE                                         { DO(wsn__atom_word(r, $1)); }
    | REF                                           { DO(wsn__ref(r, (wsn__token){0}, $1)); }
    | RUN                                           { DO(wsn__run(r, WSN_RUN, $1)); }
    | RANGE                                         { DO(wsn__run(r, WSN_RANGE, $1)); }
    | BYTES                                         { DO(wsn__text(r, WSN_BYTES, $1)); }
    | STRING                                        { DO(wsn__text(r, WSN_STRING, $1)); }
    | CALL simples RIGHT                            { DO(wsn__invoke(r, $1, $2.number, true)); }
    | CALL RIGHT                                    { DO(wsn__invoke(r, $1, 0, true)); }
    ;
simples: simple_or_null                             { $$.number = 1; }
    | simples COMMA simple_or_null                  { $$.number = $1.number + 1; }
    ;
simple_or_null: simple | nowhere
    | RANGE                                         { DO(wsn__run(r, WSN_RANGE, $1)); }
    ;

%%

static int wsn__yylex(wsn__token *t, wsn__reader *r) {
    int kind;
    if (r->held) {
        r->held = false;
        kind = r->held_kind;
        *t = r->held_token;
    } else
        kind = wsn__next(r, t);
    if (r->c && r->tokens_on_line == 0 && (kind == T_CASE || kind == T_END_OF_FILE)) {
        r->held = true;
        r->held_kind = kind;
        r->held_token = *t;
        kind = T_CASE_OVER;
    }
    r->kind = kind;
    r->last = *t;
    if (kind == T_NEWLINE || kind == T_CASE_OVER)
        r->tokens_on_line = 0;
    else if (r->tokens_on_line++ == 0) {
        r->first = *t;
        r->first_kind = kind;
    }
    return kind;
}

static void yyerror(wsn__reader *r, const char *message) {
    (void)message; /* only "memory exhausted" comes here */
    wsn__no_memory(r);
}

const char *wsn__token_text(int kind) {
    return yysymbol_name(YYTRANSLATE(kind));
}

/* --- syntax errors ----------------------------------------------------------------------------------------- */

static void describe(int kind, const wsn__token *t, char *out, size_t size) {
    switch (kind) {
    case T_NAME: case T_PLACE: case T_NOWHERE: snprintf(out, size, "'%.60s'", t->symbol->name); break;
    case T_CALL: snprintf(out, size, "'%.60s('", t->symbol->name); break;
    case T_PREFIX: snprintf(out, size, "'%.60s:'", t->symbol->name); break;
    case T_REF: snprintf(out, size, "'&%.60s'", t->symbol->name); break;
    case T_CLAUSE: snprintf(out, size, "'%.60s'", t->text); break;
    case T_INT: snprintf(out, size, t->second ? "0x%llX" : "%llu", (unsigned long long)t->number); break;
    default: snprintf(out, size, "%s", wsn__token_text(kind)); break;
    }
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
        YYSYMBOL_REPEAT, YYSYMBOL_ENTER, YYSYMBOL_LEAVE};
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
    describe(r->kind, &r->last, found, sizeof found);
    if (r->tokens_on_line == 2 && r->first_kind == T_NAME && r->kind != T_COMMA) {
        wsn__fail(r, r->first.line, r->first.column,
                  "a line cannot begin with '%.60s': expected a header line, a statement or '%.60s ='",
                  r->first.symbol->name, r->first.symbol->name);
        return 0;
    }
    wsn__fail(r, r->last.line, r->last.column, "found %s, expected %s", found, expected);
    return 0;
}
