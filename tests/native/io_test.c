/*
 * io_test.c - bytes between processes and to the log: complete, with time limits, without SIGPIPE.
 */
#include "check.h"

#include "ct.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define MUCH (4u << 20) /* more than a pipe holds, 1 MiB with pages of 64 KiB */

static char out[MUCH], in[MUCH];

static void read_it_all(int fd)
{
	size_t done = 0;

	while (done < MUCH) {
		int64_t got = ct_receive(fd, in + done, MUCH - done, 5000);

		if (got <= 0)
			_exit(1);
		done += (size_t)got;
	}
	_exit(memcmp(in, out, MUCH) == 0 && ct_receive(fd, in, 1, 5000) == 0 ? 0 : 2);
}

static void test_much_arrives_whole(void)
{
	int32_t ends[2];
	int status = -1;
	pid_t pid;

	for (size_t i = 0; i < MUCH; i++)
		out[i] = (char)(i * 31 >> 3);
	CHECK_EQUAL(ct_socket_pair(ends), 0);
	CHECK_EQUAL(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
	pid = fork();
	if (pid == 0) {
		(void)close(ends[0]);
		read_it_all(ends[1]);
	}
	(void)ct_close(ends[1]);
	CHECK_EQUAL(ct_send(ends[0], out, MUCH, 5000), MUCH);
	CHECK_EQUAL(ct_close(ends[0]), 0);
	(void)waitpid(pid, &status, 0);
	CHECK_EQUAL(status, 0);
}

static void test_nobody_answers(void)
{
	int32_t ends[2];

	CHECK_EQUAL(ct_socket_pair(ends), 0);
	CHECK_EQUAL(ct_receive(ends[0], in, 1, 0), -ETIMEDOUT);
	CHECK_EQUAL(ct_receive(ends[0], in, 1, 20), -ETIMEDOUT);
	CHECK_EQUAL(ct_send(ends[0], out, MUCH, 20), -ETIMEDOUT);
	CHECK_EQUAL(ct_close(ends[1]), 0);
	CHECK_EQUAL(ct_send(ends[0], out, 1, 20), -EPIPE); /* and no SIGPIPE */
	CHECK_EQUAL(ct_close(ends[0]), 0);
	CHECK_EQUAL(ct_close(ends[0]), -EBADF);
	CHECK_EQUAL(ct_send(ends[0], out, 1, 20), -EBADF);
	CHECK_EQUAL(ct_receive(ends[0], in, 1, 20), -EBADF);
}

static void test_full_pipe_does_not_block_the_log(void)
{
	int line[2];
	int64_t room;

	CHECK_EQUAL(pipe(line), 0);
	room = ct_write(line[1], out, MUCH, 20);
	CHECK(room >= 4096 && room < MUCH); /* bytes written before the timeout */
	CHECK_EQUAL(ct_write(line[1], out, 1, 0), -ETIMEDOUT);
	CHECK_EQUAL(fcntl(line[1], F_GETFL) & O_NONBLOCK, 0); /* the flag is the application's too */
	CHECK_EQUAL(read(line[0], in, MUCH), room);
	CHECK(memcmp(in, out, (size_t)room) == 0);
	CHECK_EQUAL(ct_write(line[1], "again", 5, 20), 5);
	(void)close(line[0]);
	CHECK_EQUAL(ct_write(line[1], "x", 1, 20), -EPIPE);
	(void)close(line[1]);
	CHECK_EQUAL(ct_write(line[1], "x", 1, 20), -EBADF);
}

static void test_log_to_a_file_a_socket_and_nothing(void)
{
	int32_t ends[2];
	int fd = memfd_create("log", MFD_CLOEXEC);

	CHECK_EQUAL(ct_write(fd, out, 100000, 20), 100000);
	CHECK_EQUAL(ct_write(fd, "end", 3, 20), 3);
	CHECK_EQUAL(lseek(fd, 0, SEEK_END), 100003);
	CHECK_EQUAL(ct_write(fd, out, 0, 20), 0);
	(void)close(fd);
	CHECK_EQUAL(ct_socket_pair(ends), 0);
	CHECK(ct_write(ends[0], out, MUCH, 20) > 0);
	CHECK_EQUAL(ct_write(ends[0], out, 1, 20), -ETIMEDOUT);
	(void)(close(ends[0]) + close(ends[1]));
	fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	CHECK_EQUAL(ct_write(fd, out, MUCH, 20), MUCH);
	(void)close(fd);
}

static int listen_for_datagrams(const char *path, bool is_abstract)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(at.sun_path + is_abstract, path, strlen(path));
	CHECK_EQUAL(bind(fd, (struct sockaddr *)&at,
			 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) + is_abstract)), 0);
	return fd;
}

static void check_datagrams(int fd, const char *path)
{
	int32_t full;

	CHECK_EQUAL(ct_send_datagram(path, "READY=1", 7, 1000), 0);
	CHECK_EQUAL(ct_send_datagram(path, "STATUS=x", 8, 1000), 0);
	CHECK_EQUAL(recv(fd, in, MUCH, 0), 7); /* one call, one datagram */
	CHECK_EQUAL(recv(fd, in, MUCH, 0), 8);
	CHECK(memcmp(in, "STATUS=x", 8) == 0);
	while ((full = ct_send_datagram(path, "x", 1, 20)) == 0)
		continue;
	CHECK_EQUAL(full, -ETIMEDOUT);
	(void)close(fd);
	CHECK_EQUAL(ct_send_datagram(path, "x", 1, 20), -ECONNREFUSED);
}

static void test_datagrams_by_path_and_by_abstract_name(void)
{
	char folder[] = "/tmp/ct-io-XXXXXX", path[64], name[64], longest[200];

	CHECK(mkdtemp(folder) != NULL);
	(void)snprintf(path, sizeof(path), "%s/notify", folder);
	(void)snprintf(name, sizeof(name), "@%s", folder + 5);
	CHECK_EQUAL(ct_send_datagram(path, "x", 1, 20), -ENOENT);
	CHECK_EQUAL(ct_send_datagram(name, "x", 1, 20), -ECONNREFUSED);
	check_datagrams(listen_for_datagrams(path, false), path);
	check_datagrams(listen_for_datagrams(name + 1, true), name);
	memset(longest, '/', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	CHECK_EQUAL(ct_send_datagram(longest, "x", 1, 20), -EINVAL);
	/* unix(7): 108 bytes, of a path with its NUL, of an abstract name with the one in front. */
	longest[108] = '\0';
	CHECK_EQUAL(ct_send_datagram(longest, "x", 1, 20), -EINVAL);
	longest[0] = '@';
	CHECK_EQUAL(ct_send_datagram(longest, "x", 1, 20), -ECONNREFUSED);
	longest[108] = '/';
	longest[109] = '\0';
	CHECK_EQUAL(ct_send_datagram(longest, "x", 1, 20), -EINVAL);
	CHECK_EQUAL(unlink(path) + rmdir(folder), 0);
}

int main(void)
{
	static const struct test tests[] = {
		{ "a megabyte arrives completely", test_much_arrives_whole },
		{ "no answer is a timeout", test_nobody_answers },
		{ "a full pipe does not block the log", test_full_pipe_does_not_block_the_log },
		{ "datagrams go to paths and abstract names", test_datagrams_by_path_and_by_abstract_name },
		{ "the log goes to files, sockets and closed descriptors", test_log_to_a_file_a_socket_and_nothing },
	};

	(void)signal(SIGPIPE, SIG_IGN); /* as Deno has it */
	return RUN(tests);
}
