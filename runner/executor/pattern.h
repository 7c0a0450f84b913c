/*
 * pattern.h - data that says where it comes from.
 *
 * Byte i of send number n is a fixed function of n and i, so that nothing need be stored to tell which bytes arrived,
 * in which order. Pure C: no OS header, no allocation, no state outside the arguments; usable from any thread.
 */
#ifndef WSX_PATTERN_H
#define WSX_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes bytes i to i + size - 1 of send n. */
void wsx_pattern_fill(void *out, uint32_t n, uint64_t i, size_t size);

/* How many bytes at data, from the first on, are bytes i, i + 1, ... of send n; at most size. */
size_t wsx_pattern_match(const void *data, uint32_t n, uint64_t i, size_t size);

/* What is known of a send: numbers count from 1, so sends[0] is send 1. */
typedef struct wsx_sent {
    uint64_t length;   /* bytes handed to WSASend, the sum of the WSABUF lengths */
    uint64_t accepted; /* bytes that it said it took: length until something else is known, 0 after an error */
    bool urgent;       /* MSG_OOB: its last byte may travel apart */
} wsx_sent;

/* A piece of received data: bytes low to high-1 of send n; or, with n = 0, bytes low to high-1 of the received data
 * itself, which belong to no send. */
typedef struct wsx_run {
    uint32_t n;
    uint64_t low, high;
} wsx_run;

/* Where a stream stands: the next byte expected is byte i of send n. Begins as all zeroes. */
typedef struct wsx_decoder {
    uint32_t n;
    uint64_t i;
} wsx_decoder;

/* Called for every piece in the order of the data, neighbouring pieces already joined. False stops the decoding. */
typedef bool (*wsx_run_handler)(void *context, const wsx_run *run);

/* Takes received data apart. What continues the stream is preferred; then the beginning of another send, the longest
 * match first; then the middle of any send (bounded effort); the rest belongs to no send. False if the handler stopped
 * it. */
bool wsx_decode(wsx_decoder *decoder, const wsx_sent *sends, uint32_t n_sends, const void *data, size_t size,
                wsx_run_handler handler, void *context);

/* The same for data that came as urgent data: the last bytes of urgent sends are tried first. */
bool wsx_decode_urgent(const wsx_sent *sends, uint32_t n_sends, const void *data, size_t size, wsx_run_handler handler,
                       void *context);

#endif
