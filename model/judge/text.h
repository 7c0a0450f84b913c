/*
 * text.h - text that grows, and JSON and notation in it.
 *
 * Every function may be called on a text that has run out of memory; it then does nothing, and wsj_text_write
 * reports the failure. So callers check once, where the text leaves the program.
 */
#ifndef WSJ_TEXT_H
#define WSJ_TEXT_H

#include "notation.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct wsj_text {
    char *data;      /* owned; NUL-terminated once something was added */
    size_t size;     /* bytes, without the NUL */
    size_t capacity; /* bytes */
    bool failed;     /* memory ran out: what follows is lost */
} wsj_text;

void wsj_text_free(wsj_text *text);
/* Frees a text that was made for use in another: what it lost, `heir` has lost. */
void wsj_text_end(wsj_text *text, wsj_text *heir);
static inline void wsj_text_clear(wsj_text *text) {
    text->size = 0;
}
/* The text as a C string; "" while nothing was added. Valid until the text changes. */
const char *wsj_text_string(const wsj_text *text);

/* Makes room for `more` bytes and a NUL behind what is there; NULL when memory has run out. The caller writes
 * there and adds what it wrote to size. */
char *wsj_text_room(wsj_text *text, size_t more);

void wsj_text_bytes(wsj_text *text, const char *bytes, size_t size);
void wsj_text_add(wsj_text *text, const char *string);
void wsj_text_number(wsj_text *text, uint64_t number);
#if defined(__GNUC__) && !defined(__clang__) && defined(__MINGW32__)
__attribute__((format(gnu_printf, 2, 3)))
#elif defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void wsj_text_printf(wsj_text *text, const char *format, ...);

/* A JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD, so that the line stays JSON. */
void wsj_text_json(wsj_text *text, const char *string);
void wsj_text_json_bytes(wsj_text *text, const char *bytes, size_t size);
/* ["a", "b"] */
void wsj_text_json_list(wsj_text *text, const char *const *strings, size_t count);

/* A statement's call, an outcome's atoms: see wsn_print_call and wsn_print_outcome. */
void wsj_print_call(const wsn_statement *statement, wsj_text *text);
void wsj_print_atoms(const wsn_outcome *outcome, wsj_text *text);

/* True if the atom stands in an outcome's text as a word. */
bool wsj_text_holds(const char *text, const wsn_value *atom);

/* Writes the text to out and empties it; false if memory had run out or the write failed. */
bool wsj_text_write(wsj_text *text, FILE *out);

#endif
