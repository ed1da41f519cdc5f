/*
 * code_files.h - the table of files whose code members run (bpf/code_files.h): the kernel's side fills it.
 */
#ifndef CT_CODE_FILES_H
#define CT_CODE_FILES_H

#include <stdbool.h>

/* Little room is left: who registers now might run code that others may write to. */
bool code_files_are_many(void);
/* Forgets files of families that have ended, a part of the table at a call. */
void code_files_sweep(void);

#endif
