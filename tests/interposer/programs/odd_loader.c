/*
 * odd_loader.c - a loader that passes the trial but then does not load the interposer. Run as a program it executes
 * the real loader; as an ELF interpreter it ignores LD_PRELOAD and jumps to the program. Compiled with ODD_PROGRAM it
 * is the program, which prints whether DB_PASSWORD is full.
 */
#include "../../../c/interposer/raw.h"

#include <elf.h>

#define REAL "/lib64/ld-linux-x86-64.so.2"

__asm__(".text\n"
	".globl _start\n"
	"_start:\n"
	"	xor %ebp, %ebp\n"
	"	mov %rsp, %rbx\n"
	"	mov %rsp, %rdi\n"
	"	and $-16, %rsp\n"
	"	call begin\n"
	"	mov %rbx, %rsp\n"
	"	jmp *%rax\n");

__attribute__((used)) static uint64_t begin(long *stack);

#ifdef ODD_PROGRAM
static void say(const char *text)
{
	(void)CT_CALL3(__NR_write, 1, text, ct_strlen(text));
}

static uint64_t begin(long *stack)
{
	char **env = (char **)(stack + 1) + stack[0] + 1;

	for (; *env; env++)
		if (ct_starts_with(*env, "DB_PASSWORD="))
			say((*env)[12] ? "full\n" : "empty\n");
	for (;;)
		(void)CT_CALL1(__NR_exit_group, 0);
}

__attribute__((used, section(".interp"))) static const char loader[] = ODD_PROGRAM;
#else
static uint64_t begin(long *stack)
{
	char **argv = (char **)(stack + 1);
	char **env = argv + stack[0] + 1;
	char **end = env;

	if (stack[0] > 1)
		(void)CT_CALL3(__NR_execve, REAL, argv, env);
	while (*end)
		end++;
	for (Elf64_auxv_t *one = (Elf64_auxv_t *)(end + 1); one->a_type != AT_NULL; one++)
		if (one->a_type == AT_ENTRY)
			return one->a_un.a_val;
	return 0;
}
#endif
