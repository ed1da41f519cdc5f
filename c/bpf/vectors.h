/*
 * vectors.h - the attack vectors, in the order of their numbers. src/agent/vectors/table.ts has the same order; a test
 * compares. Shared by BPF and user space.
 */
#pragma once

#define CT_VECTORS(V)                                                                              \
	V(ptrace_attach) V(ptrace_traceme) V(process_vm_readv) V(process_vm_writev) V(proc_mem)        \
	V(io_uring) V(proc_open_earlier) V(proc_environ) V(proc_cmdline) V(proc_maps) V(proc_pagemap)  \
	V(proc_state) V(proc_fd) V(proc_links) V(namespace_entry) V(pidfd_getfd) V(kcmp) V(page_move)  \
	V(perf_task) V(seccomp_notify) V(perf_cpu) V(bpf_load) V(bpf_tamper) V(tracefs_probe)          \
	V(kcore) V(dev_mem) V(kexec) V(module_load) V(core_pattern) V(core_signal) V(agent_signal) V(agent_memory)         \
	V(agent_pins) V(debugger) V(hibernation) V(swap) V(foreign_memory) V(sysrq_crash)              \
	V(agent_cgroup) V(msr) V(debugfs) V(pci_access) V(mapped_file)                 \
	V(panic_switch) V(agent_socket) V(pod_credentials)

enum ct_vector {
#define CT_VECTOR_NUMBER(name) CT_V_##name,
	CT_VECTORS(CT_VECTOR_NUMBER)
#undef CT_VECTOR_NUMBER
	CT_V_COUNT
};
