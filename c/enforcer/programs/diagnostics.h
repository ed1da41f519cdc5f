/*
 * diagnostics.h - reasons, remedies and notes of the report, and libbpf's log messages.
 */
#pragma once

#include "enforcer/enforce.h"

__attribute__((format(printf, 2, 3))) void diagnostics_note(struct enforce_report *report, const char *format, ...);
__attribute__((format(printf, 2, 3))) void diagnostics_set(char text[ENFORCE_TEXT], const char *format, ...);

/* Sets reason and remedy of a failed start. Returns `failed`. */
int diagnostics_fail(struct enforce_report *report, int failed, const char *reason, const char *remedy);

/* Captures libbpf's messages instead of printing them. */
void diagnostics_capture_libbpf(void);
void diagnostics_reset(void);
/* The last program that failed to load, or "". */
const char *diagnostics_failed_program(void);
/* The verifier's last message, or "". */
const char *diagnostics_verifier_message(void);
