/*
 * probe.c - the attack on this process that the node agent must block and report
 * (src/wrapper/checks/proofs/agent_proofs.ts).
 *
 * A decoy process is created, which creates the attacker. The attacker makes many steps, each with its own process
 * name: it attacks the victim or, as a control, itself in one of several ways. Names, ways and targets are random,
 * in a page of secret memory that only these processes share. /proc shows the names, but not the way and target of
 * each; no other process, root included, can read the page. So a correct report proves that the agent saw the
 * system calls. The results are in that page too, so that other processes cannot change them. The decoy traces the
 * attacker, so that no other process can.
 */
#include "attacker.h"
#include "probe_step.h"
#include "tracers.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyz012345"
#define MIN_STEPS 2 /* for each way: on the victim, and as a control */

enum look { LOOK_BEFORE, LOOK_BETWEEN, LOOK_AFTER };

static struct ct_probe *page;
static struct ct_arena *arena;

/* ---- the page -------------------------------------------------------------------------------- */

/* Secret memory if available. The children inherit it, unlike other arenas. */
static int make_page(void)
{
	int32_t fd = ct_arena_fd(CT_SECRETMEM);
	int result;

	if (fd < 0)
		fd = ct_arena_fd(CT_ORDINARY);
	if (fd < 0)
		return fd;
	result = ct_arena_map(fd, sizeof(*page), CT_LOCK_WANTED | CT_FORK_SHARES, &arena);
	if (result < 0)
		return result;
	page = ct_arena_memory(arena);
	return 0;
}

static bool has_enough_steps(uint32_t ways)
{
	int counts[2][CT_WAYS] = { { 0 } };

	for (int i = 0; i < CT_PROBE_STEPS; i++)
		counts[page->steps[i].at_victim][page->steps[i].way]++;
	for (int way = 0; way < CT_WAYS; way++)
		if ((ways & 1u << way) && (counts[0][way] < MIN_STEPS || counts[1][way] < MIN_STEPS))
			return false;
	return true;
}

/* The allowed way that the random number selects. */
static uint32_t choose(uint32_t ways, uint32_t random)
{
	uint32_t left = random % (uint32_t)__builtin_popcount(ways);

	for (uint32_t way = 0;; way++)
		if ((ways & 1u << way) && left-- == 0)
			return way;
}

static int draw(uint32_t ways)
{
	do {
		if (syscall(SYS_getrandom, page->steps, sizeof(page->steps), 0u) != (long)sizeof(page->steps))
			return -1;
		for (int i = 0; i < CT_PROBE_STEPS; i++) {
			struct ct_probe_step *step = &page->steps[i];

			for (int c = 0; c < (int)sizeof(step->name) - 1; c++)
				step->name[c] = LETTERS[(unsigned char)step->name[c] & 31u];
			step->name[sizeof(step->name) - 1] = '\0';
			step->way = choose(ways, step->way);
			step->at_victim &= 1u;
			step->end = CT_PROBE_UNTRIED;
		}
	} while (!has_enough_steps(ways));
	return 0;
}

/* ---- the attacker and its decoy -------------------------------------------------------------- */

static void look_between(pid_t wrapper, pid_t decoy)
{
	int32_t tracer = ct_find_tracer(wrapper);

	if (tracer <= 0) /* hidepid= may hide us from the attacker; ct_probe itself checks before and after */
		tracer = ct_find_tracer(decoy);
	page->tracers[LOOK_BETWEEN] = tracer > 0 ? tracer : 0;
}

static _Noreturn void attack_from(int first, const struct ct_attack *attack, pid_t decoy, pid_t victim)
{
	(void)prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0L, 0L, 0L);
	page->filtered = ct_try_ptrace();
	page->traceme = ct_be_traced_by_parent();
	for (int i = first; i < CT_PROBE_STEPS; i++) {
		page->current = i;
		ct_try_step(&page->steps[i], victim);
		if (i == CT_PROBE_STEPS / 2)
			look_between(attack->victim, decoy);
	}
	page->current = CT_PROBE_STEPS;
	_exit(0);
}

static int end_of_traced(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, (int)__WALL) < 0)
		if (errno != EINTR)
			return 0;
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/* If the attacker is killed in a step, another one continues with the next step. */
static int attack_all(const struct ct_attack *attack, pid_t decoy, pid_t victim)
{
	for (page->current = 0; page->current < CT_PROBE_STEPS; page->current++) {
		pid_t pid = ct_bare_fork(CLONE_UNTRACED);
		int killed;

		if (pid == 0)
			attack_from(page->current, attack, decoy, victim);
		if (pid < 0)
			return 1;
		killed = end_of_traced(pid);
		if (killed == 0)
			return page->current < CT_PROBE_STEPS;
		if (page->current >= CT_PROBE_STEPS)
			return 1;
		page->steps[page->current].end = -killed;
	}
	return 0;
}

static int attack_victim(const struct ct_attack *attack, pid_t victim)
{
	(void)prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0L, 0L, 0L);
	return draw(attack->ways) < 0 || attack_all(attack, getpid(), victim);
}

static int try_on_us(const struct ct_attack *attack, int32_t *ret_answer)
{
	(void)ret_answer;
	return attack_victim(attack, attack->victim);
}

/* Yama's scope 1 only permits ancestors, so the decoy permits every tracer (EINVAL without Yama). */
static int try_on_decoy(const struct ct_attack *attack, int32_t *ret_answer)
{
	(void)ret_answer;
	if (prctl(PR_SET_DUMPABLE, 1L, 0L, 0L, 0L) < 0)
		return 1;
	(void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0L, 0L, 0L);
	return attack_victim(attack, getpid());
}

/* ---- a tracer that our PID namespace does not show ------------------------------------------- */

/*
 * With CLONE_PTRACE a child inherits its creator's tracer, in whatever namespace that is, and a process can have
 * only one tracer. The grandchild tests this, because ct_wait would reap a child that its parent traces.
 */
static int try_to_inherit(const struct ct_attack *attack, int32_t *ret_answer)
{
	pid_t pid = ct_bare_fork(CLONE_PTRACE);

	(void)ret_answer;
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0L, 0L, 0L);
		attack->probe->inherited = ct_be_traced_by_parent();
		_exit(0);
	}
	return pid < 0 || end_of_traced(pid) != 0;
}

static int test_inheritance(int32_t timeout_ms)
{
	struct ct_attack ask = { .flags = CLONE_PTRACE, .probe = page, .run = try_to_inherit };
	int32_t answer[CT_MOST_ANSWERS], killed = 0;
	int result = ct_run_attack(&ask, timeout_ms, answer, &killed);

	/* A child with an inherited tracer is stopped until the tracer continues it. On a busy node it is only late. */
	if (result != -ETIMEDOUT && killed == 0)
		return result;
	page->inherited = killed != 0 ? EPERM : ETIMEDOUT;
	return 0;
}

/* ---------------------------------------------------------------------------------------------- */

int32_t ct_probe(uint32_t ways, uint32_t on_decoy, int32_t timeout_ms, const struct ct_probe **ret_probe)
{
	struct ct_attack attack = { .victim = getpid(), .flags = CLONE_UNTRACED, .ways = ways };
	int32_t answer[CT_MOST_ANSWERS], killed = 0;
	int result = page == NULL ? make_page() : 0;

	if (result < 0)
		return result;
	attack.probe = page;
	attack.run = on_decoy ? try_on_decoy : try_on_us;
	memset(page, 0, sizeof(*page));
	page->tracers[LOOK_BEFORE] = ct_find_tracer(getpid());
	page->listener = ct_seccomp_listener();
	result = test_inheritance(timeout_ms);
	if (result == 0)
		result = ct_run_attack(&attack, timeout_ms, answer, &killed);
	page->tracers[LOOK_AFTER] = ct_find_tracer(getpid());
	if (result < 0)
		return result;
	if (killed != 0)
		return -ECHILD;
	*ret_probe = page;
	return 0;
}
