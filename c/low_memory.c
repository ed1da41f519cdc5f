/*
 * low_memory.c - addresses below most of the process's memory. The kernel lists mappings by address, and walks the
 * page tables of all that it lists: low mappings are listed first, so smaps.c can stop early.
 */
#include "internal.h"

#include <sys/syscall.h>
#include <unistd.h>

/* V8 places its memory at random in 2^46 bytes, the kernel the rest near 2^47. */
#define LOWEST (1ull << 32)
/*
 * With pages of 4 KiB 28 random bits, as many as the kernel's own choice on x86-64. Kernels for arm64 may have 39 bits
 * of addresses: a place above them is ignored.
 */
#define HIGHEST (1ull << 40)

void *ct_low_address(uint64_t bytes)
{
	static uint64_t next;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t random = 0, none = 0;

	if (__atomic_load_n(&next, __ATOMIC_RELAXED) == 0) {
		(void)syscall(SYS_getrandom, &random, sizeof(random), 0u);
		random = LOWEST + random % (HIGHEST - LOWEST) / page * page;
		(void)__atomic_compare_exchange_n(&next, &none, random, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	}
	return (void *)(uintptr_t)__atomic_fetch_add(&next, (bytes + page - 1) / page * page, __ATOMIC_RELAXED);
}
