/*
 * thief.h - what the parts of the demo's attacker share. It knows the secrets
 * that it looks for, so that a copy in any corner of the memory is noticed.
 */
#ifndef THIEF_H
#define THIEF_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define NEEDLES 4
#define ERROR_BYTES 64

/* What an attack found; printed as one line of JSON. */
struct loot {
	uint64_t copies[NEEDLES]; /* of each needle */
	uint64_t bytes;           /* looked at */
	int arena_errno;          /* of the first refused read of /secretmem, or 0 */
	char error[ERROR_BYTES];  /* why the attack as a whole failed, or "" */
};

struct search {
	pid_t pid;
	int needle_count;
	const char *needles[NEEDLES];
	struct loot loot;
};

/* Bytes read at `at` of the victim, or -errno. */
typedef ssize_t reader(const struct search *search, int fd, uint64_t at, void *bytes, size_t length);

struct range {
	uint64_t start, end;
	int is_arena;    /* mapped from memfd_secret(2) */
	int is_ordinary; /* a file's bytes that cannot have been changed */
};

void look_in(struct search *search, const void *bytes, size_t length);
void look_in_file(struct search *search, const char *path);
/* Calls `visit` for every readable mapping. 0 or -errno. */
int each_range(pid_t pid, void (*visit)(struct range range, void *context), void *context);
/* Reads all readable memory that is there; read_peek, which is slow, leaves out unchanged parts of files. */
void look_in_memory(struct search *search, reader *read_at, int fd);

reader read_peek;

void attack_environ(struct search *search);
void attack_mem(struct search *search);
void attack_readv(struct search *search);
void attack_peek(struct search *search);
void attack_core(struct search *search);
void attack_inject(struct search *search);

/* 0 or -errno. Attaches and waits, for two seconds at most, until it has stopped. */
int stop_victim(pid_t pid);
void fail(struct search *search, const char *call, int error);

#endif
