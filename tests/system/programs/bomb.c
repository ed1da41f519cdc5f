/*
 * bomb.c - makes processes until there are none to be had, and keeps it so for
 * as many milliseconds as it is told. Exits with 9.
 */
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int main(int argc, char **argv)
{
	long end = now_ms() + (argc > 1 ? atol(argv[1]) : 1000);

	while (now_ms() < end) {
		pid_t pid = fork();

		if (pid == 0) {
			while (now_ms() < end)
				(void)usleep(10000);
			_exit(0);
		}
		if (pid < 0)
			(void)usleep(1000);
	}
	while (wait(NULL) > 0)
		;
	return 9;
}
