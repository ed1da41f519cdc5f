/** Ways to one protected process, as data: none of them needs the lock. */
import {
  CALL_TIER,
  makeVector,
  REACTIVE_TIER,
  type Row,
  type Vector,
} from "./vector.ts";

const OPENS = ["sys_open", "sys_openat", "sys_openat2"];
/** A partner that shares the attacker's descriptors keeps what the dead one opened. */
const LEAVES_DESCRIPTOR = [REACTIVE_TIER];
/** A path may say too little: links, dots, another mount of procfs. */
const BY_PATH = [CALL_TIER, ...LEAVES_DESCRIPTOR];
/** A file of /proc/PID that the kernel guards as it guards ptrace. */
const procFile = (row: Row): Row => ({
  hooks: ["ptrace_access_check"],
  calls: OPENS,
  reactive: "killed",
  partly: BY_PATH,
  ...row,
});

const ROWS: readonly Row[] = [
  {
    id: "ptrace_attach",
    title: "ptrace attach or seize",
    steals: "all memory and registers; makes the process do anything",
    severity: "critical",
    hooks: ["ptrace_access_check"],
    calls: ["sys_ptrace"],
    reactive: "killed",
  },
  {
    id: "ptrace_traceme",
    title: "ptrace by its own consent",
    steals: "the same, for a parent that is no member",
    severity: "high",
    hooks: ["ptrace_traceme"],
  },
  {
    id: "process_vm_readv",
    title: "process_vm_readv",
    steals: "ordinary memory",
    severity: "critical",
    hooks: ["ptrace_access_check"],
    calls: ["sys_process_vm_readv"],
    reactive: "killed",
  },
  {
    id: "process_vm_writev",
    title: "process_vm_writev",
    steals: "nothing; changes what the process does",
    severity: "critical",
    hooks: ["ptrace_access_check"],
    calls: ["sys_process_vm_writev"],
    reactive: "killed",
  },
  procFile({
    id: "proc_mem",
    title: "/proc/PID/mem",
    steals: "ordinary memory, by any path to the file",
    severity: "critical",
  }),
  {
    id: "io_uring",
    title: "files of /proc/PID over io_uring",
    steals: "what the file has, without a system call to see",
    severity: "critical",
    hooks: ["ptrace_access_check"],
  },
  {
    id: "proc_open_earlier",
    title: "a file of /proc/PID opened before protection",
    steals: "ordinary memory, by a descriptor from before",
    severity: "critical",
    hooks: ["file_permission"],
  },
  procFile({
    id: "proc_environ",
    title: "/proc/PID/environ",
    steals: "secrets in the application's environment",
    severity: "critical",
  }),
  procFile({
    id: "proc_cmdline",
    title: "/proc/PID/cmdline",
    steals: "secrets in arguments; guarded by nothing else",
    severity: "medium",
    hooks: ["file_open"],
    reactive: "told",
  }),
  procFile({
    id: "proc_maps",
    title: "/proc/PID/maps, smaps, numa_maps, auxv",
    steals: "addresses, for other attacks",
    severity: "medium",
  }),
  procFile({
    id: "proc_pagemap",
    title: "/proc/PID/pagemap, clear_refs",
    steals: "physical addresses, for attacks below the process",
    severity: "medium",
    hooks: ["ptrace_access_check", "file_open"],
  }),
  procFile({
    id: "proc_state",
    title: "/proc/PID/stack, syscall, io, personality",
    steals: "what it is doing",
    severity: "low",
    reactive: "told",
  }),
  procFile({
    id: "proc_fd",
    title: "/proc/PID/fd, map_files",
    steals: "files that it has open or mapped",
    severity: "critical",
  }),
  procFile({
    id: "proc_links",
    title: "/proc/PID/root, cwd, exe",
    steals: "files of its container",
    severity: "medium",
    calls: [...OPENS, "sys_readlink", "sys_readlinkat"],
  }),
  {
    id: "namespace_entry",
    title: "entering its namespaces (setns, kubectl exec)",
    steals: "files of its container; a place among its processes",
    severity: "medium",
    hooks: ["ptrace_access_check", "file_open"],
    calls: ["sys_setns", ...OPENS],
    reactive: "killed",
    partly: BY_PATH,
    needs: "exec=deny",
  },
  {
    id: "pidfd_getfd",
    title: "pidfd_getfd",
    steals: "any descriptor, also one that leads to secret memory",
    severity: "critical",
    hooks: ["ptrace_access_check"],
    calls: ["sys_pidfd_getfd"],
    reactive: "killed",
    partly: LEAVES_DESCRIPTOR,
  },
  {
    id: "kcmp",
    title: "kcmp, get_robust_list",
    steals: "addresses, for other attacks",
    severity: "low",
    hooks: ["ptrace_access_check"],
    calls: ["sys_kcmp", "sys_get_robust_list"],
    reactive: "killed",
  },
  {
    id: "page_move",
    title: "process_madvise, move_pages, migrate_pages",
    steals: "nothing; moves pages to swap or to another node",
    severity: "low",
    hooks: ["ptrace_access_check"],
    calls: ["sys_process_madvise", "sys_move_pages", "sys_migrate_pages"],
    reactive: "killed",
  },
  {
    id: "perf_task",
    title: "perf_event_open on the process",
    steals: "its stack, sample by sample",
    severity: "high",
    hooks: ["perf_event_alloc"],
    calls: ["sys_perf_event_open"],
    reactive: "killed",
    partly: LEAVES_DESCRIPTOR,
  },
  {
    id: "seccomp_notify",
    title: "seccomp user notification from before execve",
    steals: "arguments of its system calls; answers them, injects descriptors",
    severity: "critical",
    // Who has such a listener when it registers is not registered: no tier is needed.
    hooks: ["find_listener"],
    calls: ["find_listener"],
    reactive: "refused",
  },
];

/** In the order of their numbers, from the first. */
export const PROCESS_VECTORS: readonly Vector[] = ROWS.map(makeVector);
