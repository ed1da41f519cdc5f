/*
 * table.c - all rows, in the order in which they are tried: what ends the victim or the agent comes last.
 */
#include "attack.h"

#include <string.h>

static const struct row *const families[] = {
	ptrace_rows, notify_rows, code_rows, vm_rows,   mem_rows,  uring_rows, earlier_rows,
	proc_rows,   fd_rows,   pidfd_rows, page_rows, tool_rows, perf_rows,  bpf_rows,
	probe_rows,  physical_rows, kernel_rows, device_rows, swap_rows, tamper_rows, agent_rows, socket_rows, pin_rows,
	core_rows, cut_rows,
};

enum { FAMILIES = sizeof(families) / sizeof(families[0]) };

const struct row *next_row(const struct row *row)
{
	if (row == NULL)
		return families[0];
	if ((++row)->name != NULL)
		return row;
	for (size_t i = 0; i + 1 < FAMILIES; i++) {
		const struct row *end = families[i];

		while (end->name != NULL)
			end++;
		if (end == row)
			return families[i + 1];
	}
	return NULL;
}

const struct row *find_row(const char *name)
{
	const struct row *row = next_row(NULL);

	while (row != NULL && strcmp(row->name, name) != 0)
		row = next_row(row);
	return row;
}
