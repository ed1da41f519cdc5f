/*
 * stranger.c - a program in the place of another one. Both loops run until they are killed.
 *
 *     stranger                                exits with 42, which shows that it was executed
 *     stranger swap ONE OTHER PLACE           makes PLACE a link to ONE and to OTHER by turns
 *     stranger replace FOLDER ENDING TARGET   makes each file with that ending a link to TARGET
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void replace(const char *folder, const char *ending, const char *target)
{
	for (;;) {
		DIR *open = opendir(folder);
		struct dirent *entry;

		while ((entry = readdir(open)) != NULL) {
			char name[4096], link[4096];

			if (entry->d_type != DT_REG || strstr(entry->d_name, ending) == NULL)
				continue;
			(void)snprintf(name, sizeof(name), "%s/%s", folder, entry->d_name);
			(void)snprintf(link, sizeof(link), "%s/link", folder);
			(void)!symlink(target, link);
			(void)rename(link, name);
		}
		(void)closedir(open);
	}
}

int main(int argc, char **argv)
{
	char name[4096];

	if (argc == 5 && strcmp(argv[1], "replace") == 0)
		replace(argv[2], argv[3], argv[4]);
	if (argc != 5 || strcmp(argv[1], "swap") != 0)
		return 42;
	(void)snprintf(name, sizeof(name), "%s.next", argv[4]);
	for (unsigned int turn = 0;; turn++) {
		(void)unlink(name); /* rename(2) does nothing when both are one file */
		(void)!link(argv[2 + turn % 2], name);
		(void)rename(name, argv[4]);
	}
}
