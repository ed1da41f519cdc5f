/*
 * control.c - the same attacks on an unprotected victim. An attack that fails there proves nothing elsewhere.
 */
#include "attack.h"

#include <libgen.h>

enum { START_MS = 10000, STEP_MS = 5, ROOM = 64 };

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

/* A random secret, which only the victim knows. */
static void set_secret(void)
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
	int ready = -ENOENT;
	char out[40];
	pid_t pid;

	(void)snprintf(out, sizeof(out), "/tmp/victim.%d", (int)getpid());
	(void)unlink(out);
	(void)fflush(NULL);
	set_secret();
	pid = fork();
	if (pid == 0)
		become_victim(out, agent, traceme);
	(void)unsetenv("CT_SECRET");
	for (int waited = 0; pid > 0 && ready < 0 && waited < START_MS; waited += STEP_MS) {
		pause_ms(STEP_MS);
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

/* A process that does nothing, in place of the agent and the enforcer. */
static pid_t start_idle(void)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0L, 0L, 0L);
	(void)setsid();
	for (;;)
		pause_ms(1000);
}

/* Attacks one row, and starts victim and idle process again where the last row ended them. */
static int control_row(const struct row *row, struct options *own, pid_t *victim, struct target *target)
{
	struct outcome outcome;
	char text[128];

	if (!is_alive(*victim)) {
		stop_victim(*victim);
		*victim = start_victim(target, NULL, 0);
	}
	if (!is_alive(own->agent)) {
		stop_victim(own->agent);
		own->agent = own->enforcer = start_idle();
	}
	if (*victim <= 0 || run_row(row, target, own, &outcome) < 0)
		return 1;
	printf("%s %s %s\n", row->name, row->vector, result_text(&outcome, text, sizeof(text)));
	(void)fflush(stdout);
	if (has_mark(row, 'V')) {
		stop_victim(*victim);
		*victim = 0;
	}
	return 0;
}

int control(const struct options *options, const char *name)
{
	struct options own = *options;
	struct target target = { 0 };
	pid_t victim = 0;
	int failed = 0;

	own.is_control = 1;
	own.agent_socket = NULL;
	own.agent = own.enforcer = 0;
	for (const struct row *row = table; row->name != NULL && !failed; row++) {
		if (name != NULL && strcmp(name, row->name) != 0)
			continue;
		if (has_mark(row, 'M') && !options->disposable)
			printf("%s %s n/a:needs --disposable\n", row->name, row->vector);
		else
			failed = control_row(row, &own, &victim, &target);
	}
	stop_victim(victim);
	stop_victim(own.agent);
	return failed;
}
