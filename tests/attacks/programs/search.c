/*
 * search.c - searches a running process for texts by one method, and counts their copies.
 *
 *     search METHOD PID TEXT...
 *
 *   mem readv           all readable memory, by /proc/PID/mem or process_vm_readv
 *   peek                secret memory and small mappings, by ptrace word by word
 *   peek-all            the same for all but the contents of files, which takes seconds
 *   environ cmdline     the file of /proc/PID
 *   fd map_files        the files behind the links of that directory, mapped
 *   getfd               the descriptors, copied by pidfd_getfd and mapped
 *   core                the core dump of a fault: ends the process
 *   fault               only the fault
 *   inject              the process writes its secret memory to its standard error
 *
 * Prints one line of JSON: `copies` of each text; `bytes` searched; `secretmem`, the error of each mapping of secret
 * memory, or OK; `descriptors` of secret memory that were copied; `denied` and `error`, why nothing could be searched.
 */
#include <dirent.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "../lib/memory.h"
#include "../lib/proc.h"
#include "../lib/texts.h"
#include "../lib/trace.h"

#define SECRETMEM_MAGIC 0x5345434d

enum {
	MOST_PAGES = CHUNK / 4096,
	SMALL = 128 << 10, /* pages of V8's heap are larger; mem and readv read them */
	LARGEST_FILE = 1 << 24,
	STEP_MS = 5,
	TRIES = 2000,
	MOST_MAPPINGS = 64
};

static pid_t victim;
static int descriptors, was_opened, mappings, mapping_errors[MOST_MAPPINGS], denied;
static char failed_call[64];

static void look(size_t size)
{
	was_opened = 1;
	texts_count(size);
}

/* Why the attack as a whole got nothing. */
static void fail(const char *call, int error)
{
	denied = error < 0 ? -error : error;
	(void)snprintf(failed_call, sizeof(failed_call), "%s", call);
}

static void look_in_file(const char *call, int fd)
{
	ssize_t got = 0;

	texts_gap();
	while (fd >= 0 && (got = read(fd, texts_fresh, CHUNK)) > 0)
		look((size_t)got);
	if (fd < 0 || got < 0)
		fail(call, fd < 0 ? fd : errno);
	if (fd >= 0)
		(void)close(fd);
}

/* ---- memory ---- */

struct tour {
	memory_reader *read_at;
	int fd, pagemap, no_files;
	uint64_t largest; /* mapping */
};

/* Bytes from `at` that are in memory or swap. To read others would only bring zeroes into the victim. */
static size_t present_bytes(const struct tour *tour, uint64_t at, uint64_t end)
{
	static uint64_t entries[MOST_PAGES];
	size_t most = (size_t)(end - at < CHUNK ? end - at : CHUNK) / page_size(), count = 0;
	ssize_t got = pread(tour->pagemap, entries, most * sizeof(entries[0]), (off_t)(at / page_size() * sizeof(entries[0])));

	if (got < (ssize_t)(most * sizeof(entries[0])))
		return most * page_size();
	while (count < most && entries[count] >> 62 != 0)
		count++;
	return count * page_size();
}

static int look_in_mapping(const struct mapping *one, void *context)
{
	const struct tour *tour = context;
	int error = 0;

	if (!one->is_secretmem && ((tour->no_files && one->is_file) || one->end - one->start > tour->largest))
		return 0;
	texts_gap();
	for (uint64_t at = one->start; at < one->end;) {
		size_t size = one->is_secretmem ? page_size() : present_bytes(tour, at, one->end);
		ssize_t got = size > 0 ? tour->read_at(victim, tour->fd, at, texts_fresh, size) : 0;

		if (got > 0) {
			look((size_t)got);
			at += (uint64_t)got;
			continue;
		}
		error = size > 0 ? (got < 0 ? (int)-got : EIO) : error;
		at += page_size();
		texts_gap();
	}
	if (one->is_secretmem && mappings < MOST_MAPPINGS)
		mapping_errors[mappings++] = error;
	return 0;
}

static void look_in_memory(struct tour tour)
{
	int result;

	tour.pagemap = open_of(victim, "pagemap", O_RDONLY);
	result = each_mapping(victim, look_in_mapping, &tour);
	if (result < 0)
		fail("open /proc/PID/maps", result);
	(void)close(tour.pagemap);
}

static void by_mem(void)
{
	int fd = open_of(victim, "mem", O_RDONLY);

	if (fd < 0)
		fail("open /proc/PID/mem", fd);
	else
		look_in_memory((struct tour){ .read_at = read_by_file, .fd = fd, .largest = UINT64_MAX });
}

static void by_readv(void)
{
	char probe[8];
	ssize_t got = read_by_call(victim, -1, page_size(), probe, sizeof(probe));

	/* EFAULT: allowed, and nothing is mapped there. */
	if (got < 0 && got != -EFAULT)
		fail("process_vm_readv", (int)got);
	else
		look_in_memory((struct tour){ .read_at = read_by_call, .largest = UINT64_MAX });
}

/* Three microseconds a word: too slow for the contents of files. */
static void peek_up_to(uint64_t largest)
{
	int failed = trace(victim, BY_ATTACH);

	if (failed < 0) {
		fail("PTRACE_ATTACH", failed);
		return;
	}
	look_in_memory((struct tour){ .read_at = read_by_peek, .no_files = 1, .largest = largest });
	untrace(victim);
}

static void by_peek(void)
{
	peek_up_to(SMALL);
}

static void by_peek_all(void)
{
	peek_up_to(UINT64_MAX);
}

/* ---- files ---- */

static void by_environ(void)
{
	look_in_file("open /proc/PID/environ", open_of(victim, "environ", O_RDONLY));
}

static void by_cmdline(void)
{
	look_in_file("open /proc/PID/cmdline", open_of(victim, "cmdline", O_RDONLY));
}

/* Mapped, because secret memory cannot be read. Larger files are programs. */
static void look_behind(int fd)
{
	struct statfs system;
	struct stat file;
	void *at;

	if (fstatfs(fd, &system) == 0 && (unsigned long)system.f_type == SECRETMEM_MAGIC)
		descriptors++;
	if (fstat(fd, &file) < 0 || (!S_ISREG(file.st_mode) && file.st_mode != 0))
		return;
	if (file.st_size <= 0 || file.st_size > LARGEST_FILE)
		return;
	at = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return;
	texts_gap();
	for (size_t done = 0, size; done < (size_t)file.st_size; done += size) {
		size = (size_t)file.st_size - done < CHUNK ? (size_t)file.st_size - done : CHUNK;
		memcpy(texts_fresh, (const char *)at + done, size);
		look(size);
	}
	(void)munmap(at, (size_t)file.st_size);
}

static void by_getfd(void)
{
	int pidfd = open_pidfd(victim, 0), error = EBADF;

	for (int number = 0; number < 1024; number++) {
		int fd = get_fd(pidfd, number);

		if (fd >= 0) {
			was_opened = 1;
			look_behind(fd);
			(void)close(fd);
		} else if (fd != -EBADF) {
			error = -fd;
		}
	}
	if (!was_opened)
		fail("pidfd_getfd", error);
}

static void by_links(const char *name)
{
	int folder = open_of(victim, name, O_RDONLY | O_DIRECTORY);
	DIR *all = folder < 0 ? NULL : fdopendir(folder);

	if (all == NULL) {
		fail("open the directory", folder < 0 ? folder : errno);
		return;
	}
	was_opened = 1;
	for (struct dirent *entry; (entry = readdir(all)) != NULL;) {
		int fd = entry->d_name[0] == '.' ? -1 : openat(folder, entry->d_name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

		if (fd >= 0) {
			look_behind(fd);
			(void)close(fd);
		}
	}
	(void)closedir(all);
}

static void by_fd(void)
{
	by_links("fd");
}

static void by_map_files(void)
{
	by_links("map_files");
}

/* ---- the process itself ---- */

static void by_fault(void)
{
	int failed = crash(victim);

	if (failed < 0)
		fail("crash", failed);
}

static void look_in_cores(int folder)
{
	DIR *all = fdopendir(folder);
	int count = 0;

	for (struct dirent *entry; all != NULL && (entry = readdir(all)) != NULL;) {
		if (strncmp(entry->d_name, "core", 4) != 0)
			continue;
		look_in_file("open the core dump", openat(folder, entry->d_name, O_RDONLY | O_CLOEXEC));
		(void)unlinkat(folder, entry->d_name, 0);
		count++;
	}
	if (count == 0)
		fail("no core dump was written", 0);
	if (all != NULL)
		(void)closedir(all);
}

static void by_core(void)
{
	int folder = open_of(victim, "cwd", O_RDONLY | O_DIRECTORY), failed = folder;

	if (failed >= 0)
		failed = lift_core_limit(victim);
	if (failed >= 0)
		failed = crash(victim);
	if (failed < 0) {
		fail("crash", failed);
		return;
	}
	for (int i = 0; i < TRIES && !is_gone(victim); i++)
		pause_ms(STEP_MS);
	look_in_cores(folder);
}

/* write(2, mapping) runs in the process, where no page is hidden. */
static int write_mapping(const struct mapping *one, void *context)
{
	const struct user_regs_struct *regs = context;
	long written;

	if (!one->is_secretmem)
		return 0;
	written = arch_make_call(victim, regs, SYS_write,
				 (const uint64_t[4]){ STDERR_FILENO, one->start, one->end - one->start, 0 });
	if (written > 0)
		texts.bytes += (unsigned long)written;
	else
		fail("write in the victim", (int)written);
	return 0;
}

static void by_inject(void)
{
	for (int i = 0; i < TRIES; i++) {
		struct user_regs_struct regs;
		int failed = trace(victim, BY_ATTACH), is_ready;

		if (failed < 0) {
			fail("PTRACE_ATTACH", failed);
			return;
		}
		is_ready = get_registers(victim, &regs) == 0 && is_in_call(victim, &regs);
		if (is_ready) {
			(void)each_mapping(victim, write_mapping, &regs);
			(void)put_registers(victim, &regs);
		}
		untrace(victim);
		if (is_ready)
			return;
		pause_ms(STEP_MS);
	}
	fail("wait for a system call", ETIMEDOUT);
}

static const struct {
	const char *name;
	void (*run)(void);
} methods[] = {
	{ "mem", by_mem },	   { "readv", by_readv },     { "peek", by_peek }, { "peek-all", by_peek_all },   { "environ", by_environ },
	{ "cmdline", by_cmdline }, { "fd", by_fd },	      { "getfd", by_getfd }, { "map_files", by_map_files },
	{ "core", by_core },	   { "fault", by_fault },     { "inject", by_inject },
};

static void print(void)
{
	const char *error = denied ? strerrorname_np(denied) : "";

	printf("{\"copies\":[");
	for (int i = 0; i < texts.count; i++)
		printf("%s%lu", i > 0 ? "," : "", texts.copies[i]);
	printf("],\"bytes\":%lu,\"descriptors\":%d,\"secretmem\":[", texts.bytes, descriptors);
	for (int i = 0; i < mappings; i++)
		printf("%s\"%s\"", i > 0 ? "," : "", mapping_errors[i] ? strerrorname_np(mapping_errors[i]) : "OK");
	printf("],\"denied\":\"%s\",\"error\":\"%s%s%s\"}\n", was_opened ? "" : error, failed_call, denied ? ": " : "", error);
}

int main(int argc, char **argv)
{
	if (argc < 3 || texts_take(argv + 3, argc - 3) < 0)
		return 64;
	victim = (pid_t)atoi(argv[2]);
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (strcmp(argv[1], methods[i].name) != 0)
			continue;
		methods[i].run();
		print();
		return 0;
	}
	return 64;
}
