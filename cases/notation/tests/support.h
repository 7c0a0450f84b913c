/* support.h - what the tests of the notation share. */
#ifndef WSN_TEST_SUPPORT_H
#define WSN_TEST_SUPPORT_H

#include "notation.h"

/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Reads text as file "t.case" below "pre"; fails the test, with the error's text, if it cannot be read. */
wsn_file *read_ok(const char *text);
/* The same of a case whose head ("case "x"", sockets a and b, event e, overlapped o, routine r) is there already;
 * *s is the last statement. */
wsn_file *read_line(const char *line, const wsn_statement **s);
extern const char case_head[];
#define CASE_HEAD_LINES 6

/* The file's cases as text, "trace 1" included; the caller frees. */
char *print_file(const wsn_file *file);
/* Whether both hold equal cases in the same order. */
bool files_equal(const wsn_file *a, const wsn_file *b);

/* A stream that reads this text; the caller closes. */
FILE *open_text(const char *text, size_t size);
/* Streams the text and puts together what came: equal to the whole reading if status is WSN_OK. */
wsn_status stream_file(const char *text, size_t size, wsn_file **out, wsn_error *error);

#endif
