/*
 * bench.c - a trace of any length, for measuring the judge.
 *
 * Lengths, names, orders and stamps come from a small generator with a fixed start, so that no two cases are
 * alike and two runs are: the judge can remember nothing, and numbers can be compared. Every case conforms.
 */
#include "judge.h"

#include <inttypes.h>

typedef struct bench {
    FILE *out;
    uint64_t random; /* state of the generator */
    uint64_t calls;  /* written so far */
    uint64_t clock;  /* microseconds since the case began */
    unsigned sends;  /* WSASend calls of the present case: the next one's data id is one more */
} bench;

/* xorshift64: 1..limit */
static unsigned any(bench *b, unsigned limit) {
    b->random ^= b->random << 13;
    b->random ^= b->random >> 7;
    b->random ^= b->random << 17;
    return (unsigned)((b->random >> 11) % limit) + 1;
}

static void stamp(bench *b) {
    unsigned took = any(b, 90);
    fprintf(b->out, " @%" PRIu64 "+%u\n", b->clock, took);
    b->clock += took + any(b, 9);
    b->calls++;
}

static void line(bench *b, const char *text) {
    fprintf(b->out, "  %s", text);
    stamp(b);
}

/* The array of one send, `parts` buffers; returns how many bytes they are together. */
static unsigned buffers(bench *b, unsigned parts) {
    unsigned total = 0;
    fputc('[', b->out);
    for (unsigned i = 0; i < parts; i++) {
        unsigned length = any(b, 2000);
        total += length;
        fprintf(b->out, "%s%u", i ? ", " : "", length);
    }
    fputc(']', b->out);
    return total;
}

static void plain_sends(bench *b, bool stream) {
    static const char *const names[] = {"a", "client", "s1", "from"};
    const char *s = names[any(b, 4) - 1];
    fprintf(b->out, "  %s, peer = %s()", s, stream ? any(b, 2) == 1 ? "tcp" : "tcp6" : "udp");
    stamp(b);
    for (unsigned round = any(b, 12); round > 0; round--) {
        unsigned first = b->sends + 1, count = stream ? any(b, 3) : 1, lengths[3], total = 0;
        for (unsigned i = 0; i < count; i++) {
            fprintf(b->out, "  WSASend(%s, ", s);
            lengths[i] = buffers(b, any(b, 4));
            total += lengths[i];
            fprintf(b->out, ", &%s, %s, NULL, NULL) = 0 sent %u", any(b, 2) == 1 ? "sent" : "n",
                    any(b, 8) == 1 ? "MSG_DONTROUTE" : "0", lengths[i]);
            stamp(b);
            b->sends++;
        }
        fprintf(b->out, "  recv(peer, %u) =", stream ? total : 65536);
        for (unsigned i = 0; i < count; i++)
            fprintf(b->out, " %u[0..%u]", first + i, lengths[i]);
        stamp(b);
    }
}

static void overlapped_sends(bench *b) {
    line(b, "a, b = tcp(accepted)");
    line(b, "e = WSACreateEvent()");
    line(b, "o = overlapped(e)");
    for (unsigned round = any(b, 8); round > 0; round--) {
        fputs("  WSASend(a, ", b->out);
        unsigned total = buffers(b, any(b, 5));
        if (any(b, 2) == 1)
            fprintf(b->out, ", &sent, 0, &o, NULL) = 0 sent %u event set", total);
        else
            fputs(", NULL, 0, &o, NULL) = SOCKET_ERROR WSA_IO_PENDING event unset", b->out);
        stamp(b);
        b->sends++;
        line(b, "WSAWaitForMultipleEvents([e], TRUE, 5000, FALSE) = WSA_WAIT_EVENT_0");
        fprintf(b->out, "  WSAGetOverlappedResult(a, &o, &got, FALSE) = TRUE transferred %u", total);
        stamp(b);
        fprintf(b->out, "  recv(b, %u) = %u[0..%u]", total, b->sends, total);
        stamp(b);
        line(b, "WSAResetEvent(e) = 0");
    }
}

static void errors(bench *b) {
    line(b, "s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)");
    line(b, "bind(s, loopback) = 0");
    line(b, "a, b = tcp()");
    line(b, "u, v = udp()");
    line(b, "shutdown(a, SD_SEND) = 0");
    for (unsigned round = any(b, 16); round > 0; round--) {
        static const struct {
            const char *socket, *flags, *code;
        } kinds[] = {
            {"s", "0", "WSAENOTCONN"},
            {"a", "0", "WSAESHUTDOWN"},
            {"u", "MSG_OOB", "WSAEOPNOTSUPP"},
            {"u", "MSG_PARTIAL", "WSAEOPNOTSUPP"},
            {"INVALID_SOCKET", "0", "WSAENOTSOCK"},
        };
        unsigned kind = any(b, sizeof kinds / sizeof *kinds) - 1;
        fprintf(b->out, "  WSASend(%s, ", kinds[kind].socket);
        buffers(b, any(b, 3));
        fprintf(b->out, ", &sent, %s, NULL, NULL) = SOCKET_ERROR %s", kinds[kind].flags, kinds[kind].code);
        stamp(b);
        b->sends++;
    }
}

bool wsj_bench_trace(FILE *out, uint64_t calls) {
    bench b = {.out = out, .random = 0x9E3779B97F4A7C15u};
    fputs("trace 1\ntarget \"bench\" kind \"model\"\n", out);
    for (uint64_t n = 1; b.calls < calls && !ferror(out); n++) {
        b.clock = 0;
        b.sends = 0;
        fprintf(out, "case \"bench/case %" PRIu64 "\" clauses ret.zero\n", n);
        switch (any(&b, 4)) {
        case 1: plain_sends(&b, true); break;
        case 2: plain_sends(&b, false); break;
        case 3: overlapped_sends(&b); break;
        default: errors(&b); break;
        }
        fprintf(out, "end @%" PRIu64 "\n", b.clock);
    }
    return fflush(out) == 0 && !ferror(out);
}
