/*
 * main.c - the enforcer: loads and proves the BPF programs, protects the processes that ask for it, and reports to the
 * agent on descriptor 3. It ends with the agent; pinned programs stay in force.
 *
 *     connections/ to wrappers: accept, identify, read requests, answer
 *     node_files/  the installed executable, the exported mount, the socket's directory
 *     processes/   protected processes: maps, events, descendants, code files
 *     programs/    BPF objects: kernel support, load, attach, pin
 *     start/       backends, generations, self-test
 *     wire/        messages to and from the agent
 *     ../bpf/      the BPF programs
 *
 * Exit status, as EXIT in src/base/errors.ts: 0; 64: an invalid command line, or command of the agent; 71: the kernel or
 * missing privileges.
 */
#include "enforcer/connections/listener.h"
#include "enforcer/node_files/export.h"
#include "enforcer/node_files/install.h"
#include "enforcer/programs/diagnostics.h"
#include "enforcer/wire/message_encoder.h"
#include "enforcer/wire/wire.h"
#include "options.h"
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define AGENT_FD 3
#define NAME "ct-enforcer" /* of the process: at most 15 bytes */
#define EXIT_KERNEL 71
#define EXIT_USAGE 64
#define REMEDY_USAGE "start it through cloudtaser-wrapper agent; see c/enforcer/options.c"
#define FLUSH_TIMEOUT_MS 2000

/* Static because it is large. */
static struct enforce_report report;
static int agent = AGENT_FD;

/* Sends the queue if the agent reads. */
static void flush_wire(void)
{
	struct pollfd one = { .fd = agent, .events = POLLOUT };

	while (wire_has_output() && poll(&one, 1, FLUSH_TIMEOUT_MS) > 0)
		if (wire_flush() < 0)
			return;
}

static int fail(int status, const char *reason, const char *remedy)
{
	send_fatal(reason, remedy);
	flush_wire();
	return status;
}

static int fail_with_report(void)
{
	return fail(EXIT_KERNEL, report.reason, report.remedy);
}

static int remove_pins(const struct options *options)
{
	struct export export;
	int result = enforce_remove(&options->enforce, &report);

	/* A node with the lock keeps its export. Without pins there may still be one. */
	if ((result == 0 || result == -ENOENT) && export_remove(options->socket, &export) < 0)
		diagnostics_note(&report, "%.200s: %.100s", export.reason, export.remedy);
	if (result < 0)
		return fail_with_report();
	send_removed(&report);
	flush_wire();
	return 0;
}

static int make_export(const struct options *options)
{
	struct export export;

	if (export_make(options->socket, &export) < 0)
		return fail(EXIT_KERNEL, export.reason, export.remedy);
	send_exported(&export);
	flush_wire();
	return 0;
}

static int check_node(const struct options *options)
{
	if (enforce_start(&options->enforce, &report) < 0)
		return fail_with_report();
	send_ready(&report);
	enforce_stop();
	flush_wire();
	return 0;
}

static int fail_without_socket(const char *path, const char *why, int result)
{
	char reason[256];

	(void)snprintf(reason, sizeof(reason), "%s: %s (%s)", path, why, strerror(-result));
	if (result == -EACCES)
		return fail(EXIT_KERNEL, reason, "run the agent as root");
	return fail(EXIT_KERNEL, reason, "set --socket to another path");
}

static int run_service(const struct options *options)
{
	const char *why;
	int listener, status = 0, result = listener_prepare(options->socket, &why);

	if (result < 0)
		return fail_without_socket(options->socket, why, result);
	if (enforce_start(&options->enforce, &report) < 0)
		return fail_with_report();
	listener = listener_open(options->socket, &why);
	if (listener < 0) {
		enforce_stop();
		return fail_without_socket(options->socket, why, listener);
	}
	send_ready(&report);
	why = serve(agent, listener);
	if (why != NULL)
		status = fail(EXIT_USAGE, why, "use agent and enforcer from one build");
	listener_remove();
	enforce_stop();
	flush_wire();
	return status;
}

static int perform(struct options *options, char *const *arguments)
{
	const char *trouble = peer_trouble();
	int result;

	if (options->task == TASK_EXPORT) /* concerns mounts, not processes */
		return make_export(options);
	if (trouble != NULL)
		return fail(EXIT_KERNEL, trouble, "run it in the host's PID namespace with its /proc (hostPID: true)");
	switch (options->task) {
	case TASK_REMOVE:
		return remove_pins(options);
	case TASK_CHECK:
		return check_node(options);
	case TASK_EXPORT:
	case TASK_SERVE:
		break;
	}
	options->enforce.agent = agent == AGENT_FD ? getppid() : 0;
	if (options->enforce.lock) {
		options->enforce.socket = options->socket;
		result = install_self(options->socket, options->installed, arguments, &options->enforce.executable);
		if (result < 0)
			return fail(EXIT_KERNEL, install_error(), result == -EPERM ?
				    "the lock needs CAP_SYS_ADMIN for a private mount" :
				    "put the socket in a directory on tmpfs, which the lock needs");
	}
	return run_service(options);
}

int main(int argc, char **argv)
{
	struct options options;
	const char *mistake = options_read(argc > 0 ? argv + 1 : argv, &options);
	char reason[256];

	(void)signal(SIGPIPE, SIG_IGN);
	(void)prctl(PR_SET_NAME, NAME, 0L, 0L, 0L); /* execve of a descriptor sets the descriptor's number as name */
	if (fcntl(AGENT_FD, F_GETFD) < 0) {
		agent = STDOUT_FILENO;
	} else {
		(void)fcntl(AGENT_FD, F_SETFD, FD_CLOEXEC);
		/* The program file, and any inherited descriptors. */
		(void)close_range(AGENT_FD + 1, ~0u, 0);
	}
	wire_init(agent);
	if (mistake != NULL) {
		(void)snprintf(reason, sizeof(reason), "unknown argument %s", mistake);
		return fail(EXIT_USAGE, reason, REMEDY_USAGE);
	}
	if (agent != AGENT_FD && options.task == TASK_SERVE)
		return fail(EXIT_USAGE, "descriptor 3 is missing", REMEDY_USAGE);
	return perform(&options, argv);
}
