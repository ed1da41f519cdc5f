/*
 * adopt.c - the start of the application, before any of its own code: maps the parcel, closes its
 * descriptor, and lets the environment point into it. Nothing is copied.
 *
 * When something goes wrong here the process ends: an application with empty secrets is the worst
 * that could happen.
 */
#include "adopt.h"
#include "raw.h"

#include <linux/fcntl.h>

#define STATUS_KERNEL 71 /* EX_OSERR */
#define PAUSE_NS 50000L

struct ct_parcel *ct_parcel;
const char *ct_image;
uint64_t ct_image_bytes;
uint32_t ct_filters;

/* libc's; on musl it is set before constructors run, on glibc after this one. */
extern char **environ __attribute__((weak));

__attribute__((noreturn)) static void give_up(const char *why)
{
	static const char head[] = "cloudtaser: cannot take over the secrets: ";

	(void)CT_CALL3(__NR_write, 2, head, sizeof(head) - 1);
	(void)CT_CALL3(__NR_write, 2, why, ct_length(why));
	for (;;)
		(void)CT_CALL1(__NR_exit_group, STATUS_KERNEL);
}

/* The number behind the name in an open file; UINT32_MAX: it is not there. In small bites: stacks may be small. */
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
	long fd = ct_call(__NR_openat, CT_AT_FDCWD, (long)"/proc/self/status", O_RDONLY | O_CLOEXEC, 0, 0, 0);
	uint32_t number;

	if (fd < 0)
		return UINT32_MAX;
	number = find_number(fd, name, sizeof(name) - 1);
	(void)CT_CALL1(__NR_close, fd);
	return number;
}

/* Closes the descriptors as soon as what is behind them is mapped: who has one reads everything. */
static void open_parcel(const char *numbers)
{
	long fd = (long)ct_take_number(&numbers);
	uint64_t bytes = ct_take_number(&numbers);
	long image_fd = (long)ct_take_number(&numbers);

	ct_image_bytes = ct_take_number(&numbers);
	ct_parcel = ct_map(fd, bytes, CT_PROT_READ | CT_PROT_WRITE, CT_MAP_SHARED);
	(void)CT_CALL1(__NR_close, fd);
	ct_image = ct_map(image_fd, ct_image_bytes, CT_PROT_READ, CT_MAP_PRIVATE);
	(void)CT_CALL1(__NR_close, image_fd);
	if (ct_parcel == NULL || ct_image == NULL)
		give_up("they cannot be mapped (RLIMIT_MEMLOCK?)\n");
	if (ct_parcel->magic != CT_PARCEL_MAGIC || ct_parcel->version != CT_PARCEL_VERSION || ct_parcel->bytes != bytes)
		give_up("they are not what was expected\n");
}

/* Entries that stand for a secret point to it from now on. */
static uint32_t adopt(char **env)
{
	uint32_t adopted = 0;
	uint32_t next = 0;

	for (; *env != NULL; env++)
		for (uint32_t tried = 0; tried < ct_parcel->count; tried++) {
			/* Most often they come in the parcel's order. */
			const struct ct_parcel_secret *secret = &ct_parcel->secrets[(next + tried) % ct_parcel->count];

			if (secret->length == 0 || !ct_same(*env, ct_parcel_text(ct_parcel, secret->blank)))
				continue;
			*env = (char *)ct_parcel + secret->entry;
			next += tried + 1;
			adopted++;
			break;
		}
	return adopted;
}

static void drop(char **entry)
{
	for (; *entry != NULL; entry++)
		entry[0] = entry[1];
}

/* What the application's own LD_PRELOAD was stands behind ours. */
static void restore_preload(char **entry)
{
	char *theirs = *entry + sizeof(CT_PRELOAD) - 1;

	while (*theirs != '\0' && *theirs != ':')
		theirs++;
	if (*theirs == '\0') {
		drop(entry);
		return;
	}
	/* The name is written before it, over the path of ours, which is longer. */
	*entry = theirs + 1 - (sizeof(CT_PRELOAD) - 1);
	for (size_t i = 0; i < sizeof(CT_PRELOAD) - 1; i++)
		(*entry)[i] = CT_PRELOAD[i];
}

/* The wrapper looks at what was done, and decides. It may also be gone. */
static void wait_for_release(void)
{
	const struct {
		long seconds, nanoseconds;
	} pause = { 0, PAUSE_NS };

	while (ct_parcel->parent != 0 && !__atomic_load_n(&ct_parcel->released, __ATOMIC_ACQUIRE)) {
		if (ct_call(__NR_getppid, 0, 0, 0, 0, 0, 0) != (long)ct_parcel->parent)
			give_up("the wrapper is gone\n");
		(void)CT_CALL2(__NR_nanosleep, &pause, 0);
	}
}

static void take_over(char **env)
{
	char **handover = NULL;

	for (char **entry = env; *entry != NULL; entry++)
		if (ct_begins(*entry, CT_HANDOVER))
			handover = entry;
	if (handover == NULL)
		return;
	open_parcel(*handover + sizeof(CT_HANDOVER) - 1);
	drop(handover);
	for (char **entry = env; *entry != NULL; entry++)
		if (ct_begins(*entry, CT_PRELOAD CT_FD_PATH)) {
			restore_preload(entry);
			break;
		}
	ct_parcel->adopted = adopt(env);
	if (ct_parcel->adopted != ct_parcel->expected)
		give_up("the environment was changed on the way\n");
	ct_filters = ct_count_filters();
	ct_parcel->pid = (uint32_t)ct_call(__NR_getpid, 0, 0, 0, 0, 0, 0);
	__atomic_store_n(&ct_parcel->state, CT_PARCEL_ADOPTED, __ATOMIC_RELEASE);
	wait_for_release();
}

void ct_take_over(char **env)
{
	static bool begun; /* no second thread yet */

	if (begun || env == NULL)
		return;
	begun = true;
	take_over(env);
}

__attribute__((constructor)) static void start(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	ct_take_over(&environ != NULL && environ != NULL ? environ : envp);
}
