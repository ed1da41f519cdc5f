/*
 * syscall_numbers.h - the vector of the current system call.
 */
#pragma once

#include "bpf/arch.h"

static __always_inline u32 vector_of_call(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs___user *regs = (void *)bpf_task_pt_regs(task);
	u32 number = CALL_NUMBER(regs);

	if (task->flags & PF_IO_WORKER)
		return CT_V_io_uring;
	return is_compat(task) ? vector_of_compat(number) : vector_of_native(number);
}
