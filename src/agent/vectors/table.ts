/**
 * All known attack vectors on a protected process, in the order of their numbers
 * (CT_VECTORS in c/bpf/vectors.h; a test compares). docs/ENFORCEMENT-MATRIX.md
 * shows this table.
 */
import { KPROBE_OVERRIDE, REACTIVE_KILL } from "@/protocol/agent.ts";

/** Damage while the vector is open: from the secret itself to mere help for other attacks. */
export type Severity = "critical" | "high" | "medium" | "low";

/** One row of the table. */
export interface Vector {
  /** The name in events and metrics. */
  readonly id: string;
  readonly severity: Severity;
  readonly title: string;
  /** What the attacker gets. */
  readonly steals: string;
  /** BPF LSM or fmod_ret programs that close it together. */
  readonly hooks: readonly string[];
  /** Kprobe override programs that close it together. None: that backend cannot close it. */
  readonly calls: readonly string[];
  /**
   * What reactive kill does: `reported` spares the attacker because ordinary
   * daemons do the same; `refused` happens at registration, in the enforcer.
   */
  readonly reactive: "killed" | "reported" | "refused" | "open";
  /** Backends that block only direct paths, so that the vector counts as open. */
  readonly partly: readonly string[];
  /** The option that closes it; without it, other programs on the node would break. */
  readonly needs?: "lock=on" | "exec=deny";
  /** A combination of these vectors: closed when they are, and not counted. */
  readonly madeOf: readonly string[];
  /** Why nothing closes it. */
  readonly open?: string;
  /** The only processor that has it; elsewhere it is neither open nor closed. */
  readonly onlyOn?: Arch;
}

/** A processor, as Deno names it. */
export type Arch = typeof Deno.build.arch;

type Options = Partial<Omit<Vector, "hooks" | "calls">> & {
  readonly hooks?: string;
  readonly calls?: string;
};

const OPENS = "sys_open sys_creat sys_openat sys_openat2 do_filp_open";
/** A process that shares the attacker's descriptors keeps what the killed one opened. */
const LEAVES_DESCRIPTOR = [REACTIVE_KILL];
/** Links, `..` and other procfs mounts hide the target from a check of arguments. */
const BY_PATH = [KPROBE_OVERRIDE, REACTIVE_KILL];

function vector(
  id: string,
  severity: Severity,
  title: string,
  steals: string,
  hooks: string,
  { calls = "", ...rest }: Omit<Options, "hooks"> = {},
): Vector {
  const list = (names: string) => names.split(" ").filter(Boolean);
  return {
    ...{ id, severity, title, steals, hooks: list(hooks), calls: list(calls) },
    ...{ reactive: "open", partly: [], madeOf: [] },
    ...rest,
  };
}

/** A vector that only the lock closes. */
function locked(
  id: string,
  severity: Severity,
  title: string,
  steals: string,
  hooks: string,
  onlyOn?: Arch,
): Vector {
  return vector(id, severity, title, steals, hooks, {
    needs: "lock=on",
    ...(onlyOn && { onlyOn }),
  });
}

/** A file below /proc/PID. */
function procFile(
  id: string,
  severity: Severity,
  title: string,
  steals: string,
  { hooks = "ptrace_access_check", ...rest }: Options = {},
): Vector {
  return vector(id, severity, title, steals, hooks, {
    ...{ calls: OPENS, reactive: "killed", partly: BY_PATH },
    ...rest,
  });
}

/** Every vector, by number: id, severity, title, what the attacker gets, hooks, the rest. */
// deno-fmt-ignore
export const VECTORS: readonly Vector[] = [
  vector("ptrace_attach", "critical", "ptrace attach or seize", "all memory and registers; makes the process do anything", "ptrace_access_check", { calls: "sys_ptrace", reactive: "killed" }),
  vector("ptrace_traceme", "high", "PTRACE_TRACEME", "the same, for an unprotected parent", "ptrace_traceme"),
  vector("process_vm_readv", "critical", "process_vm_readv", "ordinary memory", "ptrace_access_check", { calls: "sys_process_vm_readv", reactive: "killed" }),
  vector("process_vm_writev", "critical", "process_vm_writev", "nothing; changes what the process does", "ptrace_access_check", { calls: "sys_process_vm_writev", reactive: "killed" }),
  procFile("proc_mem", "critical", "/proc/PID/mem", "ordinary memory, by any path to the file"),
  vector("io_uring", "critical", "files of /proc/PID over io_uring", "the file's content, without a visible system call", "ptrace_access_check"),
  vector("proc_open_earlier", "critical", "a file of /proc/PID opened before protection", "ordinary memory, by a descriptor opened before", "file_permission"),
  procFile("proc_environ", "critical", "/proc/PID/environ", "secrets in the application's environment"),
  procFile("proc_cmdline", "medium", "/proc/PID/cmdline", "secrets in arguments; no other check guards it", { hooks: "file_open", reactive: "reported" }),
  procFile("proc_maps", "medium", "/proc/PID/maps, smaps, numa_maps, auxv", "addresses, for other attacks"),
  procFile("proc_pagemap", "medium", "/proc/PID/pagemap, clear_refs", "physical addresses, for attacks below the process", { hooks: "ptrace_access_check file_open" }),
  procFile("proc_state", "low", "/proc/PID/stack, syscall, io, personality", "what the process is doing", { reactive: "reported" }),
  procFile("proc_fd", "critical", "/proc/PID/fd, map_files", "files that the process has open or mapped"),
  procFile("proc_links", "medium", "/proc/PID/root, cwd, exe", "files of its container", { calls: `${OPENS} sys_readlink sys_readlinkat` }),
  vector("namespace_entry", "medium", "entering its namespaces (setns, kubectl exec)", "files of its container; a place among its processes", "ptrace_access_check file_open", { calls: `sys_setns ${OPENS}`, reactive: "killed", partly: BY_PATH, needs: "exec=deny" }),
  vector("pidfd_getfd", "critical", "pidfd_getfd", "any descriptor, also one that leads to secret memory", "ptrace_access_check", { calls: "sys_pidfd_getfd", reactive: "killed", partly: LEAVES_DESCRIPTOR }),
  vector("kcmp", "low", "kcmp, get_robust_list", "addresses, for other attacks", "ptrace_access_check", { calls: "sys_kcmp sys_get_robust_list", reactive: "killed" }),
  vector("page_move", "low", "process_madvise, move_pages, migrate_pages", "nothing; moves pages to swap or to another node", "ptrace_access_check", { calls: "sys_process_madvise sys_move_pages sys_migrate_pages", reactive: "killed" }),
  vector("perf_task", "high", "perf_event_open on the process", "its stack, sample by sample", "perf_event_alloc", { calls: "sys_perf_event_open", reactive: "killed", partly: LEAVES_DESCRIPTOR }),
  // Such a process is not registered, so this needs no backend.
  vector("seccomp_notify", "critical", "seccomp user notification from before execve", "arguments of its system calls; answers them, injects descriptors", "find_listener", { calls: "find_listener", reactive: "refused" }),
  locked("perf_cpu", "high", "perf_event_open on a whole processor", "stacks of every process on that processor", "perf_event_alloc locked_down"),
  locked("bpf_load", "critical", "loading BPF programs", "all memory, secret memory too, from inside the process", "bpf"),
  locked("bpf_tamper", "critical", "the agent's BPF maps and links", "nothing; ends the protection", "bpf task_prctl bprm_check_security"),
  locked("tracefs_probe", "critical", "kprobe_events, uprobe_events, dynamic_events", "all memory, secret memory too, from inside the process", "locked_down file_permission"),
  locked("kcore", "critical", "/proc/kcore", "ordinary memory through the kernel's map", "locked_down file_permission"),
  locked("dev_mem", "critical", "/dev/mem, /dev/kmem, /dev/port", "physical memory, secret memory too", "locked_down"),
  locked("kexec", "critical", "kexec", "all memory, from another kernel", "locked_down kernel_read_file kernel_load_data"),
  locked("module_load", "critical", "kernel modules", "everything", "locked_down kernel_read_file kernel_load_data"),
  locked("core_pattern", "medium", "kernel.core_pattern", "the next core dump of any process", "file_open"),
  // Signals to a process group and by F_SETSIG name no target.
  vector("core_signal", "high", "signals that dump core, limits from outside", "a dump of the application", "task_kill file_send_sigiotask task_setrlimit", { calls: "sys_kill sys_tkill sys_tgkill sys_rt_sigqueueinfo sys_rt_tgsigqueueinfo sys_pidfd_send_signal sys_prlimit64", reactive: "killed", partly: BY_PATH }),
  locked("agent_signal", "medium", "signals to agent and enforcer, except TERM", "nothing; ends events, not protection", "task_kill file_send_sigiotask"),
  vector("agent_memory", "high", "the memory of agent and enforcer", "nothing; takes over a process that may write the maps", "ptrace_access_check file_open file_permission", { calls: `sys_ptrace sys_process_vm_writev sys_pidfd_getfd ${OPENS}`, reactive: "killed", partly: BY_PATH }),
  locked("agent_pins", "critical", "the pins and the enforcer's file: unlink, rename, write, mounts over them", "nothing; ends the protection", "inode_unlink inode_rename inode_setattr sb_umount sb_mount move_mount file_open"),
  vector("debugger", "critical", "gdb, gcore, strace, criu", "a dump of the process", "", { madeOf: ["ptrace_attach", "process_vm_readv", "proc_mem", "proc_maps"] }),
  locked("hibernation", "medium", "hibernation", "all memory, on the disk", "locked_down"),
  vector("swap", "medium", "swap and the device behind it", "swapped pages of the application", "", { open: "no hook sees who swaps; secret and locked memory is never swapped, but ordinary memory of the application may be: run nodes without swap, or encrypt it" }),
  vector("foreign_memory", "low", "userfaultfd, fanotify, process_mrelease, vmsplice", "nothing from another process without one of the vectors above", "", { open: "none of these calls reaches into another process, so there is nothing to refuse" }),
  locked("sysrq_crash", "high", "sysrq-trigger and kernel.sysrq, with a crash kernel", "all memory, in the crash dump", "file_open"),
  locked("agent_cgroup", "medium", "cgroup.kill and cgroup.freeze of the agent", "nothing; ends events, not protection", "file_open"),
  locked("msr", "high", "writing to /dev/cpu/N/msr", "a way to run code in the kernel", "locked_down", "x86_64"),
  locked("debugfs", "medium", "debugfs", "memory that drivers expose", "locked_down"),
  locked("pci_access", "high", "PCI configuration from user space, VFIO without IOMMU", "physical memory by a device's DMA", "locked_down file_open file_ioctl"),
  locked("mapped_file", "critical", "writing to a file whose code the process runs", "everything the process can reach: it runs the attacker's code", "perf_event_mmap file_open file_permission mmap_file inode_setattr"),
  locked("panic_switch", "high", "kernel.panic_on_*, vm.panic_on_oom and the like, with a crash kernel", "all memory, in the crash dump", "file_open file_permission"),
  locked("agent_socket", "high", "the agent's socket and its directory: replace, rename, mount over", "nothing; wrappers that start later talk to an impostor", "inode_create inode_mknod inode_mkdir inode_symlink inode_link inode_rmdir inode_unlink inode_rename inode_setattr sb_mount move_mount sb_umount sb_pivotroot"),
  vector("pod_credentials", "critical", "the kubelet's folder of tokens and secrets of a protected pod", "a login to Vault as that pod", "", { open: "root on a node acts as its kubelet: with the kubelet's certificate it gets new tokens from the API server, so guarding the directory would not help; THREAT-MODEL.md says what helps" }),
];
