/*
 * control.c - the same attacks on a victim of our own that nobody protects: a row that cannot succeed there says
 * nothing anywhere else.
 */
#include "attack.h"

#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { START_MS = 10000, STEP_MS = 5, ROOM = 64 };

static pid_t standing_in;
static char code_file[256];

static _Noreturn void become_victim(const char *out, const char *agent, int traceme)
{
	char self[256] = "", path[300], out_option[300], agent_option[300], code[64], room[ROOM + 1];
	char *argv[] = { path, (char *)"--keep", out_option, code, room, NULL, NULL, NULL };
	int next = 5;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0L, 0L, 0L);
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		_exit(1);
	(void)snprintf(path, sizeof(path), "%s/victim", dirname(self));
	(void)snprintf(out_option, sizeof(out_option), "--out=%s", out);
	(void)snprintf(code, sizeof(code), "--code=%s.code", out);
	(void)snprintf(agent_option, sizeof(agent_option), "--agent=%s", agent == NULL ? "" : agent);
	memset(room, 'x', ROOM);
	room[ROOM] = '\0';
	if (agent != NULL)
		argv[next++] = agent_option;
	if (traceme)
		argv[next] = (char *)"--traceme";
	(void)setsid();
	(void)execv(path, argv);
	_exit(1);
}

/* Nobody knows this secret but the victim: the attacker gets a digest. */
static void make_secret(void)
{
	unsigned char random[20] = { 0 };
	char text[64] = "ct-";
	FILE *from = fopen("/dev/urandom", "r");

	if (from != NULL && fread(random, 1, sizeof(random), from) != sizeof(random))
		memset(random, 0x5a, sizeof(random));
	if (from != NULL)
		(void)fclose(from);
	for (size_t i = 0; i < sizeof(random); i++)
		(void)snprintf(text + 3 + 2 * i, 3, "%02x", random[i]);
	(void)setenv("CT_SECRET", text, 1);
}

pid_t start_victim(struct target *target, const char *agent, int traceme)
{
	char out[40];
	pid_t pid;
	int ready = -ENOENT;

	(void)snprintf(out, sizeof(out), "/tmp/victim.%d", (int)getpid());
	(void)unlink(out);
	(void)fflush(NULL);
	make_secret();
	pid = fork();
	if (pid == 0)
		become_victim(out, agent, traceme);
	(void)unsetenv("CT_SECRET");
	for (int waited = 0; pid > 0 && ready < 0 && waited < START_MS; waited += STEP_MS) {
		moment(STEP_MS);
		ready = read_target(target, pid, out);
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return -1;
	}
	(void)unlink(out);
	if (ready < 0) {
		stop_victim(pid);
		return -1;
	}
	(void)snprintf(code_file, sizeof(code_file), "%s", target->code);
	return pid;
}

void stop_victim(pid_t pid)
{
	if (pid <= 0)
		return;
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	(void)unlink(code_file);
}

static int is_alive(pid_t pid)
{
	return pid > 0 && strchr("SRD", state_of(pid)) != NULL;
}

/* A process that does nothing, in the agent's place. */
static pid_t start_stand_in(void)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0L, 0L, 0L);
	(void)setsid();
	for (;;)
		moment(1000);
}

int control(const struct options *options, const char *name)
{
	struct options own = *options;
	struct outcome outcome;
	struct target target = { 0 };
	pid_t victim = 0;
	char words[128];

	own.is_control = 1;
	own.agent_socket = NULL;
	for (const struct row *row = next_row(NULL); row != NULL; row = next_row(row)) {
		if (name != NULL && strcmp(name, row->name) != 0)
			continue;
		if (row->flags & HITS_MACHINE && !options->disposable) {
			printf("%s %s n/a:needs --disposable\n", row->name, row->vector);
			continue;
		}
		if (!is_alive(victim)) {
			stop_victim(victim);
			victim = start_victim(&target, NULL, 0);
		}
		if (!is_alive(standing_in)) {
			stop_victim(standing_in);
			standing_in = start_stand_in();
		}
		own.agent = own.enforcer = standing_in;
		if (victim <= 0 || run_row(row, &target, &own, &outcome) < 0)
			return 1;
		printf("%s %s %s\n", row->name, row->vector, words_of(&outcome, words, sizeof(words)));
		(void)fflush(stdout);
		if (row->flags & ENDS_VICTIM) {
			stop_victim(victim);
			victim = 0;
		}
	}
	stop_victim(victim);
	stop_victim(standing_in);
	return 0;
}
