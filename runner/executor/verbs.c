/* Verbs for start-up, events, waits, completion ports and cancellation. */
#include "interpret.h"

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
        uint32_t code = GetLastError();
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
    wsx_object_memory *m = wsx_object_at(o, WSN_PLAIN, sizeof(OVERLAPPED));
    if (!m) {
        wsx_see_unsupported(t, "there is not enough memory");
        return;
    }
    memset(m->at, 0, sizeof(OVERLAPPED));
    ((OVERLAPPED *)(void *)m->at)->hEvent = o->event;
}

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

/* --- events ---------------------------------------------------------------------------------------------- */

void wsx_verb_WSACreateEvent(wsx_thread *t, const wsx_step *s) {
    HANDLE event = wsx_ws.WSACreateEvent();
    if (!event)
        wsx_see_failed(t, "WSACreateEvent");
    else
        note_handle(s->results[0], WSX_EVENT, event);
}

void wsx_verb_WSASetEvent(wsx_thread *t, const wsx_step *s) {
    see_truth(t, wsx_ws.WSASetEvent(wsx_handle(s, 0)));
}

void wsx_verb_WSAResetEvent(wsx_thread *t, const wsx_step *s) {
    see_truth(t, wsx_ws.WSAResetEvent(wsx_handle(s, 0)));
}

void wsx_verb_WSACloseEvent(wsx_thread *t, const wsx_step *s) {
    BOOL closed = wsx_ws.WSACloseEvent(wsx_handle(s, 0));
    if (closed && s->objects[0] && s->objects[0]->kind == WSX_EVENT)
        s->objects[0]->open = false;
    see_truth(t, closed);
}

/* --- waits ----------------------------------------------------------------------------------------------- */

static HANDLE event_of_item(const wsx_case_run *run, const wsn_value *item) {
    if (item->kind == WSN_NAME)
        for (const wsx_object *o = run->objects; o; o = o->next)
            if (!strcmp(o->name, item->name))
                return o->handle;
    return (HANDLE)(ULONG_PTR)item->number;
}

void wsx_verb_WSAWaitForMultipleEvents(wsx_thread *t, const wsx_step *s) {
    wsx_frame *f = wsx_frame_of(t);
    const wsn_value *list = &s->statement->args[0];
    HANDLE events[WSA_MAXIMUM_WAIT_EVENTS];
    DWORD n = 0;
    for (; n < list->n_items && n < WSA_MAXIMUM_WAIT_EVENTS; n++)
        events[n] = event_of_item(t->run, &list->items[n]);
    bool all = truth(s, 1);
    f->alertable = truth(s, 3);
    DWORD result = wsx_ws.WSAWaitForMultipleEvents(n, events, all, wsx_milliseconds(t, s, 2), f->alertable);
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
    if (t->run->pending && result < n)
        for (DWORD i = all ? 0 : result; i < (all ? n : result + 1); i++)
            wsx_completed_event(t, events[i]);
}

void wsx_verb_SleepEx(wsx_thread *t, const wsx_step *s) {
    wsx_frame *f = wsx_frame_of(t);
    f->alertable = truth(s, 1);
    DWORD result = wsx_ws.SleepEx(wsx_milliseconds(t, s, 0), f->alertable);
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
    OVERLAPPED *overlapped = wsx_pointer(s, 1, sizeof *overlapped, &block);
    if (block && v->place == WSN_PLAIN && s->objects[1]->made & 1u << s->objects[1]->place)
        overlapped = (OVERLAPPED *)(void *)s->objects[1]->memory[s->objects[1]->place].at; /* where the send had it */
    DWORD *out = wsx_pointer(s, 2, sizeof *out, &variable);
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
    if (t->run->pending && (result || code != WSA_IO_INCOMPLETE))
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
    uint32_t code = result ? 0 : GetLastError();
    f->call.returned = wsx_now();
    wsx_see_name(&f->seen, result ? "TRUE" : "FALSE");
    if (!result)
        wsx_see_error(t, code);
    if (result || overlapped) {
        if (overlapped)
            wsx_see_reference(&f->seen, wsx_overlapped_name(t->run, overlapped));
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
    OVERLAPPED *overlapped = wsx_pointer(s, 1, sizeof *overlapped, &block);
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

/* --- verbs of the notation that this executor cannot do --------------------------------------------------- */

#define CANNOT(name)                                                                                                   \
    void wsx_verb_##name(wsx_thread *t, const wsx_step *s) {                                                           \
        (void)s;                                                                                                       \
        wsx_see_unsupported(t, "the executor has no " #name " yet");                                                   \
    }
CANNOT(raw)
CANNOT(af_unix)
CANNOT(printf)
CANNOT(fault)
CANNOT(ConnectEx)
CANNOT(DuplicateHandle)
CANNOT(WSADuplicateSocket)
CANNOT(WSASendDisconnect)
CANNOT(keepalive)
CANNOT(WSASendTo)
CANNOT(WSARecv)
CANNOT(WSARecvFrom)
CANNOT(QueueUserAPC)
CANNOT(ExitThread)
CANNOT(WSASetBlockingHook)
CANNOT(WSAUnhookBlockingHook)
CANNOT(WSACancelBlockingCall)
