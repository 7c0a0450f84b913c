/*
 * observe.h - what a call was seen to do, as the atoms of the notation, and whether a case foresaw it.
 *
 * An observation has a head (what the call returned) and then fields: a key word, "sent", "transferred", "value",
 * "ran", ..., with what belongs to it. Knows nothing of Windows and nothing of what is right.
 */
#ifndef WSX_OBSERVE_H
#define WSX_OBSERVE_H

#include "notation.h"

#include <stdbool.h>

typedef struct wsx_observation {
    wsn_value *atoms; /* owned */
    size_t n, capacity;
    bool lost; /* memory ran out: some atoms are missing */
} wsx_observation;

void wsx_observation_free(wsx_observation *seen);

/* The names and texts given are not copied: they must live as long as the observation. */
void wsx_see_value(wsx_observation *seen, const wsn_value *value);
void wsx_see_name(wsx_observation *seen, const char *name);
void wsx_see_number(wsx_observation *seen, uint64_t number);
void wsx_see_reference(wsx_observation *seen, const char *name); /* &name; NULL gives "wild" */
void wsx_see_string(wsx_observation *seen, const char *text);
void wsx_see_code(wsx_observation *seen, uint32_t code); /* by its name where it has one */

typedef enum wsx_match { WSX_FORESEEN, WSX_UNWANTED, WSX_UNFORESEEN } wsx_match;

/* Compares with the alternatives of a statement: only what an alternative states is compared, so "0" foresees "0 sent
 * 10". No alternatives at all foresee everything. UNWANTED: one matches, but it is not the one that the case wants. */
wsx_match wsx_foreseen(const wsx_observation *seen, const wsn_outcome *outcomes, size_t n_outcomes);

/* Is the atom in it: "until WSAEWOULDBLOCK". */
bool wsx_holds(const wsx_observation *seen, const wsn_value *atom);

#endif
