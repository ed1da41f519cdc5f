/*
 * objects.c - see objects.h. Of what bpftool writes only the bytes are used: which programs load is decided
 * one by one, and a skeleton knows all or nothing.
 */
#include "objects.h"

#include "../bpf/state.h" /* the skeletons name its types */

#include <access_fmod.skel.h>
#include <access_lsm.skel.h>
#include <earlier_fmod.skel.h>
#include <earlier_lsm.skel.h>
#include <family.skel.h>
#include <inspect.skel.h>
#include <lock_fmod.skel.h>
#include <lock_lsm.skel.h>
#include <procfs_fmod.skel.h>
#include <procfs_lsm.skel.h>
#include <reactive.skel.h>
#include <syscalls.skel.h>

const struct object objects[OBJECTS] = {
	{ "family", CT_TIERS, AT_START, family_bpf__elf_bytes },
	{ "access", CT_TIER_LSM, AT_START, access_lsm_bpf__elf_bytes },
	{ "procfs", CT_TIER_LSM, AT_START, procfs_lsm_bpf__elf_bytes },
	{ "access", CT_TIER_FMOD, AT_START, access_fmod_bpf__elf_bytes },
	{ "procfs", CT_TIER_FMOD, AT_START, procfs_fmod_bpf__elf_bytes },
	{ "syscalls", CT_TIER_KPROBE, AT_START, syscalls_bpf__elf_bytes },
	{ "reactive", CT_TIER_REACTIVE, AT_START, reactive_bpf__elf_bytes },
	{ "earlier", CT_TIER_LSM, WHEN_NEEDED, earlier_lsm_bpf__elf_bytes },
	{ "earlier", CT_TIER_FMOD, WHEN_NEEDED, earlier_fmod_bpf__elf_bytes },
	{ "lock", CT_TIER_LSM, WITH_LOCK, lock_lsm_bpf__elf_bytes },
	{ "lock", CT_TIER_FMOD, WITH_LOCK, lock_fmod_bpf__elf_bytes },
};

const struct object inspect_object = { "inspect", CT_TIERS, AT_START, inspect_bpf__elf_bytes };
