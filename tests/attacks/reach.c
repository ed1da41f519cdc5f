/*
 * reach.c - what the attacks share: paths, reading, and whether the secret was in what they read.
 */
#include "attack.h"

#include <linux/sched.h>

enum { CHUNK = 1 << 16, OVERLAP = DIGEST_MOST };

int not_here(struct attack *a, const char *why)
{
	(void)snprintf(a->outcome->why, sizeof(a->outcome->why), "%s", why);
	return NOT_HERE;
}

int judge(long result)
{
	return result < 0 ? -errno : ALLOWED;
}

int saw(const struct attack *a, const void *bytes, size_t size)
{
	if (!digest_found(bytes, size, a->target.digest, a->target.length))
		return ALLOWED;
	a->outcome->leaked = 1;
	return LEAKED;
}

int saw_file(const struct attack *a, int fd)
{
	static unsigned char buffer[CHUNK + OVERLAP];
	size_t kept = 0, all = 0;

	for (;;) {
		ssize_t got = read(fd, buffer + kept, CHUNK);

		if (got < 0)
			return -errno;
		if (got == 0)
			return all > 0 ? ALLOWED : -ENODATA;
		all += (size_t)got;
		if (saw(a, buffer, kept + (size_t)got) == LEAKED)
			return LEAKED;
		got += (ssize_t)kept;
		kept = got < OVERLAP ? (size_t)got : OVERLAP;
		memmove(buffer, buffer + got - kept, kept);
	}
}

static int saw_by(const struct attack *a, memory_reader *read_at, pid_t pid, int fd, unsigned long long at)
{
	unsigned char bytes[DIGEST_MOST];
	ssize_t got = read_at(pid, fd, at, bytes, a->target.length);

	if (got <= 0)
		return got < 0 ? (int)got : -ENODATA;
	return saw(a, bytes, (size_t)got);
}

int saw_at(const struct attack *a, int fd, unsigned long long offset)
{
	return saw_by(a, read_by_file, 0, fd, offset);
}

int saw_memory(const struct attack *a, pid_t pid, unsigned long long at)
{
	return saw_by(a, read_by_call, pid, -1, at);
}

static int expand_one(const struct attack *a, char sign, char *into, size_t size)
{
	const unsigned long long shared = a->target.shared;

	if (sign == 's')
		return snprintf(into, size, "%llx-%llx", shared, shared + page_size());
	return snprintf(into, size, "%d", sign == 'm' ? a->target.memfd : (int)process_of(a, sign));
}

int expand_path(const struct attack *a, char into[PATH_ROOM])
{
	const char *from = a->row->text, *colon = strstr(from, ":/");
	size_t size = 0;
	char type[16];
	int failed = 0;

	if (colon != NULL) {
		(void)snprintf(type, sizeof(type), "%.*s", (int)(colon - from), from);
		failed = mount_own(type);
		size = (size_t)snprintf(into, PATH_ROOM, OWN_MOUNT);
		from = colon + 1;
	}
	for (; *from != '\0' && *from != '=' && size + 1 < PATH_ROOM; from++) {
		if (*from == '%')
			size += (size_t)expand_one(a, *++from, into + size, PATH_ROOM - size);
		else
			into[size++] = *from;
	}
	into[size < PATH_ROOM ? size : PATH_ROOM - 1] = '\0';
	return failed;
}

int mount_own(const char *type)
{
	if (mkdir(OWN_MOUNT, 0700) < 0 && errno != EEXIST)
		return -errno;
	return mount(type, OWN_MOUNT, type, 0, NULL) < 0 ? -errno : 0;
}

int leave_mounts(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	return 0;
}

int open_by_partner(struct attack *a, attack_step *open)
{
	struct clone_args how = { .flags = CLONE_FILES, .exit_signal = SIGCHLD };
	int next = dup(STDOUT_FILENO), status = 0;
	pid_t partner;

	(void)close(next);
	partner = (pid_t)syscall(SYS_clone3, &how, sizeof(how));
	if (partner < 0)
		return -errno;
	if (partner == 0) {
		a->outcome->result = open(a);
		_exit(0);
	}
	(void)waitpid(partner, &status, 0);
	if (WIFSIGNALED(status))
		a->outcome->killed = WTERMSIG(status);
	if (fcntl(next, F_GETFD) < 0)
		return a->outcome->result < 0 ? a->outcome->result : -EPERM;
	return next;
}

pid_t process_of(const struct attack *a, char kind)
{
	switch (kind) {
	case 't':
		return a->target.tid;
	case 'c':
		return a->target.child;
	case 'l':
		return a->target.late;
	default:
		return a->target.pid;
	}
}
