/*
 * arch.h - everything in the entry stub that depends on the processor: how it
 * is entered, how it leaves, how it calls the kernel. Nothing else may use
 * assembler. Included once, by stub.c.
 */
#pragma once

/*
 * ct_start: the kernel's entry. require_stack() comes first. prepare() runs
 * 16 KiB below the kernel's block, builds the new block in between and returns
 * its start; the word below that is the loader's entry.
 *
 * ct_loaded: the loader jumps here instead of to Deno's own _start. The
 * loader's exit function (psABI: rdx, x0) passes through.
 */
#if defined(__x86_64__)

__asm__(".text\n"
	".globl ct_start\n"
	"ct_start:\n"
	"	call require_stack\n"
	"	mov %rsp, %rdi\n"
	"	lea -16384(%rsp), %rsp\n"
	"	and $-16, %rsp\n"
	"	xor %ebp, %ebp\n"
	"	call prepare\n"
	"	mov %rax, %rsp\n"
	"	xor %edx, %edx\n"
	"	jmp *-8(%rsp)\n"
	".globl ct_loaded\n"
	"ct_loaded:\n"
	"	mov %rsp, %rdi\n"
	"	push %rdx\n"
	"	sub $8, %rsp\n"
	"	call settle\n"
	"	add $8, %rsp\n"
	"	pop %rdx\n"
	"	xor %ebp, %ebp\n"
	"	jmp *%rax\n");

static inline long call4(long number, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long answer;

	__asm__ volatile("syscall"
			 : "=a"(answer)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return answer;
}

#elif defined(__aarch64__)

__asm__(".text\n"
	".globl ct_start\n"
	"ct_start:\n"
	"	bl require_stack\n"
	"	mov x0, sp\n"
	"	sub sp, sp, #16384\n"
	"	mov x29, xzr\n"
	"	mov x30, xzr\n"
	"	bl prepare\n"
	"	mov sp, x0\n"
	"	ldr x16, [x0, #-8]\n"
	"	mov x0, xzr\n"
	"	br x16\n"
	".globl ct_loaded\n"
	"ct_loaded:\n"
	"	mov x19, x0\n"
	"	mov x0, sp\n"
	"	bl settle\n"
	"	mov x16, x0\n"
	"	mov x0, x19\n"
	"	mov x29, xzr\n"
	"	mov x30, xzr\n"
	"	br x16\n");

static inline long call4(long number, long a, long b, long c, long d)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3)
			 : "memory");
	return x0;
}

#else
#error "the entry stub knows x86_64 and aarch64"
#endif
