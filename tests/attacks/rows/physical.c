/*
 * physical.c - past all processes: the machine's memory by kcore and /dev/mem, ports, machine registers, debugfs, PCI.
 * The secret's offset in its page is known, so every page is looked at there, without page tables.
 */
#include "../attack.h"

#include <elf.h>
#include <linux/vfio.h>

enum { CHUNK = 1 << 22, MOST_SEGMENTS = 64 };

/* Looks at one place of every page among `size` bytes. */
static int look(const struct attack *a, const unsigned char *pages, size_t size, size_t place)
{
	for (size_t at = 0; at + page_size() <= size; at += page_size()) {
		const unsigned char *here = pages + at + place;

		if (here[0] != 0 && digest_of(here, a->target.length) == a->target.digest)
			return saw(a, here, a->target.length);
	}
	return ALLOWED;
}

static int read_range(const struct attack *a, int fd, unsigned long long from, unsigned long long to, size_t place)
{
	static unsigned char pages[CHUNK];
	int result = -ENODATA;

	while (from < to) {
		size_t size = to - from < CHUNK ? (size_t)(to - from) : CHUNK;
		ssize_t got = pread(fd, pages, size, (off_t)from);

		if (got <= 0 && result == -ENODATA && got < 0)
			result = -errno;
		if (got > 0)
			result = look(a, pages, (size_t)got, place);
		if (result == LEAKED)
			return result;
		from += got > 0 ? page_of((unsigned long long)got) : page_size();
		if (got > 0 && got < (ssize_t)page_size())
			from += page_size();
	}
	return result;
}

static int map_range(const struct attack *a, int fd, unsigned long long from, unsigned long long to, size_t place)
{
	int result = -ENODATA;

	while (from < to && result != LEAKED) {
		size_t size = to - from < CHUNK ? (size_t)(to - from) : CHUNK;
		void *pages = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, (off_t)from);

		if (pages == MAP_FAILED)
			return -errno;
		result = look(a, pages, size, place);
		(void)munmap(pages, size);
		from += size;
	}
	return result;
}

typedef int range_reader(const struct attack *a, int fd, unsigned long long from, unsigned long long to, size_t place);

/* All RAM of the machine. */
static int scan_ram(const struct attack *a, range_reader *read_at, unsigned long long at)
{
	FILE *ranges = fopen("/proc/iomem", "r");
	int result = -ENODATA;
	char line[128];

	if (ranges == NULL)
		return -errno;
	while (result != LEAKED && fgets(line, sizeof(line), ranges) != NULL) {
		unsigned long long from, to;
		int found;

		if (line[0] == ' ' || strstr(line, "System RAM") == NULL || sscanf(line, "%llx-%llx", &from, &to) != 2)
			continue;
		from = page_of(from + page_size() - 1);
		found = read_at(a, a->fd, from, to + 1, at % page_size());
		result = result == ALLOWED && found < 0 ? result : found;
	}
	(void)fclose(ranges);
	return result;
}

int read_ram(struct attack *a)
{
	return scan_ram(a, read_range, a->target.heap);
}

int map_ram(struct attack *a)
{
	return a->target.secretmem == 0 ? not_here(a, "no memfd_secret") : scan_ram(a, map_range, a->target.secretmem);
}

int scan_kcore(struct attack *a)
{
	Elf64_Phdr segments[MOST_SEGMENTS];
	Elf64_Ehdr head;
	int fd = a->fd, result = -ENODATA;

	if (pread(fd, &head, sizeof(head), 0) != (ssize_t)sizeof(head) || head.e_phnum > MOST_SEGMENTS ||
	    pread(fd, segments, head.e_phnum * sizeof(segments[0]), (off_t)head.e_phoff) <= 0)
		return errno != 0 ? -errno : -ENODATA;
	for (int i = 0; i < head.e_phnum && result != LEAKED; i++) {
		const Elf64_Phdr *one = &segments[i];

		/* Memory, not the kernel's image or its modules: those have no physical address. */
		if (one->p_type != PT_LOAD || one->p_paddr == (Elf64_Addr)-1 || one->p_memsz > 1ULL << 40)
			continue;
		result = read_range(a, fd, one->p_offset, one->p_offset + one->p_memsz, a->target.heap % page_size());
	}
	return result;
}

int read_port(struct attack *a)
{
	char byte;

	return judge(pread(a->fd, &byte, 1, 0x80));
}

int gain_all_ports(struct attack *a)
{
	(void)a;
	return judge(arch_gain_ports(1));
}

int gain_port(struct attack *a)
{
	(void)a;
	return judge(arch_gain_ports(0));
}

/* ---- devices ---- */

enum { LINE_SIZE = 0x0c, };
#define SYSCALL_ENTRY 0xc0000082L
#define DEVICES "/sys/bus/pci/devices"
#define SPARE "0000:00:01.3"
#define NO_IOMMU "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode"
#define NO_IOMMU_GROUP "/dev/vfio/noiommu-0"

/* The address of the kernel's system call entry. */
int read_msr(struct attack *a)
{
	unsigned long long entry;

	return judge(pread(a->fd, &entry, sizeof(entry), SYSCALL_ENTRY));
}

/* Writes what it read. */
int rewrite_msr(struct attack *a)
{
	unsigned long long entry;

	return judge(pread(a->fd, &entry, sizeof(entry), SYSCALL_ENTRY) < 0 ?
			     -1 : pwrite(a->fd, &entry, sizeof(entry), SYSCALL_ENTRY));
}

/* The first one that this kernel has, opened for writing. */
int open_debug_switch(struct attack *a)
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

/* Tries a file of every PCI device until one succeeds. */
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

/* Writes what it read. Bus mastering is in the same file: a device that reads all memory. */
static int rewrite(int fd)
{
	unsigned char size;

	if (pread(fd, &size, 1, LINE_SIZE) != 1)
		return -errno;
	return pwrite(fd, &size, 1, LINE_SIZE) < 0 ? -errno : ALLOWED;
}

int write_config(struct attack *a)
{
	(void)a;
	return try_devices("config", rewrite);
}

static int map_page(int fd)
{
	void *at = mmap(NULL, page_size(), PROT_READ, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED) /* ports cannot be mapped */
		return errno == EINVAL || errno == ENODEV ? -ENOENT : -errno;
	(void)munmap(at, page_size());
	return ALLOWED;
}

int map_resource(struct attack *a)
{
	static const char *const names[] = { "resource0", "resource1", "resource2", "resource4" };
	int result = -ENOENT;

	(void)a;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && result == -ENOENT; i++)
		result = try_devices(names[i], map_page);
	return result;
}

/* The power management of QEMU's chipset, which the machine does not need. */
static int bind_vfio(void)
{
	(void)put_text(NO_IOMMU, "Y");
	(void)put_text(DEVICES "/" SPARE "/driver_override", "vfio-pci");
	(void)put_text(DEVICES "/" SPARE "/driver/unbind", SPARE);
	(void)put_text("/sys/bus/pci/drivers_probe", SPARE);
	return open_path(NO_IOMMU_GROUP, O_RDWR);
}

/* A device of a group without IOMMU can be made to write anywhere. */
int take_vfio(struct attack *a)
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
