/*
 * words.h - reasons and notes, and what libbpf said last.
 */
#ifndef CT_WORDS_H
#define CT_WORDS_H

#include "enforce.h"

__attribute__((format(printf, 2, 3))) void words_note(struct enforce_report *report, const char *format, ...);
__attribute__((format(printf, 2, 3))) void words_set(char text[ENFORCE_TEXT], const char *format, ...);

/* Sets reason and remedy of a start that failed; answers FAILED. */
int words_fail(struct enforce_report *report, int failed, const char *reason, const char *remedy);

/* From here on libbpf talks to us instead of to standard error. */
void words_listen(void);
void words_forget(void);
/* The program whose load failed last, or "". */
const char *words_failed_program(void);
/* The verifier's last word, or "". */
const char *words_verdict(void);

#endif
