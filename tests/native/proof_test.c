/*
 * proof_test.c - the attacks on this process succeed without protection, fail with it, end in time, and leave no
 * process.
 */
#include "check.h"
#include "filter.h"

#include "attacker.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>

#define OTHER_BYTES (1u << 20)
#define ALL_WAYS (1u << CT_WAY_MEM | 1u << CT_WAY_READV | 1u << CT_WAY_GETFD)

static char ordinary[64] = "ordinary";

static void *secret_memory(struct ct_arena **ret_arena)
{
	int32_t fd = ct_arena_fd(CT_SECRETMEM);

	if (fd < 0)
		lacks("memfd_secret");
	CHECK_EQUAL(ct_arena_map(fd, PAGE, 0, ret_arena), 0);
	return ct_arena_memory(*ret_arena);
}

static void test_read(void)
{
	struct ct_arena *arena;
	const void *secret = secret_memory(&arena);

	CHECK_EQUAL(ct_proof_read(secret, 16), -EFAULT);
	CHECK_EQUAL(ct_proof_read(ordinary, 16), 16);
	CHECK_EQUAL(ct_proof_read(ordinary, 0), 0);
	CHECK_EQUAL(ct_proof_read(NULL, 16), -EFAULT);
	CHECK_EQUAL(ct_arena_close(arena), 0);
}

static void test_read_without_process_vm_readv(void)
{
	static char large[200000];
	char *copy = malloc(sizeof(large));
	struct iovec one = { large, 1 };

	answer_instead(SYS_process_vm_readv, EPERM); /* like default profiles of older container engines */
	CHECK_EQUAL(process_vm_readv(getpid(), &one, 1, &one, 1, 0), -1); /* control */
	memset(large, 'x', sizeof(large));
	large[sizeof(large) - 1] = 'y';
	CHECK_EQUAL(ct_kernel_copy(copy, large, sizeof(large)), sizeof(large));
	CHECK_EQUAL(memcmp(copy, large, sizeof(large)), 0);
	free(copy);
	test_read();
}

static void prove(int dumpable, struct ct_proof_dumpable *ret_proof)
{
	CHECK_EQUAL(prctl(PR_SET_DUMPABLE, (unsigned long)dumpable, 0L, 0L, 0L), 0);
	CHECK_EQUAL(ct_proof_dumpable(5000, ret_proof), 0);
	CHECK_EQUAL(prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L), dumpable); /* unchanged here */
	CHECK_EQUAL(ret_proof->dumpable, dumpable);
	CHECK_EQUAL(ret_proof->open_control, 0);
	CHECK_EQUAL(ret_proof->open_shut, EACCES);
}

static void test_dumpable_as_root(void)
{
	struct ct_proof_dumpable proof;

	prove(0, &proof);
	CHECK_EQUAL(proof.open_us, EACCES);
	if (geteuid() != 0)
		prove(1, &proof); /* as root the missing capabilities alone prevent it */
}

static void without_privilege(void *with)
{
	struct ct_proof_dumpable proof;

	(void)with;
	CHECK(setgid(65532) == 0 && setuid(65532) == 0);
	prove(1, &proof);
	CHECK_EQUAL(proof.open_us, 0);
	prove(0, &proof);
	CHECK_EQUAL(proof.open_us, EACCES);
}

static void test_dumpable_as_a_user(void)
{
	if (geteuid() != 0) {
		puts("  lacks: root, to become another user");
		return;
	}
	CHECK_EQUAL(in_child(without_privilege, NULL), 0);
}

static int ends_at(const struct ct_probe *probe, bool at_victim, int32_t end)
{
	int count = 0;

	for (int i = 0; i < CT_PROBE_STEPS; i++)
		count += probe->steps[i].at_victim == at_victim && probe->steps[i].end == end;
	return count;
}

static const struct ct_probe *attack(bool on_decoy)
{
	const struct ct_probe *probe = NULL;

	CHECK_EQUAL(ct_probe(ALL_WAYS, on_decoy, 5000, &probe), 0);
	CHECK_EQUAL(probe->traceme, 0);
	CHECK_EQUAL(probe->inherited, 0);
	CHECK_EQUAL(probe->listener, 0);
	CHECK_EQUAL(probe->filtered, ESRCH);
	for (int i = 0; i < CT_PROBE_LOOKS; i++)
		CHECK_EQUAL(probe->tracers[i], 0);
	return probe;
}

static void attack_as_user(void *with)
{
	(void)with;
	CHECK(setgid(65532) == 0 && setuid(65532) == 0);
	CHECK_EQUAL(prctl(PR_SET_DUMPABLE, 1L, 0L, 0L, 0L), 0);
	CHECK(ends_at(attack(false), true, 0) > 0);
	CHECK_EQUAL(prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L), 0);
	CHECK_EQUAL(ends_at(attack(false), true, 0), 0);
	/* This process is not dumpable, the decoy is: the kernel alone does not refuse processes of the same uid. */
	CHECK(ends_at(attack(true), true, 0) >= 3 * 2);
	CHECK_EQUAL(ends_at(attack(true), true, EPERM), 0);
	CHECK_EQUAL(prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L), 0);
}

static void test_attack(void)
{
	const struct ct_probe *probe;

	for (int on_decoy = 0; on_decoy <= 1; on_decoy++) {
		probe = attack(on_decoy);
		CHECK_EQUAL(ends_at(probe, true, 0) + ends_at(probe, false, 0), CT_PROBE_STEPS);
	}
	CHECK_EQUAL(ct_probe(ALL_WAYS, 1, 0, &probe), -ETIMEDOUT);
	if (geteuid() == 0)
		CHECK_EQUAL(in_child(attack_as_user, NULL), 0);
}

/* A filter with a listener, like a supervisor's. */
static void with_a_listener(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { 1, &allow };
	const struct ct_probe *probe = NULL;
	long listener;

	CHECK_EQUAL(prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L), 0);
	listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	CHECK(listener >= 0);
	CHECK_EQUAL(ct_probe(ALL_WAYS, 1, 5000, &probe), 0);
	CHECK_EQUAL(probe->listener, EBUSY);
	/* The listener is closed: the kernel removes it. */
	CHECK_EQUAL(close((int)listener), 0);
	CHECK_EQUAL(ct_probe(ALL_WAYS, 1, 5000, &probe), 0);
	CHECK_EQUAL(probe->listener, 0);
}

static void with_a_faked_seccomp(void)
{
	const struct ct_probe *probe = NULL;

	answer_instead(SYS_seccomp, 0);
	CHECK_EQUAL(ct_probe(ALL_WAYS, 1, 5000, &probe), 0);
	CHECK_EQUAL(probe->listener, EPROTO);
}

/* A filter that fails with EINVAL, like a kernel without filters, and returns 0 for PR_GET_SECCOMP. */
static void with_a_forbidden_seccomp(void)
{
	struct sock_filter lines[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { 6, lines };

	CHECK_EQUAL(ct_seccomp_listener(), 0);
	CHECK_EQUAL(prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L), 0);
	CHECK_EQUAL(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
	CHECK_EQUAL(ct_seccomp_listener(), EINVAL);
}

static void attack_with_arena(void *with)
{
	bool lies = *(const bool *)with;
	int64_t wanted = lies ? -ENOTUNIQ : 0;
	struct ct_proof_dumpable proof;
	struct ct_arena *arena;
	const struct ct_probe *probe;

	if (lies)
		answer_instead(SYS_madvise, 0);
	CHECK_EQUAL(ct_arena_map(-1, 3 * PAGE, 0, &arena), 0);
	CHECK_EQUAL(ct_proof_dumpable(5000, &proof), wanted);
	CHECK_EQUAL(ct_probe(ALL_WAYS, 0, 5000, &probe), wanted);
	CHECK_EQUAL(ct_probe(ALL_WAYS, 1, 5000, &probe), wanted);
	/* Without an arena there is nothing to inherit. */
	CHECK_EQUAL(ct_arena_close(arena), 0);
	CHECK_EQUAL(ct_proof_dumpable(5000, &proof), 0);
	CHECK_EQUAL(ct_probe(ALL_WAYS, 0, 5000, &probe), 0);
}

static void test_no_attack_with_inherited_arena(void)
{
	static const bool honest = false, lying = true;

	CHECK_EQUAL(in_child(attack_with_arena, (void *)(uintptr_t)&honest), 0);
	CHECK_EQUAL(in_child(attack_with_arena, (void *)(uintptr_t)&lying), 0);
}

/* Whether something is mapped there. */
static int32_t is_mapped(const void *at)
{
	void *page = (void *)((uintptr_t)at / PAGE * PAGE);

	return madvise(page, PAGE, MADV_NORMAL) == 0;
}

static void expect_mapped(void *at)
{
	if (!is_mapped(at))
		_exit(1);
}

static char *other; /* memory that no attacker needs */

static int look_around(const struct ct_attack *attack, int32_t *ret_answer)
{
	(void)attack;
	ret_answer[0] = is_mapped(other);
	ret_answer[1] = is_mapped(ret_answer);
	ret_answer[2] = is_mapped(ordinary);
	return 0;
}

static void test_children_get_little_memory(void)
{
	const struct ct_attack look = { .flags = CLONE_UNTRACED, .run = look_around };
	int32_t answer[CT_MOST_ANSWERS], killed = 0;
	struct ct_arena *arena;

	/* Read-only neighbours, so that it is a mapping of its own. */
	other = mmap(NULL, OTHER_BYTES + 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	other += PAGE;
	CHECK_EQUAL(mprotect(other, OTHER_BYTES, PROT_READ | PROT_WRITE), 0);
	CHECK_EQUAL(ct_arena_map(-1, PAGE, CT_LOCK_WANTED, &arena), 0);
	CHECK_EQUAL(ct_run_attack(&look, 5000, answer, &killed), 0);
	CHECK_EQUAL(answer[0], SANITIZED);
	CHECK_EQUAL(answer[1], 1);
	CHECK_EQUAL(answer[2], 1);
	/* Nothing has changed here: an ordinary fork inherits that memory, and still no arena. */
	CHECK_EQUAL(in_child(expect_mapped, other), 0);
	CHECK_EQUAL(in_child(expect_mapped, ct_arena_memory(arena)), 1);
	CHECK_EQUAL(munmap(other - PAGE, OTHER_BYTES + 2 * PAGE), 0);
	CHECK_EQUAL(ct_arena_close(arena), 0);
}

static _Atomic bool done;

/* Arenas come and go while processes are forked. */
static void *map_arenas(void *with)
{
	while (!done) {
		struct ct_arena *arenas[100];

		for (int i = 0; i < 100; i++)
			CHECK_EQUAL(ct_arena_map(-1, 3 * PAGE, CT_LOCK_WANTED, &arenas[i]), 0);
		for (int i = 0; i < 100; i++)
			CHECK_EQUAL(ct_arena_close(arenas[i]), 0);
	}
	return with;
}

static void test_no_new_arena_is_inherited(void)
{
	const struct ct_attack look = { .flags = CLONE_UNTRACED, .run = look_around };
	int32_t answer[CT_MOST_ANSWERS], killed = 0;
	pthread_t thread;

	CHECK_EQUAL(pthread_create(&thread, NULL, map_arenas, NULL), 0);
	for (int i = 0; i < 300; i++)
		CHECK_EQUAL(ct_run_attack(&look, 5000, answer, &killed), 0);
	done = true;
	CHECK_EQUAL(pthread_join(thread, NULL), 0);
}

static void test_timeout(void)
{
	struct ct_proof_dumpable proof;
	siginfo_t info;

	/* Three processes take longer than 0 ms. */
	CHECK_EQUAL(ct_proof_dumpable(0, &proof), -ETIMEDOUT);
	CHECK(waitid(P_ALL, 0, &info, WEXITED | WNOHANG | (int)__WALL) < 0 && errno == ECHILD);
	CHECK(fcntl(3, F_GETFD) < 0); /* no pipe is left open */
}

static void test_no_events_from_proofs(void)
{
	struct ct_event event;
	struct ct_proof_dumpable proof;
	const struct ct_probe *probe;

	CHECK_EQUAL(ct_signals_block(), 0);
	CHECK_EQUAL(ct_proof_dumpable(5000, &proof), 0);
	CHECK_EQUAL(ct_probe(ALL_WAYS, 0, 5000, &probe), 0);
	CHECK_EQUAL(ct_wait(0, &event), 0);
	CHECK_EQUAL(event.kind, CT_EVENT_TIMEOUT);
	CHECK_EQUAL(event.orphans, 0);
}

int main(void)
{
	static const struct test tests[] = {
		{ "ct_proof_read reads ordinary memory, not secret memory", test_read },
		{ "ct_proof_read without process_vm_readv", test_read_without_process_vm_readv, forked },
		{ "the dumpable proof, as root", test_dumpable_as_root, forked },
		{ "the dumpable proof, as a user", test_dumpable_as_a_user },
		{ "the attack with and without protection", test_attack },
		{ "seccomp(2) is forbidden", with_a_forbidden_seccomp, forked },
		{ "a seccomp listener is detected", with_a_listener, forked },
		{ "faked success of seccomp(2) is detected", with_a_faked_seccomp, forked },
		{ "a child that has inherited an arena does not attack", test_no_attack_with_inherited_arena },
		{ "children get the memory that they need, and no other", test_children_get_little_memory },
		{ "no arena that is new is inherited", test_no_new_arena_is_inherited },
		{ "a proof ends at its timeout", test_timeout },
		{ "proofs cause neither events nor orphans", test_no_events_from_proofs },
	};

	for (int fd = 3; fd < 64; fd++)
		(void)close(fd);
	return RUN(tests);
}
