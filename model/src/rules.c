/* rules.c - the table of rules, for reading. */
#include "model.h"

#include <string.h>

static const wsc_rule_info rules[] = {
#define WSC_ERROR(id, name, code, clauses, text) {name, WSC_RULE_ERROR, code, clauses, text},
#define WSC_OUTCOME(id, name, code, clauses, text) {name, WSC_RULE_OUTCOME, code, clauses, text},
#define WSC_CHECK(id, name, code, clauses, text) {name, WSC_RULE_CHECK, code, clauses, text},
#include "rules.def"
#undef WSC_ERROR
#undef WSC_OUTCOME
#undef WSC_CHECK
};

_Static_assert(ERROR_RULES <= 64, "error rules are bits of a 64-bit mask");
_Static_assert(ERROR_RULES + 4 <= WSC_MAX_OUTCOMES, "a set holds all errors and all successes");
_Static_assert(ERROR_RULES + 8 <= WSC_MAX_CONDITIONS, "all conditions fit");

int wsc_rule_count(void) {
    return RULE_COUNT;
}

const wsc_rule_info *wsc_rule(int rule) {
    return rule >= 0 && rule < RULE_COUNT ? &rules[rule] : NULL;
}

int wsc_rule_find(const char *name) {
    for (int i = 0; i < RULE_COUNT; i++)
        if (strcmp(rules[i].name, name) == 0)
            return i;
    return WSC_NONE;
}
