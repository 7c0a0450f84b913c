/* support.h - what the judge's tests share. */
#ifndef WSJ_TEST_SUPPORT_H
#define WSJ_TEST_SUPPORT_H

#include "judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define TRACE "trace 1\ntarget \"hand-made\" kind \"windows\"\n"

/* What came of something that prints. Free with outcome_free. */
typedef struct outcome {
    wsj_status status;
    char *out; /* owned */
    wsn_error error;
    wsj_counts counts;
    wsj_expect_counts compared;
} outcome;

void outcome_free(outcome *o);
/* Judges a trace given as text. */
outcome check_text(const char *text, size_t size, bool json);
/* The same in another profile. */
outcome check_text_as(const char *text, size_t size, bool json, const char *profile);
/* Parses case files given as text; the test fails if that fails. */
wsn_file *parse(const char *text);
outcome expect_text(const char *text, const wsj_expect_options *options);
/* Runs the cases on the model; out is a whole trace. */
outcome play_text(const char *text);
/* A whole file; the test fails if it cannot be read. Owned by the caller. */
char *read_file(const char *path, size_t *size);

/* The test fails unless every line of the text is one JSON value. */
void assert_json_lines(const char *text);
void assert_json(const char *text, size_t size);
/* The test fails unless needle stands in text; says both. */
void assert_contains(const char *text, const char *needle);
void assert_lacks(const char *text, const char *needle);
size_t count_of(const char *text, const char *needle);

#endif
