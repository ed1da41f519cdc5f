/*
 * gate.c - the same memory by 32-bit system calls, which a kernel handles by functions of their own.
 */
#include "../attack.h"

static int judge_call(struct attack *a, const struct gate_call *call, const void *bytes, long got)
{
	if (got == GATE_MISSING)
		return not_here(a, "the kernel has no 32-bit system calls");
	if (got == GATE_TOO_FAR)
		return not_here(a, "the heap is above 4 GB");
	if (got <= 0)
		return got < 0 ? (int)got : -ENODATA;
	return call->what == GATE_WRITEV ? LEAKED : saw(a, bytes, (size_t)got);
}

static int pass(struct attack *a, struct gate_call call)
{
	unsigned char bytes[GATE_MOST] = { 0 };

	call.at = call.what == GATE_WRITEV ? a->target.scratch : a->target.heap;
	call.size = a->target.length;
	return judge_call(a, &call, bytes, arch_gate(&call, bytes));
}

/* text: whose memory. */
int pass_gate(struct attack *a)
{
	return pass(a, (struct gate_call){ .what = (enum gate)a->row->number, .pid = process_of(a, a->row->text[0]) });
}

int pass_gate_with_path(struct attack *a)
{
	char path[PATH_ROOM];
	int failed = expand_path(a, path);

	return failed < 0 ? failed : pass(a, (struct gate_call){ .what = GATE_OPEN, .path = path });
}

/* Of a descriptor that is open already. */
int pass_gate_with_file(struct attack *a)
{
	return pass(a, (struct gate_call){ .what = GATE_READ, .fd = a->fd });
}
