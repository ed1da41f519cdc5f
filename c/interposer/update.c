/*
 * update.c - secrets that change while the application runs (CLOUDTASER_ON_ROTATE=update). The wrapper writes the new
 * string beside the old one. The next getenv points the environment to it. A reader sees the whole old or the whole
 * new string; a pointer that it has stays valid until the update after the next.
 */
#include "adopt.h"
#include "raw.h"

__attribute__((visibility("default"))) char *getenv(const char *name);
__attribute__((visibility("default"))) char *secure_getenv(const char *name);

/* The generation that the environment points to. */
static uint32_t followed;
static char following;

static void follow(const struct ct_handoff_secret *secret)
{
	char *now = (char *)ct_handoff + __atomic_load_n(&secret->entry, __ATOMIC_ACQUIRE);
	char *before = (char *)ct_handoff + secret->other;

	for (char **entry = ct_environment(); *entry != NULL; entry++) {
		char *expected = before;

		/* Another thread may be changing entries. */
		(void)__atomic_compare_exchange_n(entry, &expected, now, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED);
	}
}

void ct_follow_updates(void)
{
	uint32_t generation;

	if (ct_handoff == NULL || ct_environment() == NULL)
		return;
	generation = __atomic_load_n(&ct_handoff->generation, __ATOMIC_ACQUIRE);
	if (generation == followed || __atomic_test_and_set(&following, __ATOMIC_ACQUIRE))
		return;
	for (uint32_t i = 0; i < ct_handoff->count; i++)
		if (ct_handoff->secrets[i].other != 0 && ct_handoff->secrets[i].length != 0)
			follow(&ct_handoff->secrets[i]);
	followed = generation;
	__atomic_clear(&following, __ATOMIC_RELEASE);
}

/* Like libc's, on the same array. */
char *getenv(const char *name)
{
	size_t length = ct_strlen(name);

	if (ct_environment() == NULL || length == 0)
		return NULL;
	ct_adopt_handoff(ct_environment());
	ct_follow_updates();
	for (char **entry = ct_environment(); *entry != NULL; entry++)
		if (ct_starts_with(*entry, name) && (*entry)[length] == '=')
			return *entry + length + 1;
	return NULL;
}

char *secure_getenv(const char *name)
{
	return getenv(name); /* a secure program would not have loaded us */
}
