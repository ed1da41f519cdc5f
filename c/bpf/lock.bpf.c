/*
 * lock.bpf.c - the lock: refuses access to all memory through the kernel, and removal of these programs. It affects
 * every process on the node, so it is optional. Built for BPF LSM and for fmod_ret (access/hook.h). Only mmap_file
 * needs bpf_probe_read_kernel.
 */
#include "bpf/access/report.h"

#include "bpf/access/exempt.h"
#include "bpf/access/hook.h"
#include "bpf/lock/code_guard.inc.h"
#include "bpf/lock/executable_guard.inc.h"
#include "bpf/lock/kernel_switches.inc.h"
#include "bpf/lock/pin_guard.inc.h"

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

/* Enum values differ between kernels, and some are missing. */
#define IS_ENUM(value, type, name)                                                                 \
	(bpf_core_enum_value_exists(type, name) && (u64)(value) == bpf_core_enum_value(type, name))
#define IS_REASON(reason, name) IS_ENUM(reason, enum lockdown_reason, LOCKDOWN_##name)

static __always_inline u32 vector_of_reason(u32 reason)
{
	if (IS_REASON(reason, MODULE_SIGNATURE) || IS_REASON(reason, MODULE_PARAMETERS))
		return CT_V_module_load;
	if (IS_REASON(reason, DEV_MEM) || IS_REASON(reason, IOPORT) || IS_REASON(reason, ACPI_TABLES) ||
	    IS_REASON(reason, TIOCSSERIAL) || IS_REASON(reason, DBG_WRITE_KERNEL) ||
	    IS_REASON(reason, DBG_READ_KERNEL))
		return CT_V_dev_mem;
	if (IS_REASON(reason, KEXEC))
		return CT_V_kexec;
	if (IS_REASON(reason, HIBERNATION))
		return CT_V_hibernation;
	if (IS_REASON(reason, PCI_ACCESS))
		return CT_V_pci_access;
	if (IS_REASON(reason, MSR))
		return CT_V_msr;
	if (IS_REASON(reason, DEBUGFS))
		return CT_V_debugfs;
	if (IS_REASON(reason, KCORE))
		return CT_V_kcore;
	if (IS_REASON(reason, KPROBES) || IS_REASON(reason, TRACEFS) || IS_REASON(reason, MMIOTRACE))
		return CT_V_tracefs_probe;
	return IS_REASON(reason, PERF) ? CT_V_perf_cpu : CT_V_COUNT;
}

/* The kernel's lockdown, except BPF (the hook above) and IPsec keys. */
HOOK(locked_down)
int BPF_PROG(locked_down, int reason)
{
	u32 vector = vector_of_reason(reason);

	if (vector == CT_V_COUNT || is_exempt())
		return 0;
	return refuse_all(CT_P_locked_down, vector, reason);
}

static __always_inline int judge_load(u32 program, u32 vector, int id)
{
	return vector == CT_V_COUNT || is_exempt() ? 0 : refuse_all(program, vector, id);
}

#define READS(id, name) IS_ENUM(id, enum kernel_read_file_id, READING_##name)
#define LOADS(id, name) IS_ENUM(id, enum kernel_load_data_id, LOADING_##name)

HOOK(kernel_read_file)
int BPF_PROG(kernel_read_file, struct file *file, int id)
{
	u32 vector = CT_V_COUNT;

	if (READS(id, MODULE) || READS(id, MODULE_COMPRESSED))
		vector = CT_V_module_load;
	else if (READS(id, KEXEC_IMAGE) || READS(id, KEXEC_INITRAMFS))
		vector = CT_V_kexec;
	return judge_load(CT_P_kernel_read_file, vector, id);
}

HOOK(kernel_load_data)
int BPF_PROG(kernel_load_data, int id)
{
	u32 vector = CT_V_COUNT;

	if (LOADS(id, MODULE))
		vector = CT_V_module_load;
	else if (LOADS(id, KEXEC_IMAGE))
		vector = CT_V_kexec;
	return judge_load(CT_P_kernel_load_data, vector, id);
}

/* Samples of a whole processor contain any process's stack; counters (node exporters) do not. */
HOOK(perf_event_alloc)
int BPF_PROG(perf_event_alloc, struct perf_event *event)
{
	u32 type = event->attr.type;

	if (event->hw.target || (type < 32 && (PERF_TYPES_COUNTING & 1u << type) && !event->attr.sample_period))
		return 0;
	return is_exempt() ? 0 : refuse_all(CT_P_perf_event_alloc, CT_V_perf_cpu, type);
}

#define VFIO_SET_IOMMU 0x3b66
#define VFIO_NOIOMMU_IOMMU 8

/* Refusing this closes every device of a group without IOMMU, whatever its file is called. */
static __always_inline int judge_ioctl(u32 program, unsigned int command, unsigned long argument)
{
	if (command != VFIO_SET_IOMMU || argument != VFIO_NOIOMMU_IOMMU || is_exempt())
		return 0;
	return refuse_all(program, CT_V_pci_access, command);
}

HOOK(file_ioctl)
int BPF_PROG(file_ioctl, struct file *file, unsigned int command, unsigned long argument)
{
	return judge_ioctl(CT_P_file_ioctl, command, argument);
}

/* For 32-bit programs since 6.8, and in backports. */
HOOK(file_ioctl_compat)
int BPF_PROG(file_ioctl_compat, struct file *file, unsigned int command, unsigned long argument)
{
	return judge_ioctl(CT_P_file_ioctl_compat, command, argument);
}

static __always_inline int judge_write(u32 program, struct file *file)
{
	u32 vector;

	if (is_our_file(file->f_inode))
		return refuse_all(program, CT_V_agent_pins, file->f_mode);
	if (is_code_of_others(file->f_inode))
		return judge_code(program, file->f_mode);
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

/* No hook can refuse moving the agent to another cgroup, so that cgroup and its ancestors become the agent's. */
SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(cgroup_attach_task, struct cgroup *to, const char *path, struct task_struct *task)
{
	struct ct_process *process = lookup_process(task->tgid, task->group_leader->start_boottime);
	struct cgroup_subsys_state *above;

	if (!process || process->tree != CT_AGENT_TREE)
		return 0;
	remember(to);
	above = ((struct cgroup___whole *)to)->self.parent;
	for (int level = 0; level < CT_CGROUP_LEVELS && above; level++) {
		remember(above->cgroup);
		above = above->parent;
	}
	return 0;
}
