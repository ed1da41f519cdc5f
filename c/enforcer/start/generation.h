/*
 * generation.h - the programs that are in force: the same ones with the same options are a generation.
 */
#ifndef CT_GENERATION_H
#define CT_GENERATION_H

#include "backends.h"

/* With the maps open: adopts the generation that is pinned, or brings up ours. 0 or -errno with reason and remedy. */
int generation_start(struct start *start);

#endif
