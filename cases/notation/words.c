/* words.c - the fixed vocabulary: verbs, places, constants and error names. */
#include "notation.h"

#include <string.h>

struct constant {
    const char *name;
    uint64_t number;
};

static const struct constant constants[] = {
#define WSN_CONSTANT(name, value) {#name, value},
#include "constants.def"
#undef WSN_CONSTANT
};

const char *wsn_verb_name(wsn_verb verb) {
    static const char *const names[] = {
#define WSN_VERB(name, results, args, help) #name,
#include "verbs.def"
#undef WSN_VERB
    };
    return (unsigned)verb < WSN_VERB_COUNT ? names[verb] : "";
}

const char *wsn_verb_help(wsn_verb verb) {
    static const char *const helps[] = {
#define WSN_VERB(name, results, args, help) help,
#include "verbs.def"
#undef WSN_VERB
    };
    return (unsigned)verb < WSN_VERB_COUNT ? helps[verb] : "";
}

const char *wsn_place_name(wsn_place place) {
    static const char *const names[] = {"", "NULL", "wild", "kernel", "readonly", "straddle", "guard"};
    return (unsigned)place < sizeof names / sizeof *names ? names[place] : "";
}

bool wsn_constant(const char *name, uint64_t *number) {
    size_t low = 0, high = sizeof constants / sizeof *constants;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(name, constants[middle].name);
        if (order == 0) {
            *number = constants[middle].number;
            return true;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

const char *wsn_error_name(uint32_t code) {
    switch (code) {
#define WSN_ERROR(name, value)                                                                                         \
    case value:                                                                                                        \
        return #name;
#define WSN_CONSTANT(name, value)
#include "constants.def"
#undef WSN_CONSTANT
#undef WSN_ERROR
    default: return NULL;
    }
}
