/*
 * generation.h - a generation is one set of programs with its options.
 */
#pragma once

#include "backends.h"

/* With the maps open: adopts the pinned generation or loads a new one. 0, or -errno with reason and remedy. */
int generation_start(struct start *start);
