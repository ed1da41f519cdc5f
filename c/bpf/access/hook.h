/*
 * hook.h - one source, two backends. fmod_ret on security_X() works without "bpf" in the kernel's lsm= list and
 * without CONFIG_BPF_LSM; the arguments are the same, but for what is said where they are not.
 *
 * Neither kind of program is asked when an earlier one has refused, so nobody looks at `ret`.
 */
#ifndef CT_BPF_HOOK_H
#define CT_BPF_HOOK_H

#ifdef CT_FMOD
#define HOOK(name) SEC("fmod_ret/security_" #name)
#else
#define HOOK(name) SEC("lsm/" #name)
#endif

#endif
