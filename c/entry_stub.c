/*
 * entry_stub.c - gives the entry stub libc's fork, with which it starts the first fetcher.
 */
#include "entry_stub.h"

#include <sys/auxv.h>
#include <unistd.h>

__attribute__((constructor)) static void give_fork(void)
{
	pid_t (**into)(void) = (pid_t(**)(void))getauxval(CT_AT_FORK);

	if (into)
		*into = fork;
}
