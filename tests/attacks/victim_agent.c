/*
 * victim_agent.c - what the wrapper says to the agent, for victims that run without a wrapper.
 */
#include "victim_agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER = 512, STATUS_REFUSED = 3 };

void ask_for_protection(const char *path)
{
	static const char request[] = "{\"op\":\"protect\"}\n";
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char answer[ANSWER] = "";
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    write(fd, request, sizeof(request) - 1) < 0 || read(fd, answer, sizeof(answer) - 1) <= 0) {
		perror(path);
		exit(STATUS_REFUSED);
	}
	if (strstr(answer, "\"protected\":true") == NULL) {
		fprintf(stderr, "victim: %s\n", answer);
		exit(STATUS_REFUSED);
	}
	(void)close(fd);
}
