/*
 * kernel.c - another kernel, more of this kernel, and its switches. What is loaded is garbage: that it is found to be
 * garbage says that loading is allowed.
 */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MODULE_INIT_COMPRESSED_FILE
#define MODULE_INIT_COMPRESSED_FILE 4
#endif

enum { MODULE_SIZE = 4096 };

/* Errors that come after the question whether we may. */
static int judge(long result)
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

/* Not on a file system: a memfd is as good as any. */
static int garbage_file(void)
{
	static const char garbage[MODULE_SIZE] = "\177ELF";
	int fd = memfd_create("garbage", MFD_CLOEXEC);

	return fd >= 0 && write(fd, garbage, sizeof(garbage)) > 0 ? fd : -1;
}

/* No segments: what was loaded before would be gone, nothing else. */
static int load_kernel(struct attack *a)
{
	(void)a;
	return judge(syscall(SYS_kexec_load, 0UL, 0UL, NULL, (unsigned long)a->row->number));
}

static int load_kernel_file(struct attack *a)
{
	(void)a;
	return judge(syscall(SYS_kexec_file_load, garbage_file(), -1, 1UL, "", (unsigned long)KEXEC_FILE_NO_INITRAMFS));
}

static int load_module(struct attack *a)
{
	static char garbage[MODULE_SIZE] = "\177ELF";

	(void)a;
	return judge(syscall(SYS_init_module, garbage, sizeof(garbage), ""));
}

static int load_module_file(struct attack *a)
{
	if (a->row->number == MODULE_INIT_COMPRESSED_FILE && access("/sys/module/compression", F_OK) < 0)
		return not_here(a, "no compressed modules");
	return judge(syscall(SYS_finit_module, garbage_file(), "", (int)a->row->number));
}

/* What it says, written again. text: the path, below the row's own procfs where number says so. */
static int write_again(struct attack *a)
{
	char path[96], value[64];
	int failed = a->row->number ? mount_own("proc") : 0;

	if (failed < 0)
		return failed;
	(void)snprintf(path, sizeof(path), "%s%s", a->row->number ? OWN_MOUNT : "", a->row->text);
	failed = get_text(path, value, sizeof(value));
	if (failed == 0)
		failed = put_text(path, value);
	return failed < 0 && failed != -EINVAL ? failed : ALLOWED; /* some take no value that they begin with */
}

/* The same pattern again. */
static int set_pattern(struct attack *a)
{
	const char *path = a->row->number ? OWN_MOUNT "/sys/kernel/core_pattern" : "/proc/sys/kernel/core_pattern";
	int failed = a->row->number ? mount_own("proc") : 0;
	char pattern[256];

	if (failed < 0)
		return failed;
	failed = get_text(path, pattern, sizeof(pattern));
	if (failed == 0)
		failed = put_text(path, pattern);
	return failed < 0 ? failed : ALLOWED;
}

static int open_for_writing(struct attack *a)
{
	int fd = open_path(a->row->text, (int)a->row->number);

	return fd < 0 ? fd : ALLOWED;
}

/* Which way: asked first whether there may be any. Nobody hibernates while memory is in memfd_secret. */
static int choose_hibernation(struct attack *a)
{
	int failed = put_text("/sys/power/disk", a->row->text);

	return failed < 0 ? failed : ALLOWED;
}

static int crash(struct attack *a)
{
	int failed = put_text("/proc/sysrq-trigger", a->row->text);

	return failed < 0 ? failed : ALLOWED;
}

static int crash_by_relative_path(struct attack *a)
{
	int failed = mount_own("proc");

	if (failed == 0 && chdir(OWN_MOUNT) < 0)
		failed = -errno;
	if (failed == 0)
		failed = put_text("sysrq-trigger", a->row->text);
	return failed < 0 ? failed : ALLOWED;
}

#define PANIC(id, path) \
	{ .name = id, .vector = "panic_switch", .what = path ", written again", .run = write_again, .text = path, \
	  .flags = EVERYBODY | HITS_MACHINE }

#define WHOLE(id, of, says, function, how_text, how_number) \
	{ .name = id, .vector = of, .what = says, .run = function, .text = how_text, .number = how_number, \
	  .flags = EVERYBODY | HITS_MACHINE }

const struct row kernel_rows[] = {
	WHOLE("kexec_load", "kexec", "kexec_load with no segments", load_kernel, NULL, 0),
	WHOLE("kexec_load_crash", "kexec", "the same, for the crash kernel", load_kernel, NULL, KEXEC_ON_CRASH),
	WHOLE("kexec_file_load", "kexec", "kexec_file_load of garbage", load_kernel_file, NULL, 0),
	WHOLE("init_module", "module_load", "init_module of garbage", load_module, NULL, 0),
	WHOLE("finit_module", "module_load", "finit_module of garbage", load_module_file, NULL, 0),
	WHOLE("finit_module_compressed", "module_load", "the same, said to be compressed", load_module_file, NULL,
	      MODULE_INIT_COMPRESSED_FILE),
	WHOLE("core_pattern_write", "core_pattern", "the same pattern, written again", set_pattern, NULL, 0),
	{ .name = "core_pattern_other_procfs", .vector = "core_pattern", .what = "through a procfs mounted elsewhere",
	  .run = set_pattern, .number = 1, .flags = EVERYBODY | HITS_MACHINE | MOUNTS },
	WHOLE("hibernate_mode", "hibernation", "a way to hibernate, chosen", choose_hibernation, "shutdown", 0),
	WHOLE("hibernate_snapshot", "hibernation", "/dev/snapshot, opened", open_for_writing, "/dev/snapshot", O_RDONLY),
	WHOLE("sysrq_trigger", "sysrq_crash", "the harmless letter h to sysrq-trigger", crash, "h", 0),
	{ .name = "sysrq_relative", .vector = "sysrq_crash", .what = "through a procfs mounted elsewhere, relative",
	  .run = crash_by_relative_path, .text = "h", .flags = EVERYBODY | HITS_MACHINE | MOUNTS },
	WHOLE("sysrq_mask", "sysrq_crash", "which keys do what: kernel.sysrq, written again", write_again,
	      "/proc/sys/kernel/sysrq", 0),
	PANIC("panic_on_oom", "/proc/sys/vm/panic_on_oom"),
	PANIC("panic_on_warn", "/proc/sys/kernel/panic_on_warn"),
	PANIC("panic_on_oops", "/proc/sys/kernel/panic_on_oops"),
	PANIC("panic_on_io_nmi", "/proc/sys/kernel/panic_on_io_nmi"),
	PANIC("panic_on_nmi", "/proc/sys/kernel/panic_on_unrecovered_nmi"),
	PANIC("panic_on_rcu_stall", "/proc/sys/kernel/panic_on_rcu_stall"),
	PANIC("panic_rcu_stalls", "/proc/sys/kernel/max_rcu_stall_to_panic"),
	PANIC("panic_unknown_nmi", "/proc/sys/kernel/unknown_nmi_panic"),
	PANIC("panic_softlockup", "/proc/sys/kernel/softlockup_panic"),
	PANIC("panic_hardlockup", "/proc/sys/kernel/hardlockup_panic"),
	PANIC("panic_hung_task", "/proc/sys/kernel/hung_task_panic"),
	PANIC("panic_oops_limit", "/proc/sys/kernel/oops_limit"),
	PANIC("panic_warn_limit", "/proc/sys/kernel/warn_limit"),
	PANIC("panic_bad_memory", "/proc/sys/vm/memory_failure_recovery"),
	PANIC("panic_parameter", "/sys/module/kernel/parameters/panic_on_warn"),
	{ .name = "panic_other_procfs", .vector = "panic_switch", .what = "panic_on_warn in a procfs mounted elsewhere",
	  .run = write_again, .text = "/sys/kernel/panic_on_warn", .number = 1, .flags = EVERYBODY | HITS_MACHINE | MOUNTS },
	{ 0 },
};
