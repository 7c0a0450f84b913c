/*
 * steps.h - the numbers of a case's steps, the same in a hand-written case and in its traces where that is possible.
 */
#ifndef WSJ_STEPS_H
#define WSJ_STEPS_H

#include "notation.h"

/* Zero-initialise for each case. */
typedef struct wsj_numbering {
    int last;             /* number of the last call */
    uint64_t fingerprint; /* of its verb and arguments */
} wsj_numbering;

/*
 * The number of a call (CALL or START) in its case, from 1 in the order of reading. A call that is made again at once
 * with the same arguments keeps its number: what a loop of the case repeats is one step of the case, however often it
 * goes round on this machine. So signatures do not depend on how much a transport takes before it is full.
 */
int wsj_number(wsj_numbering *numbering, const wsn_statement *s);

#endif
