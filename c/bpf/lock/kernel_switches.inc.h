/*
 * kernel_switches.inc.h - part of lock.bpf.c: files that change the kernel's behaviour, by name, and the vector of
 * writing to them.
 */
#pragma once

#include "bpf/kernel/file_names.h"
#include "bpf/processes/maps.h"

/* Signals by cgroup.kill and cgroup.freeze pass no signal hook. */
static __always_inline bool controls_agent_cgroup(struct dentry *dentry, const struct ct_name *name)
{
	u64 cgroup = dentry->d_parent->d_inode->i_ino;

	return (IS(name, "cgroup.kill") || IS(name, "cgroup.freeze")) &&
	       bpf_map_lookup_elem(&agent_cgroups, &cgroup);
}

/* Turns lesser errors into a panic, which with a crash kernel dumps all memory. sysctls and kernel parameters. */
static __always_inline bool is_panic_switch(const struct ct_name *name)
{
	u64 prefix;

	__builtin_memcpy(&prefix, "panic_on", 8);
	return (name->length > 8 && name->head == prefix) || IS(name, "hung_task_panic") ||
	       IS_LONG(name, "softlockup_panic") || IS_LONG(name, "hardlockup_panic") ||
	       IS_LONG(name, "unknown_nmi_panic") || IS_LONG(name, "max_rcu_stall_to_panic") ||
	       IS_LONG(name, "memory_failure_recovery") || IS(name, "oops_limit") || IS(name, "warn_limit");
}

/* The vector of writing to the file. ftrace_enabled=0 detaches every program. */
static __always_inline u32 vector_of_write(struct file *file)
{
	struct dentry *dentry = file->f_path.dentry;
	unsigned long magic = file->f_inode->i_sb->s_magic;
	struct ct_name name;

	if (magic != PROC_SUPER_MAGIC && magic != CGROUP2_SUPER_MAGIC && magic != TRACEFS_MAGIC &&
	    magic != DEBUGFS_MAGIC && magic != SYSFS_MAGIC)
		return CT_V_COUNT;
	name = name_of(dentry);
	if (magic == CGROUP2_SUPER_MAGIC)
		return controls_agent_cgroup(dentry, &name) ? CT_V_agent_cgroup : CT_V_COUNT;
	if (magic == DEBUGFS_MAGIC) /* sched/preempt: with preemption, fmod_ret programs would be skipped */
		return IS(&name, "preempt") ? CT_V_bpf_tamper : CT_V_COUNT;
	if (magic == TRACEFS_MAGIC) /* for open descriptors; opening is refused by locked_down */
		return IS(&name, "trace_marker") || IS(&name, "trace_marker_raw") ? CT_V_COUNT : CT_V_tracefs_probe;
	if (is_panic_switch(&name))
		return CT_V_panic_switch;
	if (magic == SYSFS_MAGIC)
		return IS_LONG(&name, "enable_unsafe_noiommu_mode") ? CT_V_pci_access : CT_V_COUNT;
	if (IS(&name, "core_pattern"))
		return CT_V_core_pattern;
	if (IS(&name, "sysrq-trigger") || IS(&name, "sysrq")) /* sysrq, because key presses can be injected */
		return CT_V_sysrq_crash;
	return IS(&name, "ftrace_enabled") ? CT_V_bpf_tamper : CT_V_COUNT;
}
