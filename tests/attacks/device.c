/*
 * device.c - what else reaches past the kernel's own rules: machine registers, debugfs, PCI.
 */
#include "attack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

enum { LINE_SIZE = 0x0c, PAGE = 4096 };
#define SYSCALL_ENTRY 0xc0000082L
#define DEVICES "/sys/bus/pci/devices"
#define SPARE "0000:00:01.3"
#define NO_IOMMU "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode"
#define NO_IOMMU_GROUP "/dev/vfio/noiommu-0"

/* Where system calls begin: the address of the kernel. Written is what was read. */
static int machine_register(struct attack *a)
{
	unsigned long long entry;
	int fd = open_path("/dev/cpu/0/msr", a->row->number ? O_RDWR : O_RDONLY);

	if (fd < 0)
		return fd;
	if (pread(fd, &entry, sizeof(entry), SYSCALL_ENTRY) < 0)
		return -errno;
	if (a->row->number && pwrite(fd, &entry, sizeof(entry), SYSCALL_ENTRY) < 0)
		return -errno;
	return ALLOWED;
}

/* The first that this kernel has, opened for reading and writing. */
static int open_debug(struct attack *a)
{
	static const char *const files[] = { "clear_warn_once", "sched/verbose", "sched/tunable_scaling", "tracing_on",
					     "fault_around_bytes", "x86/tlb_single_page_flush_ceiling",
					     "error_injection/list" };
	int failed = mount_own("debugfs"), fd = -ENOENT;
	char path[96];

	(void)a;
	if (failed < 0)
		return failed;
	for (size_t i = 0; fd == -ENOENT && i < sizeof(files) / sizeof(files[0]); i++) {
		(void)snprintf(path, sizeof(path), OWN_MOUNT "/%s", files[i]);
		fd = open_path(path, O_WRONLY);
	}
	return fd < 0 ? fd : ALLOWED;
}

/* Kprobes disarmed, the memory read, and armed again. */
static int disarm_kprobes(struct attack *a)
{
	static const char path[] = OWN_MOUNT "/kprobes/enabled";
	int failed = mount_own("debugfs"), result;

	if (failed == 0)
		failed = put_text(path, "0");
	if (failed < 0)
		return failed;
	result = try_vm(a);
	(void)put_text(path, "1");
	return result;
}

/* Tries a file of every PCI device until one takes it. */
static int try_devices(const char *name, int (*try)(int fd))
{
	DIR *all = opendir(DEVICES);
	const struct dirent *one;
	char path[320];
	int result = -ENOENT;

	while (all != NULL && result != ALLOWED && (one = readdir(all)) != NULL) {
		int fd;

		(void)snprintf(path, sizeof(path), DEVICES "/%s/%s", one->d_name, name);
		fd = one->d_name[0] == '.' ? -ENOENT : open_path(path, O_RDWR);
		if (fd != -ENOENT)
			result = fd < 0 ? fd : try(fd);
		if (fd >= 0)
			(void)close(fd);
	}
	if (all != NULL)
		(void)closedir(all);
	return result;
}

/* Bus mastering would be in there: a device that reads all memory. Written is what was read. */
static int write_it(int fd)
{
	unsigned char size;

	if (pread(fd, &size, 1, LINE_SIZE) != 1)
		return -errno;
	return pwrite(fd, &size, 1, LINE_SIZE) < 0 ? -errno : ALLOWED;
}

static int write_config(struct attack *a)
{
	(void)a;
	return try_devices("config", write_it);
}

static int map_it(int fd)
{
	void *at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED) /* ports cannot be mapped */
		return errno == EINVAL || errno == ENODEV ? -ENOENT : -errno;
	(void)munmap(at, PAGE);
	return ALLOWED;
}

static int map_resource(struct attack *a)
{
	static const char *const names[] = { "resource0", "resource1", "resource2", "resource4" };
	int result = -ENOENT;

	(void)a;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && result == -ENOENT; i++)
		result = try_devices(names[i], map_it);
	return result;
}

/* Devices may be handed out without an IOMMU from now on. */
static int allow_vfio(struct attack *a)
{
	int failed = put_text(NO_IOMMU, "Y");

	(void)a;
	return failed < 0 ? failed : ALLOWED;
}

/* The power management of QEMU's chipset: no machine needs it to go on. */
static int bind_vfio(void)
{
	(void)put_text(NO_IOMMU, "Y");
	(void)put_text(DEVICES "/" SPARE "/driver_override", "vfio-pci");
	(void)put_text(DEVICES "/" SPARE "/driver/unbind", SPARE);
	(void)put_text("/sys/bus/pci/drivers_probe", SPARE);
	return open_path(NO_IOMMU_GROUP, O_RDWR);
}

/* A device of a group without IOMMU: what it is told to write, it writes anywhere. */
static int take_vfio(struct attack *a)
{
	int container = open_path("/dev/vfio/vfio", O_RDWR), group = open_path(NO_IOMMU_GROUP, O_RDWR);

	(void)a;
	if (group == -ENOENT)
		group = bind_vfio();
	if (container < 0 || group < 0)
		return container < 0 ? container : group;
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) < 0 ||
	    ioctl(container, VFIO_SET_IOMMU, VFIO_NOIOMMU_IOMMU) < 0 ||
	    ioctl(group, VFIO_GROUP_GET_DEVICE_FD, SPARE) < 0)
		return -errno;
	return ALLOWED;
}

#define DEVICE(id, of, says, function, how) \
	{ .name = id, .vector = of, .what = says, .run = function, .number = how, .flags = EVERYBODY | HITS_MACHINE | MOUNTS }

const struct row device_rows[] = {
	DEVICE("msr_read", "msr", "a machine register, read", machine_register, 0),
	DEVICE("msr_write", "msr", "a machine register, written", machine_register, 1),
	DEVICE("debugfs_open", "debugfs", "a switch in debugfs, opened for writing", open_debug, 0),
	{ .name = "debugfs_kprobes", .vector = "debugfs", .what = "kprobes disarmed, then process_vm_readv",
	  .run = disarm_kprobes, .flags = EVERYBODY | HITS_MACHINE | HITS_AGENT | MOUNTS },
	DEVICE("pci_config", "pci_access", "a device's configuration, written", write_config, 0),
	DEVICE("pci_resource", "pci_access", "a device's memory, mapped", map_resource, 0),
	DEVICE("vfio_unsafe", "pci_access", "VFIO may do without an IOMMU: Y to its parameter", allow_vfio, 0),
	DEVICE("vfio_no_iommu", "pci_access", "a device taken over by VFIO without an IOMMU, allowed before", take_vfio, 0),
	{ 0 },
};
