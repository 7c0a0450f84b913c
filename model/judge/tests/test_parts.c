/* test_parts.c - the judge's small parts: text and JSON, paths, names, what atoms say, canonical text. */
#define _POSIX_C_SOURCE 200809L
#include "names.h"
#include "paths.h"
#include "report.h"
#include "signature.h"
#include "state.h"
#include "steps.h"
#include "support.h"
#include "translate.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* --- text
 * ------------------------------------------------------------------------------------------------------------- */

static void test_text(void **state) {
    (void)state;
    wsj_text t = {0};
    assert_string_equal(wsj_text_string(&t), "");
    for (int i = 0; i < 1000; i++)
        wsj_text_add(&t, "0123456789");
    assert_int_equal(t.size, 10000);
    assert_int_equal(strlen(wsj_text_string(&t)), 10000);
    wsj_text_clear(&t);
    wsj_text_number(&t, 0);
    wsj_text_add(&t, " ");
    wsj_text_number(&t, UINT64_MAX);
    wsj_text_printf(&t, " %s-%d", "x", 7);
    assert_string_equal(wsj_text_string(&t), "0 18446744073709551615 x-7");
    wsj_text_printf(&t, "%ls", L"\xD800"); /* no character: a text that is not whole says so */
    assert_true(t.failed);
    assert_string_equal(wsj_text_string(&t), "0 18446744073709551615 x-7");
    wsj_text_free(&t);
    assert_null(wsj_text_room(&t, SIZE_MAX / 2 + 1)); /* more than there can be */
    assert_true(t.failed);
    assert_string_equal(wsj_text_string(&t), "");
    wsj_text_free(&t);
}

/* Lines of any length come out whole. */
static void test_long_lines(void **state) {
    (void)state;
    char text[2000] = "case \"c\"\n a, b = tcp()\n recv(b, 9) = 1[0..1]";
    for (int i = 1; i < 60; i++)
        sprintf(text + strlen(text), " 1[%d..%d]", i, i + 1);
    strcat(text, "\n WSASend(a, [0");
    for (int i = 1; i < 100; i++)
        sprintf(text + strlen(text), ", %d", i);
    strcat(text, "], &n, 0, NULL, NULL)\n");
    wsn_file *file = parse(text);
    wsj_text t = {0};
    wsj_print_atoms(&file->cases[0]->statements[1].outcomes[0], &t);
    wsj_text_add(&t, "|");
    wsj_print_call(&file->cases[0]->statements[2], &t);
    const char *call = strchr(wsj_text_string(&t), '|') + 1;
    assert_int_equal(call - 1 - wsj_text_string(&t), strlen(strstr(text, "1[0")) - strlen(strstr(text, "\n WSASend")));
    assert_memory_equal(wsj_text_string(&t), strstr(text, "1[0"), (size_t)(call - 1 - wsj_text_string(&t)));
    assert_int_equal(strlen(call), strlen(strstr(text, "WSASend")) - 1);
    assert_memory_equal(call, strstr(text, "WSASend"), strlen(call));
    wsj_text_free(&t);
    wsn_file_free(file);
}

static void test_json_strings(void **state) {
    (void)state;
    static const struct {
        const char *text, *json;
    } rows[] = {
        {"", "\"\""},
        {"plain", "\"plain\""},
        {"\"\\\n\t\x7f", "\"\\\"\\\\\\n\\u0009\\u007f\""},
        {"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\""},
        {"\xE0\xA0\x80\xED\x9F\xBF\xF1\x80\x80\x80\xF4\x8F\xBF\xBF",
         "\"\xE0\xA0\x80\xED\x9F\xBF\xF1\x80\x80\x80\xF4\x8F\xBF\xBF\""},
        {"\x80", "\"\xEF\xBF\xBD\""},   /* a lone continuation */
        {"\xC3", "\"\xEF\xBF\xBD\""},   /* cut */
        {"\xC3(", "\"\xEF\xBF\xBD(\""}, /* broken off */
        {"\xE2\x82(", "\"\xEF\xBF\xBD\xEF\xBF\xBD(\""},
        {"\xC0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},                                 /* overlong */
        {"\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},                 /* a surrogate */
        {"\xF5\x80\x80\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""}, /* beyond Unicode */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        wsj_text t = {0};
        wsj_text_json(&t, rows[i].text);
        assert_string_equal(wsj_text_string(&t), rows[i].json);
        assert_json(t.data, t.size);
        wsj_text_free(&t);
    }
    wsj_text t = {0};
    wsj_text_json(&t, NULL);
    assert_string_equal(wsj_text_string(&t), "\"\"");
    wsj_text_clear(&t);
    const char *const list[] = {"a", "b\""};
    wsj_text_json_list(&t, list, 2);
    assert_string_equal(wsj_text_string(&t), "[\"a\", \"b\\\"\"]");
    wsj_text_free(&t);
}

static void test_sets(void **state) {
    (void)state;
    wsj_set a = {0}, b = {0};
    wsj_set_add(&a, "err.notconn ret.zero err.notconn err.fault.sent", "err.");
    assert_int_equal(a.count, 2);
    wsj_set_add(&a, "", "");
    wsj_set_add(&a, "  ret.zero", "err."); /* no word is none */
    wsj_set_add(&a, " ", "");
    assert_int_equal(a.count, 2);
    wsj_set_add(&b, "ret.zero err.fault.sent", "");
    wsj_set_join(&a, &b);
    assert_int_equal(a.count, 3);
    assert_memory_equal(a.items[2].text, "ret.zero", 8);
    char word[8];
    static char words[400][8];
    for (int i = 0; i < 400; i++) { /* more than fit: what is there stays */
        snprintf(word, sizeof word, "w%d", i);
        strcpy(words[i], word);
        wsj_set_add(&a, words[i], "");
    }
    assert_int_equal(a.count, sizeof a.items / sizeof *a.items);
    wsj_texts texts = {0};
    assert_null(wsj_texts_next(&texts, NULL));
    wsj_texts_add(&texts, "one");
    wsj_texts_add(&texts, "two");
    const char *one = wsj_texts_next(&texts, NULL), *two = wsj_texts_next(&texts, one);
    assert_string_equal(one, "one");
    assert_string_equal(two, "two");
    assert_null(wsj_texts_next(&texts, two));
    wsj_text_free(&texts.text);
}

/* --- paths, names
 * ------------------------------------------------------------------------------------------------------ */

static void test_paths(void **state) {
    (void)state;
    static const struct {
        const char *root, *file, *prefix;
    } rows[] = {
        {"cases", "cases/errors/x.case", "errors/x"},
        {"cases/", "./cases//errors/./x.case", "errors/x"},
        {"./cases", "cases/x.case", "x"},
        {".", "cases/x.case", "cases/x"},
        {NULL, "cases/x.case", "cases/x"},
        {"", "./x", "x"},
        {"/", "/a/b.case", "a/b"},
        {"/a/case", "/a/cases/x.case", "/a/cases/x"},
        {"other", "cases/.case", "cases/"},
        {"/a", "a/b.case", "a/b"},
        {"a", "a/b.txt", "b.txt"},
        {"a", "a/b/case", "b/case"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *prefix = wsj_id_prefix(rows[i].root, rows[i].file);
        assert_string_equal(prefix, rows[i].prefix);
        free(prefix);
    }
}

/* Several names of one socket: it is closed when all of them are. */
static void test_aliases(void **state) {
    (void)state;
    wsj_names names = {0};
    static const char pool[40][4];
    assert_true(wsj_names_make(&names, pool[0], WSJ_SOCKET, NULL));
    assert_true(wsj_names_make(&names, pool[1], WSJ_SOCKET, NULL));
    assert_true(wsj_names_make(&names, pool[2], WSJ_EVENT, NULL));
    assert_false(wsj_names_close(&names, pool[0]));
    for (uint32_t i = 3; i < 40; i++) {
        assert_true(wsj_names_alias(&names, pool[i], pool[0], i == 5));
        assert_int_equal(wsj_names_find(&names, pool[i]).number, 0);
        assert_int_equal(wsj_names_find(&names, pool[i]).handle, i == 5);
    }
    assert_true(wsj_names_alias(&names, pool[6], pool[5], false)); /* a copy of a handle is one */
    assert_true(wsj_names_find(&names, pool[6]).handle);
    assert_false(wsj_names_close(&names, pool[1]));
    for (uint32_t i = 3; i < 40; i++)
        assert_true(wsj_names_close(&names, pool[i]));
    assert_true(wsj_names_find(&names, pool[9]).closed);
    assert_false(wsj_names_close(&names, pool[0])); /* the last one: the socket itself */
    wsj_names_reopen(&names, pool[9]);
    wsj_names_reopen(&names, pool[0]);
    assert_false(wsj_names_find(&names, pool[9]).closed);
    assert_true(wsj_names_close(&names, pool[0]));
    assert_ptr_equal(wsj_names_of(&names, WSJ_SOCKET, 1), pool[1]);
    assert_true(wsj_names_alias(&names, pool[1], pool[0], false)); /* stands for another thing now */
    assert_null(wsj_names_of(&names, WSJ_SOCKET, 1));
    wsj_names_free(&names);
}

static void test_names(void **state) {
    (void)state;
    wsj_names names = {0}, copy = {0};
    static const char pool[3000][8];
    uint32_t number = 9;
    assert_int_equal(wsj_names_find(&names, pool[0]).kind, WSJ_UNKNOWN);
    assert_int_equal(wsj_names_find(&names, NULL).kind, WSJ_UNKNOWN);
    assert_true(wsj_names_copy(&copy, &names));
    for (uint32_t i = 0; i < 3000; i++) {
        assert_true(wsj_names_make(&names, pool[i], i % 2 ? WSJ_SOCKET : WSJ_EVENT, &number));
        assert_int_equal(number, i / 2);
    }
    for (uint32_t i = 0; i < 3000; i++)
        assert_int_equal(wsj_names_find(&names, pool[i]).number, i / 2);
    assert_ptr_equal(wsj_names_of(&names, WSJ_SOCKET, 1), pool[3]);
    assert_null(wsj_names_of(&names, WSJ_PORT, 0));
    assert_true(wsj_names_make(&names, pool[0], WSJ_PORT, NULL)); /* the newest counts */
    assert_int_equal(wsj_names_find(&names, pool[0]).kind, WSJ_PORT);
    assert_true(wsj_names_copy(&copy, &names));
    wsj_names_clear(&names);
    wsj_names_clear(&names);
    assert_int_equal(wsj_names_find(&names, pool[0]).kind, WSJ_UNKNOWN);
    assert_int_equal(wsj_names_find(&copy, pool[0]).kind, WSJ_PORT);
    assert_true(wsj_names_make(&names, pool[5], WSJ_SOCKET, &number));
    assert_int_equal(number, 0);
    wsj_names_clear(&names);
    assert_int_equal(wsj_names_find(&names, pool[5]).kind, WSJ_UNKNOWN);
    wsj_names_free(&names);
    wsj_names_free(&copy);
}

static void test_numbers(void **state) {
    (void)state;
    wsn_file *file =
        parse("case \"c\"\n a, b = tcp()\n c, d = tcp()\n WSASend(a, [1], &n, 0, NULL, NULL)\n"
              " WSASend(a, [1], &n, 0, NULL, NULL)\n WSASend(a, [2 x 1], &n, 0, NULL, NULL)\n"
              " WSASend(a, [1, 1], &n, 0, NULL, NULL)\n WSASend(c, [1, 1], &n, 0, NULL, NULL)\n"
              " WSASend(c, [1, 1 wild], &n, 0, NULL, NULL)\n WSASend(c, [1, 1 of 1], &n, 0, NULL, NULL)\n");
    static const int want[] = {1, 2, 3, 3, 4, 5, 6, 7, 8};
    wsj_numbering numbering = {0};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        assert_int_equal(wsj_number(&numbering, &file->cases[0]->statements[i]), want[i]);
    wsn_file_free(file);
}

/* --- calls and outcomes: what the notation says reaches the model
 * ----------------------------------------------------- */

/* The call of the last statement of a case's text. */
static wsc_call call_of(wsj_world *world, wsn_file **file, const char *text) {
    wsc_call call;
    wsn_error error;
    *file = parse(text);
    const wsn_case *c = (*file)->cases[0];
    wsj_world_begin(world, c);
    for (size_t i = 0; i < c->n_statements; i++) {
        wsj_translated t = wsj_translate_call(world, &c->statements[i], &call, &error);
        if (t != WSJ_TO_MODEL && t != WSJ_NO_CALL)
            fail_msg("%s", error.message);
        call.thread |= t == WSJ_NO_CALL ? 1000 : 0;
    }
    return call;
}

#define CALL(text) call = call_of(&world, &file, "case \"c\"\n" text "\n")
#define DONE wsn_file_free(file)

static void test_send_calls(void **state) {
    (void)state;
    wsj_world world = {0};
    wsn_file *file;
    wsc_call call;
    CALL("a, b = tcp()\n o = overlapped(NULL)\n r = routine()\n WSASend(b, [1, 4 x 2], readonly &n, "
         "MSG_OOB|MSG_PARTIAL, guard &o, r)");
    assert_int_equal(call.kind, WSC_SEND);
    assert_int_equal(call.u.send.socket, 1);
    assert_int_equal(call.u.send.buffers.count, 5);
    assert_int_equal(call.u.send.buffers.total, 9);
    assert_int_equal(call.u.send.sent_at, WSC_AT_READONLY);
    assert_int_equal(call.u.send.flags, WSC_MSG_OOB | WSC_MSG_PARTIAL);
    assert_int_equal(call.u.send.overlapped_at, WSC_AT_GUARD);
    assert_int_equal(call.u.send.op, 0);
    assert_int_equal(call.u.send.routine_at, WSC_AT_PLAIN);
    assert_int_equal(call.u.send.routine, 0);
    assert_int_equal(call.u.send.data, 1);
    DONE;
    CALL("e = WSACreateEvent()\n WSASend(e, straddle [10, 10], NULL, 0, wild, kernel)");
    assert_int_equal(call.u.send.socket, WSC_NONE);
    assert_int_equal(call.u.send.buffers.array, WSC_AT_STRADDLE);
    assert_int_equal(call.u.send.buffers.mapped, 1);
    assert_int_equal(call.u.send.buffers.count, 2);
    assert_int_equal(call.u.send.sent_at, WSC_AT_NULL);
    assert_int_equal(call.u.send.overlapped_at, WSC_AT_WILD);
    assert_int_equal(call.u.send.op, WSC_NONE);
    assert_int_equal(call.u.send.routine_at, WSC_AT_KERNEL);
    assert_int_equal(call.u.send.routine, WSC_NONE);
    DONE;
    CALL("WSASend(INVALID_SOCKET, NULL count 3, wild, 0, NULL, NULL)");
    assert_int_equal(call.u.send.buffers.array, WSC_AT_NULL);
    assert_int_equal(call.u.send.buffers.count, 3);
    assert_int_equal(call.u.send.buffers.mapped, 0);
    DONE;
    CALL("WSASend(12, straddle [], &n, 0, NULL, NULL)");
    assert_int_equal(call.u.send.buffers.mapped, 0);
    assert_int_equal(call.u.send.buffers.count, 0);
    DONE;
    CALL("WSASend(12, [4294967295 of 4096, 0 NULL], &n, 0, NULL, NULL)");
    assert_true(call.u.send.buffers.bad);
    assert_true(call.u.send.buffers.odd);
    DONE;
    wsj_world_free(&world);
}

static void test_other_calls(void **state) {
    (void)state;
    wsj_world world = {0};
    wsn_file *file;
    wsc_call call;
    CALL("a, b = udp6(nonblocking, narrow, not_overlapped)");
    assert_int_equal(call.kind, WSC_PAIR);
    assert_int_equal(call.u.pair.family, WSC_INET6);
    assert_int_equal(call.u.pair.type, WSC_DATAGRAM);
    assert_true(call.u.pair.nonblocking && call.u.pair.narrow && call.u.pair.not_overlapped);
    DONE;
    CALL("s = socket(AF_INET6, SOCK_STREAM, 0)");
    assert_int_equal(call.u.socket.family, WSC_INET6);
    assert_true(call.u.socket.overlapped);
    DONE;
    CALL("s = WSASocket(AF_UNSPEC, SOCK_RAW, 0, 0)");
    assert_int_equal(call.u.socket.family, WSC_OTHER_FAMILY);
    assert_int_equal(call.u.socket.type, WSC_RAW);
    assert_false(call.u.socket.overlapped);
    DONE;
    CALL("s = WSASocket(AF_INET, SOCK_DGRAM, 17, WSA_FLAG_OVERLAPPED)");
    assert_true(call.u.socket.overlapped);
    DONE;
    static const struct {
        const char *text;
        wsc_family family;
        wsc_type type;
    } kinds[] = {{"s = socket(AF_UNIX, SOCK_STREAM, 0)", WSC_LOCAL, WSC_STREAM},
                 {"s = socket(AF_INET, SOCK_RDM, 113)", WSC_INET, WSC_RDM},
                 {"s = socket(99, SOCK_SEQPACKET, 0)", WSC_OTHER_FAMILY, WSC_SEQPACKET},
                 {"s = socket(AF_INET, 0, 0)", WSC_INET, WSC_DATAGRAM},
                 {"s = socket(AF_INET, 6, 0)", WSC_INET, WSC_DATAGRAM}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char text[100];
        snprintf(text, sizeof text, "case \"c\"\n%s\n", kinds[i].text);
        call = call_of(&world, &file, text);
        assert_int_equal(call.u.socket.family, kinds[i].family);
        assert_int_equal(call.u.socket.type, kinds[i].type);
        DONE;
    }
    CALL("a = raw()");
    assert_int_equal(call.u.pair.type, WSC_RAW);
    assert_int_equal(call.u.pair.b, WSC_UNKNOWN);
    DONE;
    CALL("a, b = af_unix(nonblocking)");
    assert_int_equal(call.u.pair.family, WSC_LOCAL);
    assert_true(call.u.pair.nonblocking);
    DONE;
    CALL("fault(link_down, mtu(1500), inject(WSAENOBUFS, 2))");
    assert_int_equal(call.kind, WSC_FAULT);
    assert_int_equal(call.u.fault.words,
                     1u << wsc_fault_word("link_down") | 1u << wsc_fault_word("mtu") | 1u << wsc_fault_word("inject"));
    assert_int_equal(call.u.fault.code, 10055);
    DONE;
    static const struct {
        const char *text;
        wsc_option option;
    } levels[] = {{"setsockopt(a, SO_KEEPALIVE, 1)", WSC_SO_KEEPALIVE},
                  {"setsockopt(a, SOL_SOCKET, SO_SNDBUF, 1)", WSC_SO_SNDBUF},
                  {"setsockopt(a, IPPROTO_IP, IP_TTL, 1)", WSC_IP_TTL},
                  {"setsockopt(a, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 1)", WSC_IP_TTL},
                  {"setsockopt(a, IPPROTO_IP, IP_DONTFRAGMENT, 1)", WSC_IP_WHOLE},
                  {"setsockopt(a, IPPROTO_IPV6, IPV6_DONTFRAG, 1)", WSC_IP_WHOLE},
                  {"setsockopt(a, IPPROTO_IP, 10, 1)", WSC_SO_OTHER},
                  {"setsockopt(a, IPPROTO_TCP, 4, 1)", WSC_SO_OTHER},
                  {"keepalive(a, 100, 200)", WSC_SO_KEEPALIVE}};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        char text[120];
        snprintf(text, sizeof text, "case \"c\"\na, b = tcp()\n%s\n", levels[i].text);
        call = call_of(&world, &file, text);
        assert_int_equal(call.kind, WSC_SETOPT);
        assert_int_equal(call.u.option.option, levels[i].option);
        assert_int_equal(call.u.option.value, 1);
        DONE;
    }
    CALL("a, b = tcp()\n connect(a, beyond)");
    assert_int_equal(call.u.connect.peer, WSC_BEYOND);
    DONE;
    CALL("a, b = tcp()\n connect(a, silent)");
    assert_int_equal(call.u.connect.peer, WSC_SILENT);
    DONE;
    CALL("a, b = tcp()\n connect(a, nobody)");
    assert_int_equal(call.u.connect.peer, WSC_NONE);
    DONE;
    CALL("a, b = tcp()\n WSAConnect(a, loopback)");
    assert_int_equal(call.u.connect.peer, WSC_UNKNOWN);
    DONE;
    CALL("a, b = tcp()\n connect(a, b)");
    assert_int_equal(call.u.connect.peer, 1);
    DONE;
    CALL("a, b = tcp()\n c = accept(b)");
    assert_int_equal(call.u.accept.listener, 1);
    assert_int_equal(call.u.accept.socket, 2);
    DONE;
    CALL("a, b = tcp()\n shutdown(a, SD_BOTH)");
    assert_int_equal(call.u.shutdown.how, WSC_SD_BOTH);
    DONE;
    CALL("a, b = tcp()\n shutdown(a, 3)"); /* not a way to shut down: nothing happens */
    assert_int_equal(call.thread, 1000);
    DONE;
    CALL("a, b = tcp()\n ioctlsocket(a, FIONBIO, 1)");
    assert_true(call.u.nonblocking.on);
    DONE;
    CALL("a, b = tcp()\n WSAIoctl(a, FIONREAD)");
    assert_int_equal(call.thread, 1000);
    DONE;
    CALL("o = overlapped(0)");
    assert_int_equal(call.u.overlapped.event, WSC_NONE);
    DONE;
    CALL("o = overlapped(0x1234)");
    assert_int_equal(call.u.overlapped.event, WSC_BOGUS);
    DONE;
    CALL("a, b = tcp()\n o = overlapped(a)");
    assert_int_equal(call.u.overlapped.event, WSC_BOGUS);
    DONE;
    CALL("a, b = tcp()\n WSASetEvent(a)");
    assert_int_equal(call.thread, 1000);
    DONE;
    CALL("e = WSACreateEvent()\n f = WSACreateEvent()\n WSASetEvent(f)\n WSAResetEvent(f)\n WSACloseEvent(f)");
    assert_int_equal(call.kind, WSC_EVENT_CLOSE);
    assert_int_equal(call.u.event.event, 1);
    DONE;
    CALL("a, b = tcp()\n e = WSACreateEvent()\n WSAWaitForMultipleEvents([e, a, e], FALSE, 70, TRUE)");
    assert_int_equal(call.u.wait.n, 3);
    assert_int_equal(call.u.wait.events[1], WSC_BOGUS);
    assert_false(call.u.wait.all);
    assert_true(call.u.wait.alertable);
    assert_int_equal(call.u.wait.patience, WSC_SHORT);
    DONE;
    CALL("SleepEx(INFINITE, FALSE)");
    assert_int_equal(call.u.sleep.patience, WSC_LIMIT);
    DONE;
    CALL("limit 100ms\n SleepEx(100, FALSE)");
    assert_int_equal(call.u.sleep.patience, WSC_LIMIT);
    DONE;
    CALL("a, b = tcp()\n o = overlapped(NULL)\n CancelIoEx(a, &o)");
    assert_int_equal(call.u.cancel.how, WSC_CANCEL_IO_EX);
    assert_int_equal(call.u.cancel.op, 0);
    DONE;
    CALL("a, b = tcp()\n select(a, except, 0)");
    assert_int_equal(call.u.select.interest, WSC_EXCEPT);
    assert_int_equal(call.u.select.patience, WSC_POLL);
    DONE;
    static const struct {
        const char *name;
        wsc_option option;
    } options[] = {
        {"SO_MAX_MSG_SIZE", WSC_SO_MAX_MSG_SIZE}, {"SO_SNDBUF", WSC_SO_SNDBUF},       {"SO_RCVBUF", WSC_SO_RCVBUF},
        {"SO_SNDTIMEO", WSC_SO_SNDTIMEO},         {"SO_OOBINLINE", WSC_SO_OOBINLINE}, {"SO_LINGER", WSC_SO_OTHER}};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        char text[200];
        snprintf(text, sizeof text, "case \"c\"\n a, b = tcp()\n setsockopt(a, %s, 7)\n", options[i].name);
        call = call_of(&world, &file, text);
        assert_int_equal(call.u.option.option, options[i].option);
        assert_int_equal(call.u.option.value, 7);
        DONE;
    }
    wsj_world_free(&world);
}

static const char *printed(const wsj_world *world, wsc_call_kind kind, wsc_outcome is) {
    static char text[200];
    wsj_text t = {0};
    static wsc_interest interest;
    interest = kind == WSC_SELECT ? (wsc_interest)((interest + 1) % 3) : interest;
    const wsc_call call = {.kind = kind, .u.select.interest = interest};
    wsj_print_outcome(world, &call, &is, &t);
    snprintf(text, sizeof text, "%s", wsj_text_string(&t));
    wsj_text_free(&t);
    return text;
}

static void test_outcome_texts(void **state) {
    (void)state;
    wsj_world w = {0};
    wsj_names_make(&w.names, "o", WSJ_OVERLAPPED, NULL);
    wsj_names_make(&w.names, "r", WSJ_ROUTINE, NULL);
#define TEXT(kind, want, ...) assert_string_equal(printed(&w, kind, (wsc_outcome){.op = WSC_NONE, __VA_ARGS__}), want)
    TEXT(WSC_SEND, "0", .ret = WSC_RET_0);
    TEXT(WSC_SEND, "0 sent 10", .ret = WSC_RET_0, .amount = WSC_AMOUNT_RANGE, .low = 10, .high = 10);
    TEXT(WSC_SEND, "0 sent 1..9", .ret = WSC_RET_0, .amount = WSC_AMOUNT_RANGE, .low = 1, .high = 9);
    TEXT(WSC_SEND, "SOCKET_ERROR WSA_IO_PENDING sent untouched", .ret = WSC_RET_SOCKET_ERROR, .error = 997,
         .amount = WSC_AMOUNT_UNTOUCHED);
    TEXT(WSC_SEND, "SOCKET_ERROR no_error", .ret = WSC_RET_SOCKET_ERROR);
    TEXT(WSC_SEND, "SOCKET_ERROR 31337", .ret = WSC_RET_SOCKET_ERROR, .error = 31337);
    TEXT(WSC_SEND, "SOCKET_ERROR any_error", .ret = WSC_RET_SOCKET_ERROR, .error = WSC_ANY_ERROR);
    TEXT(WSC_SEND, "", .ret = WSC_RET_OTHER);
    TEXT(WSC_RESULT, "TRUE transferred 5", .ret = WSC_RET_TRUE, .amount = WSC_AMOUNT_RANGE, .low = 5, .high = 5);
    TEXT(WSC_RESULT, "FALSE WSA_IO_INCOMPLETE", .ret = WSC_RET_FALSE, .error = 996);
    TEXT(WSC_TAKE, "FALSE WAIT_TIMEOUT", .ret = WSC_RET_FALSE, .error = 258);
    TEXT(WSC_WAIT, "WSA_WAIT_EVENT_0", .ret = WSC_RET_EVENT_0, .amount = WSC_AMOUNT_RANGE);
    TEXT(WSC_WAIT, "3", .ret = WSC_RET_EVENT_0, .amount = WSC_AMOUNT_RANGE, .low = 3, .high = 3);
    TEXT(WSC_WAIT, "WSA_WAIT_TIMEOUT", .ret = WSC_RET_TIMEOUT);
    TEXT(WSC_WAIT, "WSA_WAIT_IO_COMPLETION", .ret = WSC_RET_IO_COMPLETION);
    TEXT(WSC_WAIT, "WSA_WAIT_FAILED WSA_INVALID_HANDLE", .ret = WSC_RET_WAIT_FAILED, .error = 6);
    TEXT(WSC_SLEEP, "WAIT_IO_COMPLETION", .ret = WSC_RET_IO_COMPLETION);
    TEXT(WSC_ALERTABLE_WAIT, "timeout", .ret = WSC_RET_TIMEOUT);
    TEXT(WSC_ALERTABLE_WAIT, "", .ret = WSC_RET_NONE);
    TEXT(WSC_SELECT, "writable", .ret = WSC_RET_READY); /* printed() asks for one after the other */
    TEXT(WSC_SELECT, "except", .ret = WSC_RET_READY);
    TEXT(WSC_SELECT, "readable", .ret = WSC_RET_READY);
    TEXT(WSC_GETOPT, "0 value 9", .ret = WSC_RET_0, .amount = WSC_AMOUNT_RANGE, .low = 9, .high = 9);
    TEXT(WSC_RECV, "", .ret = WSC_RET_DATA);
#undef TEXT
    assert_string_equal(printed(&w, WSC_TAKE, (wsc_outcome){.ret = WSC_RET_TRUE, .op = 0}), "TRUE &o");
    assert_string_equal(printed(&w, WSC_TAKE, (wsc_outcome){.ret = WSC_RET_TRUE, .op = WSC_UNKNOWN}), "TRUE &unknown");
    wsj_text t = {0};
    wsj_print_ran(&w, &(wsc_may_run){.routine = 0, .op = 0, .error = 995, .low = 0, .high = 9}, &t);
    wsj_text_add(&t, " ");
    wsj_print_ran(&w, &(wsc_may_run){.routine = 0, .op = WSC_NONE, .error = 31337}, &t);
    assert_string_equal(wsj_text_string(&t), "r(WSA_OPERATION_ABORTED, 0..9, &o, 0) r(31337, 0, NULL, 0)");
    wsj_text_clear(&t);
    const wsc_run runs[] = {{1, 0, 10}, {0, 0, 4}};
    wsj_print_data(runs, 2, WSC_END_ERROR, 10054, &t);
    wsj_text_add(&t, "; ");
    wsj_print_data(runs, 0, WSC_END_EOF, 0, &t);
    wsj_text_add(&t, "; ");
    wsj_print_data(&(wsc_run){2, 0, 0}, 1, WSC_END_NONE, 0, &t);
    wsj_text_add(&t, "; ");
    wsj_print_data(&(wsc_run){2, 0, 0}, 1, WSC_END_EOF, 0, &t);
    assert_string_equal(wsj_text_string(&t),
                        "1[0..10] foreign[0..4] SOCKET_ERROR WSAECONNRESET; eof; empty; 2[0..0] eof");
    wsj_text_free(&t);
    wsj_world_free(&w);
}

/* --- what atoms say
 * --------------------------------------------------------------------------------------------------- */

/* Reads the outcome of the last statement of a case. */
static bool see_text(const char *text, wsn_file **file, wsj_seen *seen) {
    char message[200];
    char whole[400];
    snprintf(whole, sizeof whole,
             "case \"c\"\n a, b = tcp()\n e = WSACreateEvent()\n o = overlapped(NULL)\n r = routine()\n"
             " p = CreateIoCompletionPort(a, 1)\n %s\n",
             text);
    *file = parse(whole);
    const wsn_case *c = (*file)->cases[0];
    const wsn_statement *s = &c->statements[c->n_statements - 1];
    return wsj_see(s->verb, &s->outcomes[0], seen, message, sizeof message);
}

#define SEE(text) assert_true(see_text(text, &file, &seen))

static void test_seen(void **state) {
    (void)state;
    wsn_file *file;
    wsj_seen seen;
    SEE("WSASend(a, [9], &n, 0, NULL, NULL) = 0 sent 1..8");
    assert_true(seen.returned == WSJ_NUMBER && seen.value == 0 && seen.sent.low == 1 && seen.sent.high == 8);
    DONE;
    SEE("WSASend(a, [9], &n, 0, NULL, NULL) = SOCKET_ERROR WSAEFAULT sent untouched event set changed data changed "
        "guard unwanted");
    assert_true(seen.returned == WSJ_SOCKET_ERROR && seen.code == 10014 && seen.sent.untouched && seen.event_said &&
                seen.event_set && seen.changed == (WSJ_CHANGED_DATA | WSJ_CHANGED_GUARD) && seen.unwanted);
    DONE;
    SEE("WSAWaitForMultipleEvents([e], TRUE, 0, TRUE) = WSA_WAIT_FAILED WSA_INVALID_HANDLE");
    assert_true(seen.value == UINT32_MAX && seen.code == 6);
    DONE;
    SEE("WSAWaitForMultipleEvents([e], TRUE, 0, TRUE) = WSA_WAIT_IO_COMPLETION ran r(0, 1, &o, 0)");
    assert_true(seen.value == 192 && seen.says_ran && seen.n_ran == 1);
    DONE;
    SEE("alertable_wait(2) = timeout ran r(0, 1, &o, 0)");
    assert_true(seen.tail == WSJ_TIMEOUT && seen.n_ran == 1);
    DONE;
    SEE("alertable_wait(2) = ran r(0, 1, &o, 0) timeout");
    assert_true(seen.tail == WSJ_TIMEOUT && seen.n_ran == 1);
    DONE;
    SEE("recv(a, 9) = 1[0..4] SOCKET_ERROR WSAECONNRESET");
    assert_true(seen.n_runs == 1 && seen.tail == WSJ_RECV_ERROR && seen.code == 10054);
    DONE;
    SEE("select(a, readable, 0) = SOCKET_ERROR WSAENOTSOCK");
    assert_true(seen.returned == WSJ_SOCKET_ERROR && seen.code == 10038);
    DONE;
    SEE("select(a, readable, 0) = timeout");
    assert_true(seen.tail == WSJ_TIMEOUT && !seen.ready);
    DONE;
    SEE("c, d = tcp() = ok max_msg 9 partial no_oob");
    assert_true(seen.max_msg.high == 9 && seen.partial && seen.no_oob);
    DONE;
    SEE("GetQueuedCompletionStatus(p, 0) = FALSE 64 &o transferred 3");
    assert_true(seen.returned == WSJ_FALSE && seen.code == 64 && seen.amount.high == 3);
    assert_string_equal(seen.overlapped, "o");
    DONE;
    SEE("GetQueuedCompletionStatus(p, 0) = TRUE");
    assert_true(seen.returned == WSJ_TRUE && !seen.overlapped && !seen.amount.said);
    DONE;
    SEE("GetQueuedCompletionStatus(p, 0) = TRUE transferred 3");
    assert_true(!seen.overlapped && seen.amount.high == 3);
    DONE;
    SEE("GetQueuedCompletionStatus(p, 0) = TRUE 4096 transferred 3");
    assert_string_equal(seen.overlapped, "a number");
    DONE;
    SEE("GetQueuedCompletionStatus(p, 0) = FALSE 64 wild transferred 3");
    assert_string_equal(seen.overlapped, "wild");
    DONE;
    SEE("WSASend(a, [9], &n, 0, NULL, NULL) = 0 sent 9 ran r(0, 1, &o, 0)");
    assert_int_equal(seen.n_ran, 1);
    DONE;
    SEE("closesocket(a) = failed \"why\"");
    assert_true(seen.ending == WSJ_FAILED && seen.why_length == 3);
    DONE;
    SEE("closesocket(a) = unsupported");
    assert_true(seen.ending == WSJ_LACKING && !seen.why);
    DONE;
    assert_false(see_text("WSAWaitForMultipleEvents([e], TRUE, 0, TRUE) = WSA_WAIT_FAILED eof", &file, &seen));
    DONE;
    assert_false(see_text("WSAWaitForMultipleEvents([e], TRUE, 0, TRUE) = eof", &file, &seen));
    DONE;
    assert_false(see_text("c, d = tcp() = ok max_msg eof", &file, &seen));
    DONE;
    static const char *const none[] = {"GetQueuedCompletionStatus(p, 0) = 0",
                                       "GetQueuedCompletionStatus(p, 0) = FALSE eof",
                                       "GetQueuedCompletionStatus(p, 0) = TRUE &o transferred eof",
                                       "WSAGetOverlappedResult(a, &o, &n, TRUE) = TRUE transferred eof",
                                       "WSAGetOverlappedResult(a, &o, &n, TRUE) = FALSE eof",
                                       "SleepEx(0, TRUE) = eof",
                                       "SleepEx(0, TRUE) = 0 ran eof",
                                       "getsockopt(a, SO_SNDBUF) = eof",
                                       "getsockopt(a, SO_SNDBUF) = 0 value eof",
                                       "closesocket(a) = SOCKET_ERROR eof",
                                       "WSASend(a, [1], &n, 0, NULL, NULL) = SOCKET_ERROR x\"00\"",
                                       "WSASend(a, [1], &n, 0, NULL, NULL) = 0 sent",
                                       "WSASend(a, [1], &n, 0, NULL, NULL) = 0 sent 1 ran eof",
                                       "WSASend(a, [1], &n, 0, NULL, NULL) = 0..1",
                                       "alertable_wait(2) = ran r(0, 1, &o, 0) changed data ran r(0, 1, &o, 0)",
                                       "closesocket(a) = failed eof"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        if (see_text(none[i], &file, &seen))
            fail_msg("an outcome: %s", none[i]);
        DONE;
    }
    SEE("getsockopt(a, SO_SNDBUF) = 0 value 9");
    assert_true(seen.option.said && seen.option.low == 9 && seen.option.high == 9);
    DONE;
    SEE("getsockopt(a, SO_SNDBUF) = 0");
    assert_false(seen.option.said);
    DONE;
    SEE("GetQueuedCompletionStatus(p, 0) = TRUE NULL transferred 3");
    DONE;
    SEE("alertable_wait(2) = changed data ran r(0, 1, &o, 0)");
    assert_int_equal(seen.n_ran, 1);
    DONE;
}

/* --- what no reader lets pass, but another maker of statements may
 * ------------------------------------------------------ */

static void test_strange_statements(void **state) {
    (void)state;
    static wsn_value zero = {.kind = WSN_INT, .constant = true}, string = {.kind = WSN_STRING},
                     name = {.kind = WSN_NAME, .name = "nothing"}, list = {.kind = WSN_LIST},
                     bad_list = {.kind = WSN_LIST}, huge = {.kind = WSN_LIST, .has_count = true, .count = UINT64_MAX},
                     reference = {.kind = WSN_REF, .name = "n"},
                     huge_number = {.kind = WSN_INT, .constant = true, .number = UINT64_MAX},
                     code = {.kind = WSN_INT, .constant = true, .number = 10050},
                     inject = {.kind = WSN_NAME, .name = "inject"}, empty = {.kind = WSN_INVOKE, .name = "inject"},
                     inject_one = {.kind = WSN_INVOKE, .name = "inject"};
    inject_one.items = &code;
    inject_one.n_items = 1;
    bad_list.items = &string;
    bad_list.n_items = 1;
    struct {
        wsn_verb verb;
        wsn_statement_kind kind;
        wsn_value args[6];
        const char *says;
    } rows[] = {
        {WSN_VERB_WSASend, WSN_CALL, {string, list, reference, zero, zero, zero}, "name of an object"},
        {WSN_VERB_WSASend, WSN_CALL, {name, list, reference, zero, zero, zero}, "nothing of this name"},
        {WSN_VERB_WSASend, WSN_CALL, {zero, huge, reference, zero, zero, zero}, "32 bits"},
        {WSN_VERB_WSASend, WSN_CALL, {zero, string, reference, zero, zero, zero}, "array of buffers"},
        {WSN_VERB_WSASend, WSN_CALL, {zero, name, reference, zero, zero, zero}, "array of buffers"},
        {WSN_VERB_WSASend, WSN_CALL, {zero, bad_list, reference, zero, zero, zero}, "length of a buffer"},
        {WSN_VERB_WSASend, WSN_CALL, {zero, list, zero, zero, zero, zero}, "lpNumberOfBytesSent"},
        {WSN_VERB_WSASend, WSN_CALL, {zero, list, reference, name, zero, zero}, "a number or a constant"},
        {WSN_VERB_WSASend, WSN_CALL, {zero, list, reference, zero, zero, zero}, "lpOverlapped"},
        {WSN_VERB_tcp, WSN_CALL, {zero}, "left of '='"},
        {WSN_VERB_routine, WSN_CALL, {zero}, "left of '='"},
        {WSN_VERB_handle, WSN_CALL, {zero}, "left of '='"},
        {WSN_VERB_DuplicateHandle, WSN_CALL, {zero}, "left of '='"},
        {WSN_VERB_DuplicateHandle, WSN_CALL, {name}, "nothing of this name"},
        {WSN_VERB_WSASetBlockingHook, WSN_CALL, {zero}, "a routine was expected"},
        {WSN_VERB_QueueUserAPC, WSN_CALL, {zero, name}, "a routine was expected"},
        {WSN_VERB_fault, WSN_CALL, {inject_one, inject_one}, "one code to inject was expected"},
        {WSN_VERB_WSACreateEvent, WSN_CALL, {zero}, "left of '='"},
        {WSN_VERB_WSASetEvent, WSN_CALL, {name}, "nothing of this name"},
        {WSN_VERB_shutdown, WSN_CALL, {name, huge_number}, "nothing of this name"},
        {WSN_VERB_ioctlsocket, WSN_CALL, {name, zero, zero}, "nothing of this name"},
        {WSN_VERB_WSAIoctl, WSN_CALL, {name, zero}, "nothing of this name"},
        {WSN_VERB_WSAWaitForMultipleEvents, WSN_CALL, {zero, zero, zero, zero}, "list of events"},
        {WSN_VERB_WSAWaitForMultipleEvents, WSN_CALL, {bad_list, zero, zero, zero}, "name of an event"},
        {WSN_VERB_select, WSN_CALL, {zero, name, zero}, "readable, writable or except"},
        {WSN_VERB_fault, WSN_CALL, {name}, "no such fault: 'nothing'"},
        {WSN_VERB_fault, WSN_CALL, {zero}, "no such fault"},
        {WSN_VERB_fault, WSN_CALL, {inject}, "one code to inject"},
        {WSN_VERB_fault, WSN_CALL, {empty}, "one code to inject"},
        {WSN_VERB_raw, WSN_CALL, {zero}, "left of '='"},
        {WSN_VERB_WSASend, WSN_ENTER, {zero, zero, zero, zero}, "no routine of this name"},
        {WSN_VERB_WSASend, WSN_LEAVE, {zero}, "no routine of this name"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        wsj_world world = {.file = "made.case", .limit_ms = 5000};
        wsc_call call;
        wsn_error error = {0};
        wsn_statement s = {
            .kind = rows[i].kind, .verb = rows[i].verb, .line = 7, .column = 3, .name = "r", .args = rows[i].args};
        s.n_args = rows[i].verb != WSN_VERB_fault ? 6 : rows[i].args[1].name ? 2 : 1;
        assert_int_equal(wsj_translate_call(&world, &s, &call, &error), WSJ_BAD_CALL);
        assert_contains(error.message, rows[i].says);
        assert_int_equal(error.line, 7);
        wsj_world_free(&world);
    }
    wsj_world world = {.file = "made.case", .limit_ms = 5000};
    wsc_call call;
    wsn_error error = {0};
    wsn_statement s = {.kind = WSN_CALL, .verb = WSN_VERB_closesocket, .line = 7, .column = 3};
    assert_int_equal(wsj_translate_call(&world, &s, &call, &error), WSJ_BAD_CALL); /* an argument too few */
    assert_contains(error.message, "name of an object");
    s.verb = WSN_VERB_COUNT; /* a verb from a later notation */
    assert_int_equal(wsj_translate_call(&world, &s, &call, &error), WSJ_NO_CALL);
    wsj_world_free(&world);
}

/* Objects without end: what cannot be had is said, what cannot be counted stays as it is. */
static void test_room(void **state) {
    (void)state;
    wsj_world world = {
        .limits = {.sockets = UINT32_MAX / 2 + 1, .operations = 1, .events = 1, .ports = 1, .threads = 1}};
    assert_false(wsj_world_room_for_runs(&world, SIZE_MAX / 8));
    assert_true(wsj_world_room_for_runs(&world, 3));
    world.names.counts[WSJ_SOCKET] = UINT32_MAX;
    assert_true(wsj_make_room(&world, NULL, &(wsc_call){0}));
    assert_int_equal(world.limits.sockets, UINT32_MAX / 2 + 1);
    wsj_world_free(&world);
}

/* Histories are one only if all that may come later is the same. */
static void test_states(void **state) {
    (void)state;
    wsn_file *file = parse("case \"c\"\n a, b = tcp()\n SleepEx(0, TRUE) = 0\n");
    const wsn_statement *s = file->cases[0]->statements;
    const wsc_call none = {.kind = WSC_SLEEP};
    wsn_error error;
    wsj_state *a = wsj_state_new(file->cases[0]), *b = wsj_state_clone(a);
    assert_true(wsj_state_equal(a, b));
    wsj_begun which;
    assert_int_equal(wsj_state_start(b, &s[0], &none, false, &error), WSJ_TO_MODEL); /* each return finds its call */
    assert_int_equal(wsj_state_start(b, &s[1], &none, false, &error), WSJ_TO_MODEL);
    assert_true(wsj_state_return(b, &s[0], &which, &error));
    assert_ptr_equal(which.s, &s[0]);
    assert_false(wsj_state_return(b, &s[0], &which, &error));
    assert_true(wsj_state_return(b, &s[1], &which, &error));
    assert_ptr_equal(which.s, &s[1]);
    b->world.sends++;
    assert_false(wsj_state_equal(a, b));
    b->world.sends--;
    assert_int_equal(wsj_state_start(b, &s[0], &none, false, &error), WSJ_TO_MODEL);
    assert_false(wsj_state_equal(a, b));
    assert_int_equal(wsj_state_start(a, &s[1], &none, false, &error), WSJ_TO_MODEL);
    assert_false(wsj_state_equal(a, b));
    a->begun[0].s = &s[0];
    assert_true(wsj_state_equal(a, b));
    a->world.names.counts[WSJ_PORT]++;
    assert_false(wsj_state_equal(a, b));
    a->world.names.counts[WSJ_PORT]--;
    const wsc_call startup = {.kind = WSC_STARTUP};
    const wsc_observed ok = {.ret = WSC_RET_0, .op = WSC_NONE};
    wsc_verdict verdict;
    wsc_observe(a->model, &startup, &ok, &verdict);
    assert_false(wsj_state_equal(a, b));
    wsj_state_free(a);
    wsj_state_free(b);
    wsn_file_free(file);
}

static void test_strange_runs(void **state) {
    (void)state;
    wsj_world world = {.file = "made.case"};
    const wsn_statement s = {.line = 7, .column = 3};
    wsn_error error = {0};
    wsc_ran ran;
    static const char r[] = "r", o[] = "o";
    wsn_value args[4] = {{.constant = true}, {.constant = true}, {.kind = WSN_REF, .name = o}, {.constant = true}};
    wsj_names_make(&world.names, r, WSJ_ROUTINE, NULL);
    assert_false(wsj_translate_ran(&world, &s, r, args, 3, &ran, &error));
    assert_contains(error.message, "a routine's run is written");
    for (int i = 0; i < 4; i++) {
        args[i].constant = !args[i].constant;
        assert_true(wsj_translate_ran(&world, &s, r, args, 4, &ran, &error) == (i == 2));
        args[i].constant = !args[i].constant;
    }
    assert_true(wsj_translate_ran(&world, &s, r, args, 4, &ran, &error));
    assert_int_equal(ran.op, WSC_UNKNOWN);
    args[2] = (wsn_value){.kind = WSN_NAME, .name = "NULL", .place = WSN_NULL};
    assert_true(wsj_translate_ran(&world, &s, r, args, 4, &ran, &error));
    assert_int_equal(ran.op, WSC_NONE);
    args[2] = (wsn_value){.kind = WSN_NAME, .name = "wild", .place = WSN_WILD};
    assert_true(wsj_translate_ran(&world, &s, r, args, 4, &ran, &error));
    assert_int_equal(ran.op, WSC_UNKNOWN);
    args[2] = (wsn_value){.kind = WSN_INT, .constant = true};
    assert_true(wsj_translate_ran(&world, &s, r, args, 4, &ran, &error));
    assert_int_equal(ran.op, WSC_NONE);
    args[2].number = 4096;
    assert_true(wsj_translate_ran(&world, &s, r, args, 4, &ran, &error));
    assert_int_equal(ran.op, WSC_UNKNOWN);
    args[2] = (wsn_value){.kind = WSN_RANGE}; /* no number, so no NULL */
    assert_true(wsj_translate_ran(&world, &s, r, args, 4, &ran, &error));
    assert_int_equal(ran.op, WSC_UNKNOWN);
    wsj_world_free(&world);
}

/* What stands in a signature: amounts of large sends are told exactly only if they are the whole, or nearly. */
static void test_signed_amounts(void **state) {
    (void)state;
    wsj_lengths lengths = {0};
    wsj_names names = {0};
    wsn_value runs[] = {{.kind = WSN_RUN, .number = 1, .high = 70000},
                        {.kind = WSN_RUN, .number = 1, .low = 69990, .high = 80000},
                        {.kind = WSN_RUN, .number = 257, .high = 9},
                        {.kind = WSN_RUN, .number = 9, .high = 99999}};
    wsn_value others[] = {{.kind = WSN_RUN, .number = 0, .high = 9}, {.kind = WSN_RUN, .number = 9, .high = 900}};
    wsn_outcome seen = {.atoms = runs, .n_atoms = 4};
    const wsc_call call = {.kind = WSC_RECV}, result = {.kind = WSC_RESULT, .u.result.op = 50},
                   beyond = {.kind = WSC_RESULT, .u.result.op = 5000},
                   none = {.kind = WSC_RESULT, .u.result.op = WSC_NONE};
    assert_true(wsj_lengths_note(&lengths, &(wsc_send_call){.data = 1, .op = WSC_NONE, .buffers.total = 70000}));
    assert_true(wsj_lengths_note(&lengths, &(wsc_send_call){.data = 2, .op = 40, .buffers.total = 70000}));
    wsj_text t = {0};
    wsj_sign_outcome(&lengths, &names, &seen, &call, false, &t);
    assert_string_equal(wsj_text_string(&t), "1[0..70000] 1[69990..more] 257[0..9] 9[0..more]");
    wsj_text_clear(&t);
    seen = (wsn_outcome){.atoms = others, .n_atoms = 2}; /* of nobody's send; more than was sent, but little */
    wsj_sign_outcome(&lengths, &names, &seen, &call, false, &t);
    assert_string_equal(wsj_text_string(&t), "0[0..9] 9[0..900]");
    wsj_text_clear(&t);
    wsn_value amount[] = {{.kind = WSN_NAME, .name = "TRUE"},
                          {.kind = WSN_NAME, .name = "transferred"},
                          {.kind = WSN_INT, .number = 5, .constant = true}};
    seen = (wsn_outcome){.atoms = amount, .n_atoms = 3};
    wsj_sign_outcome(&lengths, &names, &seen, &result, false, &t); /* an operation that nobody noted */
    wsj_text_add(&t, "; ");
    wsj_sign_outcome(&lengths, &names, &seen, &none, false, &t);
    wsj_text_add(&t, "; ");
    wsj_sign_outcome(&lengths, &names, &seen, NULL, false, &t);
    wsj_text_add(&t, "; ");
    wsj_sign_outcome(&lengths, &names, &seen, &beyond, false, &t);
    assert_string_equal(wsj_text_string(&t),
                        "TRUE transferred 5; TRUE transferred 5; TRUE transferred 5; TRUE transferred 5");
    wsj_text_clear(&t);
    static const char o[] = "o";
    wsn_value args[] = {{.kind = WSN_INT, .constant = true},
                        {.kind = WSN_INT, .constant = true, .number = 7},
                        {.kind = WSN_REF, .name = o},
                        {.kind = WSN_INT, .constant = true}};
    wsj_sign_run(&lengths, &names, "r", args, 4, &t);
    wsj_names_make(&names, "s", WSJ_OVERLAPPED, NULL);
    for (int i = 0; i < 2000; i++) {
        static const char pool[2000];
        wsj_names_make(&names, &pool[i], WSJ_OVERLAPPED, NULL);
    }
    wsj_names_make(&names, o, WSJ_OVERLAPPED, NULL); /* beyond what was noted */
    wsj_sign_run(&lengths, &names, "r", args, 4, &t);
    wsj_sign_run(&lengths, &names, "r", args, 3, &t);
    args[1] = (wsn_value){.kind = WSN_NAME, .name = "MSG_OOB", .constant = true, .number = 1};
    wsj_sign_run(&lengths, &names, "r", args, 4, &t);
    args[1] = args[0];
    args[2] = (wsn_value){.kind = WSN_NAME, .name = "NULL", .place = WSN_NULL};
    wsj_sign_run(&lengths, &names, "r", args, 4, &t);
    assert_string_equal(wsj_text_string(&t),
                        "r(0, 7, &o, 0)r(0, 7, &o, 0)r(\xE2\x80\xA6)r(0, MSG_OOB, &o, 0)r(0, 0, NULL, 0)");
    wsj_lengths_clear(&lengths);
    wsj_text_free(&t);
    wsj_names_free(&names);
    wsj_lengths_free(&lengths);
}

static void test_holds(void **state) {
    (void)state;
    static char long_name[120];
    memset(long_name, 'x', sizeof long_name - 1);
    const wsn_value code = {.kind = WSN_NAME, .name = "WSAEFAULT"}, long_word = {.kind = WSN_NAME, .name = long_name};
    assert_true(wsj_text_holds("SOCKET_ERROR WSAEFAULT sent 0", &code));
    assert_true(wsj_text_holds("WSAEFAULT", &code));
    assert_true(wsj_text_holds("WSAEFAULTS WSAEFAULT", &code));
    assert_false(wsj_text_holds("XWSAEFAULT WSAEFAULTS", &code));
    assert_false(wsj_text_holds("", &code));
    assert_false(wsj_text_holds(long_name, &long_word));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_json_strings),
        cmocka_unit_test(test_sets),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_aliases),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_send_calls),
        cmocka_unit_test(test_other_calls),
        cmocka_unit_test(test_outcome_texts),
        cmocka_unit_test(test_seen),
        cmocka_unit_test(test_strange_statements),
        cmocka_unit_test(test_strange_runs),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_signed_amounts),
        cmocka_unit_test(test_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
