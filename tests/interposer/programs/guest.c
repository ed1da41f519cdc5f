/*
 * guest.c - an application whose arguments are commands on its environment:
 *
 *   hash NAME           prints a hash of the value, never the value
 *   watch NAME          prints the hash whenever it changes, forever
 *   env | fds | ready   prints the environment; the open descriptors; the pid, and then waits
 *   set NAME=VALUE, unset NAME
 *   exec CALL PROGRAM…  with one of the exec functions
 *   fork|vfork|thread … runs the rest in a child or thread, and exits with its status
 *   small …             the same in a thread with the smallest stack
 *   child NAME          starts itself in a child for `hash NAME`, and continues
 *   spawn|spawnp|respawn|system|popen PROGRAM…  (respawn: with a file action)
 *   chroot DIR, filter  changes the root; adds a seccomp filter that allows everything
 *   untraced            adds a filter that forbids ptrace
 *   wipe NAME           overwrites the value in place
 *   seteuid|setegid ID  changes the effective id only
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int go(char **words);

static void print_hash(const char *name)
{
	const char *value = getenv(name);
	unsigned hash = 2166136261u;

	for (const char *at = value; at && *at; at++)
		hash = (hash ^ (unsigned char)*at) * 16777619u;
	printf("hash %s %s %u\n", name, value ? "is" : "missing", hash);
	fflush(stdout);
}

/* Copies the value like applications do, so that a mixed value would be detected. */
static void watch(const char *name)
{
	unsigned last = 0;

	for (;;) {
		char copy[4096];
		unsigned hash = 2166136261u;

		snprintf(copy, sizeof(copy), "%s", getenv(name));
		for (const char *at = copy; *at; at++)
			hash = (hash ^ (unsigned char)*at) * 16777619u;
		if (hash != last) {
			printf("hash %s is %u\n", name, hash);
			fflush(stdout);
		}
		last = hash;
		usleep(200);
	}
}

static void print_fds(void)
{
	DIR *folder = opendir("/proc/self/fd");
	struct dirent *entry;
	char path[300], target[300];

	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.' || atoi(entry->d_name) == dirfd(folder))
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%s", entry->d_name);
		ssize_t size = readlink(path, target, sizeof(target) - 1);
		target[size > 0 ? size : 0] = '\0';
		printf("fd %s %s\n", entry->d_name, strncmp(target, "pipe", 4) ? target : "pipe");
	}
	closedir(folder);
	fflush(stdout);
}

static int execute(const char *call, char **words)
{
	const char *path = words[0];

	if (!strcmp(call, "execve")) execve(path, words, environ);
	if (!strcmp(call, "execv")) execv(path, words);
	if (!strcmp(call, "execvp")) execvp(path, words);
	if (!strcmp(call, "execvpe")) execvpe(path, words, environ);
	if (!strcmp(call, "execl")) execl(path, path, words[1], words[2], words[3], words[4], (char *)NULL);
	if (!strcmp(call, "execlp")) execlp(path, path, words[1], words[2], words[3], words[4], (char *)NULL);
	if (!strcmp(call, "execle")) execle(path, path, words[1], words[2], words[3], (char *)NULL, environ);
	if (!strcmp(call, "fexecve")) fexecve(open(path, O_RDONLY | O_CLOEXEC), words, environ);
	printf("%s: %s\n", call, strerrorname_np(errno));
	return 99;
}

static int ending(pid_t pid)
{
	int status = 0;

	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void *in_thread(void *words)
{
	exit(go(words));
}

static char *join(char **words)
{
	static char line[4096];

	for (line[0] = '\0'; *words; words++)
		strcat(strcat(line, *words), words[1] ? " " : "");
	return line;
}

static int spawned(const char *call, char **words)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;

	if (!strcmp(call, "spawn"))
		return posix_spawn(&pid, words[0], NULL, NULL, words, environ) ? 98 : ending(pid);
	if (!strcmp(call, "spawnp"))
		return posix_spawnp(&pid, words[0], NULL, NULL, words, environ) ? 98 : ending(pid);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addclose(&actions, 3);
	return posix_spawn(&pid, words[0], &actions, NULL, words, environ) ? 98 : ending(pid);
}

static int piped(char **words)
{
	char line[512];
	FILE *file = popen(join(words), "r");

	while (fgets(line, sizeof(line), file))
		fputs(line, stdout);
	return WEXITSTATUS(pclose(file));
}

static void filter(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { 1, &allow };

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		perror("seccomp");
}

static void refuse_ptrace(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_ptrace, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { 4, code };

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		perror("seccomp");
}

static int in_vfork(char **words)
{
	pid_t pid = vfork();

	if (pid == 0)
		_exit(execute(words[1], words + 2));
	return ending(pid);
}

static char *self;

static void child(char *name)
{
	char *words[] = { self, "hash", name, NULL };
	pid_t pid = fork();

	if (pid == 0) {
		execvp(self, words);
		_exit(99);
	}
	ending(pid);
}

static int go(char **words)
{
	pthread_t thread;
	pid_t pid;

	for (; *words; words++) {
		if (!strcmp(*words, "exec")) return execute(words[1], words + 2);
		if (!strcmp(*words, "vfork")) return in_vfork(words + 1);
		if (strstr(*words, "spawn")) return spawned(*words, words + 1);
		if (!strcmp(*words, "system")) return WEXITSTATUS(system(join(words + 1)));
		if (!strcmp(*words, "popen")) return piped(words + 1);
		if (!strcmp(*words, "exit")) return atoi(words[1]);
		if (!strcmp(*words, "fork")) {
			if ((pid = fork()) == 0)
				return go(words + 1);
			return ending(pid);
		}
		if (!strcmp(*words, "small")) {
			pthread_attr_t small;

			pthread_attr_init(&small);
			if (pthread_attr_setstacksize(&small, 16384))
				return 97;
			pthread_create(&thread, &small, in_thread, words + 1);
			pause();
		}
		if (!strcmp(*words, "thread")) {
			pthread_create(&thread, NULL, in_thread, words + 1);
			pause();
		}
		if (!strcmp(*words, "watch")) watch(*++words);
		if (!strcmp(*words, "child")) child(*++words);
		if (!strcmp(*words, "hash")) print_hash(*++words);
		if (!strcmp(*words, "set")) putenv(*++words);
		if (!strcmp(*words, "unset")) unsetenv(*++words);
		if (!strcmp(*words, "wipe")) { char *value = getenv(*++words); memset(value, 'x', strlen(value)); }
		if (!strcmp(*words, "filter")) filter();
		if (!strcmp(*words, "untraced")) refuse_ptrace();
		if (!strcmp(*words, "seteuid") && seteuid(atoi(*++words))) perror("seteuid");
		if (!strcmp(*words, "setegid") && setegid(atoi(*++words))) perror("setegid");
		if (!strcmp(*words, "fds")) print_fds();
		if (!strcmp(*words, "chroot") && (chroot(*++words) || chdir("/"))) perror("chroot");
		if (!strcmp(*words, "env"))
			for (char **entry = environ; *entry; entry++) puts(*entry);
		if (!strcmp(*words, "ready")) {
			printf("ready %d\n", getpid());
			fflush(stdout);
			for (;;) pause();
		}
		fflush(stdout);
	}
	return 0;
}

int main(int count, char **words)
{
	(void)count;
	self = words[0];
	return go(words + 1);
}
