/*
 * stub.c - the first instructions of the static binary. It does what the kernel
 * does for PT_INTERP: writes the libraries into memfds, makes a new argument
 * block, jumps to the embedded loader. The loader returns to it, and it forks the
 * first fetcher. It has neither libc nor writable data; pack.ts fills in `config`.
 *
 * The new block contains nothing of the caller's arguments and environment, so
 * they cannot influence loader, Deno or V8. The kernel's own block stays
 * unchanged (proc_pid_stat(5), arg_start … env_end); the wrapper reads it there.
 */
#include <asm/unistd.h>
#include <elf.h>
#include <linux/auxvec.h>
#include <stdint.h>

#include "../../c/entry_stub.h"
#include "arch.h"
#include "text.h"
#include "surroundings.h"
#include "libraries.h"
#include "fetcher.h"

#define HIDDEN __attribute__((visibility("hidden")))

struct library {
	uint64_t at, size;
};

/* Addresses are link-time addresses: add the load bias. All written by pack.ts, in this order. */
struct config {
	uint64_t self;                  /* of this table */
	uint64_t entry;                 /* Deno's own _start */
	uint64_t headers, header_count; /* program headers for the loader: these have PT_INTERP */
	uint64_t loader, loader_entry;
	uint64_t arguments, argument_count;     /* text offsets */
	uint64_t environment, environment_count;
	uint64_t libraries, library_count;
	uint64_t shift;                 /* address minus file offset, of everything that pack.ts added */
};

/* volatile: the compiler must not believe the zeroes that it sees here. */
HIDDEN extern const volatile struct config config;
__attribute__((section(".config"), used)) const volatile struct config config = { .self = 0 };

extern const char ct_loaded[] HIDDEN;

/* What prepare() leaves for settle(). */
struct handover {
	struct ct_stub shim;
	const uint64_t *kernel; /* the kernel's block */
	uint64_t *fetcher;      /* environment entry with room for its numbers; 0: no fetcher is wanted */
};

#include "section.h"

/* ---- the new block ------------------------------------------------------------------------ */

#define ROLE "CT_ROLE=fetcher"
#define FETCHER_BYTES 96 /* CT_FETCHER= and four numbers */

struct block {
	char *text;      /* grows up */
	uint64_t *words; /* grows up, below the text */
};

static void push_text(struct block *block, char *end)
{
	*block->words++ = (uint64_t)block->text;
	block->text = end + 1;
}

static void push_table(struct block *block, uint64_t bias, uint64_t table, uint64_t count)
{
	const uint64_t *entries = (const uint64_t *)(bias + table);

	for (uint64_t i = 0; i < count; i++)
		*block->words++ = bias + entries[i];
}

#define TABLE_BYTES 32 /* CT_TABLE= and a number */

/* LD_PRELOAD first, because settle() replaces it by CT_TABLE. */
static void push_environment(struct block *block, uint64_t bias, struct handover *handover, struct section section,
			     uint64_t soft_files)
{
	char *end = append(block->text, "LD_PRELOAD=");

	for (uint64_t i = 0; i < handover->shim.library_count; i++)
		end = append_number(append(end, i ? ":" LIBRARY_PATH : LIBRARY_PATH), handover->shim.libraries[i].fd);
	push_text(block, end + TABLE_BYTES);
	push_text(block, append_number(append(block->text, "CT_NOFILE_SOFT="), soft_files));
	end = append_number(append(block->text, "CT_SECTION="), section.at);
	push_text(block, append_number(append(end, ","), section.size));
	if (handover->fetcher) {
		handover->fetcher = block->words;
		push_text(block, block->text + FETCHER_BYTES);
	}
	if (is_fetcher(handover->kernel))
		push_text(block, append(block->text, ROLE));
	push_table(block, bias, config.environment, config.environment_count);
	*block->words++ = 0;
}

/* AT_SECURE only warns of a hostile environment, and none is passed on. */
static void push_vector(struct block *block, uint64_t bias, const Elf64_auxv_t *from, struct handover *handover)
{
	*block->words++ = CT_AT_STUB;
	*block->words++ = (uint64_t)&handover->shim;
	for (;; from++) {
		uint64_t value = from->a_un.a_val;

		if (from->a_type == AT_BASE)
			value = bias + config.loader;
		if (from->a_type == AT_ENTRY)
			value = (uint64_t)ct_loaded;
		if (from->a_type == AT_PHDR)
			value = bias + config.headers;
		if (from->a_type == AT_PHNUM)
			value = config.header_count;
		if (from->a_type == AT_SECURE)
			value = 0;
		*block->words++ = from->a_type;
		*block->words++ = value;
		if (from->a_type == AT_NULL)
			return;
	}
}

static uint64_t value_of(const Elf64_auxv_t *vector, uint64_t type)
{
	for (; vector->a_type != AT_NULL; vector++)
		if (vector->a_type == type)
			return vector->a_un.a_val;
	return 0;
}

#define MADV_POPULATE_WRITE 23
#define TEXT_BYTES 2048
#define BLOCK_BYTES 8192 /* of the 16 KiB that ct_start keeps free */

/*
 * The loader writes to all of Deno's relocated data, the first writable segment (2.4 MiB): making its pages at once
 * saves 600 page faults. Before Linux 5.14 this is an error without consequence.
 */
static void populate_relocated(uint64_t bias)
{
	const Elf64_Phdr *header = (const void *)(bias + config.headers);

	for (uint64_t i = 0; i < config.header_count; i++, header++) {
		if (header->p_type != PT_LOAD || !(header->p_flags & PF_W))
			continue;
		uint64_t at = (bias + header->p_vaddr) & -header->p_align;

		(void)call4(__NR_madvise, (long)at, (long)(bias + header->p_vaddr + header->p_filesz - at),
			    MADV_POPULATE_WRITE, 0);
		return;
	}
}

static void open_libraries(uint64_t bias, struct ct_stub *shim)
{
	const struct library *libraries = (const void *)(bias + config.libraries);

	shim->library_count = config.library_count;
	for (uint64_t i = 0; i < config.library_count; i++) {
		const struct library *library = &libraries[i];

		shim->libraries[i].fd = (uint64_t)open_library((const char *)(bias + library->at), library->size);
		shim->libraries[i].offset = library->at - config.shift;
	}
	if (config.library_count)
		require_proc((int)shim->libraries[0].fd);
}

/* Called by ct_start with the kernel's block; returns the new one, with the loader's entry below it. */
HIDDEN uint64_t *prepare(const uint64_t *kernel)
{
	const uint64_t bias = (uint64_t)&config - config.self;
	const uint64_t *environment = kernel + 1 + kernel[0] + 1;
	struct handover *handover = (struct handover *)((uint64_t)kernel - TEXT_BYTES) - 1;
	const uint64_t *end = environment;

	while (*end)
		end++;
	const Elf64_auxv_t *vector = (const void *)(end + 1);

	/* Before there is a descriptor that a process of the same user could take. The fetcher inherits it. */
	(void)call4(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0);
	own_signals();
	uint64_t soft_files = take_limits();

	require_streams();
	require_directory();
	struct section section = find_section(bias);

	uint64_t *start = (uint64_t *)(((uint64_t)kernel - BLOCK_BYTES) & ~(uint64_t)15);
	struct block block = { (char *)kernel - TEXT_BYTES, start };

	handover->shim.fork = 0;
	handover->kernel = kernel;
	handover->fetcher = wants_fetcher(kernel, environment) ? start : 0;
	open_libraries(bias, &handover->shim);
	populate_relocated(bias);
	*block.words++ = config.argument_count;
	push_table(&block, bias, config.arguments, config.argument_count);
	*block.words++ = 0;
	push_environment(&block, bias, handover, section, soft_files);
	push_vector(&block, bias, vector, handover);
	start[-1] = bias + config.loader_entry;
	return start;
}

/* ---- when the loader has finished --------------------------------------------------------- */

/* Writes the environment entry: the fetcher's role, or its PID and descriptors for the wrapper. */
static void write_entry(char *end, struct fetcher fetcher)
{
	const long numbers[] = { fetcher.pid, fetcher.control, fetcher.inbox, fetcher.outbox };

	if (fetcher.pid == 0) {
		(void)append(end, ROLE);
		return;
	}
	for (int i = 0; i < 4; i++)
		end = append_number(append(end, i ? "," : "CT_FETCHER="), (uint64_t)numbers[i]);
}

/*
 * Called by ct_loaded when everything is mapped and bound, before any code of
 * Deno: closes the libraries' memfds, replaces LD_PRELOAD, which would now name
 * closed descriptors, by the address of the shim's table for ffi/, and starts the
 * fetcher. Returns Deno's own entry.
 */
HIDDEN uint64_t settle(uint64_t *stack)
{
	uint64_t *environment = stack + 1 + stack[0] + 1;
	const uint64_t *end = environment;

	while (*end)
		end++;
	const struct handover *handover = (const void *)value_of((const void *)(end + 1), CT_AT_STUB);

	for (uint64_t i = 0; i < handover->shim.library_count; i++)
		(void)call4(__NR_close, (long)handover->shim.libraries[i].fd, 0, 0, 0);
	(void)append_number(append((char *)environment[0], "CT_TABLE="), (uint64_t)handover->shim.table);
	if (handover->fetcher) {
		const uint64_t *kernel = handover->kernel;
		struct fetcher fetcher = start_fetcher(handover->shim.fork, kernel + 1 + kernel[0] + 1);

		if (fetcher.pid >= 0)
			write_entry((char *)*handover->fetcher, fetcher);
		else
			*handover->fetcher = environment[0]; /* no fetcher: the first entry again, which has no effect */
	}
	return (uint64_t)&config - config.self + config.entry;
}
