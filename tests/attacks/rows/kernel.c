/*
 * kernel.c - another kernel, or modules for this one. They load garbage: the error that it is garbage shows that
 * loading is allowed.
 */
#include "../attack.h"

#include <linux/kexec.h>

enum { MODULE_SIZE = 4096 };

/* These errors come after the permission check. */
static int judge_load(long result)
{
	switch (result < 0 ? errno : 0) {
	case 0:
	case ENOEXEC:
	case EINVAL:
	case EBADMSG:
	case ENOKEY:
	case EADDRNOTAVAIL:
		return ALLOWED;
	default:
		return -errno;
	}
}

static int garbage_file(void)
{
	static const char garbage[MODULE_SIZE] = "\177ELF";
	int fd = memfd_create("garbage", MFD_CLOEXEC);

	return fd >= 0 && write(fd, garbage, sizeof(garbage)) > 0 ? fd : -1;
}

/* Without segments it only unloads what was loaded before. */
int load_kernel(struct attack *a)
{
	(void)a;
	return judge_load(syscall(SYS_kexec_load, 0UL, 0UL, NULL, (unsigned long)a->row->number));
}

int load_kernel_file(struct attack *a)
{
	(void)a;
	return judge_load(syscall(SYS_kexec_file_load, garbage_file(), -1, 1UL, "", (unsigned long)KEXEC_FILE_NO_INITRAMFS));
}

int load_module(struct attack *a)
{
	static char garbage[MODULE_SIZE] = "\177ELF";

	(void)a;
	return judge_load(syscall(SYS_init_module, garbage, sizeof(garbage), ""));
}

int load_module_file(struct attack *a)
{
	if (a->row->number == MODULE_COMPRESSED && access("/sys/module/compression", F_OK) < 0)
		return not_here(a, "no compressed modules");
	return judge_load(syscall(SYS_finit_module, garbage_file(), "", (int)a->row->number));
}
