/*
 * trial.c - entry point for the trial, in which a loader runs the interposer as a program
 * (src/wrapper/child/interposer_trial.ts). It only makes constructors run: glibc's loader has already run them, musl
 * leaves them to __libc_start_main.
 */
#include "raw.h"

extern int __libc_start_main(int (*program)(void), int argc, char **argv, void (*init)(void), void (*fini)(void),
			     void (*last)(void)) __attribute__((weak));

/* Without it a loader treats the file as a static program. The path is not used. */
__attribute__((used, section(".interp"))) static const char loader[] = "/cloudtaser";

__attribute__((noreturn)) static void leave(void)
{
	for (;;)
		(void)CT_CALL1(__NR_exit_group, 0);
}

static int program(void)
{
	leave();
}

__attribute__((used, noreturn)) static void begin(long *stack)
{
	if (__libc_start_main)
		(void)__libc_start_main(program, (int)stack[0], (char **)(stack + 1), NULL, NULL, NULL);
	leave();
}

__asm__(CT_START);
