/* bench.c - how many statements a second wsn_stream reads: wsnotation-bench [STATEMENTS] [PER-CASE] [LENGTHS]
 *
 * LENGTHS: how many different buffer lengths the calls have; 1 makes all calls alike (see again.c). */
#include "notation.h"

#include <stdlib.h>
#include <time.h>

static int on_case(void *context, const wsn_case *c) {
    (void)context;
    (void)c;
    return 0;
}

static int on_statement(void *context, const wsn_case *c, const wsn_statement *s) {
    (void)c;
    *(uint64_t *)context += s->n_args;
    return 0;
}

static void write_trace(FILE *out, long n, long per_case, long lengths) {
    fputs("trace 1\n", out);
    for (long i = 0; i < n; i++) {
        if (i % per_case == 0)
            fprintf(out, "%scase \"bench/%ld\"\n  a, b = tcp() @1+2\n", i ? "end\n" : "", i);
        long length = 10 + i % lengths;
        fprintf(out, "  WSASend(a, [%ld], &sent, 0, NULL, NULL) = 0 sent %ld @%ld+%ld\n", length, length, i * 3,
                i % 100);
    }
    fputs("end\n", out);
}

int main(int argc, char **argv) {
    long n = argc > 1 ? atol(argv[1]) : 2000000, per_case = argc > 2 ? atol(argv[2]) : n,
         lengths = argc > 3 ? atol(argv[3]) : 1;
    FILE *trace = tmpfile();
    if (!trace || n < 1 || per_case < 1 || lengths < 1)
        return 2;
    write_trace(trace, n, per_case, lengths);
    rewind(trace);
    uint64_t args = 0;
    wsn_stream_handlers handlers = {.context = &args, .begin = on_case, .statement = on_statement, .end = on_case};
    wsn_error error;
    clock_t start = clock();
    if (wsn_stream(trace, "bench", NULL, &handlers, &error) != WSN_OK) {
        fprintf(stderr, "%s:%d:%d: %s\n", error.file, error.line, error.column, error.message);
        return 1;
    }
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    printf("%ld statements in %.3f s: %.0f a second\n", n, seconds, (double)n / seconds);
    fclose(trace);
    return 0;
}
