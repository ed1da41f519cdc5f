/*
 * application.c - the demo's sample application: it takes a database password
 * from its environment, as most do, and runs until TERM. Without a
 * wrapper it is also the unprotected process that the attacks are tried on first.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(void)
{
	const char *password = getenv("DB_PASSWORD");
	if (password == NULL) {
		(void)fprintf(stderr, "application: DB_PASSWORD is not set\n");
		return 1;
	}
	/* Where Yama forbids it, a control that cannot be attacked would prove nothing. */
	(void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
	(void)printf("application: connected to the database with a password of %zu characters\n",
		     strlen(password));
	(void)fflush(stdout);
	sigset_t ends;
	(void)sigemptyset(&ends);
	(void)sigaddset(&ends, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &ends, NULL);
	int signo = 0;
	(void)sigwait(&ends, &signo);
	return 0;
}
