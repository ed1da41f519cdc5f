/*
 * links.c - see links.h.
 */
#include "links.h"

#include "diagnostics.h"
#include "enforcer/arch.h"
#include "kernel.h"
#include "pins.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_LINKS 192

struct attached {
	struct bpf_link *link; /* NULL: adopted */
	uint8_t backend, program;
	bool pinned;
	char path[PINS_PATH];
};

static struct attached links[MAX_LINKS];
static unsigned int count;

static const char *const prefixes[CT_BACKENDS + 1] = { "lsm", "fmod", "kprobe", "reactive", "tracking" };

/* inode_setattr_old counts as inode_setattr. CT_P_COUNT: not in CT_PROGRAMS. */
static uint8_t number_of(const char *name)
{
	size_t length = strlen(name);

	if (length > 4 && strcmp(name + length - 4, "_old") == 0)
		length -= 4;
	for (uint8_t i = 0; i < CT_P_COUNT; i++)
		if (strncmp(enforce_program_name(i), name, length) == 0 &&
		    enforce_program_name(i)[length] == '\0')
			return i;
	return CT_P_COUNT;
}

/*
 * On a preemptible kernel this program may be skipped whatever the backend. It then gets another name and is not
 * reported; an enforcer that adopts it under the lock cannot read the preemption mode.
 */
static const char *name_in_force(const struct bpf_program *program)
{
	const char *name = bpf_program__name(program);

	return strcmp(name, "perf_event_mmap") == 0 && kernel_preempts() != NULL ? "perf_event_mmap_or_not" : name;
}

/* place: function or object, distinguishes links of one program. */
static int add_link(struct bpf_link *link, uint8_t backend, const char *program, const char *place,
		    uint64_t generation)
{
	struct attached *attached = &links[count];
	int result;

	if (count == MAX_LINKS) {
		(void)bpf_link__destroy(link);
		return -E2BIG;
	}
	*attached = (struct attached){ .link = link, .backend = backend, .program = number_of(program) };
	count++;
	if (pins_root() == NULL)
		return 0;
	pins_link_path(generation, prefixes[backend], program, place, attached->path);
	result = bpf_obj_pin(bpf_link__fd(link), attached->path);
	attached->pinned = result == 0;
	if (result == 0 || result == -EEXIST) /* adopted; the new link ends with this process */
		return 0;
	(void)bpf_link__destroy(link); /* without its pin it would end with this process */
	count--;
	return result;
}

/* All entry points of a system call: __x64_sys_X, __ia32_sys_X and so on. */
static int attach_call(struct bpf_program *program, uint8_t backend, uint64_t generation)
{
	static const char *const entries[] = { SYSCALL_ENTRIES };
	const char *name = bpf_program__name(program);
	int attached = 0, failed = -ENOENT;

	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		struct bpf_link *link;
		char function[80];
		int result;

		(void)snprintf(function, sizeof(function), "%s%s", entries[i], name);
		if (!kernel_has_function(function))
			continue;
		link = bpf_program__attach_kprobe(program, false, function);
		if (link == NULL) {
			failed = -errno;
			continue;
		}
		result = add_link(link, backend, name, function, generation);
		if (result < 0)
			return result;
		attached++;
	}
	return attached > 0 ? attached : failed;
}

static int attach_program(struct bpf_program *program, uint8_t backend, const char *object, uint64_t generation)
{
	const char *section = bpf_program__section_name(program);
	struct bpf_link *link;
	int result;

	if (strcmp(section, "kprobe") == 0)
		return attach_call(program, backend, generation);
	if (strncmp(section, "raw_tracepoint/", 15) == 0)
		return 0; /* run on demand */
	link = bpf_program__attach(program);
	if (link == NULL)
		return -errno;
	result = add_link(link, backend, name_in_force(program), object, generation);
	return result < 0 ? result : 1;
}

/* The lock's `bpf` program refuses loading, so it is attached last. */
static int is_last(const struct bpf_program *program)
{
	return strcmp(bpf_program__name(program), "bpf") == 0;
}

int links_attach(struct bpf_object *object, uint8_t backend, uint64_t generation, struct enforce_report *report)
{
	struct bpf_program *program;
	int result, attached = 0, failed = -ENOENT;

	for (int last = 0; last <= 1; last++)
		bpf_object__for_each_program(program, object) {
			if (bpf_program__fd(program) < 0 || is_last(program) != last)
				continue;
			result = attach_program(program, backend, bpf_object__name(object), generation);
			if (result < 0) {
				failed = result;
				diagnostics_note(report, "cannot attach %s: %s", bpf_program__name(program),
						 strerror(-result));
			} else {
				attached += result;
			}
		}
	return attached > 0 ? attached : failed;
}

void links_claim(uint8_t backend, const char *program)
{
	if (count < MAX_LINKS)
		links[count++] = (struct attached){ .backend = backend, .program = number_of(program) };
}

/* "lsm-ptrace_access_check-access" */
static void adopt_one(const char *name, void *unused)
{
	char backend[16], program[64];

	(void)unused;
	if (count == MAX_LINKS || sscanf(name, "%15[^-]-%63[^-]", backend, program) != 2)
		return;
	for (uint8_t i = 0; i <= CT_BACKENDS; i++)
		if (strcmp(backend, prefixes[i]) == 0)
			links[count++] = (struct attached){ .backend = i, .program = number_of(program),
							    .pinned = true };
}

int links_adopt(uint64_t generation)
{
	return pins_list(generation, adopt_one, NULL);
}

void links_detach(uint8_t backend)
{
	unsigned int remaining = 0;

	for (unsigned int i = 0; i < count; i++) {
		if (links[i].backend != backend) {
			links[remaining++] = links[i];
			continue;
		}
		if (links[i].pinned && links[i].path[0] != '\0')
			(void)unlink(links[i].path);
		if (links[i].link != NULL)
			(void)bpf_link__destroy(links[i].link);
	}
	count = remaining;
}

void links_leave(void)
{
	for (unsigned int i = 0; i < count; i++) {
		if (links[i].link == NULL)
			continue;
		if (links[i].pinned)
			bpf_link__disconnect(links[i].link); /* destroying would disable its perf event */
		(void)bpf_link__destroy(links[i].link);
	}
	count = 0;
}

/* Preemption does not skip these: they run on demand, or with a spin lock held. */
static bool is_never_skipped(uint8_t program)
{
	return program == CT_P_find_listener || program == CT_P_ptrace_access_check || program == CT_P_ptrace_traceme ||
	       program == CT_P_file_send_sigiotask || program == CT_P_task_setrlimit;
}

static bool is_reported(const struct attached *attached)
{
	return attached->program != CT_P_COUNT &&
	       (is_never_skipped(attached->program) || !kernel_skips(attached->backend));
}

void links_list(struct enforce_report *report)
{
	report->program_count = 0;
	for (unsigned int i = 0; i < count; i++) {
		const char *name = enforce_program_name(links[i].program);
		bool known = !is_reported(&links[i]);

		for (unsigned int j = 0; j < report->program_count && !known; j++)
			known = report->programs[j].name == name && report->programs[j].backend == links[i].backend;
		if (!known && report->program_count < ENFORCE_MAX_PROGRAMS)
			report->programs[report->program_count++] =
				(struct enforce_program){ name, links[i].backend };
	}
}

bool links_has(uint8_t backend)
{
	for (unsigned int i = 0; i < count; i++)
		if (links[i].backend == backend)
			return true;
	return false;
}

bool links_has_program(uint8_t backend, const char *program)
{
	uint8_t number = number_of(program);

	for (unsigned int i = 0; i < count; i++)
		if (links[i].backend == backend && links[i].program == number)
			return true;
	return false;
}
