/*
 * x86.inc.h - part of arch.h. Numbers: arch/x86/entry/syscalls of the kernel. The native calls have those of x32 too.
 */
#pragma once

#define X32_BIT 0x40000000u
#define NATIVE_NUMBER(number) ((number) & ~X32_BIT)

#define IS_IOCTL(number) ((number) == 16 || (number) == 514)
#define IS_IOCTL_COMPAT(number) ((number) == 54)
#define IS_OPEN_BY_HANDLE_AT(number) ((number) == 304)
#define IS_OPEN_BY_HANDLE_AT_COMPAT(number) ((number) == 342)

#define TS_COMPAT 0x0002 /* the system call came through an ia32 entry */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* By kernel names, which differ from <asm/ptrace.h>. */
struct pt_regs___user {
	unsigned long r10, r9, r8, bp, bx, cx, dx, si, di, orig_ax, ip, sp;
};

#pragma clang attribute pop

#define CALL_NUMBER(regs) ((regs)->orig_ax)
#define CALL_IP(regs) ((regs)->ip)
#define CALL_FIRST(regs) ((regs)->di)
#define CALL_SECOND(regs) ((regs)->si)
#define CALL_SECOND_COMPAT(regs) ((regs)->cx)

static __always_inline bool is_compat(struct task_struct *task)
{
	return task->thread_info.status & TS_COMPAT;
}

static __always_inline struct ct_arguments arguments_of(struct pt_regs___user *regs)
{
	struct ct_arguments x64 = { regs->di, regs->si, regs->dx, regs->r10, regs->r8 };
	struct ct_arguments ia32 = { (u32)regs->bx, (u32)regs->cx, (u32)regs->dx, (u32)regs->si, (u32)regs->di };

	return is_compat(bpf_get_current_task_btf()) ? ia32 : x64;
}

static __always_inline u32 vector_of_native(u32 number)
{
	switch (NATIVE_NUMBER(number)) {
	case 101: return CT_V_ptrace_attach;
	case 310: case 539: return CT_V_process_vm_readv; /* from 512 on: x32's own */
	case 311: case 540: return CT_V_process_vm_writev;
	case 521: return CT_V_ptrace_attach;
	case 312: case 274: case 531: return CT_V_kcmp; /* and get_robust_list */
	case 438: return CT_V_pidfd_getfd;
	case 308: case 16: case 514: return CT_V_namespace_entry; /* setns; ioctl: PIDFD_GET_X_NAMESPACE */
	case 440: case 279: case 256: case 533: return CT_V_page_move; /* process_madvise, move_pages, migrate_pages */
	case 298: return CT_V_perf_task;
	case 425: case 426: case 427: return CT_V_io_uring;
	case 89: case 267: return CT_V_proc_links; /* readlink, readlinkat */
	default: return CT_V_OTHER;
	}
}

static __always_inline u32 vector_of_compat(u32 number)
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

/* CT_P_COUNT: another call. */
static __always_inline u32 call_of_native(u32 number)
{
	switch (NATIVE_NUMBER(number)) {
	case 2: return CT_P_sys_open;
	case 62: return CT_P_sys_kill;
	case 85: return CT_P_sys_creat;
	case 89: return CT_P_sys_readlink;
	case 101: case 521: return CT_P_sys_ptrace;
	case 129: case 524: return CT_P_sys_rt_sigqueueinfo;
	case 200: return CT_P_sys_tkill;
	case 234: return CT_P_sys_tgkill;
	case 256: return CT_P_sys_migrate_pages;
	case 257: return CT_P_sys_openat;
	case 267: return CT_P_sys_readlinkat;
	case 274: case 531: return CT_P_sys_get_robust_list;
	case 279: case 533: return CT_P_sys_move_pages;
	case 297: case 536: return CT_P_sys_rt_tgsigqueueinfo;
	case 298: return CT_P_sys_perf_event_open;
	case 302: return CT_P_sys_prlimit64;
	case 308: return CT_P_sys_setns;
	case 310: case 539: return CT_P_sys_process_vm_readv;
	case 311: case 540: return CT_P_sys_process_vm_writev;
	case 312: return CT_P_sys_kcmp;
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
	case 270: return CT_P_sys_tgkill;
	case 294: return CT_P_sys_migrate_pages;
	case 295: return CT_P_sys_openat;
	case 305: return CT_P_sys_readlinkat;
	case 312: return CT_P_sys_get_robust_list;
	case 317: return CT_P_sys_move_pages;
	case 335: return CT_P_sys_rt_tgsigqueueinfo;
	case 336: return CT_P_sys_perf_event_open;
	case 340: return CT_P_sys_prlimit64;
	case 346: return CT_P_sys_setns;
	case 347: return CT_P_sys_process_vm_readv;
	case 348: return CT_P_sys_process_vm_writev;
	case 349: return CT_P_sys_kcmp;
	case 424: return CT_P_sys_pidfd_send_signal;
	case 437: return CT_P_sys_openat2;
	case 438: return CT_P_sys_pidfd_getfd;
	case 440: return CT_P_sys_process_madvise;
	default: return CT_P_COUNT;
	}
}
