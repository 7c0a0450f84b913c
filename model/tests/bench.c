/* bench.c - nanoseconds for one call in the model: wsc_allowed alone, wsc_observe (which looks the set up as well). */
#include "wsconform.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void observe(wsc_model *m, const wsc_call *call, wsc_verdict *v) {
    wsc_observed zero = {.ret = WSC_RET_0, .op = WSC_NONE};
    if (wsc_observe(m, call, &zero, v) != WSC_OK || !v->ok)
        exit(1);
}

static wsc_call send_call(bool overlapped) {
    wsc_call c = {.kind = WSC_SEND};
    c.u.send.op = overlapped ? 0 : WSC_NONE;
    c.u.send.overlapped_at = overlapped ? WSC_AT_PLAIN : WSC_AT_NULL;
    c.u.send.routine = WSC_NONE;
    c.u.send.routine_at = WSC_AT_NULL;
    wsc_buffers_begin(&c.u.send.buffers, WSC_AT_PLAIN, 1, 1);
    wsc_buffers_add(&c.u.send.buffers, 1, 10, 10, WSC_AT_PLAIN);
    return c;
}

static void measure(const char *name, wsc_model *m, wsc_call call, bool ask, uint32_t *data, uint32_t n) {
    wsc_verdict v;
    double start = now();
    for (uint32_t i = 0; i < n; i++) {
        call.u.send.data = ++*data;
        if (ask)
            wsc_allowed(m, &call, &v.allowed);
        else
            observe(m, &call, &v);
    }
    printf("%-28s %7.1f ns\n", name, (now() - start) / n);
}

int main(void) {
    const uint32_t n = 2000000;
    uint32_t data = 0;
    wsc_verdict v;
    wsc_model *m = wsc_model_new(NULL);
    wsc_call startup = {.kind = WSC_STARTUP}, overlapped = {.kind = WSC_OVERLAPPED, .u.overlapped = {0, 0}};
    wsc_call event = {.kind = WSC_EVENT_CREATE}, pair = {.kind = WSC_PAIR, .u.pair = {.a = 0, .b = 1}};
    if (!m)
        return 1;
    observe(m, &startup, &v);
    observe(m, &pair, &v);
    observe(m, &event, &v);
    observe(m, &overlapped, &v);
    measure("allowed, plain send", m, send_call(false), true, &data, n);
    measure("observe, plain send", m, send_call(false), false, &data, n);
    measure("allowed, overlapped send", m, send_call(true), true, &data, n);
    measure("observe, overlapped send", m, send_call(true), false, &data, n);
    wsc_model_free(m);
    return 0;
}
