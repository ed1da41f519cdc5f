/*
 * diagnostics.h - reasons and notes, and what libbpf said last.
 */
#ifndef CT_DIAGNOSTICS_H
#define CT_DIAGNOSTICS_H

#include "enforcer/enforce.h"

__attribute__((format(printf, 2, 3))) void diagnostics_note(struct enforce_report *report, const char *format, ...);
__attribute__((format(printf, 2, 3))) void diagnostics_set(char text[ENFORCE_TEXT], const char *format, ...);

/* Sets reason and remedy of a start that failed; answers FAILED. */
int diagnostics_fail(struct enforce_report *report, int failed, const char *reason, const char *remedy);

/* From here on libbpf talks to us instead of to standard error. */
void diagnostics_capture_libbpf(void);
void diagnostics_reset(void);
/* The program whose load failed last, or "". */
const char *diagnostics_failed_program(void);
/* The verifier's last word, or "". */
const char *diagnostics_verifier_message(void);

#endif
