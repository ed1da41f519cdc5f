/*
 * bpf_objects.c - see bpf_objects.h. Only the bytes of bpftool's skeletons are used, because programs are loaded
 * selectively.
 */
#include "bpf_objects.h"

#include "bpf/state.h" /* for types that the skeletons name */

#include <access_fmod.skel.h>
#include <access_lsm.skel.h>
#include <inspect.skel.h>
#include <lock_fmod.skel.h>
#include <lock_lsm.skel.h>
#include <opened_before_fmod.skel.h>
#include <opened_before_lsm.skel.h>
#include <process_trees.skel.h>
#include <procfs_fmod.skel.h>
#include <procfs_lsm.skel.h>
#include <reactive.skel.h>
#include <syscalls.skel.h>

const struct object objects[OBJECTS] = {
	{ "process_trees", CT_BACKENDS, AT_START, process_trees_bpf__elf_bytes },
	{ "access", CT_BACKEND_LSM, AT_START, access_lsm_bpf__elf_bytes },
	{ "procfs", CT_BACKEND_LSM, AT_START, procfs_lsm_bpf__elf_bytes },
	{ "access", CT_BACKEND_FMOD, AT_START, access_fmod_bpf__elf_bytes },
	{ "procfs", CT_BACKEND_FMOD, AT_START, procfs_fmod_bpf__elf_bytes },
	{ "syscalls", CT_BACKEND_KPROBE, AT_START, syscalls_bpf__elf_bytes },
	{ "reactive", CT_BACKEND_REACTIVE, AT_START, reactive_bpf__elf_bytes },
	{ "opened_before", CT_BACKEND_LSM, WHEN_NEEDED, opened_before_lsm_bpf__elf_bytes },
	{ "opened_before", CT_BACKEND_FMOD, WHEN_NEEDED, opened_before_fmod_bpf__elf_bytes },
	{ "lock", CT_BACKEND_LSM, WITH_LOCK, lock_lsm_bpf__elf_bytes },
	{ "lock", CT_BACKEND_FMOD, WITH_LOCK, lock_fmod_bpf__elf_bytes },
};

const struct object inspect_object = { "inspect", CT_BACKENDS, AT_START, inspect_bpf__elf_bytes };
