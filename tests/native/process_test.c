/*
 * process_test.c - exits, orphans and signals: each is reported exactly once.
 */
#include "arch.h"
#include "launch.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

static void test_all_exit_codes(void)
{
	char command[32];

	for (int code = 0; code < 256; code++) {
		(void)snprintf(command, sizeof(command), "exit %d", code);
		CHECK_EQUAL(end_of(start(command, 0)), code);
	}
	CHECK(!has_children());
}

static void test_death_by_signal(void)
{
	static const int signals[] = { SIGKILL, SIGTERM, SIGSEGV, SIGHUP, SIGUSR2 };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		int32_t pid = start("exec sleep 100", 0);
		struct ct_event event;

		CHECK_EQUAL(ct_kill(pid, signals[i], 0), 0);
		event = next(10000);
		CHECK_EQUAL(event.kind, CT_EVENT_EXIT);
		CHECK_EQUAL(event.signal, signals[i]);
		CHECK_EQUAL(event.code, 128 + signals[i]);
	}
}

static void test_timeout(void)
{
	CHECK_EQUAL(next(0).kind, CT_EVENT_TIMEOUT);
	CHECK_EQUAL(next(30).kind, CT_EVENT_TIMEOUT);
}

static void test_many_ends_at_once(void)
{
	int32_t pids[60];
	bool seen[60] = { false };

	for (int i = 0; i < 60; i++)
		pids[i] = start("exit 5", 0);
	for (int i = 0; i < 60; i++) {
		struct ct_event event = next(10000);

		CHECK_EQUAL(event.kind, CT_EVENT_EXIT);
		for (int k = 0; k < 60; k++)
			if (pids[k] == event.pid)
				seen[k] = true;
	}
	for (int i = 0; i < 60; i++)
		CHECK(seen[i]);
	CHECK(!has_children());
}

static void test_too_many_children(void)
{
	int32_t pids[65];

	for (int i = 0; i < 65; i++)
		pids[i] = start("exec sleep 100", 0);
	CHECK(pids[63] > 0);
	CHECK_EQUAL(pids[64], -EUSERS);
	for (int i = 0; i < 64; i++)
		CHECK_EQUAL(ct_kill(pids[i], SIGKILL, 0), 0);
	for (int i = 0; i < 64; i++)
		CHECK_EQUAL(next(10000).kind, CT_EVENT_EXIT);
}

/* A child whose children outlive it and end a moment later. */
static void leave_orphans(int count)
{
	if (fork() != 0)
		return;
	for (int i = 0; i < count; i++)
		if (fork() == 0) {
			(void)usleep(20000);
			_exit(0);
		}
	_exit(0);
}

static void test_orphans(void)
{
	uint64_t before = next(0).orphans;
	uint64_t reaped = 0;
	struct timespec start_time, end_time;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start_time);
	leave_orphans(1000);
	for (int i = 0; i < 200 && reaped < 1001; i++)
		reaped = next(100).orphans - before;
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end_time);
	CHECK_EQUAL(reaped, 1001);
	CHECK_EQUAL(ct_orphans() - before, 1001);
	CHECK(!has_children());
	printf("  figure: 1,000 orphans reaped with %ld us of CPU\n",
	       (end_time.tv_sec - start_time.tv_sec) * 1000000 + (end_time.tv_nsec - start_time.tv_nsec) / 1000);
}

static void test_orphans_hide_no_end(void)
{
	int32_t pid = start("exit 3", 0);

	leave_orphans(20);
	(void)usleep(60000); /* it is among the orphans */
	CHECK_EQUAL(end_of(pid), 3);
	while (has_children())
		(void)next(10);
}

static void test_signals_reach_the_supervised_child(void)
{
	int32_t pid = start("trap 'exit 42' TERM; trap 'exit 43' USR1; kill -WINCH $PPID; while :; do sleep 0.01; done", 0);
	struct ct_event event;

	CHECK_EQUAL(ct_forward_to(pid, 0), 0);
	event = next(10000); /* from the child: its traps are set */
	CHECK(event.kind == CT_EVENT_SIGNAL && event.signo == SIGWINCH && event.forwarded == 1);
	CHECK_EQUAL(kill(getpid(), SIGTERM), 0);
	event = next(10000);
	CHECK(event.kind == CT_EVENT_SIGNAL && event.signo == SIGTERM && event.forwarded == 1);
	CHECK_EQUAL(end_of(pid), 42);
	/* After its end. */
	CHECK_EQUAL(kill(getpid(), SIGTERM), 0);
	event = next(1000);
	CHECK(event.kind == CT_EVENT_SIGNAL && event.signo == SIGTERM && event.forwarded == 0);
	CHECK_EQUAL(ct_kill(pid, SIGTERM, 0), -ESRCH);
	CHECK_EQUAL(ct_forward_to(0, 0), 0);
}

static void test_zombies_get_no_signals(void)
{
	int32_t pid = start("exit 5", 0);
	siginfo_t end = { 0 };
	struct ct_event event;

	CHECK_EQUAL(ct_forward_to(pid, 0), 0);
	CHECK_EQUAL(waitid(P_PID, (id_t)pid, &end, WEXITED | WNOWAIT), 0);
	CHECK_EQUAL(ct_kill(pid, SIGUSR1, 0), -ESRCH);
	/* USR1 is pending before CHLD, but the child is reaped first. */
	CHECK_EQUAL(kill(getpid(), SIGUSR1), 0);
	CHECK_EQUAL(end_of(pid), 5);
	event = next(1000);
	CHECK(event.kind == CT_EVENT_SIGNAL && event.signo == SIGUSR1 && event.forwarded == 0);
	CHECK_EQUAL(ct_forward_to(0, 0), 0);
	CHECK_EQUAL(next(20).kind, CT_EVENT_TIMEOUT); /* consumes the remaining SIGCHLD */
}

static bool is_one_of(int signo, const int *list)
{
	while (*list != 0 && *list != signo)
		list++;
	return *list != 0;
}

static void test_no_signal_is_lost(void)
{
	static const int not_ours[] = { SIGKILL, SIGSTOP, SIGCHLD, 32, 33, 0 };
	static const int stopping[] = { SIGTSTP, SIGTTIN, SIGTTOU, 0 };
	uint64_t seen = 0, wanted = 0;

	for (int signo = 1; signo <= 64; signo++) {
		/* SIGCONT discards pending stop signals and vice versa: tested separately below. */
		if (is_one_of(signo, not_ours) || is_one_of(signo, stopping))
			continue;
		CHECK_EQUAL(kill(getpid(), signo), 0);
		wanted |= 1ull << (signo - 1);
	}
	for (struct ct_event event = next(0); event.kind == CT_EVENT_SIGNAL; event = next(0))
		seen |= 1ull << (event.signo - 1);
	CHECK_EQUAL(seen, wanted);
	for (const int *signo = stopping; *signo != 0; signo++) {
		CHECK_EQUAL(kill(getpid(), *signo), 0);
		CHECK_EQUAL(next(0).signo, *signo);
	}
}

static void fault(void *with)
{
	volatile int *nowhere = with;

	*nowhere = 1;
}

/* Not __builtin_trap: arm64 has a breakpoint for it, which is SIGTRAP. */
static void run_no_instruction(void *with)
{
	(void)with;
	__asm__ volatile(NO_INSTRUCTION);
}

static void give_up(void *with)
{
	(void)with;
	abort();
}

static void test_own_faults_end_us(void)
{
	struct rlimit none = { 0, 0 };

	CHECK_EQUAL(setrlimit(RLIMIT_CORE, &none), 0);
	CHECK_EQUAL(in_child(fault, (void *)(uintptr_t)8), 128 + SIGSEGV);
	CHECK_EQUAL(in_child(run_no_instruction, NULL), 128 + SIGILL);
	CHECK_EQUAL(in_child(give_up, NULL), 128 + SIGABRT);
}

static void test_ignored_ends(void)
{
	CHECK(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	CHECK_EQUAL(end_of(start("exit 7", 0)), 7);
}

/* Other code of this process reaps it. */
static void test_reaped_by_other_code(void)
{
	int32_t other = start("exec sleep 100", 0);
	int32_t pid = start("exit 5", 0);

	CHECK_EQUAL(waitpid(pid, NULL, 0), pid);
	CHECK_EQUAL(ct_kill(pid, SIGUSR1, 0), -ESRCH);
	CHECK_EQUAL(end_of(pid), CT_END_UNKNOWN);
	CHECK_EQUAL(ct_kill(other, SIGKILL, 0), 0);
	CHECK_EQUAL(end_of(other), 137);
}

static void test_sigchld_from_another_process(void)
{
	CHECK_EQUAL(kill(getpid(), SIGCHLD), 0);
	CHECK_EQUAL(next(20).kind, CT_EVENT_TIMEOUT);
}

static void test_group_outlives_its_leader(void)
{
	uint64_t before = next(0).orphans;
	int32_t pid = start("sleep 100 & sleep 100 & exit 6", CT_OWN_GROUP);

	CHECK_EQUAL(end_of(pid), 6);
	CHECK_EQUAL(ct_kill(pid, SIGTERM, 0), -ESRCH); /* the leader has ended */
	CHECK_EQUAL(ct_kill(pid, SIGKILL, 1), 0);      /* its group has not */
	for (int i = 0; i < 100 && next(20).orphans < before + 2; i++)
		;
	CHECK_EQUAL(next(0).orphans, before + 2);
	CHECK_EQUAL(ct_kill(pid, SIGKILL, 1), -ESRCH);
	CHECK(!has_children());
}

static int first_free_descriptor(void)
{
	int fd = dup(0);

	(void)close(fd);
	return fd;
}

/* An application that is restarted all day. */
static void test_ended_leaders_keep_no_descriptors(void)
{
	int32_t pid = start("exit 6", CT_OWN_GROUP);
	int before = 0;

	CHECK_EQUAL(end_of(pid), 6);
	before = first_free_descriptor();
	for (int i = 0; i < 10; i++) {
		pid = start("exit 6", CT_OWN_GROUP);
		CHECK_EQUAL(end_of(pid), 6);
		CHECK(first_free_descriptor() <= before + 1);
	}
}

static void test_only_leaders_have_a_group(void)
{
	int32_t pid = start("exec sleep 100", 0);

	CHECK_EQUAL(ct_kill(pid, SIGKILL, 1), -EINVAL); /* it would be our own group */
	CHECK_EQUAL(ct_kill(pid, SIGKILL, 0), 0);
	CHECK_EQUAL(end_of(pid), 137);
	CHECK_EQUAL(ct_kill(1, 0, 0), -ESRCH); /* not a child */
	CHECK_EQUAL(ct_kill(-1, 0, 0), -ESRCH);
	CHECK_EQUAL(ct_kill(0, 0, 0), -ESRCH);
}

static void start_and_wait(void *with)
{
	int32_t pid = start("exec sleep 100", CT_DIE_WITH_US);

	(void)with;
	CHECK(pid > 0);
	CHECK_EQUAL(kill(getpid(), SIGKILL), 0);
}

static void test_dies_with_us(void)
{
	uint64_t before = next(0).orphans;

	CHECK_EQUAL(in_child(start_and_wait, NULL), 137);
	for (int i = 0; i < 100 && next(20).orphans == before; i++)
		;
	CHECK_EQUAL(next(0).orphans, before + 1); /* it became our orphan and ended */
	CHECK(!has_children());
}

int main(void)
{
	static const struct test tests[] = {
		{ "all 256 exit codes", test_all_exit_codes },
		{ "death by signal", test_death_by_signal },
		{ "timeout", test_timeout },
		{ "60 exits at once", test_many_ends_at_once },
		{ "too many children", test_too_many_children },
		{ "1,000 orphans leave no zombie", test_orphans },
		{ "orphans do not hide a child's end", test_orphans_hide_no_end },
		{ "signals reach the supervised child while it lives", test_signals_reach_the_supervised_child },
		{ "a zombie gets no signals", test_zombies_get_no_signals },
		{ "no signal is lost", test_no_signal_is_lost },
		{ "our own faults end us although blocked", test_own_faults_end_us },
		{ "exits are reported although SIGCHLD was ignored", test_ignored_ends, forked },
		{ "a child that other code reaped is reported, and gets no signals", test_reaped_by_other_code },
		{ "a SIGCHLD from another process is not an event", test_sigchld_from_another_process },
		{ "a group can be killed after its leader", test_group_outlives_its_leader },
		{ "leaders that ended keep no descriptors, except the last", test_ended_leaders_keep_no_descriptors },
		{ "only leaders have a group, only children get signals", test_only_leaders_have_a_group },
		{ "a child dies with us", test_dies_with_us },
	};

	if (ct_signals_block() < 0 || ct_harden(CT_SUBREAPER) < 0)
		return 2;
	return RUN(tests);
}
