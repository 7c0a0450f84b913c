/* test_errors.c - every error with its line, its column and its words. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

struct wrong {
    const char *text;
    int line, column;
    const char *message; /* its beginning */
};

/* Both readers must say the same. */
static void expect_error(const char *text, size_t size, const struct wrong *w) {
    wsn_file *file = NULL;
    wsn_error whole = {0}, streamed = {0};
    if (wsn_read_text(text, size, "t.case", "pre", &file, &whole) != WSN_SYNTAX)
        fail_msg("no error in:\n%s\nexpected %s", text, w->message);
    assert_null(file);
    assert_int_equal(whole.status, WSN_SYNTAX);
    assert_string_equal(whole.file, "t.case");
    if (whole.line != w->line || whole.column != w->column ||
        strncmp(whole.message, w->message, strlen(w->message)) != 0)
        fail_msg("%s\n%d:%d: %s\nexpected\n%d:%d: %s", text, whole.line, whole.column, whole.message, w->line,
                 w->column, w->message);
    assert_int_equal(stream_file(text, size, &file, &streamed), WSN_SYNTAX);
    assert_int_equal(streamed.line, whole.line);
    assert_int_equal(streamed.column, whole.column);
    assert_string_equal(streamed.message, whole.message);
}

static void expect_errors(const char *head, int head_lines, const struct wrong *wrong, size_t n) {
    for (size_t i = 0; i < n; i++) {
        char text[4096];
        snprintf(text, sizeof text, "%s%s", head, wrong[i].text);
        struct wrong at = wrong[i];
        at.line += head_lines;
        expect_error(text, strlen(text), &at);
    }
}
#define EXPECT_ERRORS(head, lines, table) expect_errors(head, lines, table, sizeof(table) / sizeof *(table))

/* Lines and columns count from the line behind case_head. */
static void in_statements(void **state) {
    (void)state;
    static const struct wrong wrong[] = {
        {"WSASent(a)\n", 1, 1, "unknown verb 'WSASent' (did you mean 'WSASend'?)"},
        {"zzzzzz(a)\n", 1, 1, "unknown verb 'zzzzzz'"},
        {"t1: ... WSASent = 0\n", 1, 9, "unknown verb 'WSASent' (did you mean 'WSASend'?)"},
        {"WSASend(a, [10], &s, 0, NULL)\n", 1, 1, "WSASend with 5 arguments, expected 6"},
        {"WSASend(a, [10], &s, 0, NULL, NULL, 1)\n", 1, 1, "WSASend with 7 arguments, expected 6"},
        {"WSACleanup(1)\n", 1, 1, "WSACleanup with 1 argument, expected 0"},
        {"WSASend(a, [10] &s, 0, NULL, NULL)\n", 1, 17, "found '&s', expected ',' or ')'"},
        {"WSASend(a, [10], &s, 0, NULL, NULL", 1, 35, "found the end of the file, expected ',' or ')'"},
        {"WSASend(a, [10, &s, 0, NULL, NULL)\n", 1, 17, "found '&s', expected a name or a number"},
        {"WSASend(a,, NULL)\n", 1, 11, "found ',', expected a value"},
        {"WSASend(a, 10, &s, 0, NULL, NULL)\n", 1, 12,
         "found 10, expected a list of buffers, NULL, wild or kernel as argument 2 of WSASend"},
        {"WSASend(a, [a], &s, 0, NULL, NULL)\n", 1, 12, "found [a], expected a list of buffers"},
        {"WSASend(a, [t1], &s, 0, NULL, NULL)\n", 1, 13, "'t1' is no event that a statement made"},
        {"WSASend(c, [10], &s, 0, NULL, NULL)\n", 1, 9, "no statement made 'c', expected a socket"},
        {"WSASend(o, [10], &s, 0, NULL, NULL)\n", 1, 9, "found o, expected a socket"},
        {"WSASend(a, [10], s, 0, NULL, NULL)\n", 1, 18, "no statement made 's', expected a variable"},
        {"WSASend(a, [10], &o, 0, NULL, NULL)\n", 1, 18,
         "argument 3 of WSASend is o, expected a variable: 'o' is an OVERLAPPED (line 4)"},
        {"WSASend(a, [10], &s, 0, readonly &s, NULL)\n", 1, 25, "found readonly &s, expected an OVERLAPPED"},
        {"WSASend(a, [10], &s, 0, &q, NULL)\n", 1, 25, "no statement made 'q', expected an OVERLAPPED"},
        {"WSASend(a, [10], &s, MSG_OBB, NULL, NULL)\n", 1, 22, "no statement made 'MSG_OBB', expected a number"},
        {"WSASend(a, [10], &s, MSG_OOB|foo, NULL, NULL)\n", 1, 30, "'foo' is no constant"},
        {"WSASend(a, [10], &s, a, NULL, NULL)\n", 1, 22, "found a, expected a number or constants"},
        {"WSASend(a, [10], &s, 0, NULL, a)\n", 1, 31, "found a, expected a routine"},
        {"WSASend(a, [10], &s count 5, 0, NULL, NULL)\n", 1, 21, "found 'count', expected ',' or ')'"},
        {"WSASend(a, NULL, NULL count 5, 0, NULL, NULL)\n", 1, 18, "only lpBuffers takes 'count'"},
        {"WSASend(a, [4294967296], &s, 0, NULL, NULL)\n", 1, 13, "the length of a buffer is at most 4294967295"},
        {"WSASend(a, [4294967296 x 1], &s, 0, NULL, NULL)\n", 1, 13, "a repeat count is at most 4294967295"},
        {"WSASend(a, [1 of 4294967296], &s, 0, NULL, NULL)\n", 1, 18, "the size of a buffer's memory is at most"},
        {"WSASend(a, [1] count 4294967296, &s, 0, NULL, NULL)\n", 1, 22, "dwBufferCount is at most 4294967295"},
        {"WSASend(a, [4294967295 x 1, 1], &s, 0, NULL, NULL)\n", 1, 12, "a list has at most 4294967295 elements"},
        {"shutdown(a, 18446744073709551616)\n", 1, 13, "the number is larger than 18446744073709551615"},
        {"shutdown(a, 0x10000000000000000)\n", 1, 13, "the number is larger than 18446744073709551615"},
        {"shutdown(a, 12x)\n", 1, 13, "'12x' is neither a number nor a name"},
        {"shutdown(a, 0x)\n", 1, 13, "'0x' is neither a number nor a name"},
        {"shutdown(a, ?)\n", 1, 13, "no token begins with '?'"},
        {"shutdown(a, \x01)\n", 1, 13, "no token begins with the byte 0x01"},
        {"shutdown(a, \xC3\xA9)\n", 1, 13, "no token begins with the byte 0xC3"},
        {"shutdown(a, SD_SEND))\n", 1, 21, "found ')', expected the end of the line"},
        {"SleepEx(a, TRUE)\n", 1, 9, "found a, expected milliseconds or limit as argument 1 of SleepEx"},
        {"SleepEx(0, 1)\n", 1, 12, "found 1, expected TRUE or FALSE as argument 2 of SleepEx"},
        {"connect(a, foo)\n", 1, 12, "no statement made 'foo', expected an address"},
        {"connect(a, e)\n", 1, 12, "found e, expected an address"},
        {"GetQueuedCompletionStatus(o, 0)\n", 1, 27, "found o, expected a completion port"},
        {"WSASetEvent(o)\n", 1, 13, "found o, expected an event, NULL or a number"},
        {"WSAWaitForMultipleEvents(e, TRUE, 0, FALSE)\n", 1, 26, "found e, expected a list of events"},
        {"WSAWaitForMultipleEvents([10], TRUE, 0, FALSE)\n", 1, 26, "found [10], expected a list of events"},
        {"alertable_wait(e)\n", 1, 16, "found e, expected a number"},
        {"tcp(nonblokcing)\n", 1, 5, "unknown word 'nonblokcing' (did you mean 'nonblocking'?)"},
        {"tcp(5)\n", 1, 5, "found 5, expected a word"},
        {"handle(\"x\")\n", 1, 8, "found \"x\", expected a word"},
        {"a = shutdown(a, 1)\n", 1, 1, "1 name left of '=', but shutdown makes 0"},
        {"c, d = WSACreateEvent()\n", 1, 1, "2 names left of '=', but WSACreateEvent makes 1"},
        {"c, d, f = tcp()\n", 1, 7, "no verb makes more than 2 names"},
        {"c, c = tcp()\n", 1, 4, "'c' stands twice left of '='"},
        {"a = WSACreateEvent()\n", 1, 1, "'a' is a socket (line 2) and cannot become an event"},
        {"MSG_OOB = WSACreateEvent()\n", 1, 1, "'MSG_OOB' is a word of its own and cannot be the name of an event"},
        {"p = CreateIoCompletionPort(a, 1)\np = accept(a)\n", 2, 1,
         "'p' is a completion port (line 7) and cannot become a socket"},
        {"h = handle(file)\nh = accept(a)\n", 2, 1, "'h' is a handle (line 7) and cannot become a socket"},
        {"WSASend(a, [1], &v, 0, NULL, NULL)\nv = accept(a)\n", 2, 1,
         "'v' is a variable (line 7) and cannot become a socket"},
        {"\xEF\xBB\xBF\n", 1, 1, "no token begins with the byte 0xEF"},
        {"end = WSACreateEvent()\n", 1, 5, "found '=', expected the end of the line or a stamp"},
        {"foo bar\n", 1, 1, "a line cannot begin with 'foo': expected a header line, a statement or 'foo ='"},
        {"limit 5s\n", 1, 1, "found 'limit', expected a statement"},
        {"t2: tcp()\n", 1, 1, "no statement made 't2', expected the name of a thread"},
        {"a: tcp()\n", 1, 1, "no statement made 'a', expected the name of a thread"},
        {"thread a\n", 1, 8, "'a' is a socket (line 2) and cannot become a thread"},
        {"enter q(1)\n", 1, 7, "no statement made 'q', expected the name of a routine"},
        {"enter r(0, 1, &q, 0)\n", 1, 15, "no statement made 'q'"},
        {"leave o\n", 1, 7, "no statement made 'o', expected the name of a routine"},
        {"shutdown(a, 1) @5 = 0\n", 1, 19, "found '=', expected the end of the line"},
        {"shutdown(a, 1) ... = 0\n", 1, 20, "found '=', expected the end of the line"},
        {"shutdown(a, 1) @99999999999999999999\n", 1, 17, "the number is larger"},
        {"WSASend(a,\n  [10],\n  junk, 0, NULL, NULL)\n", 3, 3, "no statement made 'junk', expected a variable"},
        {"shutdown(a, \"x)\n", 1, 13, "the string is not closed"},
        {"shutdown(a, \"\\q\")\n", 1, 13, "the string is not closed, has an unknown escape, or is not UTF-8"},
        {"shutdown(a, \"\xC3\")\n", 1, 13, "the string is not closed, has an unknown escape, or is not UTF-8"},
        {"shutdown(a, \"\xED\xA0\x80\")\n", 1, 13, "the string is not closed"},
        {"$x\n", 1, 1, "'$x' stands outside a table"},
        {"connect(a, silently)\n", 1, 12,
         "no statement made 'silently', expected an address: loopback, nobody, beyond, "},
        {"fault(link_dwon)\n", 1, 7, "unknown word 'link_dwon' (did you mean 'link_down'?)"},
        {"fault()\n", 1, 1, "fault with 0 arguments, expected 2"},
        {"fault(inject(e))\n", 1, 7, "found inject(e), expected a word as argument 1 of fault"},
        {"fault(inject(WSAENETDWN))\n", 1, 14, "no statement made 'WSAENETDWN'"},
        {"setsockopt(a, SO_KEEPALIVE)\n", 1, 1, "setsockopt with 2 arguments, expected 4"},
        {"setsockopt(a, 0, IP_TTL, 1, 1)\n", 1, 1, "setsockopt with 5 arguments, expected 4"},
        {"WSAStartup(2, 2)\n", 1, 1, "WSAStartup with 2 arguments, expected 1"},
        {"QueueUserAPC(r, a)\n", 1, 17, "found a, expected a thread or main as argument 2 of QueueUserAPC"},
        {"QueueUserAPC(r, t2)\n", 1, 17, "no statement made 't2', expected a thread or main"},
        {"QueueUserAPC(NULL, t1)\n", 1, 14, "found NULL, expected a routine as argument 1 of QueueUserAPC"},
        {"WSASetBlockingHook(o)\n", 1, 20, "found o, expected a routine"},
        {"WSASendTo(a, [1], &s, 0, NULL, NULL, NULL)\n", 1, 26, "found NULL, expected an address"},
        {"thread main\n", 1, 8, "'main' is the case's own thread"},
        {"ExitThread()\n", 1, 1, "ExitThread stands in no block and is a thread's own call"},
        {"t1: ExitThread() ...\n", 1, 1, "ExitThread stands in no block and is a thread's own call"},
        {"repeat 2\nt1: ExitThread()\nend\n", 2, 1, "ExitThread stands in no block and is a thread's own call"},
        {"t1: ExitThread() = 0\nt1: WSACleanup()\n", 2, 1, "the thread 't1' has ended (line 7)"},
        {"t1: ExitThread() = 0\nt1: ... WSASend = 0\n", 2, 1, "the thread 't1' has ended (line 7)"},
        {"t1: ExitThread() = 0\nthread t1\n", 2, 8, "the thread 't1' has ended (line 7)"},
        {"printf(\"%s\", &s)\n", 1, 8, "printf knows %d, %u and %% only"},
        {"printf(\"%\")\n", 1, 8, "printf knows %d, %u and %% only"},
        {"printf(\"%d%%%u\", &s)\n", 1, 8, "the format is of 2 values, and 1 follow"},
        {"printf(\"%d\")\n", 1, 8, "the format is of 1 value, and 0 follow"},
        {"printf(\"x\", 1)\n", 1, 8, "the format is of 0 values, and 1 follow"},
        {"printf(&s)\n", 1, 8, "no statement made 's', expected a string"},
        {"printf(\"%d\", NULL)\n", 1, 14, "found NULL, expected a number, a constant or a variable"},
        {"printf(\"%d\", &o)\n", 1, 14, "argument 2 of printf is o, expected a variable: 'o' is an OVERLAPPED"},
        {"o# = overlapped(NULL)\n", 1, 1, "'o#' stands outside 'repeat': '#' is the round's number"},
        {"WSASend(a, [1], &s#, 0, NULL, NULL)\n", 1, 17, "'s#' stands outside 'repeat'"},
    };
    EXPECT_ERRORS(case_head, CASE_HEAD_LINES, wrong);
}

static void in_outcomes(void **state) {
    (void)state;
    static const struct wrong wrong[] = {
        {"shutdown(a, 1) = SOCKET_ERROR WSAESHUTDWN\n", 1, 31,
         "unknown word 'WSAESHUTDWN' in an outcome (did you mean 'WSAESHUTDOWN'?)"},
        {"shutdown(a, 1) = a\n", 1, 18, "unknown word 'a' in an outcome"},
        {"shutdown(a, 1) =\n", 1, 17, "found the end of the line, expected an outcome or 'want'"},
        {"shutdown(a, 1) = 0 or\n", 2, 1, "found the end of the file, expected an outcome or 'want'"},
        {"shutdown(a, 1) = 0 want 5\n", 1, 20, "found 'want', expected the end of the line"},
        {"shutdown(a, 1) = 9..1\n", 1, 18, "the range's end lies before its beginning"},
        {"recv(a, 1) = 1[9..1]\n", 1, 16, "the range's end lies before its beginning"},
        {"recv(a, 1) = 1[0..18446744073709551616]\n", 1, 19, "the number is larger"},
        {"recv(a, 1) = x\"abc\"\n", 1, 14, "found 'x'"},
        {"shutdown(a, 1) = [1]\n", 1, 18, "found '[', expected an outcome"},
        {"alertable_wait(1) = ran q(0)\n", 1, 25, "'q' is no routine that a statement made"},
        {"alertable_wait(1) = ran r(0, 5, &q, 0)\n", 1, 33, "no statement made 'q'"},
        {"alertable_wait(1) = ran r(0, r(0), 0)\n", 1, 30, "found 'r(', expected a value"},
    };
    EXPECT_ERRORS(case_head, CASE_HEAD_LINES, wrong);
}

static void in_blocks(void **state) {
    (void)state;
    static const struct wrong wrong[] = {
        {"repeat 0\nend\n", 1, 8, "'repeat' is from 1 to 1000000 times"},
        {"repeat 1000001\nend\n", 1, 8, "'repeat' is from 1 to 1000000 times"},
        {"repeat x\nend\n", 1, 8, "found 'x', expected a number"},
        {"repeat 5\nclosesocket(a)\n", 3, 1, "found the end of the case, expected a statement or 'end'"},
        {"repeat 5\ncase \"y\"\n", 2, 1, "found the end of the case, expected a statement or 'end'"},
        {"repeat 5\ntable \"t\"\n| a |\n| 1 |\n", 4, 1, "found the end of the case, expected a statement or 'end'"},
        {"repeat 5\n?\nend\n", 2, 1, "no token begins with '?'"},
        {"repeat 2 until 5\no# = overlapped(e)\nend\n", 1, 10,
         "a 'repeat' whose rounds are counted by '#' goes on to its end: it has no 'until'"},
        {"repeat 0\no# = overlapped(e)\nend\n", 1, 8, "'repeat' is from 1 to 1000000 times"},
        {"repeat x\no# = overlapped(e)\nend\n", 1, 8, "'repeat' is from 1 to 1000000 times"},
        {"repeat 2\no# = overlapped(e)\nend 5\n", 3, 5, "'end' stands alone in its line"},
        {"repeat 2\no# = overlapped(e)\nend\nWSASend(a, [1], NULL, 0, &o3, r)\n", 4, 26, "no statement made 'o3'"},
        {"repeat 2\nWSASend(a, [1], NULL, 0, &o#, r)\nend\n", 2, 26, "no statement made 'o1'"},
        {"repeat 2\nt1: ExitThread()\no# = overlapped(e)\nend\n", 2, 1, "the thread 't1' has ended (line 8)"},
        {"repeat 1000000\no# = overlapped(e)\nend\n", 2, 18, "the file's tables and counted rounds make more than"},
        {"repeat 5 until WSAEFAUL\nend\n", 1, 16, "unknown word 'WSAEFAUL'"},
        {"routine q\nroutine s\nend\nend\n", 2, 1, "a routine cannot stand inside another block"},
        {"routine o\nend\n", 1, 9, "'o' is an OVERLAPPED (line 4) and cannot become a routine"},
        {"repeat 1\nrepeat 1\nrepeat 1\nrepeat 1\nrepeat 1\n", 5, 1, "more than 4 blocks inside each other"},
        {"end\nfoo\n", 2, 1, "found 'foo', expected 'case', 'table' or the end of the file"},
    };
    EXPECT_ERRORS(case_head, CASE_HEAD_LINES, wrong);
}

static void in_headers(void **state) {
    (void)state;
    static const struct wrong wrong[] = {
        {"foo\n", 1, 1, "found 'foo', expected 'case', 'table' or the end of the file"},
        {"case x\n", 1, 6, "found 'x', expected a string"},
        {"case \"x\" foo\n", 1, 10,
         "found 'foo', expected the end of the line, 'clauses', 'requires', 'limit', 'start' or 'because'"},
        {"case \"x\"\n clause a.b\n", 2, 2, "a line cannot begin with 'clause': expected a header line"},
        {"case \"x\" clauses\n", 1, 17, "found the end of the line, expected a name or a dotted word"},
        {"case \"x\" limit 5\n", 1, 16, "found 5, expected a duration as 500ms or 2s"},
        {"case \"x\" limit 0s\n", 1, 16, "a limit is from 1ms to 4294967295ms"},
        {"case \"x\" limit 4294968s\n", 1, 16, "a limit is from 1ms to 4294967295ms"},
        {"case \"x\" limit 1s limit 2s\n", 1, 19, "'limit' is given twice"},
        {"case \"x\" start over\n", 1, 16, "found 'over', expected 'fresh' or 'uninitialised'"},
        {"case \"x\" because x\n", 1, 18, "found 'x', expected a string"},
        {"case \"x\" because \"x\" because \"x\"\n", 1, 22, "'because' is given twice"},
        {"case \"x\" because \"\\x00\"\n", 1, 18, "'because' cannot hold control characters"},
        {"case \"\"\n", 1, 6, "a case needs a name"},
        {"case \"/\"\n", 1, 6, "a case needs a name"},
        {"case \"a\\nb\"\n", 1, 6, "the name of a case cannot hold control characters"},
        {"case \"x\"\ncase \"y\"\ncase \"x\"\n", 3, 6, "a second case 'pre/x', the first is in line 1"},
        {"case \"/pre/x\"\ncase \"x\"\n", 2, 6, "a second case 'pre/x', the first is in line 1"},
    };
    EXPECT_ERRORS("", 0, wrong);
}

static void in_tables(void **state) {
    (void)state;
    static const struct wrong wrong[] = {
        {"table \"t\"\n| e |\n| e# |\nWSASetEvent($e)\n", 3, 3, "'e#' stands outside 'repeat'"},
        {"table \"t\"\n| e |\n| 1 |\nrepeat 2\nWSASetEvent($f)\nend\n", 5, 13, "the table has no column 'f'"},
        {"table x\n", 1, 7, "found 'x', expected the table's name, a string"},
        {"table \"x\"\n", 2, 1, "found the end of the file, expected a header line or '|'"},
        {"table \"x\"\n a = b\n", 2, 2, "found 'a', expected a header line or '|'"},
        {"table \"x\" foo\n | s |\n | 1 |\n", 1, 11, "found 'foo', expected the end of the line, 'clauses'"},
        {"table \"x\"\n | s |\n", 3, 1, "found the end of the file, expected a row of the table"},
        {"table \"x\"\n | s |\n tcp()\n", 3, 2, "found 'tcp(', expected a row of the table"},
        {"table \"x\"\n |s|\n | 1 |\n", 2, 2, "a '|' that separates cells has white space on both sides"},
        {"table \"x\"\n |\n | 1 |\n", 2, 2, "a table needs columns"},
        {"table \"x\"\n | s | |\n | 1 | 2 |\n", 2, 2, "a column without a name"},
        {"table \"x\"\n | s t |\n | 1 |\n", 2, 4, "the name of a column is one word"},
        {"table \"x\"\n | 5 |\n | 1 |\n", 2, 4, "the name of a column is one word"},
        {"table \"x\"\n | s | s |\n | 1 | 2 |\n", 2, 8, "a second column 's'"},
        {"table \"x\"\n | a | b |\n | 1 |\n", 3, 2, "a row of 1 cell, expected 2 as there are columns"},
        {"table \"x\"\n | a |\n | 1 | 2 |\n", 3, 2, "a row of 2 cells, expected 1 as there are columns"},
        {"table \"x\"\n | a | b |\n | 1 | 2\n", 3, 9, "a row ends with '|'"},
        {"table \"x\"\n | a | b |\n |  | 2 |\n", 3, 2, "the first cell of a row is its name and cannot be empty"},
        {"table \"x\"\n | s |\n | tcp( |\n a, b = $s\n", 3, 4,
         "a '(' or '[' of this cell is not closed before its '|'"},
        {"table \"x\"\n | s |\n | $s |\n a, b = $s\n", 3, 4, "a cell cannot hold a column ('$s')"},
        {"table \"x\"\n | s |\n | tcp() |\n a, b = $t\n", 4, 9, "the table has no column 't' (in the row 'tcp()')"},
        {"table \"x\"\n | s |\n | tcp() |\n | tpcc() |\n a, b = $s\n", 4, 4,
         "unknown verb 'tpcc' (in the row 'tpcc()')"},
        {"table \"x\"\n | n | s |\n | 1 | tcp() |\n | 2 | tcp(5) |\n a, b = $s\n", 4, 12,
         "found 5, expected a word as argument 1 of tcp (in the row '2')"},
        {"table \"x\"\n | s |\n | tcp() |\n a, b = $s $s\n", 3, 4, "found 'tcp(', expected "},
        {"table \"x\"\n | s |\n | tcp() |\n a, b = $s\n shutdown(a)\n", 5, 2,
         "shutdown with 1 argument, expected 2 (in the row 'tcp()')"},
        {"table \"x\"\n | s |\n | tcp() |\n | tcp()  |\n a, b = $s\n", 4, 2,
         "a second case 'pre/x[tcp()]', the first is in line 3"},
        {"table \"x\"\n | n | s |\n | 1 | 2 |\n $s\n", 3, 8, "found 2, expected a statement"},
    };
    EXPECT_ERRORS("", 0, wrong);
}

static void in_traces(void **state) {
    (void)state;
    static const struct wrong wrong[] = {
        {"trace 2\n", 1, 7, "a trace of version 2, expected 1"},
        {"trace x\n", 1, 7, "found 'x', expected a number"},
        {"trace 1\ntarget x\n", 2, 8, "found 'x', expected a string"},
        {"trace 1\nfoo \"x\"\n", 2, 1, "unknown word 'foo' in a trace's head, expected target, kind"},
        {"trace 1\nkind \"x\" kind \"y\"\n", 2, 10, "'kind' is given twice"},
        {"trace 1\ntable \"x\"\n", 2, 1, "a trace has no tables"},
        {"trace 1\ncase \"x\"\n", 3, 1, "the trace's case 'x' has no 'end': it was cut off"},
        {"trace 1\ncase \"x\"\ncase \"y\"\nend\n", 3, 1, "the trace's case 'x' has no 'end': it was cut off"},
        {"trace 1\ncase \"x\"\na, b = tcp()\nshutdown(a, 1) = 0", 4, 19,
         "found the end of the file, expected the end of the line"},
        {"trace 1\ncase \"x\"\na, b = tcp()\nshutdown(a, S", 4, 14, "found the end of the file, expected ',' or ')'"},
        {"trace 1\ncase \"x\"\nrepeat 5\n", 3, 1, "a trace is flat: it has no 'repeat'"},
        {"trace 1\ncase \"x\"\nroutine r\n", 3, 1, "a trace is flat: it has no 'routine'"},
        {"trace 1\ncase \"x\"\na, b = tcp()\nshutdown(a, 1) = 0 or 1\n", 4, 23,
         "a trace says what was seen: one outcome, and no 'want'"},
        {"trace 1\ncase \"x\"\na, b = tcp()\nshutdown(a, 1) = want 0\n", 4, 23,
         "a trace says what was seen: one outcome, and no 'want'"},
    };
    EXPECT_ERRORS("", 0, wrong);
}

static void nul_bytes(void **state) {
    (void)state;
    static const char outside[] = "case \"x\"\nWSA\0Cleanup()\n", inside[] = "case \"x\0y\"\n",
                      last[] = "case \"x\"\0y";
    expect_error(outside, sizeof outside - 1, &(struct wrong){"", 2, 4, "no token begins with the byte 0x00"});
    expect_error(inside, sizeof inside - 1, &(struct wrong){"", 1, 6, "the string is not closed"});
    expect_error(last, sizeof last - 1, &(struct wrong){"", 1, 9, "no token begins with the byte 0x00"});
}

/* n times a piece of text between a beginning and an end; the caller frees. */
static char *repeated(const char *from, const char *piece, size_t n, const char *to) {
    size_t length = strlen(piece);
    char *text = malloc(strlen(from) + n * length + strlen(to) + 1), *p = text;
    assert_non_null(text);
    p += sprintf(p, "%s", from);
    for (size_t i = 0; i < n; i++, p += length)
        memcpy(p, piece, length);
    strcpy(p, to);
    return text;
}

static void expect_long(const char *from, const char *piece, size_t n, const char *to, int line, const char *message) {
    char *text = repeated(from, piece, n, to);
    wsn_file *file = NULL;
    wsn_error error;
    assert_int_equal(wsn_read_text(text, strlen(text), "t", NULL, &file, &error), WSN_SYNTAX);
    free(text);
    assert_int_equal(error.line, line);
    assert_memory_equal(error.message, message, strlen(message));
}

static void bounds(void **state) {
    (void)state;
    expect_long("case \"", "x", 70000, "\"\n", 1, "a token of more than 65534 bytes");
    expect_long("case \"x\"\n", "x", 70000, "\n", 2, "a token of more than 65534 bytes");
    expect_long("case \"x\"\na, b = tcp()\nWSASend(a, [1", ",1", 262144, "], NULL, 0, NULL, NULL)\n", 3,
                "more than 262144 values in one statement");
    expect_long("case \"x\"\nrepeat 5\n", "WSACleanup()\n", 100001, "end\n", 100003,
                "more than 100000 statements in a block");
    expect_long("case \"x\" clauses", " a", 1001, "\n", 1, "more than 1000 words in the header");
    expect_long("case \"x\" ", "clauses a ", 600000, "\n", 1, "more than 1000 words in the header");
    expect_long("table \"x\"\n| a |\n| 1 |\n", "WSACleanup()\n", 200000, "", 166669,
                "a table of more than 500000 tokens");
}

static void too_many_cases(void **state) {
    (void)state;
    char *text = malloc(100001 * 16 + 1), *p = text;
    assert_non_null(text);
    for (int i = 0; i <= 100000; i++)
        p += sprintf(p, "case \"%d\"\n", i);
    wsn_file *file = NULL;
    wsn_error error;
    assert_int_equal(wsn_read_text(text, (size_t)(p - text), "t", NULL, &file, &error), WSN_SYNTAX);
    assert_int_equal(error.line, 100001);
    assert_string_equal(error.message, "more than 100000 cases in one file");
    free(text);
}

static void tables_that_expand_too_much(void **state) {
    (void)state;
    char *text = malloc(2000 * 16 + 2000 * 16 + 100), *p = text;
    assert_non_null(text);
    p += sprintf(p, "table \"t\"\n| a |\n");
    for (int i = 0; i < 2000; i++)
        p += sprintf(p, "| %d |\n", i);
    for (int i = 0; i < 2000; i++)
        p += sprintf(p, "WSACleanup()\n");
    wsn_file *file = NULL;
    wsn_error error;
    assert_int_equal(wsn_read_text(text, (size_t)(p - text), "t", NULL, &file, &error), WSN_SYNTAX);
    assert_memory_equal(error.message, "the file's tables make more than 4000000 tokens", 46);
    free(text);
}

static void no_file(void **state) {
    (void)state;
    wsn_file *file = NULL;
    wsn_error error;
    assert_int_equal(wsn_read_file("no/such/file", NULL, &file, &error), WSN_IO);
    assert_string_equal(error.file, "no/such/file");
    assert_string_equal(error.message, "the file cannot be opened");
    assert_int_equal(wsn_read_file("no/such/file", NULL, &file, NULL), WSN_IO);
    assert_int_equal(wsn_read_file("/", NULL, &file, &error), WSN_IO); /* a folder opens, but cannot be read */
    assert_null(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_statements),  cmocka_unit_test(in_outcomes),
        cmocka_unit_test(in_blocks),      cmocka_unit_test(in_headers),
        cmocka_unit_test(in_tables),      cmocka_unit_test(in_traces),
        cmocka_unit_test(nul_bytes),      cmocka_unit_test(bounds),
        cmocka_unit_test(too_many_cases), cmocka_unit_test(tables_that_expand_too_much),
        cmocka_unit_test(no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
