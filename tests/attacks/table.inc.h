/*
 * table.inc.h - every attack, in the order in which they run: the most harmful last.
 *
 * ROW(name, vector, marks, run, text, number, what); STEPS has another step before `run`. attack.h explains the fields.
 */
#define AGAIN(name, vector, path) ROW(name, vector, "ME", write_again, path, 0, path ", written again")

ROW(ptrace_attach, ptrace_attach, "-", trace_and_peek, "p", BY_ATTACH, "PTRACE_ATTACH and PEEKDATA")
ROW(ptrace_seize, ptrace_attach, "-", trace_and_peek, "p", BY_SEIZE, "PTRACE_SEIZE, INTERRUPT and PEEKDATA")
ROW(ptrace_attach_thread, ptrace_attach, "-", trace_and_peek, "t", BY_ATTACH, "PTRACE_ATTACH to a thread's number")
ROW(ptrace_seize_thread, ptrace_attach, "-", trace_and_peek, "t", BY_SEIZE, "PTRACE_SEIZE of a thread's number")
ROW(ptrace_32bit, ptrace_attach, "-", pass_gate, "p", GATE_PEEK, "PTRACE_ATTACH by a 32-bit system call")
ROW(ptrace_32bit_thread, ptrace_attach, "-", pass_gate, "t", GATE_PEEK, "the same, by a thread's number")
ROW(ptrace_child, ptrace_attach, "-", trace_and_peek, "c", BY_ATTACH, "PTRACE_ATTACH to a child made before protection")
ROW(ptrace_late_child, ptrace_attach, "-", trace_and_peek, "l", BY_ATTACH, "PTRACE_ATTACH to a child made after it")
ROW(ptrace_registers, ptrace_attach, "-", read_registers, NULL, 0, "a thread's registers, which hold the secret")
ROW(ptrace_set_registers, ptrace_attach, "-", set_registers, NULL, 0, "control over the registers")
STEPS(ptrace_traceme, ptrace_traceme, "-", need_socket, trace_volunteer, NULL, 0,
	"our child gets protected, then asks us to trace it")
STEPS(earlier_trace, ptrace_attach, "H", seize_and_continue, interrupt_and_peek, NULL, 0,
	"a tracer since before protection began peeks")
STEPS(notify_addfd, seccomp_notify, "-", need_socket, supervise_victim, NULL, PUTS,
	"a supervisor from before execve puts a descriptor into it")
STEPS(notify_answer, seccomp_notify, "-", need_socket, supervise_victim, NULL, ANSWERS,
	"...answers a system call in the kernel's place")
ROW(inject_heap, ptrace_attach, "-", inject, "h", BY_ATTACH, "injected system calls: it writes its secret to a file")
ROW(inject_secretmem, ptrace_attach, "-", inject, "s", BY_SEIZE, "the same, from memfd_secret")
STEPS(code_file, mapped_file, "-", open_code, write_code, NULL, 0,
	"new code into a mapped file, which the victim then runs")
STEPS(code_earlier, mapped_file, "H", open_code, write_code, NULL, 0,
	"the same, through a descriptor from before protection")
STEPS(code_earlier_map, mapped_file, "H", open_code, map_and_write_code, NULL, 0,
	"the same, the descriptor mapped and written to")
ROW(vm_readv, process_vm_readv, "-", readv_heap, "p", 0, "the heap")
ROW(vm_readv_stack, process_vm_readv, "-", readv_stack, "p", 0, "the stack")
ROW(vm_readv_environment, process_vm_readv, "-", readv_environment, "p", 0, "the environment")
ROW(vm_readv_thread, process_vm_readv, "-", readv_heap, "t", 0, "by a thread's number")
ROW(vm_readv_32bit, process_vm_readv, "-", pass_gate, "p", GATE_READV, "by a 32-bit system call")
ROW(vm_readv_32bit_thread, process_vm_readv, "-", pass_gate, "t", GATE_READV,
	"by a 32-bit system call, by a thread's number")
ROW(vm_readv_child, process_vm_readv, "-", readv_heap, "c", 0, "a child made before protection")
ROW(vm_readv_late_child, process_vm_readv, "-", readv_heap, "l", 0, "a child made after it")
ROW(vm_writev, process_vm_writev, "-", writev_scratch, "p", 0, "to the heap")
ROW(vm_writev_thread, process_vm_writev, "-", writev_scratch, "t", 0, "by a thread's number")
ROW(vm_writev_32bit, process_vm_writev, "-", pass_gate, "p", GATE_WRITEV, "by a 32-bit system call")
ROW(vm_writev_late_child, process_vm_writev, "-", writev_scratch, "l", 0, "to a child made after protection")
STEPS(mem, proc_mem, "-", open_file, read_heap, "/proc/%p/mem", O_RDONLY, "/proc/PID/mem")
STEPS(mem_task, proc_mem, "-", open_file, read_heap, "/proc/%p/task/%t/mem", O_RDONLY, "/proc/PID/task/TID/mem")
STEPS(mem_thread, proc_mem, "-", open_file, read_heap, "/proc/%t/mem", O_RDONLY, "/proc/TID/mem")
STEPS(mem_child, proc_mem, "-", open_file, read_heap, "/proc/%c/mem", O_RDONLY, "of a child made before protection")
STEPS(mem_late_child, proc_mem, "-", open_file, read_heap, "/proc/%l/mem", O_RDONLY, "of a child made after it")
STEPS(mem_write, proc_mem, "-", open_file, write_scratch, "/proc/%p/mem", O_RDWR, "open for reading and writing, write")
STEPS(mem_dotdot, proc_mem, "-", open_file, read_heap, "/proc/self/../%p/mem", O_RDONLY, "/proc/self/../PID/mem")
STEPS(mem_thread_self, proc_mem, "-", open_file, read_heap, "/proc/thread-self/../../../%p/mem", O_RDONLY,
	"/proc/thread-self/../../../PID/mem")
STEPS(mem_symlink, proc_mem, "-", open_symlink, read_heap, "/proc/%p/mem", O_RDONLY, "through a symbolic link")
STEPS(mem_relative, proc_mem, "-", open_relative, read_heap, "/proc/%p/mem", O_RDONLY, "chdir(/proc/PID), open(mem)")
STEPS(mem_openat, proc_mem, "-", open_file, openat_mem, "/proc/%p", O_RDONLY, "openat from a descriptor of /proc/PID")
STEPS(mem_openat2, proc_mem, "-", open_file, openat2_mem, "/proc/%p", O_RDONLY, "openat2 from it")
STEPS(mem_other_procfs, proc_mem, "N", open_file, read_heap, "proc:/%p/mem", O_RDONLY,
	"through a procfs mounted elsewhere")
STEPS(mem_bind, proc_mem, "N", open_bound, read_heap, "/proc/%p/mem", O_RDONLY, "the file bound to another name")
STEPS(mem_path_descriptor, proc_mem, "-", open_again, read_heap, "/proc/%p/mem", O_RDONLY,
	"O_PATH, then /proc/self/fd/N")
STEPS(mem_creat, proc_mem, "-", open_by_creat, write_scratch, "/proc/%p/mem", 0, "opened by creat, written")
ROW(mem_32bit, proc_mem, "-", pass_gate_with_path, "/proc/%p/mem", 0, "opened by a 32-bit system call")
STEPS(earlier_folder, proc_open_earlier, "H", open_file, openat_mem, "/proc/%p", O_RDONLY,
	"openat from a descriptor of /proc/PID held before")
ROW(uring_mem, io_uring, "-", uring_open_and_read, "mem", 0, "OPENAT and READ of /proc/PID/mem")
ROW(uring_mem_openat2, io_uring, "-", uring_open_and_read, "mem", OPENAT2, "OPENAT2")
ROW(uring_mem_worker, io_uring, "-", uring_open_and_read, "mem", AS_WORKER, "done by a kernel worker")
ROW(uring_mem_poller, io_uring, "-", uring_open_and_read, "mem", AS_POLLER,
	"done by the submission thread: no system call at all")
ROW(uring_mem_fixed, io_uring, "-", uring_open_and_read, "mem", FIXED, "without any descriptor")
ROW(uring_environ, io_uring, "-", uring_open_and_read, "environ", 0, "OPENAT and READ of environ")
ROW(uring_cmdline, io_uring, "-", uring_open_and_read, "cmdline", 0, "OPENAT and READ of cmdline")
STEPS(earlier_uring, proc_open_earlier, "H", uring_open, uring_read, NULL, 0,
	"READ of a descriptor of mem opened before")
STEPS(earlier_uring_worker, proc_open_earlier, "H", uring_open, uring_read, NULL, AS_WORKER,
	"the same, by a kernel worker")
STEPS(earlier_uring_fixed, proc_open_earlier, "H", uring_open, uring_read, NULL, FIXED,
	"READ of a file registered before")
STEPS(earlier_mem, proc_open_earlier, "H", open_file, read_heap, "/proc/%p/mem", O_RDONLY, "/proc/PID/mem")
STEPS(earlier_mem_32bit, proc_open_earlier, "H", open_file, pass_gate_with_file, "/proc/%p/mem", O_RDONLY,
	"read by a 32-bit system call")
STEPS(earlier_mem_write, proc_open_earlier, "H", open_file, write_scratch, "/proc/%p/mem", O_RDWR,
	"/proc/PID/mem, written")
STEPS(earlier_mem_child, proc_open_earlier, "H", open_file, read_heap, "/proc/%c/mem", O_RDONLY, "mem of a child")
STEPS(earlier_mem_forked, proc_open_earlier, "H", open_file, read_by_child, "/proc/%p/mem", O_RDONLY,
	"read by the attacker's child")
STEPS(earlier_mem_passed, proc_open_earlier, "H", open_and_send, receive_and_read, "/proc/%p/mem", O_RDONLY,
	"passed over a socket (SCM_RIGHTS)")
STEPS(earlier_environ, proc_open_earlier, "H", open_file, read_all, "/proc/%p/environ", O_RDONLY, "/proc/PID/environ")
STEPS(earlier_cmdline, proc_open_earlier, "H", open_file, read_all, "/proc/%p/cmdline", O_RDONLY, "/proc/PID/cmdline")
STEPS(earlier_maps, proc_open_earlier, "H", open_file, read_all, "/proc/%p/maps", O_RDONLY, "/proc/PID/maps")
STEPS(earlier_pagemap, proc_open_earlier, "H", open_file, read_frame, "/proc/%p/pagemap", O_RDONLY, "/proc/PID/pagemap")
STEPS(earlier_clear_refs, proc_open_earlier, "H", open_file, write_value, "/proc/%p/clear_refs=1", O_WRONLY,
	"/proc/PID/clear_refs, written")
STEPS(earlier_stack, proc_open_earlier, "H", open_file, read_all, "/proc/%p/stack", O_RDONLY, "/proc/PID/stack")
STEPS(earlier_syscall, proc_open_earlier, "H", open_file, read_all, "/proc/%p/syscall", O_RDONLY, "/proc/PID/syscall")
STEPS(earlier_namespace, namespace_entry, "H", open_file, enter_namespace, "/proc/%p/ns/net", O_RDONLY,
	"setns to a descriptor of ns/net from before")
STEPS(environ, proc_environ, "-", open_file, read_all, "/proc/%p/environ", O_RDONLY, "/proc/PID/environ")
STEPS(environ_task, proc_environ, "-", open_file, read_all, "/proc/%p/task/%t/environ", O_RDONLY, "task/TID/environ")
STEPS(environ_thread, proc_environ, "-", open_file, read_all, "/proc/%t/environ", O_RDONLY, "/proc/TID/environ")
STEPS(environ_child, proc_environ, "-", open_file, read_all, "/proc/%c/environ", O_RDONLY,
	"of a child made before protection")
STEPS(environ_late_child, proc_environ, "-", open_file, read_all, "/proc/%l/environ", O_RDONLY,
	"of a child made after it")
STEPS(environ_root, proc_environ, "-", open_file, read_all, "/proc/%p/root/proc/%t/environ", O_RDONLY,
	"through /proc/PID/root")
STEPS(environ_relative, proc_environ, "-", open_relative, read_all, "/proc/%p/task/%t/environ", O_RDONLY,
	"from the folder of a thread")
STEPS(environ_other_procfs, proc_environ, "N", open_file, read_all, "proc:/%p/environ", O_RDONLY,
	"through a procfs mounted elsewhere")
STEPS(environ_untouched, proc_environ, "-", open_untouched, read_all, "/proc/%p/environ", O_RDONLY,
	"the path in a page not touched yet")
STEPS(environ_untouched_partner, proc_environ, "-", open_untouched_by_partner, read_all, "/proc/%p/environ", O_RDONLY,
	"the same, for a partner that shares the descriptors")
STEPS(cmdline, proc_cmdline, "-", open_file, read_all, "/proc/%p/cmdline", O_RDONLY, "/proc/PID/cmdline")
STEPS(cmdline_task, proc_cmdline, "-", open_file, read_all, "/proc/%p/task/%t/cmdline", O_RDONLY, "task/TID/cmdline")
STEPS(cmdline_late_child, proc_cmdline, "-", open_file, read_all, "/proc/%l/cmdline", O_RDONLY,
	"of a child made after protection")
STEPS(cmdline_relative, proc_cmdline, "-", open_relative, read_all, "/proc/%p/task/%t/cmdline", O_RDONLY,
	"from the folder of a thread")
STEPS(cmdline_other_procfs, proc_cmdline, "N", open_file, read_all, "proc:/%p/cmdline", O_RDONLY,
	"through a procfs mounted elsewhere")
STEPS(cmdline_untouched, proc_cmdline, "-", open_untouched, read_all, "/proc/%p/cmdline", O_RDONLY,
	"the path in a page not touched yet")
STEPS(maps, proc_maps, "-", open_file, read_all, "/proc/%p/maps", O_RDONLY, "addresses")
STEPS(maps_task, proc_maps, "-", open_file, read_all, "/proc/%p/task/%t/maps", O_RDONLY, "task/TID/maps")
STEPS(smaps, proc_maps, "-", open_file, read_all, "/proc/%p/smaps", O_RDONLY, "addresses and sizes")
STEPS(smaps_rollup, proc_maps, "-", open_file, read_all, "/proc/%p/smaps_rollup", O_RDONLY, "sizes")
STEPS(numa_maps, proc_maps, "-", open_file, read_all, "/proc/%p/numa_maps", O_RDONLY, "addresses and nodes")
STEPS(auxv, proc_maps, "-", open_file, read_all, "/proc/%p/auxv", O_RDONLY,
	"addresses of the executable and of random bytes")
STEPS(map_query, proc_maps, "-", open_file, query_map, "/proc/%p/maps", O_RDONLY, "PROCMAP_QUERY on maps")
STEPS(pagemap, proc_pagemap, "-", open_file, read_frame, "/proc/%p/pagemap", O_RDONLY, "the frame of the heap's page")
STEPS(pagemap_task, proc_pagemap, "-", open_file, read_frame, "/proc/%p/task/%t/pagemap", O_RDONLY, "by task/TID")
STEPS(pagemap_scan, proc_pagemap, "-", open_file, scan_pages, "/proc/%p/pagemap", O_RDONLY, "PAGEMAP_SCAN")
STEPS(clear_refs, proc_pagemap, "-", open_file, write_value, "/proc/%p/clear_refs=1", O_WRONLY,
	"which pages it uses: 1 to clear_refs")
STEPS(stack, proc_state, "-", open_file, read_all, "/proc/%p/stack", O_RDONLY, "the kernel's stack")
STEPS(stack_thread, proc_state, "-", open_file, read_all, "/proc/%p/task/%t/stack", O_RDONLY, "a thread's")
STEPS(syscall, proc_state, "-", open_file, read_all, "/proc/%p/syscall", O_RDONLY,
	"arguments, stack and instruction pointer")
STEPS(syscall_thread, proc_state, "-", open_file, read_all, "/proc/%t/syscall", O_RDONLY, "a thread's")
STEPS(io, proc_state, "-", open_file, read_all, "/proc/%p/io", O_RDONLY, "what it read and wrote")
STEPS(personality, proc_state, "-", open_file, read_all, "/proc/%p/personality", O_RDONLY, "personality")
STEPS(coredump_filter, proc_state, "-", open_file, write_value, "/proc/%p/coredump_filter=255", O_WRONLY,
	"0xff to coredump_filter")
STEPS(fd_open, proc_fd, "-", open_file, read_start, "/proc/%p/fd/%m", O_RDONLY, "a memfd by fd/N")
STEPS(fd_open_task, proc_fd, "-", open_file, read_start, "/proc/%p/task/%t/fd/%m", O_RDONLY, "by task/TID/fd/N")
STEPS(fd_open_late_child, proc_fd, "-", open_file, read_start, "/proc/%l/fd/%m", O_RDONLY, "a child's fd/N")
STEPS(fd_open_untouched, proc_fd, "-", open_untouched, read_start, "/proc/%p/fd/%m", O_RDONLY,
	"the path of fd/N in a page not touched yet")
ROW(fd_readlink, proc_fd, "-", read_link, "/proc/%p/fd/%m", 0, "readlink of fd/N")
STEPS(fdinfo, proc_fd, "-", open_file, read_all, "/proc/%p/fdinfo/%m", O_RDONLY, "fdinfo/N")
STEPS(map_files, proc_fd, "-", open_file, read_start, "/proc/%p/map_files/%s", O_RDONLY, "a mapped memfd by map_files")
STEPS(map_files_list, proc_fd, "-", open_file, list_folder, "/proc/%p/map_files", O_RDONLY, "the list of map_files")
STEPS(root_open, proc_links, "-", open_file, opened, "/proc/%p/root", O_RDONLY, "its root, opened")
STEPS(cwd_open, proc_links, "-", open_file, opened, "/proc/%p/cwd", O_RDONLY, "its folder, opened")
STEPS(exe_open, proc_links, "-", open_file, opened, "/proc/%p/exe", O_RDONLY, "its executable, opened")
ROW(root_readlink, proc_links, "-", read_link, "/proc/%p/root", 0, "where its root is")
ROW(cwd_readlink, proc_links, "-", read_link, "/proc/%p/cwd", 0, "where its folder is")
ROW(exe_readlink, proc_links, "-", read_link, "/proc/%p/exe", 0, "which executable it is")
ROW(exe_readlink_untouched, proc_links, "-", read_link_untouched, "/proc/%p/exe", 0,
	"the same, the path in a page not touched yet")
STEPS(ns_mnt, namespace_entry, "-", open_file, enter_namespace, "/proc/%p/ns/mnt", O_RDONLY, "setns by ns/mnt")
STEPS(ns_net, namespace_entry, "-", open_file, enter_namespace, "/proc/%p/ns/net", O_RDONLY, "setns by ns/net")
STEPS(ns_uts, namespace_entry, "-", open_file, enter_namespace, "/proc/%p/ns/uts", O_RDONLY, "setns by ns/uts")
STEPS(ns_ipc, namespace_entry, "-", open_file, enter_namespace, "/proc/%p/ns/ipc", O_RDONLY, "setns by ns/ipc")
STEPS(ns_pid, namespace_entry, "-", open_file, enter_namespace, "/proc/%p/ns/pid", O_RDONLY, "setns by ns/pid")
STEPS(ns_user, namespace_entry, "-", open_file, enter_namespace, "/proc/%p/ns/user", O_RDONLY, "setns by ns/user")
STEPS(ns_cgroup, namespace_entry, "-", open_file, enter_namespace, "/proc/%p/ns/cgroup", O_RDONLY, "setns by ns/cgroup")
STEPS(ns_time, namespace_entry, "-", open_file, enter_namespace, "/proc/%p/ns/time", O_RDONLY, "setns by ns/time")
STEPS(ns_pidfd, namespace_entry, "-", open_process, enter_several, "p", 0, "setns by pidfd, several at once")
STEPS(ns_pidfd_ioctl, namespace_entry, "-", open_process, enter_by_ioctl, "p", 0,
	"setns by a descriptor out of a pidfd")
STEPS(getfd_secretmem, pidfd_getfd, "-", open_process, copy_descriptor, "ps", 0, "the memfd_secret descriptor, mapped")
STEPS(getfd_memfd, pidfd_getfd, "-", open_process, copy_descriptor, "pm", 0, "a memfd")
STEPS(getfd_thread, pidfd_getfd, "-", open_process, copy_descriptor, "tm", 0, "by a thread's pidfd")
STEPS(getfd_late_child, pidfd_getfd, "-", open_process, copy_descriptor, "lm", 0, "from a child made after protection")
STEPS(getfd_partner, pidfd_getfd, "-", open_process, copy_with_partner, "ps", 0,
	"for a partner that shares the descriptors (CLONE_FILES)")
STEPS(getfd_partner_memfd, pidfd_getfd, "-", open_process, copy_with_partner, "pm", 0, "the same, a memfd")
STEPS(earlier_pidfd, pidfd_getfd, "H", open_process, copy_descriptor, "pm", 0, "by a pidfd opened before protection")
ROW(kcmp_vm, kcmp, "-", compare, "p", KCMP_VM, "do we share memory")
ROW(kcmp_file, kcmp, "-", compare, "p", KCMP_FILE, "do we share an open file")
ROW(kcmp_thread, kcmp, "-", compare, "t", KCMP_FILES, "by a thread's number")
ROW(robust_list, kcmp, "-", robust_list_of, "p", 0, "an address in its memory")
ROW(robust_list_thread, kcmp, "-", robust_list_of, "t", 0, "a thread's")
STEPS(madvise_pageout, page_move, "-", open_process, advise, "p", MADV_PAGEOUT, "process_madvise: to the swap with it")
STEPS(madvise_cold, page_move, "-", open_process, advise, "p", MADV_COLD, "process_madvise: cold")
ROW(move_pages, page_move, "-", ask_node, "p", 0, "which node a page is on")
ROW(move_pages_thread, page_move, "-", ask_node, "t", 0, "by a thread's number")
ROW(migrate_pages, page_move, "-", migrate, NULL, 0, "to another node")
ROW(userfaultfd, foreign_memory, "-", fault_handler, NULL, 0, "a handler of page faults: only of our own")
ROW(fanotify, foreign_memory, "-", watch_files, NULL, 0, "what is opened in the victim's folder")
STEPS(process_mrelease, foreign_memory, "V", open_process, release_pages, "l", 0, "a dying child's pages, given back")
ROW(tool_gcore, debugger, "-", dump_stopped, NULL, BY_ATTACH, "gcore: attach, then all of its memory by /proc/PID/mem")
ROW(tool_criu, debugger, "-", dump_stopped, NULL, BY_SEIZE, "criu: seize, then all of its memory")
ROW(tool_scanner, debugger, "-", scan_running, NULL, 0, "all of its memory by process_vm_readv, running")
ROW(tool_strace, debugger, "-", follow_calls, NULL, 0, "strace: its system calls, with registers")
STEPS(perf_stack, perf_task, "-", open_task_event, watch_task, "p", 0, "samples of the stack")
STEPS(perf_stack_late_child, perf_task, "-", open_task_event, watch_task, "l", 0, "a child's")
STEPS(perf_registers, perf_task, "-", open_task_event, watch_task, "t", 1, "samples of a thread's registers")
STEPS(earlier_perf, perf_task, "H", open_task_event, watch_task, "p", 0, "an event opened before protection")
ROW(perf_cpu, perf_cpu, "E", watch_processors, NULL, 0, "samples of all that runs")
ROW(perf_cpu_registers, perf_cpu, "E", watch_processors, NULL, 1, "registers of all that runs")
STEPS(bpf_raw_tp, bpf_load, "E", attach_bpf, await_bpf, "h", AT_CALLS, "a program at every system call reads the heap")
STEPS(bpf_raw_tp_secretmem, bpf_load, "E", attach_bpf, await_bpf, "s", AT_CALLS, "...reads memfd_secret")
STEPS(bpf_perf_event, bpf_load, "E", attach_bpf, await_bpf, "h", AT_SWITCHES, "a program at every context switch")
STEPS(bpf_kprobe, bpf_load, "E", attach_bpf, await_bpf, "h", AT_KPROBE, "a program at a kprobe")
STEPS(bpf_uprobe, bpf_load, "E", attach_bpf, await_bpf, "h", AT_UPROBE, "a program at a uprobe in the victim")
ROW(bpf_iter_task, bpf_load, "E", iterate_tasks, NULL, 0, "an iterator with bpf_copy_from_user_task")
STEPS(earlier_bpf, bpf_load, "EH", attach_bpf, await_bpf, "h", AT_CALLS, "a program loaded before protection")
ROW(kprobe_events, tracefs_probe, "MEN", probe, "k:kprobe_events", 0, "a system call's registers, by kprobe_events")
ROW(kprobe_dynamic, tracefs_probe, "MEN", probe, "k:dynamic_events", 0, "the same, by dynamic_events")
ROW(uprobe_events, tracefs_probe, "MEN", probe, "u:uprobe_events", 0, "an argument in the victim, by uprobe_events")
ROW(uprobe_dynamic, tracefs_probe, "MEN", probe, "u:dynamic_events", 0, "the same, by dynamic_events")
STEPS(kcore, kcore, "E", open_file, scan_kcore, "/proc/kcore", O_RDONLY, "all memory read through /proc/kcore")
STEPS(dev_mem_read, dev_mem, "E", open_file, read_ram, "/dev/mem", O_RDONLY, "all memory read through /dev/mem")
STEPS(dev_mem_mmap, dev_mem, "E", open_file, map_ram, "/dev/mem", O_RDONLY,
	"all memory mapped from /dev/mem: memfd_secret too")
STEPS(dev_port, dev_mem, "E", open_file, read_port, "/dev/port", O_RDONLY, "/dev/port")
ROW(iopl, dev_mem, "E", gain_all_ports, NULL, 0, "all ports, by iopl")
ROW(ioperm, dev_mem, "E", gain_port, NULL, 0, "a port, by ioperm")
ROW(kexec_load, kexec, "ME", load_kernel, NULL, 0, "kexec_load with no segments")
ROW(kexec_load_crash, kexec, "ME", load_kernel, NULL, KEXEC_ON_CRASH, "the same, for the crash kernel")
ROW(kexec_file_load, kexec, "ME", load_kernel_file, NULL, 0, "kexec_file_load of garbage")
ROW(init_module, module_load, "ME", load_module, NULL, 0, "init_module of garbage")
ROW(finit_module, module_load, "ME", load_module_file, NULL, 0, "finit_module of garbage")
ROW(finit_module_compressed, module_load, "ME", load_module_file, NULL, MODULE_COMPRESSED,
	"the same, said to be compressed")
ROW(core_pattern_write, core_pattern, "ME", write_again, "/proc/sys/kernel/core_pattern", 0,
	"the same pattern, written again")
ROW(core_pattern_other_procfs, core_pattern, "MEN", write_again, "proc:/sys/kernel/core_pattern", 0,
	"through a procfs mounted elsewhere")
STEPS(hibernate_mode, hibernation, "ME", open_file, write_value, "/sys/power/disk=shutdown", O_WRONLY,
	"a way to hibernate, chosen")
STEPS(hibernate_snapshot, hibernation, "ME", open_file, opened, "/dev/snapshot", O_RDONLY, "/dev/snapshot, opened")
STEPS(sysrq_trigger, sysrq_crash, "ME", open_file, write_value, "/proc/sysrq-trigger=h", O_WRONLY,
	"the harmless letter h to sysrq-trigger")
STEPS(sysrq_relative, sysrq_crash, "MEN", open_relative, write_value, "proc:/sysrq-trigger=h", O_WRONLY,
	"through a procfs mounted elsewhere, relative")
ROW(sysrq_mask, sysrq_crash, "ME", write_again, "/proc/sys/kernel/sysrq", 0,
	"which keys do what: kernel.sysrq, written again")
AGAIN(panic_on_oom, panic_switch, "/proc/sys/vm/panic_on_oom")
AGAIN(panic_on_warn, panic_switch, "/proc/sys/kernel/panic_on_warn")
AGAIN(panic_on_oops, panic_switch, "/proc/sys/kernel/panic_on_oops")
AGAIN(panic_on_io_nmi, panic_switch, "/proc/sys/kernel/panic_on_io_nmi")
AGAIN(panic_on_nmi, panic_switch, "/proc/sys/kernel/panic_on_unrecovered_nmi")
AGAIN(panic_on_rcu_stall, panic_switch, "/proc/sys/kernel/panic_on_rcu_stall")
AGAIN(panic_rcu_stalls, panic_switch, "/proc/sys/kernel/max_rcu_stall_to_panic")
AGAIN(panic_unknown_nmi, panic_switch, "/proc/sys/kernel/unknown_nmi_panic")
AGAIN(panic_softlockup, panic_switch, "/proc/sys/kernel/softlockup_panic")
AGAIN(panic_hardlockup, panic_switch, "/proc/sys/kernel/hardlockup_panic")
AGAIN(panic_hung_task, panic_switch, "/proc/sys/kernel/hung_task_panic")
AGAIN(panic_oops_limit, panic_switch, "/proc/sys/kernel/oops_limit")
AGAIN(panic_warn_limit, panic_switch, "/proc/sys/kernel/warn_limit")
AGAIN(panic_bad_memory, panic_switch, "/proc/sys/vm/memory_failure_recovery")
AGAIN(panic_parameter, panic_switch, "/sys/module/kernel/parameters/panic_on_warn")
ROW(panic_other_procfs, panic_switch, "MEN", write_again, "proc:/sys/kernel/panic_on_warn", 0,
	"panic_on_warn in a procfs mounted elsewhere")
STEPS(msr_read, msr, "ME", open_file, read_msr, "/dev/cpu/0/msr", O_RDONLY, "a machine register, read")
STEPS(msr_write, msr, "ME", open_file, rewrite_msr, "/dev/cpu/0/msr", O_RDWR, "a machine register, written")
ROW(debugfs_open, debugfs, "MEN", open_debug_switch, NULL, 0, "a switch in debugfs, opened for writing")
ROW(debugfs_kprobes, debugfs, "AMEN", switch_off, "debugfs:/kprobes/enabled", 0,
	"kprobes disarmed, then process_vm_readv")
ROW(pci_config, pci_access, "ME", write_config, NULL, 0, "a device's configuration, written")
ROW(pci_resource, pci_access, "ME", map_resource, NULL, 0, "a device's memory, mapped")
STEPS(vfio_unsafe, pci_access, "ME", open_file, write_value,
	"/sys/module/vfio/parameters/enable_unsafe_noiommu_mode=Y", O_WRONLY,
	"VFIO may do without an IOMMU: Y to its parameter")
ROW(vfio_no_iommu, pci_access, "ME", take_vfio, NULL, 0, "a device taken over by VFIO without an IOMMU, allowed before")
ROW(swap_pageout, swap, "ME", read_swap, NULL, 0, "pages pushed out by process_madvise, read from the device")
ROW(bpf_map_lookup, bpf_tamper, "AME", alter_map, NULL, BPF_MAP_LOOKUP_ELEM, "which processes are protected")
ROW(bpf_program_by_id, bpf_tamper, "E", get_program, NULL, 0, "a descriptor of a loaded program")
ROW(ftrace_off, bpf_tamper, "AME", switch_off, "/proc/sys/kernel/ftrace_enabled", 0,
	"0 to ftrace_enabled, then process_vm_readv")
ROW(bpf_link_detach, bpf_tamper, "AME", detach_links, NULL, 0, "every link by number, detached")
ROW(bpf_map_update, bpf_tamper, "AME", alter_map, NULL, BPF_MAP_UPDATE_ELEM, "the victim's entry overwritten")
ROW(bpf_map_delete, bpf_tamper, "AME", alter_map, NULL, BPF_MAP_DELETE_ELEM, "the victim's entry deleted")
ROW(bpf_map_freeze, bpf_tamper, "AME", alter_map, NULL, BPF_MAP_FREEZE, "the map frozen")
STEPS(agent_mem, agent_memory, "A", find_agent, agent_open_mem, "a", 0, "its memory, opened for writing")
STEPS(agent_vm_readv, agent_memory, "A", find_agent, agent_readv, "a", 0, "its memory, by process_vm_readv")
STEPS(agent_trace, agent_memory, "A", find_agent, agent_seize, "a", 0, "PTRACE_SEIZE")
STEPS(agent_getfd, agent_memory, "A", find_agent, agent_getfd, "a", 3, "its connection to the enforcer")
STEPS(enforcer_mem, agent_memory, "A", find_agent, agent_open_mem, "e", 0, "the enforcer's memory, opened for writing")
STEPS(enforcer_vm_readv, agent_memory, "A", find_agent, agent_readv, "e", 0, "...by process_vm_readv")
STEPS(enforcer_trace, agent_memory, "A", find_agent, agent_seize, "e", 0, "PTRACE_SEIZE of the enforcer")
STEPS(enforcer_getfd, agent_memory, "A", find_agent, agent_getfd, "e", 3, "the enforcer's connection to the agent")
STEPS(enforcer_getfd_map, agent_memory, "A", find_agent, agent_getfd, "e", 6, "one of its descriptors of BPF")
STEPS(agent_oom, agent_signal, "A", find_agent, offer_to_oom_killer, "a", 0, "1000 to its oom_score_adj")
STEPS(agent_stop, agent_signal, "A", find_agent, agent_signal, "ak", SIGSTOP, "SIGSTOP by kill")
STEPS(enforcer_stop, agent_signal, "A", find_agent, agent_signal, "ek", SIGSTOP, "SIGSTOP to the enforcer")
STEPS(agent_cgroup_freeze, agent_cgroup, "AMN", find_agent, agent_cgroup, "a.cgroup.freeze", 0, "its cgroup, frozen")
STEPS(agent_cgroup_move_freeze, agent_cgroup, "AMN", find_agent, agent_cgroup, "amcgroup.freeze", 0,
	"moved to another cgroup that is frozen")
STEPS(enforcer_cgroup_move_freeze, agent_cgroup, "AMN", find_agent, agent_cgroup, "emcgroup.freeze", 0,
	"the enforcer, moved and frozen")
STEPS(agent_kill, agent_signal, "A", find_agent, agent_signal, "ak", SIGKILL, "SIGKILL by kill")
STEPS(agent_tgkill, agent_signal, "A", find_agent, agent_signal, "at", SIGKILL, "SIGKILL by tgkill")
STEPS(agent_pidfd_kill, agent_signal, "A", find_agent, agent_signal, "af", SIGKILL, "SIGKILL by pidfd_send_signal")
STEPS(agent_abort, agent_signal, "A", find_agent, agent_signal, "ak", SIGABRT, "SIGABRT by kill")
STEPS(agent_term, agent_signal, "A", find_agent, agent_signal, "ak", SIGTERM, "SIGTERM by kill, which ends services")
STEPS(enforcer_kill, agent_signal, "A", find_agent, agent_signal, "ek", SIGKILL, "SIGKILL to the enforcer")
STEPS(agent_cgroup_kill, agent_cgroup, "AMN", find_agent, agent_cgroup, "a.cgroup.kill", 0, "its cgroup, killed")
STEPS(agent_cgroup_move_kill, agent_cgroup, "AMN", find_agent, agent_cgroup, "amcgroup.kill", 0,
	"moved to another cgroup that is killed")
STEPS(enforcer_cgroup_move_kill, agent_cgroup, "AMN", find_agent, agent_cgroup, "emcgroup.kill", 0,
	"the enforcer, moved and killed")
STEPS(socket_chmod, agent_socket, "AE", find_socket, change_place, "fp", 0, "no permissions on the agent's socket")
STEPS(socket_chown, agent_socket, "AE", find_socket, change_place, "fo", 0, "another owner of it")
STEPS(socket_link, agent_socket, "AE", find_socket, change_place, "fl", 0, "another name for it")
STEPS(socket_cover, agent_socket, "AE", find_socket, change_place, "fb", 0, "another socket, mounted over it")
STEPS(socket_unlink, agent_socket, "AE", find_socket, change_place, "fu", 0, "the socket, removed")
STEPS(socket_rename, agent_socket, "AE", find_socket, change_place, "fn", 0, "the socket, renamed")
STEPS(socket_replace, agent_socket, "AE", find_socket, change_place, "fR", 0,
	"another socket, bound beside it and renamed over it")
STEPS(socket_folder_file, agent_socket, "AE", find_socket, change_place, "dF", 0, "a file in its directory")
STEPS(socket_folder_mkdir, agent_socket, "AE", find_socket, change_place, "dD", 0, "a directory in it")
STEPS(socket_folder_symlink, agent_socket, "AE", find_socket, change_place, "dS", 0, "a symbolic link in it")
STEPS(socket_folder_chmod, agent_socket, "AE", find_socket, change_place, "dP", 0,
	"every user may write to the directory")
STEPS(socket_folder_rename, agent_socket, "AE", find_socket, change_place, "dr", 0, "the directory, renamed")
STEPS(socket_folder_cover, agent_socket, "AE", find_socket, change_place, "dc", 0,
	"another file system over the directory")
STEPS(socket_above_cover, agent_socket, "AE", find_socket, change_place, "mc", 0,
	"another file system over what the directory is in")
STEPS(socket_above_move, agent_socket, "AE", find_socket, change_place, "mm", 0,
	"what the directory is in, moved elsewhere")
STEPS(socket_above_umount, agent_socket, "AE", find_socket, change_place, "mT", 0,
	"what the directory is in, unmounted lazily")
STEPS(pin_get, bpf_tamper, "E", find_pin, change_place, "fg", 0, "a descriptor of what is pinned (BPF_OBJ_GET)")
STEPS(pin_chmod, agent_pins, "AE", find_pin, change_place, "fp", 0, "no permissions on a pin")
STEPS(pin_cover, agent_pins, "AE", find_pin, change_place, "dc", 0, "another file system over the pins")
STEPS(pin_move_mount, agent_pins, "AE", find_pin, change_place, "mm", 0, "bpffs moved elsewhere")
STEPS(pin_rename, agent_pins, "AE", find_pin, change_place, "fr", 0, "a pin, renamed")
STEPS(pin_unlink, agent_pins, "AE", find_pin, change_place, "fu", 0, "a pin, removed")
STEPS(pin_rename_folder, agent_pins, "AE", find_pin, change_place, "dr", 0, "the folder, renamed")
STEPS(pin_umount, agent_pins, "AE", find_pin, change_place, "mU", 0, "bpffs, unmounted")
STEPS(pin_umount_detach, agent_pins, "AE", find_pin, change_place, "mU", MNT_DETACH, "bpffs, unmounted lazily")
ROW(prlimit_core, core_signal, "-", set_limit, NULL, RLIMIT_CORE, "RLIMIT_CORE lifted from outside")
ROW(prlimit_memlock, core_signal, "-", set_limit, "as it is", RLIMIT_MEMLOCK, "RLIMIT_MEMLOCK set from outside")
ROW(dump_kill_quit, core_signal, "V", dump, "kp", SIGQUIT, "SIGQUIT by kill")
ROW(dump_tgkill_abort, core_signal, "V", dump, "gp", SIGABRT, "SIGABRT by tgkill to a thread")
ROW(dump_tkill_segv, core_signal, "V", dump, "tp", SIGSEGV, "SIGSEGV by tkill to a thread")
ROW(dump_sigqueue_segv, core_signal, "V", dump, "qp", SIGSEGV, "SIGSEGV by rt_sigqueueinfo")
ROW(dump_tgsigqueue_bus, core_signal, "V", dump, "Qp", SIGBUS, "SIGBUS by rt_tgsigqueueinfo to a thread")
ROW(dump_pidfd_quit, core_signal, "V", dump, "fp", SIGQUIT, "SIGQUIT by pidfd_send_signal")
ROW(dump_kill_sys, core_signal, "V", dump, "kp", SIGSYS, "SIGSYS by kill")
ROW(dump_kill_xcpu, core_signal, "V", dump, "kp", SIGXCPU, "SIGXCPU by kill")
ROW(dump_group_trap, core_signal, "V", dump, "Gp", SIGTRAP, "SIGTRAP to the process group")
ROW(dump_sigio, core_signal, "V", dump, "sp", SIGQUIT, "SIGQUIT by a pipe (F_SETOWN, F_SETSIG, O_ASYNC)")
ROW(dump_late_child, core_signal, "V", dump, "kl", SIGQUIT, "SIGQUIT to a child made after protection")
ROW(core_pattern_pipe, core_pattern, "VM", receive_dump, NULL, 0, "an attacker's program gets the dump")
ROW(code_truncate, mapped_file, "V", truncate_code, NULL, 0, "the mapped file is cut off under the victim")

#undef AGAIN
