/*
 * datagram.c - one message to a socket that takes datagrams: the service manager's (sd_notify(3)).
 */
#include "internal.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* The size of the address, without a NUL: abstract names have none. -EINVAL: the path is too long. */
static int set_address(struct sockaddr_un *to, const char *path)
{
	size_t length = strlen(path);

	*to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (length > sizeof(to->sun_path) - (path[0] != '@'))
		return -EINVAL;
	memcpy(to->sun_path, path, length);
	if (path[0] == '@')
		to->sun_path[0] = '\0';
	return (int)(offsetof(struct sockaddr_un, sun_path) + length);
}

/* A timeout of the socket, because poll(2) does not report space in the queue of another one. */
static int send_within(int fd, int32_t timeout_ms, const struct msghdr *message)
{
	struct timeval limit = { timeout_ms / 1000, timeout_ms % 1000 * 1000 };
	ssize_t sent;

	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0)
		return -errno;
	do
		sent = sendmsg(fd, message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	return 0;
}

int32_t ct_send_datagram(const char *path, const void *bytes, uint64_t length, int32_t timeout_ms)
{
	struct iovec content = { (void *)(uintptr_t)bytes, length };
	struct sockaddr_un to;
	int result, fd, size = set_address(&to, path);

	if (size < 0)
		return size;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	result = send_within(fd, timeout_ms, &(struct msghdr){
		.msg_name = &to, .msg_namelen = (socklen_t)size, .msg_iov = &content, .msg_iovlen = 1,
	});
	(void)close(fd);
	return result;
}
