/*
 * kill.h - kills the attacker in a call that cannot be refused any more.
 */
#pragma once

#include "syscall_targets.h"

/*
 * Ordinary daemons read these too: journald reads cmdline and exe of logging processes, cAdvisor reads links in fd,
 * collectors read io. That is only reported. Process 1 cannot be killed.
 */
static __always_inline bool is_to_be_killed(u32 call, u32 vector)
{
	return call != CT_P_sys_readlink && call != CT_P_sys_readlinkat && vector != CT_V_proc_cmdline &&
	       vector != CT_V_proc_state && current_tgid() != 1 && !config.detect;
}

static __always_inline void respond(u32 program, u32 call, const struct ct_call_target *target, u32 tree)
{
	bool kill = is_to_be_killed(call, target->vector);
	struct ct_attempt attempt = {
		.program = program,
		.vector = tree == CT_AGENT_TREE ? CT_V_agent_memory : target->vector,
		.action = kill ? CT_KILLED : CT_SEEN,
		.arg = target->arg,
	};

	if (tree == CT_AGENT_TREE && !kill && !config.detect)
		return; /* not worth reporting */
	set_target(&attempt, target->task, tree);
	report(&attempt);
	if (kill)
		bpf_send_signal(9);
}

/* The answer to target_of_copy(). */
static __always_inline void respond_to_copy(const struct ct_call_target *target)
{
	struct ct_process *process = target->task ? protected_from_current(target->task) : NULL;

	if (process)
		respond(CT_P_do_filp_open, CT_P_do_filp_open, target, process->tree);
}
