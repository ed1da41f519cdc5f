/*
 * io.c - bytes between wrapper, fetcher and agent, and to the log. Every call has a time limit: the wrapper must
 * supervise the application and not wait for the reader of a pipe.
 */
#include "internal.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#define RETRY_MS 10

int32_t ct_socket_pair(int32_t ret_fds[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ret_fds) < 0 ? -errno : 0;
}

int32_t ct_close(int32_t fd)
{
	return close(fd) < 0 ? -errno : 0;
}

/* 0: fd is ready or broken (the next call reports that). -ETIMEDOUT, -errno. */
static int await(int fd, short events, int64_t deadline)
{
	struct pollfd one = { fd, events, 0 };
	int ready;

	do
		ready = poll(&one, 1, ct_time_left(deadline));
	while (ready < 0 && errno == EINTR);
	if (ready < 0)
		return -errno;
	return ready == 0 ? -ETIMEDOUT : 0;
}

static bool is_temporary(int error)
{
	return error == EINTR || error == EAGAIN || error == EWOULDBLOCK;
}

static int open_connection(const struct sockaddr_un *to, int64_t deadline)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error;

	if (fd < 0)
		return -errno;
	while (connect(fd, (const struct sockaddr *)to, sizeof(*to)) < 0) {
		error = errno;
		/* EAGAIN: the backlog is full, and poll(2) does not report when it has space (connect(2)). */
		if ((error == EAGAIN || error == EINTR) && ct_time_left(deadline) != 0) {
			(void)poll(NULL, 0, RETRY_MS);
			continue;
		}
		(void)close(fd);
		return error == EAGAIN ? -ETIMEDOUT : -error;
	}
	return fd;
}

int32_t ct_connect(const char *path, int32_t timeout_ms)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t length = strlen(path);

	if (length >= sizeof(to.sun_path))
		return -EINVAL;
	memcpy(to.sun_path, path, length);
	return open_connection(&to, ct_deadline(timeout_ms));
}

int64_t ct_peer_user(int32_t fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ? -errno : (int64_t)peer.uid;
}

int64_t ct_send(int32_t fd, const void *bytes, uint64_t length, int32_t timeout_ms)
{
	int64_t deadline = ct_deadline(timeout_ms);
	uint64_t done = 0;

	while (done < length) {
		ssize_t sent = send(fd, (const char *)bytes + done, length - done, MSG_NOSIGNAL | MSG_DONTWAIT);
		int ready;

		if (sent >= 0) {
			done += (uint64_t)sent;
			continue;
		}
		if (!is_temporary(errno))
			return -errno;
		ready = await(fd, POLLOUT, deadline);
		if (ready < 0)
			return ready;
	}
	return (int64_t)done;
}

int64_t ct_receive(int32_t fd, void *ret_bytes, uint64_t length, int32_t timeout_ms)
{
	int64_t deadline = ct_deadline(timeout_ms);

	for (;;) {
		ssize_t got = recv(fd, ret_bytes, length, MSG_DONTWAIT);
		int ready;

		if (got >= 0)
			return got;
		if (!is_temporary(errno))
			return -errno;
		ready = await(fd, POLLIN, deadline);
		if (ready < 0)
			return ready;
	}
}

/*
 * POLLOUT of a pipe means space for PIPE_BUF bytes, but the application writes to the same pipe and may use the
 * space first. O_NONBLOCK would change the application's descriptor too. So pipes and sockets are written with
 * RWF_NOWAIT (pwritev2(2)) if the kernel supports it. Regular files fail with EAGAIN forever, so not for them.
 */
static ssize_t write_some(int fd, const void *bytes, size_t length, bool nowait)
{
	struct iovec one = { (void *)(uintptr_t)bytes, length };
	ssize_t written;

	if (!nowait)
		return write(fd, bytes, length);
	written = pwritev2(fd, &one, 1, -1, RWF_NOWAIT);
	if (written < 0 && (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL))
		return write(fd, bytes, length);
	return written;
}

int64_t ct_write(int32_t fd, const void *bytes, uint64_t length, int32_t timeout_ms)
{
	int64_t deadline = ct_deadline(timeout_ms);
	uint64_t done = 0;
	struct stat kind;
	bool nowait;

	if (fstat(fd, &kind) < 0)
		return -errno;
	nowait = S_ISFIFO(kind.st_mode) || S_ISSOCK(kind.st_mode);
	while (done < length) {
		uint64_t rest = length - done;
		int ready = await(fd, POLLOUT, deadline);
		ssize_t written;

		if (ready < 0)
			return done > 0 ? (int64_t)done : ready;
		written = write_some(fd, (const char *)bytes + done, rest < PIPE_BUF ? rest : PIPE_BUF, nowait);
		if (written >= 0)
			done += (uint64_t)written;
		else if (!is_temporary(errno))
			return -errno;
		else if (ct_time_left(deadline) == 0)
			return done > 0 ? (int64_t)done : -ETIMEDOUT;
	}
	return (int64_t)done;
}
