/*
 * code_files.h - the table of files whose code protected processes run. BPF programs fill it
 * (bpf/processes/code_files.h).
 */
#pragma once

#include <stdbool.h>

/* The table is nearly full, so the code of a new process might not be guarded. */
bool code_files_are_many(void);
/* Removes files of ended process trees, part of the table per call. */
void code_files_sweep(void);
