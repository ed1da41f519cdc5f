/*
 * ct.h - the whole contract between TypeScript (ffi/) and C.
 *
 * Rules: every function answers >= 0 on success and -errno on failure; outputs are named ret_… and
 * are untouched on failure; nothing prints, exits or allocates on the heap for secrets. All
 * descriptors that are made here are close-on-exec. Linux only, C11.
 */
#ifndef CT_H
#define CT_H

#include <stddef.h>
#include <stdint.h>

#define CT_ABI 2

#define CT_API __attribute__((visibility("default")))

/* ---- image.c: the argument and environment blocks that the kernel made at execve ------------- */

/* Four addresses: arg_start, arg_end, env_start, env_end (proc_pid_stat(5), fields 48-51). */
struct ct_image {
	uint64_t arg_start, arg_end, env_start, env_end;
};

/* 0. -EIO: /proc/self/stat is not readable or not in its known form. */
CT_API int32_t ct_image(struct ct_image *ret_image);

/* 0. Overwrites memory with zero bytes in a way that the compiler cannot drop. NULL with 0 is fine. */
CT_API int32_t ct_wipe(void *at, uint64_t length);

/* 0. The kernel's release from uname(2): procfs may hide it (subset=pid). */
CT_API int32_t ct_kernel_release(char ret_release[65]);

/* CT_ABI of this build, so that a stale library is refused. */
CT_API uint32_t ct_abi(void);

/* ---- arena.c, arena_file.c, blocks.c: memory for secrets ------------------------------------- */

/*
 * An arena is one mapping between two PROT_NONE guard pages. It describes itself: a header, then
 * blocks, each with its length before and a canary behind it. So the two processes that share one
 * (wrapper and fetcher) need to exchange nothing but its size.
 */
struct ct_arena;

#define CT_SECRETMEM 1u /* memfd_secret(2): not in the kernel's direct map */
#define CT_ORDINARY 2u  /* memfd_create(2), only to carry bytes over; then ct_arena_make_private */

/* A descriptor of size 0. -ENOSYS, -EPERM: the kernel or its boot options do not offer it. -EBADFD: the call lied. */
CT_API int32_t ct_arena_fd(uint32_t kind);

#define CT_LOCK_WANTED 1u /* a refused mlock(2) is no error: the caller measures what it got */

/*
 * 0. Maps `bytes` (rounded up to pages) of fd, sizing it when it has no size yet, locks, excludes
 * from dumps and from fork (madvise(2)), and touches every page. ALWAYS closes fd, on failure too: an open
 * descriptor of secret memory can be stolen with pidfd_getfd(2). fd < 0: anonymous memory.
 * -EAGAIN, -ENOMEM, -EPERM: RLIMIT_MEMLOCK. -EINVAL: fd has another size. -EBADFD: fd is another kind of
 * file; it is left alone, and open.
 */
CT_API int32_t ct_arena_map(int32_t fd, uint64_t bytes, uint32_t flags, struct ct_arena **ret_arena);

/* 0. Writes the empty header with a fresh random canary. One of the two sharing processes does it. */
CT_API int32_t ct_arena_format(struct ct_arena *arena);

/* Bytes that an arena for `blocks` blocks of `bytes` in all needs, with all overhead; UINT64_MAX: too many. */
CT_API uint64_t ct_arena_need(uint64_t blocks, uint64_t bytes);

/* Index of a new block of `length` bytes (zeroed). -ENOSPC: full. -EBADMSG: damaged. */
CT_API int32_t ct_arena_add(struct ct_arena *arena, uint64_t length);

/* 0. Where block `index` lies. -ENOENT: no such block. -EBADMSG: damaged. */
CT_API int32_t ct_arena_block(const struct ct_arena *arena, uint32_t index, void **ret_at, uint64_t *ret_length);

/* Number of blocks; walks all of them. -EBADMSG: header, length or canary overwritten. */
CT_API int32_t ct_arena_check(const struct ct_arena *arena);

/* Bounds of the mapping without its guard pages. */
CT_API int32_t ct_arena_bounds(const struct ct_arena *arena, uint64_t *ret_start, uint64_t *ret_bytes);

/*
 * 0. Moves the content of an ordinary shared arena to a new anonymous one; the source is wiped and
 * unmapped. Fails as ct_arena_map does, and the source is then as before.
 */
CT_API int32_t ct_arena_make_private(struct ct_arena *from, struct ct_arena **ret_arena);

/*
 * 1 when a descriptor of this process still refers to the arena's file, else 0; -errno when
 * /proc/self/fd cannot be read. On older kernels (6.12) secretmem files have no number of their own,
 * so any open one that has a size counts.
 */
CT_API int32_t ct_arena_fd_is_open(const struct ct_arena *arena);

/* 0. Unmaps WITHOUT wiping: the content now belongs to the process at the other end. NULL is fine. */
CT_API int32_t ct_arena_detach(struct ct_arena *arena);

/* 0. Wipes and unmaps. NULL is fine. What is still mapped at exit is wiped by the library's destructor. */
CT_API int32_t ct_arena_close(struct ct_arena *arena);

/* ---- harden.c -------------------------------------------------------------------------------- */

#define CT_NO_DUMP 1u      /* PR_SET_DUMPABLE 0, soft core limit 1: no dump to file or pipe */
#define CT_NO_NEW_PRIVS 2u /* PR_SET_NO_NEW_PRIVS */
#define CT_SUBREAPER 4u    /* PR_SET_CHILD_SUBREAPER */

/* 0. -errno of the first that the kernel refuses; the others are then in force or not. */
CT_API int32_t ct_harden(uint32_t flags);

/* ---- trim.c ---------------------------------------------------------------------------------- */

/* 0. Gives back free heap, and text pages that only the start needed. They fault in again when used. */
CT_API int32_t ct_trim(void);

/* ---- process.c, spawn.c, wait.c, deliver.c: start, wait, signal ------------------------------- */

#define CT_OWN_GROUP 1u     /* setpgid(0, 0), and the terminal's foreground when we have it */
#define CT_DIE_WITH_US 2u   /* PR_SET_PDEATHSIG SIGKILL */
#define CT_CLOSE_OTHERS 4u  /* nothing above the passed descriptors is inherited */

struct ct_spawn {
	const char *const *paths;  /* candidates, tried in order as execvp(3) does; NULL-terminated */
	char *const *argv;
	char *const *envp;         /* may point into arenas: execve(2) copies from this address space */
	const int32_t *fds;        /* descriptors that become 3, 4, … in the child */
	uint32_t fd_count;
	uint32_t flags;
	uint64_t nofile_soft;      /* soft RLIMIT_NOFILE of the child; 0: leave (Deno raises its own) */
	const int32_t *handoff_fds; /* handoff and interposer, inherited under these numbers; NULL: nothing is handed over */
	struct ct_arena *handoff;   /* what handoff_fds[0] is; envp is made for it */
};

/*
 * The pid. The child gets default dispositions and an empty signal mask. It is started with
 * CLONE_VM|CLONE_VFORK: arenas are MADV_DONTFORK and nothing is copied. -ENOENT (127), -EACCES
 * (126), -ENOEXEC, -E2BIG … are execve's own. The child is registered: ct_wait reports its end.
 * -EUSERS: too many registered children. -EINVAL: more than 16 descriptors. -EOPNOTSUPP: it cannot take
 * a hand-off over, or be held; one that does not is killed before it begins (await_interposer.c). Call it on a thread
 * that lives as long as the child: PR_SET_PDEATHSIG follows the thread, not the process (prctl(2)).
 */
CT_API int32_t ct_spawn(const struct ct_spawn *what);

/*
 * 0. Registers a child that somebody else of this process started: the entry stub, before there was
 * a shim. -ECHILD: no child of ours, or it has ended. -EUSERS: too many registered children.
 */
CT_API int32_t ct_register_child(int32_t pid);

#define CT_EVENT_SIGNAL 1 /* a signal came; forwarded = 1 when the minded process got it already */
#define CT_EVENT_EXIT 2   /* a registered child ended: it is reaped, pid, code */
#define CT_EVENT_TIMEOUT 3

#define CT_END_UNKNOWN 70 /* somebody else reaped it; EX_SOFTWARE, as src/base/errors.ts */

struct ct_event {
	int32_t kind;
	int32_t signo;
	int32_t forwarded;
	int32_t pid;
	int32_t code;    /* exit status 0-255, or 128 + signal; CT_END_UNKNOWN */
	int32_t signal;  /* the signal that ended it, or 0 */
	uint64_t orphans; /* all orphans reaped so far */
};

/* 0. Blocks every signal but KILL and STOP, for this thread and those it starts. */
CT_API int32_t ct_signals_block(void);

/*
 * 0. Waits for the next signal or registered child's end, at most timeout_ms (< 0: forever). Reaps
 * orphans by itself. Stops this process and its group when its terminal stopped a child that leads a
 * group, unless we are PID 1. One thread only; called as a nonblocking FFI function.
 */
CT_API int32_t ct_wait(int32_t timeout_ms, struct ct_event *ret_event);

/* Orphans reaped so far: ct_wait reaps them without coming back. Any thread. */
CT_API uint64_t ct_orphans(void);

/* 0. From now on ct_wait forwards every signal but SIGCHLD to pid (group 1: to its group). pid 0: to nobody. */
CT_API int32_t ct_forward_to(int32_t pid, int32_t group);

/*
 * 0. Signals a registered child, or its process group (CT_OWN_GROUP only); -ESRCH when it is gone:
 * never a reused pid. A group may outlive its leader. It is then signalled through the leader's
 * pidfd, whose identity survives (PIDFD_SIGNAL_PROCESS_GROUP, Linux 6.9). Older kernels: by number, unless
 * a process has it; the kernel does not give it away as long as the group has a member.
 */
CT_API int32_t ct_kill(int32_t pid, int32_t signo, int32_t group);

/* ---- handoff.c, interposer/target.c: secrets handed over to the application -------------------- */

/*
 * 0. A new hand-off with these `NAME=value` strings in secret memory, mapped here, and its descriptor, for one
 * ct_spawn. With `spare` each may be updated, and grow by so much. `loader`: path of the one that was tried.
 * -EINVAL: no string, or one without name or value. Else it fails as ct_arena_fd and ct_arena_map do.
 */
CT_API int32_t ct_handoff(char *const *entries, uint64_t count, uint32_t spare, const char *loader,
			 struct ct_arena **ret_handoff, int32_t *ret_fd);

/* 0. Replaces a string by its name, whole for every reader. -ENOSPC: it does not fit. -ENOENT: no such, or no spare. */
CT_API int32_t ct_handoff_update(struct ct_arena *handoff, const char *entry);

struct ct_handoff_report {
	uint32_t state;    /* 1: the environment of pid points into the handoff */
	uint32_t expected; /* strings */
	uint32_t adopted;  /* of them */
	uint32_t pid;
	uint32_t executed; /* execve calls of pid since */
	uint32_t verdict;  /* ct_target of the last */
};

/* 0. What the interposer in the application has written. */
CT_API int32_t ct_handoff_report(const struct ct_arena *handoff, struct ct_handoff_report *ret_report);

/* 0. Lets the application go: until then it stands before its first instruction. */
CT_API int32_t ct_handoff_release(struct ct_arena *handoff);

/*
 * 0: this program can take a hand-off over; else enum ct_target of interposer/target.h. The path of its
 * loader, or "".
 */
CT_API int32_t ct_target(const char *path, char ret_loader[256]);

/* ---- program_file.c -------------------------------------------------------------------------- */

/*
 * A descriptor of a file in memory with these bytes, which nobody can change any more. Passed to ct_spawn
 * as descriptor n, /proc/self/fd/n is its path there. -EACCES: vm.memfd_noexec=2 forbids it.
 */
CT_API int32_t ct_program_file(const void *bytes, uint64_t length);

/* ---- io.c ------------------------------------------------------------------------------------ */

/* 0. A connected pair of stream sockets. */
CT_API int32_t ct_socket_pair(int32_t ret_fds[2]);

/* A socket connected to the Unix socket at `path`. -ETIMEDOUT: its queue stays full. -EINVAL: no such path fits. */
CT_API int32_t ct_connect(const char *path, int32_t timeout_ms);

/* The user id that called listen(2) on the other end, as our user namespace numbers it; -errno. */
CT_API int64_t ct_peer_user(int32_t fd);

/* Bytes sent (all of them). -ETIMEDOUT: the peer does not read. -EPIPE: it is gone. No SIGPIPE. */
CT_API int64_t ct_send(int32_t fd, const void *bytes, uint64_t length, int32_t timeout_ms);

/* Bytes received, 0 at the end. -ETIMEDOUT. */
CT_API int64_t ct_receive(int32_t fd, void *ret_bytes, uint64_t length, int32_t timeout_ms);

/*
 * Bytes written: fewer than length, or -ETIMEDOUT when none, if fd does not take them within
 * timeout_ms. Never blocks and never touches O_NONBLOCK, which the application shares. For the log.
 */
CT_API int64_t ct_write(int32_t fd, const void *bytes, uint64_t length, int32_t timeout_ms);

CT_API int32_t ct_close(int32_t fd);

/* ---- proof.c, probe.c, attacker.c: attacks on ourselves ----------------------------------------------- */

/* Of all with a throw-away child. -ENOTUNIQ: it had our arenas (MADV_DONTFORK is not in force) and did nothing. */

/* Bytes read from this process by the kernel (kernel_copy.c), -EFAULT for secret memory. */
CT_API int64_t ct_proof_read(const void *at, uint64_t length);

struct ct_proof_dumpable {
	int32_t dumpable;     /* PR_GET_DUMPABLE */
	int32_t open_us;      /* errno of opening /proc/US/mem, 0 when it opened */
	int32_t open_shut;    /* errno for a non-dumpable child of the attacker */
	int32_t open_control; /* errno for a dumpable child of the attacker: must be 0 */
};

/*
 * 0. A throw-away child without capabilities tries to open the memory of three processes. -ETIMEDOUT;
 * -ECHILD: it was killed; -EIO: it could not try.
 */
CT_API int32_t ct_proof_dumpable(int32_t timeout_ms, struct ct_proof_dumpable *ret_proof);

#define CT_PROBE_STEPS 24
#define CT_PROBE_LOOKS 3
#define CT_PROBE_UNTRIED INT32_MIN

/* The ways of the probe attack, also as bits 1 << way. */
enum ct_probe_way { CT_WAY_MEM, CT_WAY_READV, CT_WAY_GETFD, CT_WAYS };

struct ct_probe_step {
	char name[16];      /* the attacker's comm in this step: 15 random characters, and a NUL */
	uint32_t way;       /* enum ct_probe_way */
	uint32_t at_victim; /* 0: at the attacker itself, which must succeed */
	int32_t end;        /* 0: it succeeded; errno; -signal that killed the attacker; CT_PROBE_UNTRIED */
};

struct ct_probe {
	struct ct_probe_step steps[CT_PROBE_STEPS];
	int32_t tracers[CT_PROBE_LOOKS]; /* before, between, after: pid of a tracer in our PID namespace, 0, or -errno */
	int32_t traceme;   /* errno of the attacker's PTRACE_TRACEME: 0 unless it is traced, or that is forbidden */
	int32_t inherited; /* the same of a child that inherits our tracer, if we have one; ETIMEDOUT: it did not start */
	int32_t filtered;  /* errno of a ptrace(2) on nobody: ESRCH, unless a filter answers */
	int32_t listener;  /* ct_seccomp_listener() before the attack */
	int32_t current;   /* step that is under way */
};

/*
 * 0. A throw-away child attacks this process, or, with on_decoy, its own parent: a short-lived dumpable child
 * of ours without an arena, which any process of our uid may access. Which of `ways` it tries in
 * which step, on whom and under which name, is drawn after it was made, and stands in secret memory only. So
 * who reports it has seen it (agent_proof.ts). The record is good until the next call. One at a time.
 * timeout_ms is for each of the two. -ETIMEDOUT; -ECHILD: the decoy was killed; -EIO: it could not try; or as
 * ct_arena_fd, ct_arena_map.
 */
CT_API int32_t ct_probe(uint32_t ways, uint32_t on_decoy, int32_t timeout_ms, const struct ct_probe **ret_probe);

/* 0. Magic number of the file system (statfs(2)) that the file at `path` lies on, links followed. -errno of open. */
CT_API int32_t ct_file_system(const char *path, uint64_t *ret_magic);

/*
 * 0: no other process answers our system calls. EBUSY: one holds a seccomp listener of ours. EPROTO: seccomp(2)
 * says that it did what it did not. Else the errno of seccomp(2): it cannot be told.
 */
CT_API int32_t ct_seccomp_listener(void);

/* ---- scan.c, search.c ------------------------------------------------------------------------ */

struct ct_pattern {
	const void *at;
	uint64_t length; /* at least 8; of a longer one the first 1,024 bytes are looked for */
};

struct ct_scan {
	uint64_t hits;
	uint64_t bytes;        /* looked at */
	uint64_t first_hit;    /* address, or 0 */
	uint64_t first_pattern; /* its index */
};

/*
 * 0. Looks for the patterns in all resident memory of this process outside arenas that is writable or
 * anonymous. The bytes are taken by the kernel (kernel_copy.c), so a mapping that vanishes meanwhile is no
 * accident. -EINVAL: a pattern is too short, or there are more than a million.
 */
CT_API int32_t ct_scan(const struct ct_pattern *patterns, uint64_t count, struct ct_scan *ret_scan);

/* ---- program.c ------------------------------------------------------------------------------- */

/* 1 when the pattern's bytes stand in our own executable file, else 0; -errno: it cannot be read. Some 100 ms. */
CT_API int32_t ct_program_contains(const struct ct_pattern *pattern);

#endif
