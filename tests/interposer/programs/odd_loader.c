/*
 * odd_loader.c - a loader that passes the trial and then does not do its work: run as a program it is
 * the real one, as the interpreter of an application it looks at DB_PASSWORD itself, as an application
 * without its secrets would.
 */
#include "../../../c/interposer/raw.h"

#define REAL "/lib64/ld-linux-x86-64.so.2"

__asm__(".text\n"
	".globl _start\n"
	"_start:\n"
	"	xor %ebp, %ebp\n"
	"	mov %rsp, %rdi\n"
	"	and $-16, %rsp\n"
	"	call begin\n");

static void say(const char *text)
{
	(void)CT_CALL3(__NR_write, 1, text, ct_length(text));
}

__attribute__((used, noreturn)) static void begin(long *stack)
{
	char **argv = (char **)(stack + 1);
	char **env = argv + stack[0] + 1;
	const long second[2] = { 1, 0 };

	if (stack[0] > 1)
		(void)CT_CALL3(__NR_execve, REAL, argv, env);
	for (; *env; env++)
		if (ct_begins(*env, "DB_PASSWORD="))
			say((*env)[12] ? "full\n" : "empty\n");
	for (int i = 0; i < 60; i++)
		(void)CT_CALL2(__NR_nanosleep, second, 0);
	for (;;)
		(void)CT_CALL1(__NR_exit_group, 0);
}
