/* Verbs for start-up, events, waits, completion ports and cancellation. */
#include "interpret.h"

#include <stdio.h>
#include <string.h>

static void note_handle(wsx_object *o, wsx_object_kind kind, HANDLE handle) {
    o->kind = kind;
    o->handle = handle;
    o->open = true;
}

static bool truth(const wsx_step *s, size_t i) {
    return wsx_number(s, i) != 0;
}

/* Functions that return BOOL. WSASetLastError is SetLastError, so GetLastError serves the kernel functions and the
 * event functions alike. */

static void see_truth(wsx_thread *t, BOOL result) {
    if (result) {
        wsx_see_number(&wsx_frame_of(t)->seen, 0);
    } else {
        uint32_t code = wsx_kernel_error();
        wsx_see_name(&wsx_frame_of(t)->seen, "SOCKET_ERROR");
        wsx_see_error(t, code);
    }
}

/* --- start-up -------------------------------------------------------------------------------------------- */

void wsx_verb_WSAStartup(wsx_thread *t, const wsx_step *s) {
    WSADATA data;
    WORD version = s->statement->n_args ? (WORD)wsx_number(s, 0) : MAKEWORD(2, 2);
    int error = wsx_ws.WSAStartup(version, &data);
    if (error) {
        wsx_see_name(&wsx_frame_of(t)->seen, "SOCKET_ERROR");
        wsx_see_error(t, (uint32_t)error);
    } else {
        t->run->startups++;
        wsx_see_number(&wsx_frame_of(t)->seen, 0);
    }
}

void wsx_verb_WSACleanup(wsx_thread *t, const wsx_step *s) {
    int result = wsx_ws.WSACleanup();
    (void)s;
    if (!result)
        t->run->startups--;
    wsx_see_result(t, result);
}

/* --- objects --------------------------------------------------------------------------------------------- */

void wsx_verb_overlapped(wsx_thread *t, const wsx_step *s) {
    wsx_object *o = s->results[0];
    o->kind = WSX_OVERLAPPED;
    o->event = wsx_handle(s, 0);
    o->event_object = s->objects[0] && s->objects[0]->kind == WSX_EVENT ? s->objects[0] : NULL;
    if (!WSX_OVERLAPPED_SIZE) {
        wsx_see_unsupported(t, "WSAOVERLAPPED: the headers do not declare it");
        return;
    }
    wsx_object_memory *m = wsx_object_at(t->run, o, WSN_PLAIN, WSX_OVERLAPPED_SIZE);
    if (!m) {
        wsx_see_unsupported(t, "there is not enough memory");
        return;
    }
    wsx_put_overlapped(m->at, 0, o->event);
}

#ifdef _WIN32
static HANDLE open_file(void) {
    WCHAR path[1024];
    DWORD n = GetModuleFileNameW(NULL, path, 1024);
    if (!n || n == 1024)
        return NULL;
    return CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL, OPEN_EXISTING, 0, NULL);
}

static HANDLE open_pipe(void) {
    HANDLE in, out;
    if (!CreatePipe(&in, &out, NULL, 0))
        return NULL;
    CloseHandle(in);
    return out;
}

static HANDLE duplicate(HANDLE pseudo) {
    HANDLE real = NULL;
    return DuplicateHandle(GetCurrentProcess(), pseudo, GetCurrentProcess(), &real, 0, FALSE, DUPLICATE_SAME_ACCESS)
               ? real
               : NULL;
}

void wsx_verb_handle(wsx_thread *t, const wsx_step *s) {
    HANDLE handle = wsx_has_word(s, "file")      ? open_file()
                    : wsx_has_word(s, "pipe")    ? open_pipe()
                    : wsx_has_word(s, "thread")  ? duplicate(GetCurrentThread())
                    : wsx_has_word(s, "process") ? duplicate(GetCurrentProcess())
                                                 : NULL;
    if (!handle || handle == INVALID_HANDLE_VALUE)
        wsx_see_failed(t, "handle");
    else
        note_handle(s->results[0], WSX_HANDLE, handle);
}
#endif

/* --- events ---------------------------------------------------------------------------------------------- */

/* Whoever sets it from now on is the next operation that has it. */
static void note_unset(wsx_object *event) {
    event->maybe_set = false;
    if (!event->n_pending)
        event->shared = false;
}

void wsx_verb_WSACreateEvent(wsx_thread *t, const wsx_step *s) {
    HANDLE event = wsx_ws.WSACreateEvent();
    if (!event)
        wsx_see_failed(t, "WSACreateEvent");
    else {
        note_handle(s->results[0], WSX_EVENT, event);
        note_unset(s->results[0]);
    }
}

void wsx_verb_WSASetEvent(wsx_thread *t, const wsx_step *s) {
    if (s->objects[0]) {
        s->objects[0]->maybe_set = true;
        s->objects[0]->shared |= s->objects[0]->n_pending > 0;
    }
    see_truth(t, wsx_ws.WSASetEvent(wsx_handle(s, 0)));
}

void wsx_verb_WSAResetEvent(wsx_thread *t, const wsx_step *s) {
    BOOL reset = wsx_ws.WSAResetEvent(wsx_handle(s, 0));
    see_truth(t, reset);
    if (reset && s->objects[0])
        note_unset(s->objects[0]);
}

void wsx_verb_WSACloseEvent(wsx_thread *t, const wsx_step *s) {
    BOOL closed = wsx_ws.WSACloseEvent(wsx_handle(s, 0));
    if (closed && s->objects[0] && s->objects[0]->kind == WSX_EVENT)
        s->objects[0]->open = false;
    see_truth(t, closed);
}

/* --- waits ----------------------------------------------------------------------------------------------- */

/* A wait that ended because an APC ran, and none of the case's did: it was one of the implementation's own, by which it
 * serves the thread's operations. What the case waits for may still come, so it goes on waiting. Not for ever: whoever
 * holds a routine back by queueing it again ends every wait so. */
enum { FOREIGN_APCS_MOST = 1000 };

typedef struct waiting {
    uint64_t deadline; /* milliseconds, as GetTickCount64 */
    uint32_t ms;       /* what is left; INFINITE stays */
    int foreign;       /* so many of its waits were ended so */
} waiting;

static waiting begin_waiting(uint32_t ms) {
    return (waiting){GetTickCount64() + ms, ms, 0};
}

static bool goes_on(waiting *w, const wsx_frame *f, DWORD result) {
    if (result != WAIT_IO_COMPLETION || f->n_ran || f->apart || ++w->foreign > FOREIGN_APCS_MOST)
        return false;
    uint64_t now = GetTickCount64();
    if (w->ms != INFINITE)
        w->ms = now < w->deadline ? (uint32_t)(w->deadline - now) : 0;
    return true;
}

void wsx_verb_WSAWaitForMultipleEvents(wsx_thread *t, const wsx_step *s) {
    wsx_frame *f = wsx_frame_of(t);
    const wsn_value *list = &s->statement->args[0];
    HANDLE events[WSA_MAXIMUM_WAIT_EVENTS];
    wsx_object *objects[WSA_MAXIMUM_WAIT_EVENTS];
    DWORD n = 0;
    for (; n < list->n_items && n < WSA_MAXIMUM_WAIT_EVENTS; n++) {
        objects[n] = wsx_object_of_item(t->run, &list->items[n]);
        events[n] = objects[n] ? objects[n]->handle : (HANDLE)(ULONG_PTR)list->items[n].number;
    }
    bool all = truth(s, 1);
    f->alertable = truth(s, 3);
    waiting w = begin_waiting(wsx_milliseconds(t, s, 2));
    DWORD result;
    do
        result = wsx_ws.WSAWaitForMultipleEvents(n, events, all, w.ms, f->alertable);
    while (goes_on(&w, f, result));
    uint32_t code = result == WSA_WAIT_FAILED ? (uint32_t)wsx_ws.WSAGetLastError() : 0;
    f->call.returned = wsx_now();
    if (result == WSA_WAIT_EVENT_0)
        wsx_see_name(&f->seen, "WSA_WAIT_EVENT_0");
    else if (result == WSA_WAIT_TIMEOUT)
        wsx_see_name(&f->seen, "WSA_WAIT_TIMEOUT");
    else if (result == WSA_WAIT_IO_COMPLETION)
        wsx_see_name(&f->seen, "WSA_WAIT_IO_COMPLETION");
    else if (result == WSA_WAIT_FAILED) {
        wsx_see_name(&f->seen, "WSA_WAIT_FAILED");
        wsx_see_error(t, code);
    } else {
        wsx_see_number(&f->seen, result);
    }
    if (t->run->n_pending && result < n)
        for (DWORD i = all ? 0 : result; i < (all ? n : result + 1); i++)
            if (objects[i])
                wsx_completed_event(t, objects[i]);
}

void wsx_verb_SleepEx(wsx_thread *t, const wsx_step *s) {
    wsx_frame *f = wsx_frame_of(t);
    f->alertable = truth(s, 1);
    waiting w = begin_waiting(wsx_milliseconds(t, s, 0));
    DWORD result;
    do
        result = wsx_ws.SleepEx(w.ms, f->alertable);
    while (goes_on(&w, f, result));
    if (result == WAIT_IO_COMPLETION)
        wsx_see_name(&f->seen, "WAIT_IO_COMPLETION");
    else
        wsx_see_number(&f->seen, result);
}

void wsx_verb_alertable_wait(wsx_thread *t, const wsx_step *s) {
    wsx_frame *f = wsx_frame_of(t);
    uint64_t deadline = GetTickCount64() + t->run->limit_ms, now;
    f->alertable = true;
    while (f->n_ran < wsx_number(s, 0)) {
        now = GetTickCount64();
        wsx_ws.SleepEx(now < deadline ? (DWORD)(deadline - now) : 0, TRUE);
        if (f->n_ran < wsx_number(s, 0) && now >= deadline) {
            wsx_see_name(&f->seen, "timeout");
            return;
        }
    }
}

void wsx_verb_WSAGetOverlappedResult(wsx_thread *t, const wsx_step *s) {
    wsx_frame *f = wsx_frame_of(t);
    wsx_object_memory *block, *variable;
    uint32_t sentinel = WSX_SENTINEL, transferred = 0;
    DWORD flags = 0;
    const wsn_value *v = &s->statement->args[1];
    OVERLAPPED *overlapped = wsx_pointer(t->run, s, 1, WSX_OVERLAPPED_SIZE, &block);
    if (block && v->place == WSN_PLAIN && s->objects[1]->made & 1u << s->objects[1]->place)
        overlapped = (OVERLAPPED *)(void *)s->objects[1]->memory[s->objects[1]->place].at; /* where the send had it */
    DWORD *out = wsx_pointer(t->run, s, 2, WSX_NUMBER_SIZE, &variable);
    if (variable && variable->valid >= sizeof sentinel && variable->place != WSN_READONLY)
        memcpy(variable->at, &sentinel, sizeof sentinel);
    BOOL result = wsx_ws.WSAGetOverlappedResult((SOCKET)wsx_handle(s, 0), overlapped, out, truth(s, 3), &flags);
    uint32_t code = result ? 0 : (uint32_t)wsx_ws.WSAGetLastError();
    f->call.returned = wsx_now();
    wsx_see_name(&f->seen, result ? "TRUE" : "FALSE");
    if (!result)
        wsx_see_error(t, code);
    if (result && variable && variable->valid >= sizeof transferred) {
        memcpy(&transferred, variable->at, sizeof transferred);
        wsx_see_name(&f->seen, "transferred");
        if (transferred == WSX_SENTINEL)
            wsx_see_name(&f->seen, "untouched");
        else
            wsx_see_number(&f->seen, transferred);
    }
    if (t->run->n_pending && (result || code != WSA_IO_INCOMPLETE))
        wsx_completed(t, overlapped);
}

/* --- ports and cancellation ------------------------------------------------------------------------------- */

void wsx_verb_CreateIoCompletionPort(wsx_thread *t, const wsx_step *s) {
    HANDLE port = wsx_ws.CreateIoCompletionPort(wsx_handle(s, 0), NULL, (ULONG_PTR)wsx_number(s, 1), 0);
    if (!port)
        wsx_see_failed(t, "CreateIoCompletionPort");
    else
        note_handle(s->results[0], WSX_PORT, port);
}

void wsx_verb_GetQueuedCompletionStatus(wsx_thread *t, const wsx_step *s) {
    wsx_frame *f = wsx_frame_of(t);
    DWORD transferred = 0;
    ULONG_PTR key = 0;
    OVERLAPPED *overlapped = NULL;
    BOOL result =
        wsx_ws.GetQueuedCompletionStatus(wsx_handle(s, 0), &transferred, &key, &overlapped, wsx_milliseconds(t, s, 1));
    uint32_t code = result ? 0 : wsx_kernel_error();
    f->call.returned = wsx_now();
    wsx_see_name(&f->seen, result ? "TRUE" : "FALSE");
    if (!result)
        wsx_see_error(t, code);
    if (result || overlapped) {
        const wsx_object *o = wsx_overlapped_at(t->run, overlapped);
        if (overlapped)
            wsx_see_reference(&f->seen, o ? o->name : NULL);
        else
            wsx_see_value(&f->seen, &(wsn_value){.kind = WSN_NAME, .place = WSN_NULL, .name = "NULL"});
        wsx_see_name(&f->seen, "transferred");
        wsx_see_number(&f->seen, transferred);
        wsx_completed(t, overlapped);
    }
}

void wsx_verb_CancelIo(wsx_thread *t, const wsx_step *s) {
    see_truth(t, wsx_ws.CancelIo(wsx_handle(s, 0)));
}

void wsx_verb_CancelIoEx(wsx_thread *t, const wsx_step *s) {
    wsx_object_memory *block;
    OVERLAPPED *overlapped = wsx_pointer(t->run, s, 1, WSX_OVERLAPPED_SIZE, &block);
    if (block && s->objects[1]->made & 1u << s->objects[1]->place)
        overlapped = (OVERLAPPED *)(void *)s->objects[1]->memory[s->objects[1]->place].at;
    if (!wsx_ws.CancelIoEx)
        wsx_see_unsupported(t, "CancelIoEx is not exported");
    else
        see_truth(t, wsx_ws.CancelIoEx(wsx_handle(s, 0), overlapped));
}

void wsx_verb_WSAIoctl(wsx_thread *t, const wsx_step *s) {
    DWORD returned = 0;
    wsx_see_result(
        t, wsx_ws.WSAIoctl((SOCKET)wsx_handle(s, 0), (DWORD)wsx_number(s, 1), NULL, 0, NULL, 0, &returned, NULL, NULL));
}

/* --- faults and printing --------------------------------------------------------------------------------- */

enum { WORDS_MOST = 200, PRINTED_MOST = 1000 };

/* "link_down", "inject(10050, 1)": what is asked of the supervisor. */
static void put_fault(char *out, size_t size, const wsn_value *v) {
    int n = snprintf(out, size, "%s", v->name);
    for (size_t i = 0; v->kind == WSN_INVOKE && i < v->n_items && n > 0 && (size_t)n < size; i++)
        n += snprintf(out + n, size - (size_t)n, "%s%llu%s", i ? ", " : "(", (unsigned long long)v->items[i].number,
                      i + 1 == v->n_items ? ")" : "");
}

void wsx_verb_fault(wsx_thread *t, const wsx_step *s) {
    char words[WORDS_MOST], why[sizeof((wsx_frame *)NULL)->text];
    for (size_t i = 0; i < s->statement->n_args; i++) {
        put_fault(words, sizeof words, &s->statement->args[i]);
        if (!t->run->asking->fault(words, why, sizeof why)) {
            wsx_see_unsupported(t, why);
            return;
        }
    }
    wsx_see_name(&wsx_frame_of(t)->seen, "ok");
}

/* The number that an argument is, or that the variable holds. */
static uint32_t printed_number(wsx_thread *t, const wsx_step *s, size_t i) {
    const wsn_value *v = &s->statement->args[i];
    wsx_object_memory *m;
    uint32_t n = 0;
    if (v->kind != WSN_REF)
        return (uint32_t)v->number;
    wsx_pointer(t->run, s, i, WSX_NUMBER_SIZE, &m);
    if (m)
        memcpy(&n, m->at, m->valid < sizeof n ? m->valid : sizeof n);
    return n;
}

void wsx_verb_printf(wsx_thread *t, const wsx_step *s) {
    const wsn_value *format = &s->statement->args[0];
    char *out = wsx_take(PRINTED_MOST);
    size_t n = 0, next = 1;
    for (size_t i = 0; out && i < format->length && n + 16 < PRINTED_MOST; i++) {
        char c = format->text[i];
        bool directive = c == '%' && ++i < format->length;
        if (directive && format->text[i] == 'd')
            n += (size_t)snprintf(out + n, 16, "%d", (int)printed_number(t, s, next++));
        else if (directive && format->text[i] == 'u')
            n += (size_t)snprintf(out + n, 16, "%u", (unsigned)printed_number(t, s, next++));
        else
            out[n++] = c;
    }
    if (out)
        wsx_see_value(&wsx_frame_of(t)->seen, &(wsn_value){.kind = WSN_STRING, .text = out, .length = n});
    else
        wsx_see_unsupported(t, "there is not enough memory");
}
