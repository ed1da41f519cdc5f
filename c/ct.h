/*
 * ct.h - the whole contract between TypeScript (ffi/) and C.
 *
 * Rules: every function returns >= 0 on success and -errno on failure. Outputs are named ret_… and are
 * unchanged on failure. No function prints, exits, or puts secrets on the heap. All new descriptors are
 * close-on-exec. Linux only, C11. Comments start with the result on success, then list errnos.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CT_ABI 3

#define CT_API /* marks a function of ct_table (table.c), the only symbol that the library exports */

/* ---- own_process.c: the argument and environment blocks from execve --------------------------- */

/* Four addresses: arg_start, arg_end, env_start, env_end (proc_pid_stat(5), fields 48-51). */
struct ct_exec_blocks {
	uint64_t arg_start, arg_end, env_start, env_end;
};

/* 0. -EIO: /proc/self/stat cannot be read or parsed. */
CT_API int32_t ct_exec_blocks(struct ct_exec_blocks *ret_blocks);

/* 0. The kernel release from uname(2), because procfs may not show it (subset=pid). */
CT_API int32_t ct_kernel_release(char ret_release[65]);

/* 1 if BPF is an active security module, else 0. -errno of lsm_list_modules(2), which Linux has since 6.8. */
CT_API int32_t ct_has_bpf_lsm(void);

/* ---- arena.c, arena_file.c, blocks.c: memory for secrets ------------------------------------- */

/*
 * An arena is one mapping between two PROT_NONE guard pages. It contains a header, then blocks, each with
 * its length before and a canary after it. Two processes that share an arena (wrapper and fetcher) only
 * need to exchange its size.
 */
struct ct_arena;

#define CT_SECRETMEM 1u /* memfd_secret(2): not in the kernel's direct map */
#define CT_ORDINARY 2u  /* memfd_create(2), only for a transfer; then ct_arena_make_private */

/* A descriptor of an empty file. -ENOSYS, -EPERM: kernel, boot options or seccomp forbid it. -EBADFD: faked success. */
CT_API int32_t ct_arena_fd(uint32_t kind);

#define CT_LOCK_WANTED 1u /* a failed mlock(2) is not an error: the caller checks the result */

/*
 * 0. Maps `bytes` (rounded up to pages) of fd, locks the pages, excludes them from dumps and from fork
 * (madvise(2)), and touches each. Sets the file's size if it is empty. Closes fd, also on failure: another
 * process can steal an open descriptor of secret memory with pidfd_getfd(2). fd < 0: anonymous memory.
 * -EAGAIN, -ENOMEM, -EPERM: RLIMIT_MEMLOCK. -EINVAL: the file has a different size. -EBADFD: fd is not an
 * arena's file; it stays open.
 */
CT_API int32_t ct_arena_map(int32_t fd, uint64_t bytes, uint32_t flags, struct ct_arena **ret_arena);

/* 0. Writes the empty header with a random canary. Only one of two processes that share an arena does this. */
CT_API int32_t ct_arena_format(struct ct_arena *arena);

/* Size of an arena for `blocks` blocks with `bytes` bytes in total, overhead included; UINT64_MAX: too large. */
CT_API uint64_t ct_arena_need(uint64_t blocks, uint64_t bytes);

/* Index of a new, zeroed block of `length` bytes. -ENOSPC: full. -EBADMSG: damaged. */
CT_API int32_t ct_arena_add(struct ct_arena *arena, uint64_t length);

/* 0. Address and length of block `index`. -ENOENT: no such block. -EBADMSG: damaged. */
CT_API int32_t ct_arena_block(const struct ct_arena *arena, uint32_t index, void **ret_at, uint64_t *ret_length);

/* Number of blocks, after verifying all of them. -EBADMSG: header, length or canary overwritten. */
CT_API int32_t ct_arena_check(const struct ct_arena *arena);

/* 0. Bounds of the mapping without its guard pages. */
CT_API int32_t ct_arena_bounds(const struct ct_arena *arena, uint64_t *ret_start, uint64_t *ret_bytes);

/*
 * 0. Moves the content of a shared ordinary arena to a new anonymous one; wipes and unmaps the source.
 * Errors as ct_arena_map; the source is then unchanged.
 */
CT_API int32_t ct_arena_make_private(struct ct_arena *from, struct ct_arena **ret_arena);

/*
 * 1 if a descriptor of this process refers to the arena's file, else 0. -errno: /proc/self/fd cannot be read. On
 * older kernels (6.12) secretmem files have no unique inode numbers, so any open one with a size counts.
 */
CT_API int32_t ct_arena_fd_is_open(const struct ct_arena *arena);

/* 0. Unmaps WITHOUT wiping: the other process owns the content. NULL is allowed. */
CT_API int32_t ct_arena_detach(struct ct_arena *arena);

/* 0. Wipes and unmaps. NULL is allowed. The library's destructor wipes arenas that are mapped at exit. */
CT_API int32_t ct_arena_close(struct ct_arena *arena);

/* ---- harden.c -------------------------------------------------------------------------------- */

#define CT_NO_DUMP 1u      /* PR_SET_DUMPABLE 0, soft core limit 1: no dump to file or pipe */
#define CT_NO_NEW_PRIVS 2u /* PR_SET_NO_NEW_PRIVS */
#define CT_SUBREAPER 4u    /* PR_SET_CHILD_SUBREAPER */

/* 0. -errno of the first failure; options before it are in force. */
CT_API int32_t ct_harden(uint32_t flags);

/* ---- memory.c -------------------------------------------------------------------------------- */

/* 0. Overwrites memory with zeros; the compiler cannot remove the call. NULL with length 0 is allowed. */
CT_API int32_t ct_wipe(void *at, uint64_t length);

/* 0. Returns free heap, text pages and unused stack to the kernel. Text pages fault in again when used. */
CT_API int32_t ct_trim(void);

/* ---- process.c, spawn.c, wait.c, deliver.c: start, wait, signal ------------------------------- */

#define CT_OWN_GROUP 1u     /* setpgid(0, 0), and the terminal's foreground if we have it */
#define CT_DIE_WITH_US 2u   /* PR_SET_PDEATHSIG SIGKILL */
#define CT_CLOSE_OTHERS 4u  /* the child inherits no descriptors above the passed ones */

struct ct_spawn {
	const char *const *paths;  /* candidates, tried in order like execvp(3); NULL-terminated */
	char *const *argv;
	char *const *envp;         /* may point into arenas: execve(2) copies from this address space */
	const int32_t *fds;        /* descriptors that become 3, 4, … in the child */
	uint32_t fd_count;
	uint32_t flags;
	uint64_t nofile_soft;      /* soft RLIMIT_NOFILE of the child; 0: unchanged (Deno raises its own) */
	const int32_t *handoff_fds; /* handoff and interposer, inherited under these numbers; NULL: nothing is handed over */
	struct ct_arena *handoff;   /* what handoff_fds[0] is; envp is made for it */
};

/*
 * The pid. The child gets default signal dispositions and an empty signal mask. It is created with
 * CLONE_VM|CLONE_VFORK: arenas are MADV_DONTFORK, and no memory is copied. The child is registered: ct_wait
 * reports its end. Call it on a thread that lives as long as the child: PR_SET_PDEATHSIG follows the thread,
 * not the process (prctl(2)).
 * -ENOENT, -EACCES, -ENOEXEC, -E2BIG, …: from execve(2). -EUSERS: too many registered children. -EINVAL: more
 * than 16 descriptors. -EOPNOTSUPP: the program cannot receive a hand-off or cannot be traced until it has
 * (await_interposer.c). A program that does not load the interposer is killed before its first instruction.
 */
CT_API int32_t ct_spawn(const struct ct_spawn *what);

/*
 * 0. Registers a child that this process started without ct_spawn: the entry stub does, before the shim is
 * loaded. -ECHILD: not a child of this process, or it has ended. -EUSERS: too many registered children.
 */
CT_API int32_t ct_register_child(int32_t pid);

#define CT_EVENT_SIGNAL 1 /* received a signal: signo, forwarded */
#define CT_EVENT_EXIT 2   /* a registered child ended and was reaped: pid, code, signal */
#define CT_EVENT_TIMEOUT 3

#define CT_END_UNKNOWN 70 /* other code of this process reaped it; EX_SOFTWARE, as in src/base/errors.ts */

struct ct_event {
	int32_t kind;
	int32_t signo;
	int32_t forwarded; /* 1: sent to the process of ct_forward_to */
	int32_t pid;
	int32_t code;    /* exit status 0-255, or 128 + signal; CT_END_UNKNOWN */
	int32_t signal;  /* the signal that ended it, or 0 */
	int32_t dumped;  /* 1: the kernel wrote its core dump */
	uint64_t orphans; /* orphans reaped so far */
};

/* 0. Blocks every signal except KILL and STOP, for this thread and those that it starts. */
CT_API int32_t ct_signals_block(void);

/*
 * 0. Waits for a signal or the end of a registered child, at most timeout_ms (< 0: no limit). Reaps orphans.
 * If the terminal stops a child that leads a group, stops this process and its group too, unless it is PID 1.
 * Call it from one thread only.
 */
CT_API int32_t ct_wait(int32_t timeout_ms, struct ct_event *ret_event);

/* Orphans reaped so far: ct_wait reaps them without returning. Any thread. */
CT_API uint64_t ct_orphans(void);

/* 0. From now on ct_wait forwards every signal except SIGCHLD to pid, or to its group (group 1). pid 0: no forwarding. */
CT_API int32_t ct_forward_to(int32_t pid, int32_t group);

/*
 * 0. Signals a registered child, or its process group (CT_OWN_GROUP only), never a process that reuses the
 * pid. -ESRCH: it no longer exists. A group can outlive its leader: until another leader starts it is signalled
 * through the leader's pidfd (PIDFD_SIGNAL_PROCESS_GROUP, Linux 6.9), or on older kernels by number unless a process
 * has that number. The kernel does not reuse the number while the group has a member.
 */
CT_API int32_t ct_kill(int32_t pid, int32_t signo, int32_t group);

/* ---- handoff.c, interposer/target.c: passing secrets to the application in secret memory ------- */

/*
 * 0. Creates a hand-off: copies `NAME=value` strings to secret memory. Returns its mapping and its descriptor,
 * for one ct_spawn. `spare`: bytes by which each string can grow in an update; 0: no updates. `loader`: path of
 * the loader that passed the trial. -EINVAL: no strings, or one without name or value. Otherwise errors as
 * ct_arena_fd and ct_arena_map.
 */
CT_API int32_t ct_handoff(char *const *entries, uint64_t count, uint32_t spare, const char *loader,
			 struct ct_arena **ret_handoff, int32_t *ret_fd);

/* 0. Replaces the string with the same name, atomically for readers. -ENOSPC: it does not fit. -ENOENT: no such name, or no updates. */
CT_API int32_t ct_handoff_update(struct ct_arena *handoff, const char *entry);

struct ct_handoff_report {
	uint32_t state;    /* 1: the environment of pid points into the hand-off */
	uint32_t expected; /* number of strings */
	uint32_t adopted;  /* strings that the environment points to */
	uint32_t pid;
	uint32_t executed; /* execve calls of pid since */
	uint32_t verdict;  /* enum ct_target of the last one */
};

/* 0. The report of the interposer in the application. */
CT_API int32_t ct_handoff_report(const struct ct_arena *handoff, struct ct_handoff_report *ret_report);

/* 0. Lets the application run: until then it waits before its first instruction. */
CT_API int32_t ct_handoff_release(struct ct_arena *handoff);

/* 0: this program can receive a hand-off; else enum ct_target of interposer/target.h. ret_loader: its loader's path, or "". */
CT_API int32_t ct_target(const char *path, char ret_loader[256]);

/* ---- program_file.c -------------------------------------------------------------------------- */

/*
 * A descriptor of an executable, immutable file in memory with these bytes. If ct_spawn passes it as
 * descriptor n, its path in the child is /proc/self/fd/n. -EACCES: vm.memfd_noexec=2 forbids it.
 */
CT_API int32_t ct_program_file(const void *bytes, uint64_t length);

/* ---- io.c, datagram.c ------------------------------------------------------------------------ */

/* 0. A connected pair of stream sockets. */
CT_API int32_t ct_socket_pair(int32_t ret_fds[2]);

/* A socket connected to the Unix socket at `path`. -ETIMEDOUT: the backlog stays full. -EINVAL: the path is too long. */
CT_API int32_t ct_connect(const char *path, int32_t timeout_ms);

/* User id of the process that called listen(2) on the other end, in our user namespace. */
CT_API int64_t ct_peer_user(int32_t fd);

/* Bytes sent, always all. -ETIMEDOUT: the peer does not read. -EPIPE: the peer closed. No SIGPIPE. */
CT_API int64_t ct_send(int32_t fd, const void *bytes, uint64_t length, int32_t timeout_ms);

/* Bytes received, 0 at the end of the stream. -ETIMEDOUT. */
CT_API int64_t ct_receive(int32_t fd, void *ret_bytes, uint64_t length, int32_t timeout_ms);

/*
 * Bytes written, for the log. Fewer than length if fd accepts no more within timeout_ms. -ETIMEDOUT: none.
 * Does not block longer, and does not change O_NONBLOCK, which the application shares.
 */
CT_API int64_t ct_write(int32_t fd, const void *bytes, uint64_t length, int32_t timeout_ms);

/* 0. Sends a datagram to the Unix socket at `path`, or the abstract one if it begins with @. Errors as ct_connect and sendto(2). */
CT_API int32_t ct_send_datagram(const char *path, const void *bytes, uint64_t length, int32_t timeout_ms);

CT_API int32_t ct_close(int32_t fd);

/* ---- proof.c, probe.c, attacker.c: attacks on this process -------------------------------------- */

/* All functions with a short-lived child: -ENOTUNIQ: it inherited our arenas (no MADV_DONTFORK) and did nothing. */

/* Bytes that the kernel copied from this process (kernel_copy.c). -EFAULT: secret memory. */
CT_API int64_t ct_proof_read(const void *at, uint64_t length);

struct ct_proof_dumpable {
	int32_t dumpable;     /* PR_GET_DUMPABLE */
	int32_t open_us;      /* errno of opening our /proc/PID/mem, 0: success */
	int32_t open_shut;    /* the same for a non-dumpable child of the attacker */
	int32_t open_control; /* the same for a dumpable child of the attacker: must be 0 */
};

/*
 * 0. A short-lived child without capabilities tries to open the memory of three processes. -ETIMEDOUT.
 * -ECHILD: it was killed. -EIO: it could not try.
 */
CT_API int32_t ct_proof_dumpable(int32_t timeout_ms, struct ct_proof_dumpable *ret_proof);

#define CT_PROBE_STEPS 24
#define CT_PROBE_LOOKS 3
#define CT_PROBE_UNTRIED INT32_MIN

/* The ways of the probe attack. As a set: bits 1 << way. */
enum ct_probe_way { CT_WAY_MEM, CT_WAY_READV, CT_WAY_GETFD, CT_WAYS };

struct ct_probe_step {
	char name[16];      /* the attacker's comm during the step: 15 random characters and a NUL */
	uint32_t way;       /* enum ct_probe_way */
	uint32_t at_victim; /* 0: a control, on the attacker itself, which must succeed */
	int32_t end;        /* 0: success; errno; -signal that killed the attacker; CT_PROBE_UNTRIED */
};

struct ct_probe {
	struct ct_probe_step steps[CT_PROBE_STEPS];
	int32_t tracers[CT_PROBE_LOOKS]; /* before, during, after: pid of a tracer in our PID namespace, 0, or -errno */
	int32_t traceme;   /* errno of the attacker's PTRACE_TRACEME: 0 unless it is traced or ptrace is forbidden */
	int32_t inherited; /* the same for a child that inherits our tracer, if any; ETIMEDOUT: it did not start */
	int32_t filtered;  /* errno of ptrace(2) for a pid that does not exist: ESRCH, unless a filter answers */
	int32_t listener;  /* ct_seccomp_listener() before the attack */
	int32_t current;   /* index of the current step */
};

/*
 * 0. A short-lived child attacks this process or, with on_decoy, its own parent: the decoy process, a
 * short-lived dumpable child without arenas, which any process of our uid can access. The way, target
 * and name of each step are random and exist in secret memory only: an agent that reports them has seen the
 * attack (src/wrapper/checks/agent/probe_attack.ts). The record is valid until the next call. One call at a
 * time. timeout_ms applies to each of the two children. -ETIMEDOUT. -ECHILD: the decoy was killed. -EIO: it
 * could not try. Otherwise errors as ct_arena_fd and ct_arena_map.
 */
CT_API int32_t ct_probe(uint32_t ways, uint32_t on_decoy, int32_t timeout_ms, const struct ct_probe **ret_probe);

/* 0. Magic number (statfs(2)) of the file system of `path`, links followed. -errno of open(2). */
CT_API int32_t ct_file_system(const char *path, uint64_t *ret_magic);

/*
 * 0: no other process can answer our system calls. EBUSY: a process holds a seccomp listener of this process.
 * EPROTO: seccomp(2) reported success without effect. ETIMEDOUT: an earlier call has not ended. Otherwise the errno of
 * seccomp(2): unknown.
 */
CT_API int32_t ct_seccomp_listener(void);

/* ---- scan.c, search.c ------------------------------------------------------------------------ */

struct ct_pattern {
	const void *at;
	uint64_t length; /* at least 8; only the first 1,024 bytes are compared */
};

struct ct_scan {
	uint64_t hits;
	uint64_t bytes;        /* searched */
	uint64_t first_hit;    /* address, or 0 */
	uint64_t first_pattern; /* its index */
};

/*
 * 0. Searches for the patterns in all resident memory of this process outside arenas that is writable or
 * anonymous. A short-lived process that shares the memory does it, so that a mapping that disappears meanwhile does
 * not crash this one. -EFAULT: it was killed. -ETIMEDOUT: that of an earlier call has not ended; it is killed now.
 * -EINVAL: a pattern is too short, or there are more than a million.
 */
CT_API int32_t ct_scan(const struct ct_pattern *patterns, uint64_t count, struct ct_scan *ret_scan);

/* ---- smaps.c --------------------------------------------------------------------------------- */

struct ct_range {
	uint64_t from;
	uint64_t length;
};

/*
 * Bytes of text: the entries of /proc/self/smaps of all mappings that overlap one of the ranges, and, as a control,
 * that of a resident page of ordinary memory. -ENOSPC: size is too small. -errno: it cannot be read.
 */
CT_API int64_t ct_smaps(const struct ct_range *ranges, uint64_t count, char *ret_text, uint64_t size);

/* ---- file_search.c --------------------------------------------------------------------------- */

#define CT_NO_PLACE UINT64_MAX

/*
 * Bytes searched. Finds the patterns in a range of the file at `path`, which may end earlier. The caller fills
 * ret_places with CT_NO_PLACE; the call replaces each by the offset in the file of the pattern's first copy.
 * -EINVAL: a pattern is too short, or the range too large. Otherwise the errno of open(2) or read(2).
 */
CT_API int64_t ct_file_search(const char *path, const struct ct_range *range, const struct ct_pattern *patterns,
			      uint64_t count, uint64_t *ret_places);

/* ---- program.c ------------------------------------------------------------------------------- */

/* 1 if our own executable file contains the pattern, else 0. -errno: it cannot be read. Takes about 100 ms. */
CT_API int32_t ct_program_contains(const struct ct_pattern *pattern);
