/*
 * call32.c - one system call of a 32-bit ARM program: number and arguments from the command line, as numbers or
 * paths. Exits with the error's number, 0 for none. It has no C library.
 */
enum { EXIT = 1, MOST = 7 };

static long call(const long v[MOST])
{
	register long r7 __asm__("r7") = v[0], r0 __asm__("r0") = v[1], r1 __asm__("r1") = v[2], r2 __asm__("r2") = v[3],
		      r3 __asm__("r3") = v[4], r4 __asm__("r4") = v[5], r5 __asm__("r5") = v[6];

	__asm__ volatile("svc #0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5) : "memory");
	return r0;
}

static long read_argument(const char *text)
{
	long number = 0;

	if (*text == '/')
		return (long)text;
	for (; *text != '\0'; text++)
		number = number * 10 + (*text - '0');
	return number;
}

__attribute__((used)) static _Noreturn void perform(long count, char **arguments)
{
	long v[MOST] = { 0 }, leave[MOST] = { EXIT };
	long result;

	for (long i = 1; i < count && i <= MOST; i++)
		v[i - 1] = read_argument(arguments[i]);
	result = call(v);
	leave[1] = result < 0 ? -result : 0;
	(void)call(leave);
	__builtin_trap();
}

__asm__(".globl _start\n_start:\n\tldr r0, [sp]\n\tadd r1, sp, #4\n\tbl perform\n");
