/*
 * syscall_numbers.h - the vector of the current system call. Numbers: arch/x86/entry/syscalls of the kernel.
 */
#pragma once

#include "types.h"

#include "bpf/vectors.h"

#define CT_V_OTHER (CT_V_COUNT + 1)

#define X32_BIT 0x40000000u

static __always_inline u32 vector_of_x64(u32 number)
{
	switch (number & ~X32_BIT) {
	case 101: return CT_V_ptrace_attach;
	case 310: case 539: return CT_V_process_vm_readv; /* 539, 540, 521, 531, 533: x32's own */
	case 311: case 540: return CT_V_process_vm_writev;
	case 521: return CT_V_ptrace_attach;
	case 312: case 274: case 531: return CT_V_kcmp; /* and get_robust_list */
	case 438: return CT_V_pidfd_getfd;
	case 308: case 16: return CT_V_namespace_entry; /* setns; ioctl: PIDFD_GET_X_NAMESPACE */
	case 440: case 279: case 256: case 533: return CT_V_page_move; /* process_madvise, move_pages, migrate_pages */
	case 298: return CT_V_perf_task;
	case 425: case 426: case 427: return CT_V_io_uring;
	case 89: case 267: return CT_V_proc_links; /* readlink, readlinkat */
	default: return CT_V_OTHER;
	}
}

static __always_inline u32 vector_of_ia32(u32 number)
{
	switch (number) {
	case 26: return CT_V_ptrace_attach;
	case 347: return CT_V_process_vm_readv;
	case 348: return CT_V_process_vm_writev;
	case 349: case 312: return CT_V_kcmp;
	case 438: return CT_V_pidfd_getfd;
	case 346: case 54: return CT_V_namespace_entry;
	case 440: case 317: case 294: return CT_V_page_move;
	case 336: return CT_V_perf_task;
	case 425: case 426: case 427: return CT_V_io_uring;
	case 85: case 305: return CT_V_proc_links;
	default: return CT_V_OTHER;
	}
}

static __always_inline bool is_compat(struct task_struct *task)
{
	return task->thread_info.status & TS_COMPAT;
}

static __always_inline u32 vector_of_call(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs___user *regs = (void *)bpf_task_pt_regs(task);
	u32 number = regs->orig_ax;

	if (task->flags & PF_IO_WORKER)
		return CT_V_io_uring;
	return is_compat(task) ? vector_of_ia32(number) : vector_of_x64(number);
}
