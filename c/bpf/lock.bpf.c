/*
 * lock.bpf.c - the lock: what reaches every process's memory by way of the kernel, and what would take our
 * programs away. It hits everyone on the node, so it is loaded only when it was asked for. As LSM and as
 * fmod_ret (hook.h); no program needs bpf_probe_read_kernel.
 */
#include "report.h"

#include "exempt.h"
#include "guard.h"
#include "hook.h"

/* enum kernel_read_file_id, kernel_load_data_id */
#define LOADS_MODULE 2
#define LOADS_KEXEC_IMAGE 3
#define LOADS_KEXEC_INITRAMFS 4
#define MAY_WRITE 2
#define PERF_TYPES_COUNTING (1u << 0 | 1u << 1 | 1u << 3 | 1u << 4) /* hardware, software, cache, raw */

static __always_inline int refuse_all(u32 program, u32 vector, u64 arg)
{
	return refuse(program, vector, arg, NULL, 0);
}

HOOK(bpf)
int BPF_PROG(bpf, int command)
{
	u32 vector = CT_V_bpf_tamper;

	switch (command) {
	case BPF_PROG_LOAD:
		vector = CT_V_bpf_load;
		break;
	case BPF_OBJ_GET:
		if (is_enforcer())
			return 0;
		break;
	case BPF_MAP_GET_FD_BY_ID:
	case BPF_PROG_GET_FD_BY_ID:
	case BPF_LINK_GET_FD_BY_ID:
	case BPF_LINK_DETACH:
	case BPF_LINK_UPDATE:
		break;
	default:
		return 0;
	}
	return is_exempt() ? 0 : refuse_all(CT_P_bpf, vector, command);
}

#define REASON(name) bpf_core_enum_value(enum lockdown_reason, LOCKDOWN_##name)

static __always_inline u32 vector_of_reason(u32 reason)
{
	if (reason == REASON(MODULE_SIGNATURE) || reason == REASON(MODULE_PARAMETERS))
		return CT_V_module_load;
	if (reason == REASON(DEV_MEM) || reason == REASON(IOPORT) || reason == REASON(ACPI_TABLES))
		return CT_V_dev_mem;
	if (reason == REASON(KEXEC))
		return CT_V_kexec;
	if (reason == REASON(HIBERNATION))
		return CT_V_hibernation;
	if (reason == REASON(PCI_ACCESS))
		return CT_V_pci_access;
	if (reason == REASON(MSR))
		return CT_V_msr;
	if (reason == REASON(DEBUGFS))
		return CT_V_debugfs;
	if (reason == REASON(KCORE))
		return CT_V_kcore;
	if (reason == REASON(KPROBES) || reason == REASON(TRACEFS) || reason == REASON(MMIOTRACE))
		return CT_V_tracefs_probe;
	return reason == REASON(PERF) ? CT_V_perf_cpu : CT_V_COUNT;
}

/* As the kernel's own lockdown, but for what only BPF programs ask (the hook above) and for IPsec's keys. */
HOOK(locked_down)
int BPF_PROG(locked_down, int reason)
{
	u32 vector = vector_of_reason(reason);

	if (vector == CT_V_COUNT || is_exempt())
		return 0;
	return refuse_all(CT_P_locked_down, vector, reason);
}

static __always_inline int judge_load(u32 program, int id)
{
	if (id != LOADS_MODULE && id != LOADS_KEXEC_IMAGE && id != LOADS_KEXEC_INITRAMFS)
		return 0;
	if (is_exempt())
		return 0;
	return refuse_all(program, id == LOADS_MODULE ? CT_V_module_load : CT_V_kexec, id);
}

HOOK(kernel_read_file)
int BPF_PROG(kernel_read_file, struct file *file, int id)
{
	return judge_load(CT_P_kernel_read_file, id);
}

HOOK(kernel_load_data)
int BPF_PROG(kernel_load_data, int id)
{
	return judge_load(CT_P_kernel_load_data, id);
}

/* Samples of a whole CPU hold every process's stack. Mere counters (node exporters) hold nothing. */
HOOK(perf_event_alloc)
int BPF_PROG(perf_event_alloc, struct perf_event *event)
{
	u32 type = event->attr.type;

	if (event->hw.target || (type < 32 && (PERF_TYPES_COUNTING & 1u << type) && !event->attr.sample_period))
		return 0;
	return is_exempt() ? 0 : refuse_all(CT_P_perf_event_alloc, CT_V_perf_cpu, type);
}

/* cgroup.kill and its like ask no signal hook. */
static __always_inline bool steers_agent(struct dentry *dentry, const struct ct_name *name)
{
	u64 cgroup = dentry->d_parent->d_inode->i_ino;

	return (IS(name, "cgroup.kill") || IS(name, "cgroup.freeze")) &&
	       bpf_map_lookup_elem(&agent_cgroups, &cgroup);
}

/* What it would do to write to the file. ftrace_enabled: 0 takes every program off its hook. */
static __always_inline u32 vector_of_write(struct file *file)
{
	struct dentry *dentry = file->f_path.dentry;
	unsigned long magic = file->f_inode->i_sb->s_magic;
	struct ct_name name;

	if (magic != PROC_SUPER_MAGIC && magic != CGROUP2_SUPER_MAGIC)
		return CT_V_COUNT;
	name = name_of(dentry);
	if (magic == CGROUP2_SUPER_MAGIC)
		return steers_agent(dentry, &name) ? CT_V_agent_cgroup : CT_V_COUNT;
	if (IS(&name, "core_pattern"))
		return CT_V_core_pattern;
	if (IS(&name, "sysrq-trigger"))
		return CT_V_sysrq_crash;
	return IS(&name, "ftrace_enabled") ? CT_V_bpf_tamper : CT_V_COUNT;
}

static __always_inline int judge_write(u32 program, struct file *file)
{
	u32 vector;

	if (is_our_file(file->f_inode))
		return refuse_all(program, CT_V_agent_pins, file->f_mode);
	vector = vector_of_write(file);
	if (vector == CT_V_COUNT || is_exempt())
		return 0;
	return refuse_all(program, vector, file->f_mode);
}

HOOK(file_open)
int BPF_PROG(file_open, struct file *file)
{
	return file->f_mode & FMODE_WRITE ? judge_write(CT_P_file_open, file) : 0;
}

/* For descriptors that were opened before the lock. */
HOOK(file_permission)
int BPF_PROG(file_permission, struct file *file, int mask)
{
	return mask & MAY_WRITE ? judge_write(CT_P_file_permission, file) : 0;
}

static __always_inline void remember(struct cgroup *cgroup)
{
	u64 id = cgroup->kn->id;
	u32 one = 1;

	bpf_map_update_elem(&agent_cgroups, &id, &one, BPF_ANY);
}

/* Nothing can refuse to move us to another cgroup; but it becomes ours, with those above it. */
SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(cgroup_attach_task, struct cgroup *to, const char *path, struct task_struct *task)
{
	struct ct_member *member = lookup_member(task->tgid, task->group_leader->start_boottime);
	struct cgroup_subsys_state *above;

	if (!member || member->family != CT_AGENT_FAMILY)
		return 0;
	remember(to);
	above = ((struct cgroup___whole *)to)->self.parent;
	for (int level = 0; level < CT_CGROUP_LEVELS && above; level++) {
		remember(above->cgroup);
		above = above->parent;
	}
	return 0;
}
