/** Ways through the kernel or the machine, and to the agent itself, as data. Most need the lock. */
import {
  CALL_TIER,
  makeVector,
  REACTIVE_TIER,
  type Row,
  type Vector,
} from "./vector.ts";

const OPENS = ["sys_open", "sys_openat", "sys_openat2"];
const locked = (row: Row): Row => ({ needs: "lock=on", ...row });

const ROWS: readonly Row[] = [
  locked({
    id: "perf_cpu",
    title: "perf_event_open on a whole processor",
    steals: "stacks of whatever runs there",
    severity: "high",
    hooks: ["perf_event_alloc", "locked_down"],
  }),
  locked({
    id: "bpf_load",
    title: "BPF programs of others",
    steals: "all memory, secret memory too, from within the process",
    severity: "critical",
    hooks: ["bpf"],
  }),
  locked({
    id: "bpf_tamper",
    title: "the agent's BPF maps and links",
    steals: "nothing; ends the protection",
    severity: "critical",
    hooks: ["bpf", "task_prctl", "bprm_check_security"],
  }),
  locked({
    id: "tracefs_probe",
    title: "kprobe_events, uprobe_events, dynamic_events",
    steals: "all memory, secret memory too, from within the process",
    severity: "critical",
    hooks: ["locked_down", "file_permission"],
  }),
  locked({
    id: "kcore",
    title: "/proc/kcore",
    steals: "ordinary memory through the kernel's map",
    severity: "critical",
    hooks: ["locked_down", "file_permission"],
  }),
  locked({
    id: "dev_mem",
    title: "/dev/mem, /dev/kmem, /dev/port",
    steals: "physical memory, secret memory too",
    severity: "critical",
    hooks: ["locked_down"],
  }),
  locked({
    id: "kexec",
    title: "kexec",
    steals: "all memory, from another kernel",
    severity: "critical",
    hooks: ["locked_down", "kernel_read_file", "kernel_load_data"],
  }),
  locked({
    id: "module_load",
    title: "kernel modules",
    steals: "everything",
    severity: "critical",
    hooks: ["locked_down", "kernel_read_file", "kernel_load_data"],
  }),
  locked({
    id: "core_pattern",
    title: "kernel.core_pattern",
    steals: "the next dump of whatever may be dumped",
    severity: "medium",
    hooks: ["file_open"],
  }),
  {
    id: "core_signal",
    title: "signals that dump core, limits from outside",
    steals: "a dump of the application",
    severity: "high",
    hooks: ["task_kill", "file_send_sigiotask", "task_setrlimit"],
    calls: [
      "sys_kill",
      "sys_tkill",
      "sys_tgkill",
      "sys_rt_sigqueueinfo",
      "sys_rt_tgsigqueueinfo",
      "sys_pidfd_send_signal",
      "sys_prlimit64",
    ],
    reactive: "killed",
    // Neither whole groups nor signals by a file (F_SETSIG) name their target.
    partly: [CALL_TIER, REACTIVE_TIER],
  },
  locked({
    id: "agent_signal",
    title: "signals to agent and enforcer, but TERM",
    steals: "nothing; ends events, not protection",
    severity: "medium",
    hooks: ["task_kill", "file_send_sigiotask"],
  }),
  {
    id: "agent_memory",
    title: "the memory of agent and enforcer",
    steals: "nothing; takes over what may write the maps",
    severity: "high",
    hooks: ["ptrace_access_check", "file_open", "file_permission"],
    calls: ["sys_ptrace", "sys_process_vm_writev", "sys_pidfd_getfd", ...OPENS],
    reactive: "killed",
    partly: [CALL_TIER, REACTIVE_TIER],
  },
  locked({
    id: "agent_pins",
    title:
      "the pins and the enforcer's file: unlink, rename, write, mounts over them",
    steals: "nothing; ends the protection",
    severity: "critical",
    hooks: [
      "inode_unlink",
      "inode_rename",
      "inode_setattr",
      "sb_umount",
      "sb_mount",
      "move_mount",
      "file_open",
    ],
  }),
  {
    id: "debugger",
    title: "gdb, gcore, strace, criu",
    steals: "a dump of the process",
    severity: "critical",
    madeOf: ["ptrace_attach", "process_vm_readv", "proc_mem", "proc_maps"],
  },
  locked({
    id: "hibernation",
    title: "hibernation",
    steals: "all memory, on the disk",
    severity: "medium",
    hooks: ["locked_down"],
  }),
  {
    id: "swap",
    title: "swap and the device behind it",
    steals: "pages of the application that were swapped",
    severity: "medium",
    open:
      "no hook tells who swaps; secret and locked memory is never swapped, the application's own may be: nodes without swap, or encrypted",
  },
  {
    id: "foreign_memory",
    title: "userfaultfd, fanotify, process_mrelease, vmsplice",
    steals: "nothing of another process without one of the ways above",
    severity: "low",
    open:
      "there is nothing to refuse: none of them reaches into another process",
  },
  locked({
    id: "sysrq_crash",
    title: "sysrq-trigger and kernel.sysrq, with a crash kernel",
    steals: "all memory, in the crash dump",
    severity: "high",
    hooks: ["file_open"],
  }),
  locked({
    id: "agent_cgroup",
    title: "cgroup.kill and cgroup.freeze of the agent",
    steals: "nothing; ends events, not protection",
    severity: "medium",
    hooks: ["file_open"],
  }),
  locked({
    id: "msr",
    title: "writing to /dev/cpu/N/msr",
    steals: "a way to run code in the kernel",
    severity: "high",
    hooks: ["locked_down"],
  }),
  locked({
    id: "debugfs",
    title: "debugfs",
    steals: "whatever drivers show of memory",
    severity: "medium",
    hooks: ["locked_down"],
  }),
  locked({
    id: "pci_access",
    title: "PCI configuration from user space, VFIO without IOMMU",
    steals: "physical memory by a device's DMA",
    severity: "high",
    hooks: ["locked_down", "file_open", "file_ioctl"],
  }),
  locked({
    id: "mapped_file",
    title: "writing a file whose code it runs",
    steals: "all that its code can: it is made to run another's",
    severity: "critical",
    hooks: [
      "perf_event_mmap",
      "file_open",
      "file_permission",
      "mmap_file",
      "inode_setattr",
    ],
  }),
  locked({
    id: "panic_switch",
    title:
      "kernel.panic_on_*, vm.panic_on_oom and the like, with a crash kernel",
    steals: "all memory, in the crash dump",
    severity: "high",
    hooks: ["file_open", "file_permission"],
  }),
  locked({
    id: "agent_socket",
    title:
      "the agent's socket and its directory: another socket, rename, mounts",
    steals: "nothing; wrappers that come later talk to another",
    severity: "high",
    hooks: [
      "inode_create",
      "inode_mknod",
      "inode_mkdir",
      "inode_symlink",
      "inode_link",
      "inode_rmdir",
      "inode_unlink",
      "inode_rename",
      "inode_setattr",
      "sb_mount",
      "move_mount",
      "sb_umount",
      "sb_pivotroot",
    ],
  }),
  {
    id: "pod_credentials",
    title: "the kubelet's folder of tokens and secrets of a protected pod",
    steals: "a login to Vault as that pod",
    severity: "critical",
    open:
      "root of a node is its kubelet: with its certificate the API server hands out such tokens anew, so a guard of the folder would close no way; what helps stands under What is not protected",
  },
];

/** In the order of their numbers, after those of a process. */
export const MACHINE_VECTORS: readonly Vector[] = ROWS.map(makeVector);
