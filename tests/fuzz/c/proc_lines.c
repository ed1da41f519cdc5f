/*
 * proc_lines.c - files of /proc, read in pieces: lines.c and the filter of smaps.c. What is kept is whole lines of the
 * input, and never behind the end of the buffer.
 */
#include "fuzz.h"

#include "internal.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const uint8_t *left;
static size_t left_length;
static unsigned int piece;

static ssize_t fuzz_read(int fd, void *into, size_t size)
{
	size_t length = 1 + piece++ * 37 % 900;

	(void)fd;
	length = length < size ? length : size;
	length = length < left_length ? length : left_length;
	memcpy(into, left, length);
	left += length;
	left_length -= length;
	return (ssize_t)length;
}

#define open(path, flags) 3
#define close(fd) 0
#define read fuzz_read
#include "lines.c"
#include "smaps.c"
#undef read
#undef close
#undef open

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length)
{
	const struct ct_range range = { 0x10000, 0x3000 };
	size_t size = length > 0 ? input[0] * 8u : 0;
	char *text = malloc(size + 1); /* AddressSanitizer watches its end */
	int64_t used;

	MUST(text != NULL);
	left = input;
	left_length = length;
	piece = (unsigned int)length;
	used = ct_smaps(&range, 1, text, size);
	MUST(used == -ENOSPC || (used >= 0 && (size_t)used <= size));
	for (int64_t at = 0; at < used;) {
		const char *end = memchr(text + at, '\n', (size_t)(used - at));

		MUST(end != NULL);
		MUST(end == text + at || memmem(input, length, text + at, (size_t)(end - (text + at))) != NULL);
		at = end - text + 1;
	}
	free(text);
	return 0;
}
