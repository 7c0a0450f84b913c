/*
 * lexer.re - text to tokens. Reads its source through a buffer of WSN__BUFFER bytes, which is also the longest token.
 *
 * A stream is read a line at a time, so that a statement is handed over as soon as its line has come through a pipe.
 */
#include "reader.h"

#include "grammar.h"

#include <stdlib.h>
#include <string.h>

bool wsn__lexer_init(wsn__reader *r) {
    r->buffer = malloc(WSN__BUFFER);
    if (!r->buffer)
        return wsn__no_memory(r);
    memset(r->buffer, '\n', WSN__BUFFER);
    r->buffer[0] = 0;
    r->token = r->cursor = r->marker = r->limit = r->buffer;
    r->line = 1;
    r->column_offset = 1;
    r->previous = T_NEWLINE;
    return true;
}

/* Reads a line, or as much of it as there is room for, to r->limit. false at the end.
 *
 * fgets is the only function of the C library that returns what a pipe has so far. It does not tell how much it has
 * read; a text may hold NUL. Hence all bytes behind the limit are line feeds before the call: of a whole line the first
 * line feed is its own, with fgets' NUL behind it. */
static bool read_line(wsn__reader *r, size_t room) {
    char *to = (char *)r->limit;
    if (!fgets(to, (int)room, r->in)) {
        if (ferror(r->in))
            wsn__cannot_read(r);
        *r->limit = 0;
        return false;
    }
    char *feed = memchr(to, '\n', room);
    if (!feed)
        r->limit += room - 1;
    else if (feed + 1 < to + room && feed[1] == 0)
        r->limit = (unsigned char *)feed + 1;
    else
        r->limit = (unsigned char *)feed - 1;
    return true;
}

static bool read_text(wsn__reader *r, size_t room) {
    size_t n = r->text_left < room - 1 ? r->text_left : room - 1;
    if (n == 0)
        return false;
    memcpy(r->limit, r->text, n);
    r->text += n;
    r->text_left -= n;
    r->limit += n;
    *r->limit = 0;
    return true;
}

/* Gets more text behind the limit, after moving the present token to the buffer's beginning. 0 or, at the end, 1. */
static int fill(wsn__reader *r) {
    if (r->at_end)
        return 1;
    size_t kept = (size_t)(r->limit - r->token), shift = (size_t)(r->token - r->buffer);
    unsigned char *old_limit = r->limit;
    r->call_text = NULL; /* moves or goes */
    memmove(r->buffer, r->token, kept);
    r->token -= shift;
    r->cursor -= shift;
    r->marker = r->marker - r->buffer < (ptrdiff_t)shift ? r->buffer : r->marker - shift;
    r->limit -= shift;
    r->column_offset += (int64_t)shift;
    memset(r->limit, '\n', (size_t)(old_limit - r->limit) + 1);
    *r->limit = 0;
    size_t room = (size_t)(r->buffer + WSN__BUFFER - r->limit);
    if (room < 2) {
        r->at_end = true;
        wsn__fail(r, r->line, wsn__column(r, r->token), "a token of more than %d bytes", WSN__BUFFER - 2);
        return 1;
    }
    if (r->in) {
        *r->limit = '\n';
        if (read_line(r, room))
            return 0;
    } else if (read_text(r, room))
        return 0;
    r->at_end = true;
    return 1;
}

/* Skips to the end of the line; may be longer than the buffer. */
static unsigned char *skip_comment(wsn__reader *r, unsigned char *p) {
    for (;;) {
        unsigned char *end = memchr(p, '\n', (size_t)(r->limit - p));
        if (end)
            return end;
        r->token = r->cursor = r->limit;
        if (fill(r) != 0)
            return r->limit;
        p = r->cursor;
    }
}

static bool parse_number(wsn__reader *r, const unsigned char *p, const unsigned char *end, uint64_t *out) {
    const unsigned char *from = p;
    uint64_t n = 0;
    bool too_big = false;
    if (end - p > 2 && (p[1] == 'x' || p[1] == 'X')) {
        for (p += 2; p < end; p++) {
            too_big |= n >> 60 != 0;
            n = n << 4 | (uint64_t)(*p <= '9' ? *p - '0' : (*p | 32) - 'a' + 10);
        }
    } else if (end - p < 20)
        for (; p < end; p++)
            n = n * 10 + (uint64_t)(*p - '0');
    else
        for (; p < end; p++) {
            uint64_t digit = (uint64_t)(*p - '0');
            too_big |= n > (UINT64_MAX - digit) / 10;
            n = n * 10 + digit;
        }
    *out = n;
    return !too_big ||
           wsn__fail(r, r->line, wsn__column(r, from), "the number is larger than 18446744073709551615");
}

static const unsigned char *digits_end(const unsigned char *p) {
    while (*p >= '0' && *p <= '9')
        p++;
    return p;
}

static int hex_digit(unsigned char c) {
    return c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}

/* Decodes from..to, which has only valid escapes. */
static bool decode_string(wsn__reader *r, const unsigned char *from, const unsigned char *to, wsn__token *t) {
    char *out = wsn__alloc(r->scratch, (size_t)(to - from) + 1);
    if (!out)
        return wsn__no_memory(r);
    t->text = out;
    while (from < to) {
        if (*from != '\\') {
            *out++ = (char)*from++;
        } else if (from[1] == 'x') {
            *out++ = (char)(hex_digit(from[2]) << 4 | hex_digit(from[3]));
            from += 4;
        } else {
            *out++ = from[1] == 'n' ? '\n' : (char)from[1];
            from += 2;
        }
    }
    *out = 0;
    t->length = (size_t)(out - t->text);
    return true;
}

static bool decode_bytes(wsn__reader *r, const unsigned char *from, const unsigned char *to, wsn__token *t) {
    t->length = (size_t)(to - from) / 2;
    char *out = wsn__alloc(r->scratch, t->length + 1);
    if (!out)
        return wsn__no_memory(r);
    t->text = out;
    for (; from < to; from += 2)
        *out++ = (char)(hex_digit(from[0]) << 4 | hex_digit(from[1]));
    return true;
}

static bool copy_word(wsn__reader *r, const unsigned char *from, const unsigned char *to, wsn__token *t) {
    t->length = (size_t)(to - from);
    t->text = wsn__copy_text(r->scratch, (const char *)from, t->length);
    return t->text || wsn__no_memory(r);
}

static bool find_symbol(wsn__reader *r, const unsigned char *from, const unsigned char *to, wsn__token *t) {
    t->symbol = wsn__symbol_of(r, (const char *)from, (size_t)(to - from));
    if (to[-1] == '#' && t->symbol && !r->recording && !r->capturing)
        return wsn__not_counted(r, t->symbol->name, r->line, wsn__column(r, r->token));
    return t->symbol != NULL;
}

/* low..high at p: both ends of a range or a run, in order. */
static bool parse_range(wsn__reader *r, const unsigned char *p, wsn__token *t) {
    const unsigned char *end = digits_end(p), *high = end + 2;
    if (!parse_number(r, p, end, &t->second) || !parse_number(r, high, digits_end(high), &t->third))
        return false;
    return t->second <= t->third ||
           wsn__fail(r, r->line, wsn__column(r, p), "the range's end lies before its beginning");
}

static bool parse_stamp(wsn__reader *r, const unsigned char *p, const unsigned char *end, wsn__token *t) {
    const unsigned char *start_end = digits_end(p);
    t->second = 0;
    return parse_number(r, p, start_end, &t->number) &&
           (start_end == end || parse_number(r, start_end + 1, end, &t->second));
}

static bool bad_character(wsn__reader *r, unsigned char c) {
    if (c == '"')
        return wsn__fail(r, r->line, wsn__column(r, r->token),
                         "the string is not closed, has an unknown escape, or is not UTF-8: expected \", \\\", \\\\, "
                         "\\n or \\xNN");
    if (c > ' ' && c < 127)
        return wsn__fail(r, r->line, wsn__column(r, r->token), "no token begins with '%c'", c);
    return wsn__fail(r, r->line, wsn__column(r, r->token), "no token begins with the byte 0x%02X", c);
}

/* Whether a line end is white space here. */
static bool in_white_space(const wsn__reader *r) {
    return r->depth > 0 || r->previous == T_NEWLINE || r->previous == T_COMMA || r->previous == T_OR;
}

int wsn__peek(wsn__reader *r) {
    r->token = r->cursor;
    return r->cursor < r->limit || fill(r) == 0 ? *r->cursor : '\n';
}

/* The next token; its line, column and payload in *t. */
int wsn__lex(wsn__reader *r, wsn__token *t) {
    unsigned char *cursor = r->cursor, *marker = r->marker;
    int kind;
/* Local copies of both pointers, because the compiler keeps those in registers. */
#define FILL() \
    (r->cursor = cursor, r->marker = marker, kind = fill(r), cursor = r->cursor, marker = r->marker, kind == 0)
#define GOT(token_kind) do { kind = (token_kind); goto got; } while (0)
#define TRY(done) do { if (!(done)) goto failed; } while (0)
    r->gap = false;
again:
    while (*cursor == ' ') {
        cursor++;
        r->gap = true;
    }
    r->token = cursor;
    /*!re2c
    re2c:define:YYCTYPE = "unsigned char";
    re2c:define:YYCURSOR = cursor;
    re2c:define:YYMARKER = marker;
    re2c:define:YYLIMIT = "r->limit";
    re2c:define:YYFILL = "FILL()";
    re2c:define:YYFILL:naked = 1;
    re2c:eof = 0;
    re2c:indent:top = 1;

    letter  = [A-Za-z_];
    name    = letter [A-Za-z0-9_]*;
    thing   = name "#"?;
    clause  = name ([.-] [A-Za-z0-9_]+)+;
    digits  = [0-9]+;
    hex     = [0-9A-Fa-f];
    utf8    = [\xC2-\xDF] [\x80-\xBF] | [\xE0] [\xA0-\xBF] [\x80-\xBF] | [\xE1-\xEC\xEE\xEF] [\x80-\xBF] [\x80-\xBF]
            | [\xED] [\x80-\x9F] [\x80-\xBF] | [\xF0] [\x90-\xBF] [\x80-\xBF] [\x80-\xBF]
            | [\xF1-\xF3] [\x80-\xBF] [\x80-\xBF] [\x80-\xBF] | [\xF4] [\x80-\x8F] [\x80-\xBF] [\x80-\xBF];
    string  = ["] ([\x09\x20-\x7E] \ ["\\] | [\\] ["\\n] | [\\] "x" hex hex | utf8)* ["];

    [ \t\r]         { r->gap = true; goto again; }
    "\xEF\xBB\xBF" { /* a byte order mark */
        if (r->line == 1 && wsn__column(r, r->token) == 1)
            goto again;
        bad_character(r, 0xEF);
        goto failed;
    }
    "#"             { cursor = skip_comment(r, cursor); r->gap = true; goto again; }
    "\n" {
        int line = r->line, column = wsn__column(r, r->token);
        if (r->line < INT32_MAX)
            r->line++;
        r->column_offset = 1 - (cursor - r->buffer);
        r->gap = true;
        if (in_white_space(r))
            goto again;
        t->line = line;
        t->column = column;
        r->cursor = cursor;
        r->marker = marker;
        return r->previous = T_NEWLINE;
    }
    thing           { TRY(find_symbol(r, r->token, cursor, t)); GOT(t->symbol->token); }
    thing [ \t]* "(" {
        const unsigned char *end = cursor - 1;
        while (end[-1] == ' ' || end[-1] == '\t')
            end--;
        TRY(find_symbol(r, r->token, end, t));
        r->depth++;
        GOT(T_CALL);
    }
    thing ":"       { TRY(find_symbol(r, r->token, cursor - 1, t)); GOT(T_PREFIX); }
    "&" thing       { TRY(find_symbol(r, r->token + 1, cursor, t)); GOT(T_REF); }
    "$" name        { TRY(copy_word(r, r->token + 1, cursor, t)); GOT(T_COLUMN); }
    clause          { TRY(copy_word(r, r->token, cursor, t)); GOT(T_CLAUSE); }
    digits          { TRY(parse_number(r, r->token, cursor, &t->number)); t->second = 0; GOT(T_INT); }
    "0" [xX] hex+   { TRY(parse_number(r, r->token, cursor, &t->number)); t->second = 1; GOT(T_INT); }
    digits ("ms"|"s") {
        const unsigned char *end = digits_end(r->token);
        TRY(parse_number(r, r->token, end, &t->number));
        t->second = *end == 's' ? 1000 : 1;
        GOT(T_DURATION);
    }
    digits ".." digits { TRY(parse_range(r, r->token, t)); GOT(T_RANGE); }
    digits "[" digits ".." digits "]" {
        const unsigned char *end = digits_end(r->token);
        TRY(parse_number(r, r->token, end, &t->number));
        TRY(parse_range(r, end + 1, t));
        GOT(T_RUN);
    }
    "@" digits ("+" digits)? { TRY(parse_stamp(r, r->token + 1, cursor, t)); GOT(T_STAMP); }
    string          { TRY(decode_string(r, r->token + 1, cursor - 1, t)); GOT(T_STRING); }
    "x" ["] (hex hex)* ["] { TRY(decode_bytes(r, r->token + 2, cursor - 1, t)); GOT(T_BYTES); }
    "("             { r->depth++; GOT(T_LEFT); }
    ")"             { r->depth -= r->depth > 0; GOT(T_RIGHT); }
    "["             { r->depth++; GOT(T_LIST_LEFT); }
    "]"             { r->depth -= r->depth > 0; GOT(T_LIST_RIGHT); }
    ","             { GOT(T_COMMA); }
    "="             { GOT(T_EQUALS); }
    "|"             { GOT(T_BAR); }
    "..."           { GOT(T_ELLIPSIS); }

    digits [A-Za-z_] [A-Za-z0-9_]* {
        wsn__fail(r, r->line, wsn__column(r, r->token), "'%.*s' is neither a number nor a name",
                  (int)(cursor - r->token > 60 ? 60 : cursor - r->token), (const char *)r->token);
        goto failed;
    }
    * { bad_character(r, *r->token); goto failed; }
    $ {
        /* A last line without a line feed: whole in a file, cut off in a trace (unless it is the case's end). */
        bool cut = r->head.is_trace && !r->line_is_end;
        GOT(cut || in_white_space(r) ? T_END_OF_FILE : T_NEWLINE);
    }
    */
got:
    if (r->status != WSN_OK)
        goto failed; /* of the source or for want of memory, while the token was read */
    t->line = r->line;
    t->column = wsn__column(r, r->token);
    if (r->previous == T_NEWLINE)
        r->line_is_end = kind == T_END;
    r->previous = kind;
    r->cursor = cursor;
    r->marker = marker;
    return kind;
failed:
    r->cursor = cursor;
    r->marker = marker;
    return T_FAILED;
}
