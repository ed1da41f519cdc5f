/*
 * executable_guard.inc.h - part of lock.bpf.c: the enforcer may open our maps, and is known by the file that it runs. So
 * nobody may claim that file for himself, nor run it while he is led by another.
 */
#ifndef CT_BPF_EXECUTABLE_GUARD_H
#define CT_BPF_EXECUTABLE_GUARD_H

#include "bpf/access/exempt.h"
#include "bpf/access/hook.h"

#define PR_SET_MM 35
#define PR_SET_MM_EXE_FILE 13
#define PR_SET_MM_MAP 14 /* names the file too */

/* Who needs it rebuilds processes (criu). */
HOOK(task_prctl)
int BPF_PROG(task_prctl, int option, unsigned long what)
{
	if (option != PR_SET_MM || (what != PR_SET_MM_EXE_FILE && what != PR_SET_MM_MAP) || is_kernel())
		return 0;
	return refuse(CT_P_task_prctl, CT_V_bpf_tamper, what, NULL, 0);
}

/* A tracer from before execve(2) could write into the enforcer and let go of it. None can come meanwhile. */
#ifdef CT_FMOD
SEC("fmod_ret/security_bprm_check") /* without the hook's last word */
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

#endif
