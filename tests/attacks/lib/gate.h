/*
 * gate.h - one attack by a 32-bit system call, which a kernel handles by functions of its own. arch_gate() makes it: it
 * returns how many bytes it read into `into` or wrote, or -errno.
 */
#pragma once

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* GATE_PEEK attaches to the process first; GATE_OPEN reads the file that it opens. */
enum gate { GATE_PEEK, GATE_READV, GATE_WRITEV, GATE_OPEN, GATE_READ };

struct gate_call {
	enum gate what;
	pid_t pid;
	int fd; /* of GATE_READ */
	const char *path; /* of GATE_OPEN */
	uint64_t at;
	size_t size; /* of what is read or written, at most GATE_MOST */
};

enum { GATE_MOST = 64 };

/* What arch_gate() returns when the call cannot be made at all. */
enum { GATE_MISSING = -ENOEXEC, GATE_TOO_FAR = -ERANGE };
