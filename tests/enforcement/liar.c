/*
 * liar.c - a node agent that enforces nothing and says yes to everything: every process is protected, every
 * attack was seen and blocked. What the wrapper's score must not believe.
 *
 *     liar SOCKET
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char HELLO[] = "{\"op\":\"hello\",\"nonce\":\"%s\",\"protocol\":1,\"version\":\"0.1.0\",\"mode\":\"bpf lsm\","
			    "\"vectors\":41,\"kernel\":{\"release\":\"6.12.117\"}}\n";
static const char PROOF[] = "{\"op\":\"proof\",\"nonce\":\"%s\",\"protected\":true,\"attacks\":[{\"comm\":\"ct0123456789abc\","
			    "\"vector\":\"process_vm_readv\",\"blocked\":true}]}\n";

static void nonce_of(const char *line, char nonce[64])
{
	static const char key[] = "\"nonce\":\"";
	const char *at = strstr(line, key);

	nonce[0] = '\0';
	if (at != NULL)
		(void)sscanf(at + sizeof(key) - 1, "%63[^\"]", nonce);
}

/* In the machine everybody sees the same numbers. */
static int peer_of(int fd)
{
	struct ucred peer = { 0 };
	socklen_t size = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? (int)peer.pid : 0;
}

static void answer(const char *line, FILE *to)
{
	char nonce[64];

	nonce_of(line, nonce);
	if (strstr(line, "\"op\":\"hello\"") != NULL)
		(void)fprintf(to, HELLO, nonce);
	else if (strstr(line, "\"op\":\"proof\"") != NULL)
		(void)fprintf(to, PROOF, nonce);
	else
		(void)fprintf(to, "{\"op\":\"protect\",\"pid\":%d,\"protected\":true}\n", peer_of(fileno(to)));
	(void)fflush(to);
}

static void serve(int fd)
{
	FILE *to = fdopen(fd, "r+");
	char line[4096];

	while (to != NULL && fgets(line, sizeof(line), to) != NULL)
		answer(line, to);
	if (to != NULL)
		(void)fclose(to);
}

int main(int argc, char **argv)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;

	if (argc != 2 || listener < 0)
		return 2;
	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", argv[1]);
	(void)unlink(argv[1]);
	if (bind(listener, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(listener, 16) < 0) {
		perror(argv[1]);
		return 1;
	}
	while ((fd = accept(listener, NULL, NULL)) >= 0)
		if (fork() == 0) {
			serve(fd);
			_exit(0);
		} else
			(void)close(fd);
	return 1;
}
