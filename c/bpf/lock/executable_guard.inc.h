/*
 * executable_guard.inc.h - part of lock.bpf.c: the enforcer is recognised by its executable, so no other process may
 * claim that file as its own or run it under a tracer.
 */
#pragma once

#include "bpf/access/exempt.h"
#include "bpf/access/hook.h"

#define PR_SET_MM 35
#define PR_SET_MM_EXE_FILE 13
#define PR_SET_MM_MAP 14 /* sets the file too */

/* Only checkpoint tools (criu) need it. */
HOOK(task_prctl)
int BPF_PROG(task_prctl, int option, unsigned long what)
{
	if (option != PR_SET_MM || (what != PR_SET_MM_EXE_FILE && what != PR_SET_MM_MAP) || is_kernel())
		return 0;
	return refuse(CT_P_task_prctl, CT_V_bpf_tamper, what, NULL, 0);
}

/* A tracer attached before execve(2) could write to the enforcer and detach. Later ones are refused anyway. */
#ifdef CT_FMOD
SEC("fmod_ret/security_bprm_check") /* the kernel function lacks the hook's suffix */
#else
SEC("lsm/bprm_check_security")
#endif
int BPF_PROG(bprm_check_security, struct linux_binprm *binary)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (!task->ptrace || !is_our_file(binary->file->f_inode))
		return 0;
	return refuse(CT_P_bprm_check_security, CT_V_bpf_tamper, 0, NULL, 0);
}
