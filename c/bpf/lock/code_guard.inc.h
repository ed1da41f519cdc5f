/*
 * code_guard.inc.h - part of lock.bpf.c: how the table of code_files.h is filled, and what becomes of who would write to such a
 * file. The hooks of files are in lock.bpf.c, the one that shortens them in pin_guard.inc.h.
 */
#ifndef CT_BPF_CODE_GUARD_H
#define CT_BPF_CODE_GUARD_H

#include "bpf/processes/code_files.h"
#include "bpf/access/exempt.h"
#include "bpf/access/hook.h"
#include "bpf/access/report.h"

/* Kernel threads are not exempt: what serves files (nfsd) would write for whoever asks. */
static __always_inline int judge_code(u32 program, u64 arg)
{
	return is_allowlisted() ? 0 : refuse(program, CT_V_mapped_file, arg, NULL, 0);
}

/*
 * A descriptor from before is not mapped to be written to. A file may be NULL here, and verifiers since 6.4 do not
 * believe it: reading one directly is an oops.
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

/* A mapping is in place, or has become executable; perf would be told of it now. */
SEC("fentry/perf_event_mmap")
int BPF_PROG(perf_event_mmap, struct vm_area_struct *area)
{
	return note_mapping(area);
}

/* Where that function cannot be attached to (before 6.1): what becomes executable later is not seen. */
SEC("fentry/uprobe_mmap")
int BPF_PROG(perf_event_mmap_old, struct vm_area_struct *area)
{
	return note_mapping(area);
}

/* Its address may be another's next. */
SEC("fentry/security_inode_free")
int BPF_PROG(security_inode_free, struct inode *inode)
{
	u64 key = (u64)inode;

	bpf_map_delete_elem(&code_files, &key);
	return 0;
}

#endif
