/*
 * trial.c - the interposer run as a program by a loader that is tried (src/wrapper/child/interposer_trial.ts). It does
 * nothing, but lets constructors run: glibc's loader has run them before, musl leaves them to
 * __libc_start_main.
 */
#include "raw.h"

extern int __libc_start_main(int (*program)(void), int argc, char **argv, void (*init)(void), void (*fini)(void),
			     void (*last)(void)) __attribute__((weak));

/* Without it a loader takes the file for a static program, and only executes it. Nobody reads the name. */
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

#if defined(__x86_64__)
__asm__(".text\n"
	".globl ct_start\n"
	".hidden ct_start\n"
	"ct_start:\n"
	"	xor %ebp, %ebp\n"
	"	mov %rsp, %rdi\n"
	"	and $-16, %rsp\n"
	"	call begin\n");
#else
__asm__(".text\n"
	".globl ct_start\n"
	".hidden ct_start\n"
	"ct_start:\n"
	"	mov x29, xzr\n"
	"	mov x30, xzr\n"
	"	mov x0, sp\n"
	"	bl begin\n");
#endif
