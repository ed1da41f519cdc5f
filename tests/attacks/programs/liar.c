/*
 * liar.c - node agents that enforce nothing and try to be believed.
 *
 *     liar SOCKET agree               says yes to every request: every process is protected, every attack was blocked
 *     liar SOCKET seize               traces the wrapper from `protect` on, and changes the results of its attackers' calls
 *     liar SOCKET seize-before        the same from the first request on
 *     liar SOCKET poll                reads the attackers' names from /proc, and says "detect only"
 *     liar SOCKET supervise COMMAND   is the seccomp supervisor of COMMAND: refuses its calls in the kernel's place, and
 *                                     gives it secret memory that the liar has too
 *     liar SOCKET supervise-einval    the same, and answers seccomp(2) as a kernel without filters
 *     liar SOCKET supervise-fake      the same, and answers seccomp(2) as if it had succeeded
 *     liar SOCKET supervise-gone      gives secret memory once, and closes the listener
 *
 * Prints "ready", and after SIGTERM how many results it changed.
 */
#include <ctype.h>
#include <dirent.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "../lib/arch.h"
#include "../lib/memory.h"
#include "../lib/proc.h"
#include "../lib/socket.h"
#include "../lib/trace.h"

#define MOST_NAMES 4096
#define OPTIONS (PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACESYSGOOD)

static char names[MOST_NAMES][16];
static int name_count, changed;
static volatile sig_atomic_t over;
static pid_t victim, command;
static int seized, listener = -1;
static char inside[8192]; /* whether a thread, by its number, is in a system call */

static void learn(const char *name)
{
	if (name[0] == '\0')
		return;
	for (int i = 0; i < name_count; i++)
		if (strcmp(names[i], name) == 0)
			return;
	if (name_count < MOST_NAMES)
		(void)snprintf(names[name_count++], sizeof(names[0]), "%s", name);
}

/* ---- the protocol ---------------------------------------------------------------------------- */

static void text_of(const char *line, const char *key, char *into, size_t size)
{
	const char *at = strstr(line, key);
	size_t length = 0;

	if (at != NULL)
		for (at += strlen(key); *at != '"' && *at != '\0' && length + 1 < size; at++)
			into[length++] = *at;
	into[length] = '\0';
}

/* The number that a process has in its innermost namespace. */
static int inner_pid(pid_t pid)
{
	char path[64], line[256];
	int number = pid;
	FILE *status;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
	status = fopen(path, "r");
	while (status != NULL && fgets(line, sizeof(line), status) != NULL)
		if (strncmp(line, "NSpid:", 6) == 0)
			for (char *word = strtok(line + 6, " \t\n"); word != NULL; word = strtok(NULL, " \t\n"))
				number = atoi(word);
	if (status != NULL)
		(void)fclose(status);
	return number;
}

static void answer(int peer, const char *line, const char *mode)
{
	static char text[1 << 17];
	char nonce[80];
	const char *blocked = strcmp(mode, "detect only") == 0 ? "false" : "true";
	int length;

	text_of(line, "\"nonce\":\"", nonce, sizeof(nonce));
	if (strstr(line, "\"op\":\"hello\"") != NULL) {
		length = sprintf(text, "{\"op\":\"hello\",\"nonce\":\"%s\",\"protocol\":1,\"version\":\"0.1.0\",\"mode\":\"%s\",\"vectors\":41}\n",
				 nonce, mode);
	} else if (strstr(line, "\"op\":\"protect\"") != NULL) {
		length = sprintf(text, "{\"op\":\"protect\",\"pid\":%d,\"protected\":true}\n", inner_pid(victim));
	} else {
		length = sprintf(text, "{\"op\":\"proof\",\"nonce\":\"%s\",\"protected\":true,\"attacks\":[", nonce);
		for (int i = name_count > 200 ? name_count - 200 : 0; i < name_count; i++)
			length += sprintf(text + length, "{\"comm\":\"%s\",\"vector\":\"process_vm_readv\",\"blocked\":%s},", names[i],
					  blocked);
		if (text[length - 1] == ',')
			length--;
		length += sprintf(text + length, "]}\n");
	}
	(void)send(peer, text, (size_t)length, MSG_NOSIGNAL);
}

/* ---- a tracer -------------------------------------------------------------------------------- */

static void seize(pid_t pid)
{
	char path[64];
	struct dirent *entry;
	DIR *tasks;

	(void)snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	while (tasks != NULL && (entry = readdir(tasks)) != NULL)
		if (isdigit(entry->d_name[0]))
			(void)ptrace(PTRACE_SEIZE, atoi(entry->d_name), NULL, OPTIONS);
	if (tasks != NULL)
		(void)closedir(tasks);
	seized = 1;
}

static void copy_text(pid_t pid, unsigned long at, char *into, size_t size)
{
	ssize_t got = read_by_call(pid, -1, at, into, size - 1);

	into[got > 0 ? got : 0] = '\0';
}

static void change_call(pid_t pid)
{
	struct user_regs_struct regs;
	char text[64];
	char *mark = &inside[(unsigned)pid % sizeof(inside)];

	if (get_registers(pid, &regs) < 0)
		return;
	*mark = !*mark;
	if (*mark) { /* at its entry */
		if (ARCH_CALL(regs) == SYS_prctl && ARCH_ARGUMENT_0(regs) == PR_SET_NAME) {
			copy_text(pid, ARCH_ARGUMENT_1(regs), text, 16);
			learn(text);
		}
		return;
	}
	if (ARCH_CALL(regs) == SYS_openat)
		copy_text(pid, ARCH_ARGUMENT_1(regs), text, sizeof(text));
	if ((ARCH_CALL(regs) == SYS_openat && strstr(text, "/mem") != NULL) || ARCH_CALL(regs) == SYS_process_vm_readv ||
	    ARCH_CALL(regs) == SYS_pidfd_getfd) {
		ARCH_RESULT(regs) = (unsigned long)-EPERM;
		(void)put_registers(pid, &regs);
		changed++;
	}
}

static int is_thread_of_victim(pid_t pid)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d", victim, pid);
	return access(path, F_OK) == 0;
}

static void serve_tracees(void)
{
	int status;
	pid_t pid;

	while (seized && (pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0) {
		int event = status >> 16, signo = WSTOPSIG(status);

		if (!WIFSTOPPED(status))
			continue;
		if (is_thread_of_victim(pid)) {
			(void)ptrace(PTRACE_CONT, pid, NULL, event != 0 || signo == SIGTRAP ? 0 : signo);
			continue;
		}
		if (signo == (SIGTRAP | 0x80)) {
			change_call(pid);
			signo = 0;
		}
		(void)ptrace(PTRACE_SYSCALL, pid, NULL, event != 0 || signo == SIGTRAP || signo == SIGSTOP ? 0 : signo);
	}
}

/* ---- a reader of names ----------------------------------------------------------------------- */

static void read_names(void)
{
	char path[64], text[32];

	/* The next numbers that the kernel assigns. */
	for (pid_t pid = victim; victim != 0 && pid < victim + 400; pid++) {
		(void)snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		if (get_text(path, text, sizeof(text)) == 0)
			learn(text);
	}
}

/* ---- a supervisor ---------------------------------------------------------------------------- */

static int add_filter(void)
{
	struct sock_filter lines[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 4, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_getfd, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_memfd_secret, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	};
	struct sock_fprog program = { sizeof(lines) / sizeof(lines[0]), lines };

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

static void start_supervised(char **argv)
{
	int line[2], fd = -1;

	if (pipe(line) < 0)
		exit(1);
	command = fork();
	if (command == 0) {
		fd = add_filter();
		(void)!write(line[1], &fd, sizeof(fd));
		(void)usleep(200000); /* until the parent has a copy */
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
		(void)execv(argv[0], argv);
		_exit(127);
	}
	(void)!read(line[0], &fd, sizeof(fd));
	listener = get_fd(open_pidfd(command, 0), fd);
	if (listener < 0)
		exit(2);
}

/* Secret memory that this process has too, in place of what the kernel would have made. */
static void give_secret_memory(unsigned long long id, const char *what)
{
	struct seccomp_notif_addfd give = {
		.id = id, .flags = SECCOMP_ADDFD_FLAG_SEND, .srcfd = (unsigned)syscall(SYS_memfd_secret, 0u),
		.newfd_flags = O_CLOEXEC,
	};

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &give) >= 0)
		changed++;
	if (strcmp(what, "supervise-gone") == 0) {
		(void)close(listener);
		listener = -1;
	}
}

static void judge_call(const struct seccomp_notif *ask, const char *what)
{
	struct seccomp_notif_resp reply = { .id = ask->id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };
	int is_seccomp = ask->data.nr == SYS_seccomp;

	if (ask->data.nr == SYS_memfd_secret) {
		give_secret_memory(ask->id, what);
		return;
	}
	if (is_seccomp && strcmp(what, "supervise-einval") == 0)
		reply = (struct seccomp_notif_resp){ .id = ask->id, .error = -EINVAL };
	if (is_seccomp && strcmp(what, "supervise-fake") == 0)
		reply = (struct seccomp_notif_resp){ .id = ask->id, .val = 9 };
	if (!is_seccomp && victim != 0 && seized) /* attackers come after the registration */
		reply = (struct seccomp_notif_resp){ .id = ask->id, .error = -EPERM };
	changed += !(reply.flags & SECCOMP_USER_NOTIF_FLAG_CONTINUE);
	(void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
}

static void supervise(const char *what)
{
	struct pollfd one = { listener, POLLIN, 0 };
	struct seccomp_notif ask;

	while (listener >= 0 && poll(&one, 1, 0) > 0 && (one.revents & POLLIN)) {
		memset(&ask, 0, sizeof(ask));
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &ask) < 0)
			return;
		judge_call(&ask, what);
	}
}

/* ---------------------------------------------------------------------------------------------- */

static void stop(int signo)
{
	(void)signo;
	over = 1;
}

static void answer_request(int peer, const char *line, const char *what)
{
	victim = peer_of(peer);
	if (!seized && (strcmp(what, "seize-before") == 0 ||
			(strncmp(what, "seize", 5) == 0 && strstr(line, "\"op\":\"protect\"") != NULL)))
		seize(victim);
	if (strncmp(what, "supervise", 9) == 0 && strstr(line, "\"op\":\"protect\"") != NULL)
		seized = 1;
	answer(peer, line, strcmp(what, "poll") == 0 ? "detect only" : "bpf lsm");
}

/* One process for each connection. */
static int agree(int listening)
{
	char line[8192];
	ssize_t got;
	int peer;

	learn("ct0123456789abc");
	(void)signal(SIGCHLD, SIG_IGN);
	while ((peer = accept(listening, NULL, NULL)) >= 0) {
		if (fork() == 0) {
			while ((got = recv(peer, line, sizeof(line) - 1, 0)) > 0) {
				line[got] = '\0';
				answer_request(peer, line, "agree");
			}
			_exit(0);
		}
		(void)close(peer);
	}
	return 1;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[2] : "";
	int listening, peer = -1;
	char line[8192];

	if (argc < 3)
		return 2;
	(void)signal(SIGTERM, strcmp(what, "agree") == 0 ? SIG_DFL : stop);
	(void)unlink(argv[1]);
	listening = listen_at(argv[1]);
	if (listening < 0)
		return 3;
	(void)chmod(argv[1], 0666);
	if (strcmp(what, "agree") == 0)
		return agree(listening);
	(void)fcntl(listening, F_SETFL, O_NONBLOCK);
	if (strncmp(what, "supervise", 9) == 0)
		start_supervised(argv + 3);
	(void)puts("ready");
	(void)fflush(stdout);
	while (!over) {
		ssize_t got;
		int next = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (next >= 0) {
			if (peer >= 0)
				(void)close(peer);
			peer = next;
		}
		got = peer >= 0 ? recv(peer, line, sizeof(line) - 1, MSG_DONTWAIT) : 0;
		if (got > 0) {
			line[got] = '\0';
			answer_request(peer, line, what);
		}
		if (strncmp(what, "supervise", 9) == 0) {
			supervise(what);
			if (!seized && waitpid(command, NULL, WNOHANG) == command)
				break;
		} else if (strcmp(what, "poll") == 0) {
			read_names();
		} else {
			serve_tracees();
		}
		if (strcmp(what, "poll") != 0)
			(void)usleep(200);
	}
	(void)printf("changed %d\n", changed);
	if (command > 0) {
		(void)kill(command, SIGKILL);
		(void)waitpid(command, NULL, 0);
	}
	return 0;
}
