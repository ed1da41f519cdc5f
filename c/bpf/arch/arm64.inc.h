/*
 * arm64.inc.h - part of arch.h. Numbers: include/uapi/asm-generic/unistd.h of the kernel, and for 32-bit ARM programs
 * arch/arm/tools/syscall.tbl. Native programs have no open, creat and readlink, only openat and readlinkat.
 */
#pragma once

#define NATIVE_NUMBER(number) (number)

#define IS_IOCTL(number) ((number) == 29)
#define IS_IOCTL_COMPAT(number) ((number) == 54)
#define IS_OPEN_BY_HANDLE_AT(number) ((number) == 265)
#define IS_OPEN_BY_HANDLE_AT_COMPAT(number) ((number) == 371)

#define PSR_MODE32_BIT 0x10 /* of <asm/ptrace.h>; a flag of the task's has no fixed number */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* regs[0] is what the call gets: a tracer can change it, and orig_x0 keeps the earlier value. */
struct pt_regs___user {
	u64 regs[31], sp, pc, pstate;
	int syscallno;
};

#pragma clang attribute pop

#define CALL_NUMBER(regs) ((u32)(regs)->syscallno)
#define CALL_IP(regs) ((regs)->pc)
#define CALL_FIRST(regs) ((regs)->regs[0])
#define CALL_SECOND(regs) ((regs)->regs[1])
#define CALL_SECOND_COMPAT(regs) CALL_SECOND(regs)

static __always_inline bool is_compat(struct task_struct *task)
{
	struct pt_regs___user *regs = (void *)bpf_task_pt_regs(task);

	return regs->pstate & PSR_MODE32_BIT;
}

static __always_inline struct ct_arguments arguments_of(struct pt_regs___user *regs)
{
	const u64 *x = regs->regs;
	struct ct_arguments native = { x[0], x[1], x[2], x[3], x[4] };
	struct ct_arguments compat = { (u32)x[0], (u32)x[1], (u32)x[2], (u32)x[3], (u32)x[4] };

	return is_compat(bpf_get_current_task_btf()) ? compat : native;
}

static __always_inline u32 vector_of_native(u32 number)
{
	switch (number) {
	case 117: return CT_V_ptrace_attach;
	case 270: return CT_V_process_vm_readv;
	case 271: return CT_V_process_vm_writev;
	case 272: case 100: return CT_V_kcmp; /* and get_robust_list */
	case 438: return CT_V_pidfd_getfd;
	case 268: case 29: return CT_V_namespace_entry; /* setns; ioctl: PIDFD_GET_X_NAMESPACE */
	case 440: case 239: case 238: return CT_V_page_move; /* process_madvise, move_pages, migrate_pages */
	case 241: return CT_V_perf_task;
	case 425: case 426: case 427: return CT_V_io_uring;
	case 78: return CT_V_proc_links; /* readlinkat */
	default: return CT_V_OTHER;
	}
}

static __always_inline u32 vector_of_compat(u32 number)
{
	switch (number) {
	case 26: return CT_V_ptrace_attach;
	case 376: return CT_V_process_vm_readv;
	case 377: return CT_V_process_vm_writev;
	case 378: case 339: return CT_V_kcmp;
	case 438: return CT_V_pidfd_getfd;
	case 375: case 54: return CT_V_namespace_entry;
	case 440: case 344: case 400: return CT_V_page_move;
	case 364: return CT_V_perf_task;
	case 425: case 426: case 427: return CT_V_io_uring;
	case 85: case 332: return CT_V_proc_links; /* readlink, readlinkat */
	default: return CT_V_OTHER;
	}
}

/* CT_P_COUNT: another call. */
static __always_inline u32 call_of_native(u32 number)
{
	switch (number) {
	case 56: return CT_P_sys_openat;
	case 78: return CT_P_sys_readlinkat;
	case 100: return CT_P_sys_get_robust_list;
	case 117: return CT_P_sys_ptrace;
	case 129: return CT_P_sys_kill;
	case 130: return CT_P_sys_tkill;
	case 131: return CT_P_sys_tgkill;
	case 138: return CT_P_sys_rt_sigqueueinfo;
	case 238: return CT_P_sys_migrate_pages;
	case 239: return CT_P_sys_move_pages;
	case 240: return CT_P_sys_rt_tgsigqueueinfo;
	case 241: return CT_P_sys_perf_event_open;
	case 261: return CT_P_sys_prlimit64;
	case 268: return CT_P_sys_setns;
	case 270: return CT_P_sys_process_vm_readv;
	case 271: return CT_P_sys_process_vm_writev;
	case 272: return CT_P_sys_kcmp;
	case 424: return CT_P_sys_pidfd_send_signal;
	case 437: return CT_P_sys_openat2;
	case 438: return CT_P_sys_pidfd_getfd;
	case 440: return CT_P_sys_process_madvise;
	default: return CT_P_COUNT;
	}
}

static __always_inline u32 call_of_compat(u32 number)
{
	switch (number) {
	case 5: return CT_P_sys_open;
	case 8: return CT_P_sys_creat;
	case 26: return CT_P_sys_ptrace;
	case 37: return CT_P_sys_kill;
	case 85: return CT_P_sys_readlink;
	case 178: return CT_P_sys_rt_sigqueueinfo;
	case 238: return CT_P_sys_tkill;
	case 268: return CT_P_sys_tgkill;
	case 322: return CT_P_sys_openat;
	case 332: return CT_P_sys_readlinkat;
	case 339: return CT_P_sys_get_robust_list;
	case 344: return CT_P_sys_move_pages;
	case 363: return CT_P_sys_rt_tgsigqueueinfo;
	case 364: return CT_P_sys_perf_event_open;
	case 369: return CT_P_sys_prlimit64;
	case 375: return CT_P_sys_setns;
	case 376: return CT_P_sys_process_vm_readv;
	case 377: return CT_P_sys_process_vm_writev;
	case 378: return CT_P_sys_kcmp;
	case 400: return CT_P_sys_migrate_pages;
	case 424: return CT_P_sys_pidfd_send_signal;
	case 437: return CT_P_sys_openat2;
	case 438: return CT_P_sys_pidfd_getfd;
	case 440: return CT_P_sys_process_madvise;
	default: return CT_P_COUNT;
	}
}
