/*
 * adopt.c - runs in the application before its own code: maps the hand-off, closes its descriptor, and points the
 * environment into it. Nothing is copied.
 *
 * On any error the process exits: it must never run with empty secrets.
 */
#include "adopt.h"
#include "raw.h"

#include <linux/fcntl.h>

#define STATUS_KERNEL 71 /* EX_OSERR */
#define PAUSE_NS 50000L

enum { NOT_BEGUN, BEGUN, DONE };

struct ct_handoff *ct_handoff;
const char *ct_own_file;
uint64_t ct_own_file_bytes;
uint32_t ct_filters_at_start;

__attribute__((noreturn)) static void give_up(const char *why)
{
	static const char head[] = "cloudtaser: cannot load the secrets: ";

	(void)CT_CALL3(__NR_write, 2, head, sizeof(head) - 1);
	(void)CT_CALL3(__NR_write, 2, why, ct_strlen(why));
	for (;;)
		(void)CT_CALL1(__NR_exit_group, STATUS_KERNEL);
}

/* The number after `name` in an open file; UINT32_MAX: not found. Reads small chunks, because the stack may be small. */
static uint32_t find_number(long fd, const char *name, size_t length)
{
	char text[512];
	size_t matched = 0;
	uint32_t number = 0;
	long got;

	while ((got = CT_CALL3(__NR_read, fd, text, sizeof(text))) > 0)
		for (long i = 0; i < got; i++) {
			if (matched < length)
				matched = text[i] == name[matched] ? matched + 1 : text[i] == name[0];
			else if (text[i] >= '0' && text[i] <= '9')
				number = number * 10 + (uint32_t)(text[i] - '0');
			else
				return number;
		}
	return UINT32_MAX;
}

uint32_t ct_count_filters(void)
{
	static const char name[] = "\nSeccomp_filters:\t";
	long fd = ct_call(__NR_openat, CT_AT_FDCWD, (long)"/proc/thread-self/status", O_RDONLY | O_CLOEXEC, 0, 0, 0);
	uint32_t number;

	if (fd < 0)
		return UINT32_MAX;
	number = find_number(fd, name, sizeof(name) - 1);
	(void)CT_CALL1(__NR_close, fd);
	return number;
}

static void copy(void *to, const char *from, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		((char *)to)[i] = from[i];
}

/* Maps the interposer's own file and reads the note at its end. */
static struct ct_note open_own_file(long fd)
{
	struct ct_note note = { 0 };
	long bytes = CT_CALL3(__NR_lseek, fd, 0, CT_SEEK_END);

	if (bytes > (long)sizeof(note))
		ct_own_file = ct_map(fd, (uint64_t)bytes, CT_PROT_READ, CT_MAP_PRIVATE);
	(void)CT_CALL1(__NR_close, fd);
	if (ct_own_file == NULL)
		give_up("the interposer cannot be mapped\n");
	ct_own_file_bytes = (uint64_t)bytes - sizeof(note);
	copy(&note, ct_own_file + ct_own_file_bytes, sizeof(note));
	if (note.magic != CT_NOTE_MAGIC)
		give_up("the interposer's file has no note\n");
	return note;
}

/* Closes the descriptor right after mapping: a process that obtains it can read all secrets. */
static void open_handoff(const struct ct_note *note)
{
	ct_handoff = ct_map(note->handoff, note->bytes, CT_PROT_READ | CT_PROT_WRITE, CT_MAP_SHARED);
	(void)CT_CALL1(__NR_close, note->handoff);
	if (ct_handoff == NULL)
		give_up("the hand-off cannot be mapped (RLIMIT_MEMLOCK?)\n");
	if (ct_handoff->magic != CT_HANDOFF_MAGIC || ct_handoff->version != CT_HANDOFF_VERSION ||
	    ct_handoff->bytes != note->bytes)
		give_up("the hand-off is invalid\n");
}

/* Points placeholders to their secrets. Their number. */
static uint32_t resolve_placeholders(char **env)
{
	uint32_t adopted = 0;
	uint32_t next = 0;

	for (; *env != NULL; env++)
		for (uint32_t tried = 0; tried < ct_handoff->count; tried++) {
			/* Usually they are in the hand-off's order. */
			const struct ct_handoff_secret *secret = &ct_handoff->secrets[(next + tried) % ct_handoff->count];

			if (secret->length == 0 || !ct_equal(*env, ct_handoff_text(ct_handoff, secret->placeholder)))
				continue;
			*env = (char *)ct_handoff + secret->entry;
			next += tried + 1;
			adopted++;
			break;
		}
	return adopted;
}

/* The last path in LD_PRELOAD if it is the interposer's file, else NULL. */
static char *find_ours(char *entry)
{
	char *part = entry + sizeof(CT_PRELOAD) - 1;

	if (!ct_starts_with(entry, CT_PRELOAD))
		return NULL;
	for (char *at = part; *at != '\0'; at++)
		if (*at == ':')
			part = at + 1;
	return ct_starts_with(part, CT_FD_PATH) ? part : NULL;
}

/* Restores the application's own LD_PRELOAD, or the secret that it replaced. */
static void restore_entry(char **entry, char *ours, uint32_t replaced_secret)
{
	if (replaced_secret == CT_NO_SECRET) {
		ours[-1] = '\0';
		return;
	}
	if (replaced_secret >= ct_handoff->count)
		give_up("the hand-off is invalid\n");
	*entry = (char *)ct_handoff + ct_handoff->secrets[replaced_secret].entry;
	ct_handoff->adopted++;
}

/* Waits until the wrapper has read the report. Exits if the wrapper is gone. */
static void wait_for_release(void)
{
	const struct {
		long seconds, nanoseconds;
	} pause = { 0, PAUSE_NS };

	while (ct_handoff->parent != 0 && !__atomic_load_n(&ct_handoff->released, __ATOMIC_ACQUIRE)) {
		if (ct_call(__NR_getppid, 0, 0, 0, 0, 0, 0) != (long)ct_handoff->parent)
			give_up("the wrapper is gone\n");
		(void)CT_CALL2(__NR_nanosleep, &pause, 0);
	}
}

static void adopt_handoff(char **env)
{
	char **entry = env;
	char *ours = NULL;
	const char *number;
	struct ct_note note;

	while (*entry != NULL && (ours = find_ours(*entry)) == NULL)
		entry++;
	if (ours == NULL)
		return;
	ct_hide_own_path();
	number = ours + sizeof(CT_FD_PATH) - 1;
	note = open_own_file((long)ct_parse_number(&number));
	open_handoff(&note);
	ct_handoff->adopted = 0;
	restore_entry(entry, ours, note.replaced_secret);
	ct_handoff->adopted += resolve_placeholders(env);
	if (ct_handoff->adopted != ct_handoff->expected)
		give_up("the environment was changed\n");
	ct_filters_at_start = ct_count_filters();
	ct_handoff->pid = (uint32_t)ct_call(__NR_getpid, 0, 0, 0, 0, 0, 0);
	__atomic_store_n(&ct_handoff->state, CT_HANDOFF_ADOPTED, __ATOMIC_RELEASE);
	wait_for_release();
}

void ct_adopt_handoff(char **env)
{
	static int state;
	int before = NOT_BEGUN;

	if (env == NULL)
		return;
	if (__atomic_compare_exchange_n(&state, &before, BEGUN, false, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
		adopt_handoff(env);
		__atomic_store_n(&state, DONE, __ATOMIC_RELEASE);
	}
	/* A library that runs before us may have started a second thread. */
	while (__atomic_load_n(&state, __ATOMIC_ACQUIRE) != DONE)
		(void)ct_call(__NR_sched_yield, 0, 0, 0, 0, 0, 0);
}

__attribute__((constructor)) static void start(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	ct_adopt_handoff(ct_environment() != NULL ? ct_environment() : envp);
}
