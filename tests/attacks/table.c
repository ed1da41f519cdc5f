/*
 * table.c - table.inc.h as an array.
 */
#include "attack.h"

#include <linux/bpf.h>
#include <linux/kcmp.h>
#include <linux/kexec.h>
#include <sys/resource.h>

#define ROW(name, vector, marks, run, text, number, what) { #name, #vector, marks, NULL, run, text, number, what },
#define STEPS(name, vector, marks, open, run, text, number, what) \
	{ #name, #vector, marks, open, run, text, number, what },

const struct row table[] = {
#include "table.inc.h"
	{ 0 },
};
