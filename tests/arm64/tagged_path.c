/*
 * tagged_path.c - opens PATH, whose address has a tag in its top byte: system calls of arm64 accept it from a process
 * that has asked for that. Exits with the error, 0 for none.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef PR_SET_TAGGED_ADDR_CTRL
#define PR_SET_TAGGED_ADDR_CTRL 55
#define PR_TAGGED_ADDR_ENABLE 1UL
#endif
#define TAG ((uintptr_t)0x5a << 56)

int main(int count, char **arguments)
{
	if (count != 2 || prctl(PR_SET_TAGGED_ADDR_CTRL, PR_TAGGED_ADDR_ENABLE, 0UL, 0UL, 0UL) < 0)
		return 99;
	if (syscall(SYS_openat, AT_FDCWD, (uintptr_t)arguments[1] | TAG, O_RDONLY) >= 0)
		return 0;
	/* What a refused ptrace check becomes for a descriptor's link. */
	return errno == EACCES ? EPERM : errno;
}
