/*
 * secret_memory.c - prints the size of a page, whether memory of memfd_secret(2) keeps what is written, and how many
 * bytes of it /proc/self/mem gives.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	const long size = sysconf(_SC_PAGESIZE);
	const int secret = (int)syscall(SYS_memfd_secret, 0), mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	char text[] = "secret", found[sizeof(text)];
	ssize_t other, stolen;
	char *memory;

	if (secret < 0 || ftruncate(secret, size) != 0) {
		perror("memfd_secret");
		return 1;
	}
	memory = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, secret, 0);
	if (memory == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	/* The control: the file gives other memory. */
	other = pread(mem, found, sizeof(found), (off_t)(long)text);
	memcpy(memory, text, sizeof(text));
	stolen = pread(mem, found, sizeof(found), (off_t)(long)memory);
	printf("page=%ld memory=%s other=%zd stolen=%zd\n", size, memory, other, stolen);
	return 0;
}
