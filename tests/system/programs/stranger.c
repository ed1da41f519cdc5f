/*
 * stranger.c - lies where somebody else's program is expected: it ends with 42, so that whoever started it
 * shows. As `stranger swap ONE OTHER PLACE` it changes what lies there: over and over, until it is killed.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char name[4096];

	if (argc != 5 || strcmp(argv[1], "swap") != 0)
		return 42;
	(void)snprintf(name, sizeof(name), "%s.next", argv[4]);
	for (unsigned int turn = 0;; turn++) {
		(void)unlink(name); /* rename(2) does nothing when both are one file */
		(void)link(argv[2 + turn % 2], name);
		(void)rename(name, argv[4]);
	}
}
