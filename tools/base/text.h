/*
 * text.h - the text functions of the entry stub, and its one way to fail. No
 * libc, no allocation. Included once, by stub.c, behind arch.h.
 */
#pragma once

#define EPERM 1
#define ENOENT 2
#define ENOMEM 12
#define EACCES 13
#define EINVAL 22
#define ENFILE 23
#define EMFILE 24
#define ENOSYS 38
#define EXIT_INTERNAL 70 /* EX_SOFTWARE, as src/base/errors.ts */
#define EXIT_KERNEL 71   /* EX_OSERR */

static char *append(char *to, const char *text)
{
	while (*text)
		*to++ = *text++;
	*to = 0;
	return to;
}

static char *append_number(char *to, uint64_t number)
{
	char digits[20];
	int count = 0;

	do
		digits[count++] = (char)('0' + number % 10);
	while (number /= 10);
	while (count)
		*to++ = digits[--count];
	*to = 0;
	return to;
}

/* Names of the errors that a start meets; others stay numbers. */
static char *append_errno(char *to, uint64_t error)
{
	switch (error) {
	case EPERM:
		return append(to, "EPERM");
	case ENOENT:
		return append(to, "ENOENT");
	case ENOMEM:
		return append(to, "ENOMEM");
	case EACCES:
		return append(to, "EACCES");
	case EINVAL:
		return append(to, "EINVAL");
	case ENFILE:
		return append(to, "ENFILE");
	case EMFILE:
		return append(to, "EMFILE");
	case ENOSYS:
		return append(to, "ENOSYS");
	default:
		return append_number(append(to, "errno "), error);
	}
}

/* One line, `[cloudtaser-wrapper] error: <text><errno><remedy>`. Does not return. */
__attribute__((noreturn, cold)) static void fail(int status, const char *text, long error, const char *remedy)
{
	char line[512], *end = append(line, "[cloudtaser-wrapper] error: ");

	end = append(end, text);
	if (error < 0)
		end = append_errno(append(end, " answered "), (uint64_t)-error);
	end = append(append(end, remedy), "\n");
	(void)call4(__NR_write, 2, (long)line, end - line, 0);
	for (;;)
		(void)call4(__NR_exit_group, status, 0, 0, 0);
}
