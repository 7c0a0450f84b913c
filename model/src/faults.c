/* faults.c - what the faults of faults.def make possible. */
#include "model.h"

#include <string.h>

#define RULE_BIT(id) (UINT64_C(1) << RULE_##id)
#define F(word) (UINT32_C(1) << FAULT_##word)

static const struct {
    const char *word;
    uint32_t ends;
    bool lossy;
    uint64_t all, streams, kept_alive;
} faults[] = {
#define WSC_FAULT_WORD(word, ends, lossy, all, streams, kept_alive) {#word, ends, lossy, all, streams, kept_alive},
#include "faults.def"
#undef WSC_FAULT_WORD
};

_Static_assert(FAULT_COUNT <= 32, "faults are bits of a 32-bit mask");

int wsc_fault_word(const char *word) {
    for (int i = 0; i < FAULT_COUNT; i++)
        if (strcmp(faults[i].word, word) == 0)
            return i;
    return WSC_NONE;
}

uint32_t wsc_faults_after(uint32_t now, uint32_t words) {
    uint32_t begun = 0;
    for (int i = 0; i < FAULT_COUNT; i++) {
        if (!(words >> i & 1))
            continue;
        now &= ~faults[i].ends;
        begun |= faults[i].ends ? 0 : UINT32_C(1) << i;
    }
    return now | begun;
}

uint32_t wsc_faults_of(const wsc_model *m, const wsc_socket *s) {
    return !s || s->family == WSC_LOCAL ? 0 : m->faults | s->faults;
}

bool wsc_lossy(uint32_t words) {
    for (int i = 0; i < FAULT_COUNT; i++)
        if (words >> i & 1 && faults[i].lossy)
            return true;
    return false;
}

uint64_t wsc_fault_rules(const wsc_socket *s, uint32_t words) {
    uint64_t rules = 0;
    for (int i = 0; i < FAULT_COUNT && s; i++) {
        if (!(words >> i & 1))
            continue;
        rules |= faults[i].all;
        if (s->type == WSC_STREAM)
            rules |= faults[i].streams | (s->keep_alive ? faults[i].kept_alive : 0);
    }
    if (s && s->expired)
        rules |= RULE_BIT(netreset_datagram);
    return rules;
}

uint64_t wsc_rules_of_code(uint32_t code) {
    uint64_t rules = 0;
    for (int i = 0; i < RULE_no_buffers; i++) /* those that the document states: silences stand behind */
        if (wsc_rule(i)->code == code)
            rules |= UINT64_C(1) << i;
    return rules;
}

/* Rules that a failure of the transport can be about only on one kind of socket, or of one kind of call. */
uint64_t wsc_injected_rules(const wsc_model *m, const wsc_socket *s, uint32_t flags) {
    uint64_t rules = m->injected;
    if (!rules || !s || (s->family != WSC_INET && s->family != WSC_INET6))
        return 0;
    rules &= ~(s->type == WSC_STREAM ? RULE_BIT(connreset_datagram) | RULE_BIT(netreset_datagram)
                                     : RULE_BIT(connreset_stream) | RULE_BIT(netreset_stream));
    if (!(flags & WSC_MSG_OOB))
        rules &= ~(RULE_BIT(oob_not_stream) | RULE_BIT(oob_domain));
    if (!(flags & WSC_MSG_PARTIAL))
        rules &= ~RULE_BIT(partial);
    return rules;
}
