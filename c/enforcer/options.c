/*
 * options.c - see options.h. Only the agent starts the enforcer, so unknown arguments are errors.
 */
#include "options.h"

#include <string.h>

#define SOCKET "/run/cloudtaser/agent.sock"
#define PINS "/sys/fs/bpf/cloudtaser"

/* The value of --name=value, or NULL. */
static const char *value_of(const char *argument, const char *name)
{
	size_t length = strlen(name);

	return strncmp(argument, name, length) == 0 && argument[length] == '=' ? argument + length + 1 : NULL;
}

/* false for the first word, true for the second. */
static bool read_word(const char *value, const char *no, const char *yes, bool *ret_is)
{
	*ret_is = strcmp(value, yes) == 0;
	return *ret_is || strcmp(value, no) == 0;
}

static bool read_backend(const char *name, size_t length, unsigned int *backends)
{
	static const char *const names[CT_BACKENDS] = { "lsm", "fmod_ret", "kprobe", "reactive" };

	for (unsigned int i = 0; i < CT_BACKENDS; i++)
		if (strlen(names[i]) == length && strncmp(names[i], name, length) == 0) {
			*backends |= 1u << i;
			return true;
		}
	return false;
}

static bool read_backends(const char *value, unsigned int *ret_backends)
{
	*ret_backends = 0;
	if (strcmp(value, "auto") == 0)
		return true;
	for (;;) {
		size_t length = strcspn(value, ",");

		if (!read_backend(value, length, ret_backends))
			return false;
		if (value[length] == '\0')
			return true;
		value += length + 1;
	}
}

static bool read_task(const char *argument, struct options *options)
{
	if (strcmp(argument, "--check") == 0)
		options->task = TASK_CHECK;
	else if (strcmp(argument, "--remove") == 0)
		options->task = TASK_REMOVE;
	else if (strcmp(argument, "--export") == 0)
		options->task = TASK_EXPORT;
	else if (strcmp(argument, "--installed") == 0)
		options->installed = true;
	else
		return false;
	return true;
}

static bool read_one(const char *argument, struct options *options, const char **exec)
{
	struct enforce_options *enforce = &options->enforce;
	const char *value;

	if ((value = value_of(argument, "--mode")) != NULL)
		return read_word(value, "enforce", "detect", &enforce->detect);
	if ((value = value_of(argument, "--backends")) != NULL)
		return read_backends(value, &enforce->backends);
	if ((value = value_of(argument, "--lock")) != NULL)
		return read_word(value, "off", "on", &enforce->lock);
	if ((value = value_of(argument, "--lock-allow")) != NULL) {
		enforce->lock_allow = value[0] != '\0' ? value : NULL;
		return true;
	}
	if ((value = value_of(argument, "--exec")) != NULL) {
		*exec = value;
		return read_word(value, "deny", "allow", &enforce->exec_allow);
	}
	if ((value = value_of(argument, "--pins")) != NULL) {
		enforce->pins = strcmp(value, "none") != 0 ? value : NULL;
		return value[0] != '\0';
	}
	if ((value = value_of(argument, "--socket")) != NULL) {
		options->socket = value;
		return value[0] != '\0';
	}
	return read_task(argument, options);
}

const char *options_read(char *const *arguments, struct options *ret_options)
{
	struct options options = { .socket = SOCKET, .enforce = { .pins = PINS } };
	const char *exec = NULL;

	for (; *arguments != NULL; arguments++)
		if (!read_one(*arguments, &options, &exec))
			return *arguments;
	/* The lock denies exec by default; without it, kubectl exec keeps working. */
	if (exec == NULL)
		options.enforce.exec_allow = !options.enforce.lock;
	/* A check must leave nothing behind. */
	options.enforce.check = options.task == TASK_CHECK;
	if (options.enforce.check)
		options.enforce.pins = NULL;
	*ret_options = options;
	return NULL;
}
