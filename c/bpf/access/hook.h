/*
 * hook.h - one source for two backends. fmod_ret on security_X() needs neither "bpf" in lsm= nor CONFIG_BPF_LSM. The
 * arguments are the same, with exceptions noted at the program.
 *
 * Neither kind of program runs after an earlier refusal, so `ret` is not read.
 */
#pragma once

#ifdef CT_FMOD
#define HOOK(name) SEC("fmod_ret/security_" #name)
#else
#define HOOK(name) SEC("lsm/" #name)
#endif
