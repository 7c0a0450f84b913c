#include "pattern.h"

#include <string.h>

/* The first byte of a send is a bijection of its number modulo 256, so that even sends of one byte differ from their
 * neighbours. */
static uint8_t first_byte(uint32_t n) {
    return (uint8_t)(n * 167u + 31u);
}

static inline uint64_t word(uint32_t n, uint64_t w) {
    uint64_t x = (w + 1) * 0x9E3779B97F4A7C15u + n * 0xD1B54A32D192ED03u;
    x ^= x >> 29;
    x *= 0xBF58476D1CE4E5B9u;
    return x ^ x >> 32;
}

static inline uint8_t byte_at(uint32_t n, uint64_t i) {
    return i ? (uint8_t)(word(n, i / 8) >> i % 8 * 8) : first_byte(n);
}

void wsx_pattern_fill(void *out, uint32_t n, uint64_t i, size_t size) {
    uint8_t *p = out, *end = p + size;
    if (!size)
        return;
    for (; p < end && i % 8; i++)
        *p++ = byte_at(n, i);
    for (; end - p >= 8; p += 8, i += 8) {
        uint64_t x = word(n, i / 8);
        memcpy(p, &x, 8);
    }
    if (p < end) {
        uint64_t x = word(n, i / 8);
        memcpy(p, &x, (size_t)(end - p));
        i += (uint64_t)(end - p);
    }
    if (i == size)
        *(uint8_t *)out = first_byte(n);
}

size_t wsx_pattern_match(const void *data, uint32_t n, uint64_t i, size_t size) {
    if (!size) /* there need not be any data then */
        return 0;
    const uint8_t *begin = data, *p = begin, *end = begin + size;
    for (; p < end && (i % 8 || i == 0); i++, p++)
        if (*p != byte_at(n, i))
            return (size_t)(p - begin);
    for (; end - p >= 8; p += 8, i += 8) {
        uint64_t x = word(n, i / 8), y;
        memcpy(&y, p, 8);
        if (x != y)
            break;
    }
    for (; p < end && *p == byte_at(n, i); p++)
        i++;
    return (size_t)(p - begin);
}

/* --- decoding -------------------------------------------------------------------------------------------- */

enum {
    SURE = 8,          /* that many bytes are no coincidence */
    BLOCK = 4096,      /* the middle of sends is searched in blocks of this size */
    SEARCH = 32 << 20, /* bytes of sends that one decoding looks through in all */
};

typedef struct decoding {
    wsx_decoder *at;
    const wsx_sent *sends;
    uint32_t n_sends;
    const uint8_t *data;
    size_t size, pos;
    uint64_t foreign; /* bytes since the stream was left */
    uint64_t budget;
    wsx_run open; /* not yet handed over */
    wsx_run_handler handler;
    void *context;
} decoding;

static uint64_t least(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static bool flush(decoding *d) {
    bool more = d->open.low == d->open.high || d->handler(d->context, &d->open);
    d->open.low = d->open.high = 0;
    return more;
}

static bool take(decoding *d, uint32_t n, uint64_t i, size_t size) {
    bool joins = d->open.high > d->open.low && d->open.n == n && d->open.high == i;
    if (!joins && !flush(d))
        return false;
    if (!joins)
        d->open = (wsx_run){n, i, i};
    d->open.high += size;
    d->pos += size;
    if (n) {
        *d->at = (wsx_decoder){n, i + size};
        d->foreign = 0;
    } else {
        d->foreign += size;
    }
    return true;
}

typedef struct place {
    uint32_t n;
    uint64_t i;
    size_t match;
} place;

/* The next byte at which another send may begin although this one has more: what was said to be accepted, or urgent
 * data. */
static uint64_t soft_end(const wsx_sent *s) {
    return s->urgent && s->length ? s->length - 1 : s->accepted;
}

/* Is (n, i) better than the best place so far? A short match counts only if it reaches an end of the send, or the end
 * of data that made sense so far. */
static void consider(const decoding *d, place *best, uint32_t n, uint64_t i) {
    size_t rest = d->size - d->pos;
    if (n == 0 || n > d->n_sends || i >= d->sends[n - 1].length)
        return;
    uint64_t soft = soft_end(&d->sends[n - 1]);
    size_t whole = (size_t)least(rest, d->sends[n - 1].length - i);
    size_t match = wsx_pattern_match(d->data + d->pos, n, i, whole);
    bool end = i + match == d->sends[n - 1].length || (match == rest && !d->foreign);
    bool plausible = end || match >= SURE / 2 || (i < soft && i + match >= soft);
    if (match > best->match && plausible)
        *best = (place){n, i, match};
}

static void search_inside(decoding *d, place *best, uint32_t n) {
    uint8_t block[BLOCK];
    size_t rest = d->size - d->pos, need = rest < SURE ? rest : SURE;
    uint64_t length = d->sends[n - 1].length;
    if (need < 3 || (need < SURE && length > 65536))
        return;
    for (uint64_t i = 0; i < length && d->budget && best->match < need; i += BLOCK) {
        size_t n_block = (size_t)least(BLOCK, length - i);
        wsx_pattern_fill(block, n, i, n_block);
        d->budget -= least(d->budget, n_block);
        for (const uint8_t *p = block, *end = block + n_block; (p = memchr(p, d->data[d->pos], (size_t)(end - p)));
             p++) {
            uint64_t j = i + (uint64_t)(p - block);
            size_t match = wsx_pattern_match(d->data + d->pos, n, j, (size_t)least(rest, length - j));
            if (match >= need && match > best->match)
                *best = (place){n, j, match};
            if (p + 1 == end)
                break;
        }
    }
}

/* What should come if all is well: the whole of the next send of which anything was accepted. */
static bool next_in_order(const decoding *d, place *out) {
    uint32_t n = d->at->n + 1;
    while (n <= d->n_sends && !soft_end(&d->sends[n - 1]))
        n++;
    if (n > d->n_sends || d->foreign)
        return false;
    size_t size = (size_t)least(d->size - d->pos, soft_end(&d->sends[n - 1]));
    *out = (place){n, 0, wsx_pattern_match(d->data + d->pos, n, 0, size)};
    return out->match == size;
}

static place find_place(decoding *d) {
    place best = {0, 0, 0};
    uint32_t next = d->at->n + 1;
    if (next_in_order(d, &best))
        return best;
    best.match = 0;
    for (uint32_t k = 0; k < d->n_sends; k++)
        consider(d, &best, (next - 1 + k) % d->n_sends + 1, 0);
    consider(d, &best, d->at->n, d->at->i + d->foreign);
    if (!best.match && d->budget) {
        for (uint32_t k = 0; k < d->n_sends && !best.match; k++)
            search_inside(d, &best, (d->at->n + d->n_sends - 1 + k) % d->n_sends + 1);
    }
    return best;
}

bool wsx_decode(wsx_decoder *decoder, const wsx_sent *sends, uint32_t n_sends, const void *data, size_t size,
                wsx_run_handler handler, void *context) {
    decoding d = {.at = decoder,
                  .sends = sends,
                  .n_sends = n_sends,
                  .data = data,
                  .size = size,
                  .budget = SEARCH,
                  .handler = handler,
                  .context = context};
    while (d.pos < size) {
        size_t rest = size - d.pos, match = 0;
        const wsx_sent *now = decoder->n && decoder->n <= n_sends ? &sends[decoder->n - 1] : NULL;
        if (now && !d.foreign && decoder->i < soft_end(now))
            match = wsx_pattern_match(d.data + d.pos, decoder->n, decoder->i,
                                      (size_t)least(rest, soft_end(now) - decoder->i));
        if (match) {
            if (!take(&d, decoder->n, decoder->i, match))
                return false;
            continue;
        }
        place p = n_sends ? find_place(&d) : (place){0, 0, 0};
        if (p.match ? !take(&d, p.n, p.i, p.match) : !take(&d, 0, d.pos, 1))
            return false;
    }
    return flush(&d);
}

bool wsx_decode_urgent(const wsx_sent *sends, uint32_t n_sends, const void *data, size_t size, wsx_run_handler handler,
                       void *context) {
    for (uint32_t n = 1; n <= n_sends; n++) {
        const wsx_sent *s = &sends[n - 1];
        if (s->urgent && s->accepted && s->length >= size &&
            wsx_pattern_match(data, n, s->length - size, size) == size && size) {
            wsx_run run = {n, s->length - size, s->length};
            return handler(context, &run);
        }
    }
    wsx_decoder decoder = {0, 0};
    return wsx_decode(&decoder, sends, n_sends, data, size, handler, context);
}
