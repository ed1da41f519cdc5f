/*
 * files.c - files of /proc/PID and of the kernel, opened by paths that a filter of names may not know, before or after
 * protection starts, and then read or written.
 */
#include "../attack.h"

#include <linux/limits.h>
#include <sys/socket.h>

/* struct procmap_query and struct pm_scan_arg, which our headers lack. */
struct map_query {
	uint64_t size, flags, address, start, end, map_flags, page_size, offset, inode;
	uint32_t major, minor, name_size, build_id_size;
	uint64_t name, build_id;
};
struct page_scan {
	uint64_t size, flags, start, end, walk_end, regions, regions_length, most, inverted, all, any, give;
};
#define QUERY_MAP _IOWR('f', 17, struct map_query)
#define SCAN_PAGES _IOWR('f', 16, struct page_scan)

enum { QUERY_COVERING_OR_NEXT = 0x10, PAGE_IS_PRESENT = 1 << 3 };

/* ---- opening: a->fd; the flags are the row's number ---- */

static int keep(struct attack *a, int fd)
{
	a->fd = fd;
	return fd < 0 ? fd : 0;
}

int open_file(struct attack *a)
{
	char path[PATH_ROOM];
	int failed = expand_path(a, path);

	return failed < 0 ? failed : keep(a, open_path(path, (int)a->row->number));
}

int open_symlink(struct attack *a)
{
	char path[PATH_ROOM], link[64];
	int failed = expand_path(a, path);

	(void)snprintf(link, sizeof(link), "/tmp/attack.link.%d", (int)getpid());
	if (failed < 0 || symlink(path, link) < 0)
		return failed < 0 ? failed : -errno;
	failed = keep(a, open_path(link, O_RDONLY));
	(void)unlink(link);
	return failed;
}

/* From its directory, by its name alone. */
int open_relative(struct attack *a)
{
	char path[PATH_ROOM], *slash;
	int failed = expand_path(a, path);

	if (failed < 0)
		return failed;
	slash = strrchr(path, '/');
	*slash = '\0';
	return chdir(path) < 0 ? -errno : keep(a, open_path(slash + 1, (int)a->row->number));
}

int open_bound(struct attack *a)
{
	char path[PATH_ROOM], to[64];
	int failed = expand_path(a, path), fd;

	(void)snprintf(to, sizeof(to), "/tmp/attack.bound.%d", (int)getpid());
	fd = open(to, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (failed < 0 || fd < 0 || mount(path, to, NULL, MS_BIND, NULL) < 0)
		return failed < 0 ? failed : -errno;
	failed = keep(a, open_path(to, O_RDONLY));
	(void)umount2(to, MNT_DETACH);
	(void)unlink(to);
	return failed;
}

/* A descriptor with O_PATH, opened a second time. */
int open_again(struct attack *a)
{
	char path[PATH_ROOM];
	int failed = expand_path(a, path), fd = failed < 0 ? failed : open_path(path, O_PATH);

	if (fd < 0)
		return fd;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return keep(a, open_path(path, O_RDONLY));
}

int open_by_creat(struct attack *a)
{
	char path[PATH_ROOM];
	int failed = expand_path(a, path), fd;

	if (failed < 0)
		return failed;
	fd = (int)syscall(ARCH_CREAT, path, 0600);
	return fd < 0 ? -errno : keep(a, fd);
}

/* row->text in a page that this process has mapped and not touched. NULL with errno. */
static const char *untouched_path(const struct attack *a)
{
	char path[PATH_ROOM];
	int failed = expand_path(a, path), file = memfd_create("path", MFD_CLOEXEC);
	void *at = MAP_FAILED;

	if (failed < 0)
		errno = -failed;
	else if (file >= 0 && write(file, path, strlen(path) + 1) > 0)
		at = mmap(NULL, page_size(), PROT_READ, MAP_PRIVATE, file, 0);
	(void)close(file);
	return at == MAP_FAILED ? NULL : at;
}

int open_untouched(struct attack *a)
{
	const char *path = untouched_path(a);

	return path == NULL ? -errno : keep(a, open_path(path, (int)a->row->number));
}

int open_untouched_by_partner(struct attack *a)
{
	return keep(a, open_by_partner(a, open_untouched));
}

/* The descriptor is between two sockets while protection starts. */
int open_and_send(struct attack *a)
{
	char room[CMSG_SPACE(sizeof(int))] = { 0 }, byte = 0;
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room) };
	struct cmsghdr *passed = CMSG_FIRSTHDR(&message);
	int pair[2], failed = open_file(a);

	if (failed < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return failed < 0 ? failed : -errno;
	passed->cmsg_level = SOL_SOCKET;
	passed->cmsg_type = SCM_RIGHTS;
	passed->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(passed), &a->fd, sizeof(int));
	if (sendmsg(pair[0], &message, 0) < 0)
		return -errno;
	(void)close(a->fd);
	return keep(a, pair[1]);
}

/* ---- using a->fd ---- */

int opened(struct attack *a)
{
	(void)a;
	return ALLOWED;
}

int read_all(struct attack *a)
{
	return saw_file(a, a->fd);
}

int read_start(struct attack *a)
{
	return saw_at(a, a->fd, 0);
}

int read_heap(struct attack *a)
{
	return saw_at(a, a->fd, a->target.heap);
}

int openat_mem(struct attack *a)
{
	int fd = openat(a->fd, "mem", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : saw_at(a, fd, a->target.heap);
}

int openat2_mem(struct attack *a)
{
	const uint64_t how[3] = { O_RDONLY, 0, 0 }; /* flags, mode, resolve */
	int fd = (int)syscall(SYS_openat2, a->fd, "mem", how, sizeof(how));

	return fd < 0 ? -errno : saw_at(a, fd, a->target.heap);
}

/* By a child, which the agent never saw open anything. */
int read_by_child(struct attack *a)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		a->outcome->result = read_heap(a);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -errno;
	if (WIFSIGNALED(status))
		a->outcome->killed = WTERMSIG(status);
	return a->outcome->result;
}

int receive_and_read(struct attack *a)
{
	char room[CMSG_SPACE(sizeof(int))], byte;
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room) };

	if (recvmsg(a->fd, &message, 0) < 0)
		return -errno;
	if (CMSG_FIRSTHDR(&message) == NULL)
		return -EACCES; /* the kernel did not let this process receive it */
	memcpy(&a->fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(a->fd));
	return read_heap(a);
}

int write_scratch(struct attack *a)
{
	ssize_t put = pwrite(a->fd, "here", 4, (off_t)a->target.scratch);

	if (put <= 0)
		return put < 0 ? -errno : -ENODATA;
	return LEAKED;
}

/* Writes the text after '=' in the row. */
int write_value(struct attack *a)
{
	const char *value = strchr(a->row->text, '=') + 1;

	return judge(write(a->fd, value, strlen(value)));
}

/* Writes back what the file says. */
int write_again(struct attack *a)
{
	char path[PATH_ROOM], value[256];
	int failed = expand_path(a, path);

	if (failed == 0)
		failed = get_text(path, value, sizeof(value));
	if (failed == 0)
		failed = put_text(path, value);
	return failed < 0 && failed != -EINVAL ? failed : ALLOWED; /* some do not accept their initial value */
}

int read_link(struct attack *a)
{
	char path[PATH_ROOM], to[PATH_MAX];
	int failed = expand_path(a, path);

	return failed < 0 ? failed : judge(readlink(path, to, sizeof(to)));
}

int read_link_untouched(struct attack *a)
{
	const char *path = untouched_path(a);
	char to[PATH_MAX];

	return path == NULL ? -errno : judge(readlink(path, to, sizeof(to)));
}

int list_folder(struct attack *a)
{
	DIR *all = fdopendir(a->fd);
	int count = 0;

	if (all == NULL)
		return -errno;
	errno = 0;
	while (readdir(all) != NULL)
		count++;
	return count > 2 ? ALLOWED : errno != 0 ? -errno : -ENODATA;
}

int enter_namespace(struct attack *a)
{
	if (setns(a->fd, 0) == 0 || errno == EINVAL) /* this process is in that user namespace */
		return ALLOWED;
	return -errno;
}

int query_map(struct attack *a)
{
	struct map_query query = { .size = sizeof(query), .flags = QUERY_COVERING_OR_NEXT };

	if (ioctl(a->fd, QUERY_MAP, &query) < 0)
		return errno == ENOTTY ? not_here(a, "no PROCMAP_QUERY") : -errno;
	return query.end > 0 ? ALLOWED : -ENODATA;
}

int scan_pages(struct attack *a)
{
	uint64_t region[3] = { 0 };
	struct page_scan scan = { .size = sizeof(scan), .start = page_of(a->target.heap), .regions_length = 1,
				  .regions = (uintptr_t)region, .any = PAGE_IS_PRESENT, .give = PAGE_IS_PRESENT };

	scan.end = scan.start + page_size();
	if (ioctl(a->fd, SCAN_PAGES, &scan) < 0)
		return errno == ENOTTY ? not_here(a, "no PAGEMAP_SCAN") : -errno;
	return region[1] > 0 ? ALLOWED : -ENODATA;
}

/* The page frame of the heap's page: 0 without CAP_SYS_ADMIN. */
int read_frame(struct attack *a)
{
	uint64_t entry = 0;
	ssize_t got = pread(a->fd, &entry, sizeof(entry), (off_t)(a->target.heap / page_size() * sizeof(entry)));

	if (got <= 0)
		return got < 0 ? -errno : -ENODATA;
	return (entry & ((1ULL << 55) - 1)) != 0 ? ALLOWED : -EPERM;
}
