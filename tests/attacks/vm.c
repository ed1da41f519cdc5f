/*
 * vm.c - process_vm_readv and process_vm_writev, by every number and gate.
 */
#include "attack.h"

#include <errno.h>
#include <sys/uio.h>

#include "arch.h"
#include "digest.h"

/* struct iovec of 32-bit programs, and memory below 4 GB. */
struct iovec32 {
	uint32_t base, length;
};

static struct iovec32 here32, there32;
static unsigned char bytes[DIGEST_MOST];

static int readv_at(struct attack *a, pid_t pid, unsigned long long at)
{
	struct iovec here = { bytes, a->target.length }, there = { (void *)(uintptr_t)at, a->target.length };
	ssize_t got = process_vm_readv(pid, &here, 1, &there, 1, 0);

	return got < 0 ? -errno : saw(a, bytes, (size_t)got);
}

static int read_heap(struct attack *a)
{
	return readv_at(a, who(a, a->row->text[0]), a->target.heap);
}

static int read_stack(struct attack *a)
{
	return readv_at(a, a->target.pid, a->target.stack);
}

static int read_environment(struct attack *a)
{
	return readv_at(a, a->target.pid, a->target.env);
}

/* Some bytes of the victim's are ours now. Nobody needs them; they would have been code pointers. */
static int write_scratch(struct attack *a)
{
	static char mark[] = "somebody was here";
	struct iovec here = { mark, sizeof(mark) }, there = { (void *)(uintptr_t)a->target.scratch, sizeof(mark) };
	ssize_t put = process_vm_writev(who(a, a->row->text[0]), &here, 1, &there, 1, 0);

	if (put < 0)
		return -errno;
	return put == (ssize_t)sizeof(mark) ? LEAKED : ALLOWED;
}

static int through_int80(struct attack *a)
{
	long got;

	if (a->target.heap > UINT32_MAX || a->target.scratch > UINT32_MAX)
		return not_here(a, "the heap is above 4 GB");
	here32 = (struct iovec32){ (uint32_t)(uintptr_t)bytes, (uint32_t)a->target.length };
	there32 = (struct iovec32){ (uint32_t)(a->row->number == I386_PROCESS_VM_READV ? a->target.heap : a->target.scratch),
				    (uint32_t)a->target.length };
	got = arch_int80(a->row->number, who(a, a->row->text[0]), (long)&here32, 1, (long)&there32, 1, 0);
	if (got < 0)
		return (int)got;
	return a->row->number == I386_PROCESS_VM_READV ? saw(a, bytes, (size_t)got) : LEAKED;
}

const struct row vm_rows[] = {
	{ .name = "vm_readv", .vector = "process_vm_readv", .what = "the heap", .run = read_heap, .text = "p" },
	{ .name = "vm_readv_stack", .vector = "process_vm_readv", .what = "the stack", .run = read_stack },
	{ .name = "vm_readv_environment", .vector = "process_vm_readv", .what = "the environment", .run = read_environment },
	{ .name = "vm_readv_thread", .vector = "process_vm_readv", .what = "by a thread's number", .run = read_heap,
	  .text = "t" },
	{ .name = "vm_readv_int80", .vector = "process_vm_readv", .what = "through int 0x80", .run = through_int80,
	  .text = "p", .number = I386_PROCESS_VM_READV },
	{ .name = "vm_readv_int80_thread", .vector = "process_vm_readv", .what = "through int 0x80, by a thread's number",
	  .run = through_int80, .text = "t", .number = I386_PROCESS_VM_READV },
	{ .name = "vm_readv_child", .vector = "process_vm_readv", .what = "a child made before protection",
	  .run = read_heap, .text = "c" },
	{ .name = "vm_readv_late_child", .vector = "process_vm_readv", .what = "a child made after it", .run = read_heap,
	  .text = "l" },
	{ .name = "vm_writev", .vector = "process_vm_writev", .what = "to the heap", .run = write_scratch, .text = "p" },
	{ .name = "vm_writev_thread", .vector = "process_vm_writev", .what = "by a thread's number", .run = write_scratch,
	  .text = "t" },
	{ .name = "vm_writev_int80", .vector = "process_vm_writev", .what = "through int 0x80", .run = through_int80,
	  .text = "p", .number = I386_PROCESS_VM_WRITEV },
	{ .name = "vm_writev_late_child", .vector = "process_vm_writev", .what = "to a child made after protection",
	  .run = write_scratch, .text = "l" },
	{ 0 },
};
