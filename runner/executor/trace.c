#include "trace.h"

#include <string.h>

static struct {
    wsx_shared *out;
    void (*wait_for_room)(void);
    LONGLONG zero, frequency;
    wsx_call *open; /* whose text ends the trace so far */
    volatile LONG lock;
    volatile DWORD owner; /* thread that holds the lock, 0 if none */
} trace;

LONGLONG wsx_now(void) {
    LARGE_INTEGER now;
    QueryPerformanceCounter(&now);
    return now.QuadPart;
}

static void lock(void) {
    while (InterlockedExchange(&trace.lock, 1))
        SwitchToThread();
    trace.owner = GetCurrentThreadId();
}

static void unlock(void) {
    trace.owner = 0;
    InterlockedExchange(&trace.lock, 0);
}

static void put(const char *text, size_t size) {
    wsx_shared *out = trace.out;
    while (out->used + size > WSX_TEXT_SIZE - WSX_TEXT_MARGIN) {
        size_t room = WSX_TEXT_SIZE - WSX_TEXT_MARGIN - out->used;
        memcpy(out->text + out->used, text, room);
        out->used += (uint32_t)room;
        text += room;
        size -= room;
        trace.wait_for_room();
    }
    memcpy(out->text + out->used, text, size);
    out->used += (uint32_t)size;
}

static void put_string(const char *text) {
    put(text, strlen(text));
}

static void put_number(uint64_t n) {
    char digits[20], *p = digits + sizeof digits;
    do
        *--p = (char)('0' + n % 10);
    while (n /= 10);
    put(p, (size_t)(digits + sizeof digits - p));
}

static uint64_t microseconds(LONGLONG ticks) {
    return (uint64_t)ticks * 1000000 / (uint64_t)trace.frequency;
}

static void put_value(const wsn_value *v) {
    char text[1024];
    switch (v->kind) {
    case WSN_INT: put_number(v->number); break;
    case WSN_NAME: put_string(v->name); break;
    case WSN_REF:
        put("&", 1);
        put_string(v->name);
        break;
    case WSN_RUN:
        put_number(v->number);
        put("[", 1);
        put_number(v->low);
        put("..", 2);
        put_number(v->high);
        put("]", 1);
        break;
    default: {
        size_t n = wsn_print_value(v, text, sizeof text);
        put(text, n < sizeof text ? n : sizeof text - 1);
    }
    }
}

static void put_stamp(LONGLONG at, LONGLONG until) {
    put(" @", 2);
    put_number(microseconds(at - trace.zero));
    if (until) {
        put("+", 1);
        put_number(microseconds(until - at));
    }
    put("\n", 1);
}

static void put_thread(const char *thread) {
    if (thread) {
        put_string(thread);
        put(": ", 2);
    }
}

/* Ends the line of a call that has not returned yet. */
static void split_open_call(void) {
    if (!trace.open)
        return;
    trace.open->split = true;
    put(" ...", 4);
    put_stamp(trace.open->started, 0);
    trace.open = NULL;
    trace.out->open_call = 0;
}

void wsx_trace_begin(wsx_shared *out, void (*wait_for_room)(void)) {
    LARGE_INTEGER frequency;
    QueryPerformanceFrequency(&frequency);
    trace.out = out;
    trace.wait_for_room = wait_for_room;
    trace.frequency = frequency.QuadPart;
    trace.zero = wsx_now();
    trace.open = NULL;
}

void wsx_trace_text(const char *text, size_t size) {
    lock();
    if (!trace.out->complete) {
        split_open_call();
        put(text, size);
    }
    unlock();
}

void wsx_trace_call(wsx_call *call, const char *text, size_t size, bool names_thread, bool split) {
    lock();
    split_open_call();
    put("  ", 2);
    if (!names_thread)
        put_thread(call->thread);
    put(text, size);
    call->split = false;
    trace.open = call;
    trace.out->open_call = 1;
    call->started = wsx_now();
    call->returned = 0;
    if (split)
        split_open_call();
    unlock();
}

/* What stands before the outcome of a call whose text does not end the trace. */
static void put_return_prefix(wsx_call *call) {
    if (trace.open != call) {
        split_open_call();
        put("  ", 2);
        put_thread(call->thread);
        put("... ", 4);
        put_string(wsn_verb_name(call->verb));
    }
}

void wsx_trace_return(wsx_call *call, const wsn_value *atoms, size_t n_atoms) {
    bool split;
    lock();
    put_return_prefix(call);
    split = call->split;
    if (n_atoms || split)
        put(" =", 2);
    for (size_t i = 0; i < n_atoms; i++) {
        put(" ", 1);
        put_value(&atoms[i]);
    }
    if (!n_atoms && split)
        put(" ok", 3);
    if (split)
        put_stamp(call->returned, 0);
    else
        put_stamp(call->started, call->returned);
    trace.open = NULL;
    trace.out->open_call = 0;
    unlock();
}

void wsx_trace_routine(const char *thread, const char *word, const wsn_value *what) {
    lock();
    if (!trace.out->complete) { /* else a thread that is none of the case's was late */
        split_open_call();
        put("  ", 2);
        put_thread(thread);
        put_string(word);
        put(" ", 1);
        put_value(what);
        put_stamp(wsx_now(), 0);
    }
    unlock();
}

void wsx_trace_end(void) {
    lock();
    split_open_call();
    put("end", 3);
    put_stamp(wsx_now(), 0);
    trace.out->complete = 1;
    unlock();
}

void wsx_trace_crash(wsx_call *call, uint32_t code) {
    static const char digits[] = "0123456789ABCDEF";
    char hex[10] = "0x";
    if (trace.out->complete)
        return;
    for (int i = 0; i < 8; i++)
        hex[2 + i] = digits[code >> (28 - 4 * i) & 15];
    if (trace.owner != GetCurrentThreadId()) /* else the lock is this thread's already, and nobody will give it back */
        lock();
    if (call)
        put_return_prefix(call);
    else if (!trace.open)
        return; /* between calls: the supervisor decides */
    put(" = crash ", 9);
    put(hex, sizeof hex);
    put_stamp(wsx_now(), 0);
    put("end", 3);
    put_stamp(wsx_now(), 0);
    trace.out->open_call = 0;
    trace.out->complete = 1;
}
