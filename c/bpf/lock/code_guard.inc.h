/*
 * code_guard.inc.h - part of lock.bpf.c: fills the table of processes/code_files.h and refuses writing to its files.
 * Hooks of open and write are in lock.bpf.c, of truncation in pin_guard.inc.h.
 */
#pragma once

#include "bpf/access/exempt.h"
#include "bpf/access/hook.h"
#include "bpf/access/report.h"
#include "bpf/processes/code_files.h"

/* Kernel threads are not exempt, because file servers (nfsd) write on behalf of others. */
static __always_inline int judge_code(u32 program, u64 arg)
{
	return is_allowlisted() ? 0 : refuse(program, CT_V_mapped_file, arg, NULL, 0);
}

/*
 * An old descriptor cannot be mapped for writing. The file may be NULL, which verifiers since 6.4 do not expect:
 * reading a field directly would be an oops.
 */
HOOK(mmap_file)
#ifdef CT_FMOD
int BPF_PROG(mmap_file, struct file *file, unsigned long protection, unsigned long flags)
#else
int BPF_PROG(mmap_file, struct file *file, unsigned long asked, unsigned long protection, unsigned long flags)
#endif
{
	if (!(flags & MAP_SHARED) || !file || !(BPF_CORE_READ(file, f_mode) & FMODE_WRITE))
		return 0;
	return is_code_of_others(file->f_inode) ? judge_code(CT_P_mmap_file, flags) : 0;
}

static __always_inline int note_mapping(struct vm_area_struct *area)
{
	struct ct_process *process;

	if (!(area->vm_flags & VM_EXEC))
		return 0;
	process = current_process();
	if (process)
		note_code(area, process->tree);
	return 0;
}

/* Runs when a mapping is complete or becomes executable. */
SEC("fentry/perf_event_mmap")
int BPF_PROG(perf_event_mmap, struct vm_area_struct *area)
{
	return note_mapping(area);
}

/* Before 6.1 that function cannot be attached to, and later changes to executable are missed. */
SEC("fentry/uprobe_mmap")
int BPF_PROG(perf_event_mmap_old, struct vm_area_struct *area)
{
	return note_mapping(area);
}

/* The address may be reused. */
SEC("fentry/security_inode_free")
int BPF_PROG(security_inode_free, struct inode *inode)
{
	u64 key = (u64)inode;

	bpf_map_delete_elem(&code_files, &key);
	return 0;
}
