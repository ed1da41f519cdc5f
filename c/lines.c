/*
 * lines.c - reads a file of /proc line by line.
 */
#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Passes whole lines; moves an incomplete line to the front of the buffer. Its length, or -1: no more lines are wanted. */
static ssize_t pass_lines(const struct ct_lines *lines, size_t filled)
{
	char *line = lines->buffer;
	char *end;

	lines->buffer[filled] = '\0';
	while ((end = strchr(line, '\n')) != NULL) {
		*end = '\0';
		if (!lines->take(lines->with, line))
			return -1;
		line = end + 1;
	}
	filled -= (size_t)(line - lines->buffer);
	memmove(lines->buffer, line, filled);
	return (ssize_t)filled;
}

int ct_read_lines(const char *path, const struct ct_lines *lines)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t filled = 0, got;

	if (fd < 0)
		return -errno;
	while ((got = read(fd, lines->buffer + filled, lines->size - 1 - (size_t)filled)) > 0) {
		filled = pass_lines(lines, (size_t)(filled + got));
		if (filled < 0)
			break;
	}
	got = got < 0 ? -errno : 0;
	(void)close(fd);
	return (int)got;
}
