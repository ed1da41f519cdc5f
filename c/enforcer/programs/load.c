/*
 * load.c - see load.h. libbpf loads an object completely or not at all; so after a failure it is loaded again without
 * the failed program.
 */
#include "load.h"

#include "diagnostics.h"
#include "enforcer/processes/maps.h"
#include "kernel.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_SKIPPED 24

struct skipped {
	unsigned int count;
	char name[MAX_SKIPPED][64];
};

static bool is_skipped(const struct skipped *skipped, const char *name)
{
	for (unsigned int i = 0; i < skipped->count; i++)
		if (strcmp(skipped->name[i], name) == 0)
			return true;
	return false;
}

/* The kernel function to which the program attaches. false: none. */
static bool name_of_hook(const struct bpf_program *program, char ret_name[96])
{
	const char *section = bpf_program__section_name(program);

	if (strncmp(section, "lsm/", 4) == 0)
		(void)snprintf(ret_name, 96, "bpf_lsm_%s", section + 4);
	else if (strncmp(section, "fmod_ret/", 9) == 0)
		(void)snprintf(ret_name, 96, "%s", section + 9);
	else if (strncmp(section, "fentry/", 7) == 0)
		(void)snprintf(ret_name, 96, "%s", section + 7);
	else
		return false;
	return true;
}

/*
 * inode_setattr has two variants for hooks with and without an id map; perf_event_mmap has two for functions, the first
 * of which cannot be attached to before 6.1.
 */
static bool fits(const struct bpf_program *program, const char *hook, const struct ct_config *config)
{
	const char *name = bpf_program__name(program);

	if (strcmp(name, "inode_setattr") == 0)
		return kernel_parameters(hook) == 3;
	if (strcmp(name, "inode_setattr_old") == 0)
		return kernel_parameters(hook) == 2;
	if (strcmp(name, "perf_event_mmap") == 0)
		return kernel_is_since(6, 1);
	if (strcmp(name, "perf_event_mmap_old") == 0)
		return !kernel_is_since(6, 1);
	if (strcmp(name, "capable") == 0) /* it runs often */
		return config->perfmon_retry != 0;
	return true;
}

static void choose_programs(struct bpf_object *object, const struct ct_config *config,
			    const struct skipped *skipped, struct enforce_report *report)
{
	struct bpf_program *program;
	char hook[96];

	bpf_object__for_each_program(program, object) {
		const char *name = bpf_program__name(program);
		bool wanted = !is_skipped(skipped, name);

		if (strcmp(name, "do_filp_open") == 0 && config->path_copies == 0)
			wanted = false;
		if (wanted && name_of_hook(program, hook)) {
			if (!kernel_has_function(hook) && strcmp(name, "file_ioctl_compat") == 0) {
				wanted = false; /* on this kernel file_ioctl covers compat calls */
			} else if (!kernel_has_function(hook)) {
				diagnostics_note(report, "%s is not attached: this kernel lacks %s", name, hook);
				wanted = false;
			} else {
				wanted = fits(program, hook, config);
			}
		}
		(void)bpf_program__set_autoload(program, wanted);
	}
}

static int configure(struct bpf_object *object, const struct ct_config *config)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".rodata.config");
	int result = 0;

	if (map != NULL) /* not every object uses it */
		result = bpf_map__set_initial_value(map, config, sizeof(*config));
	return result < 0 ? result : maps_share(object);
}

static int try_load(const struct object *object, const struct ct_config *config, const struct skipped *skipped,
		    struct enforce_report *report, struct bpf_object **ret_loaded)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = object->name);
	size_t size = 0;
	const void *bytes = object->bytes(&size);
	struct bpf_object *opened_before = bpf_object__open_mem(bytes, size, &options);
	int result;

	if (opened_before == NULL)
		return -errno;
	choose_programs(opened_before, config, skipped, report);
	result = configure(opened_before, config);
	diagnostics_reset();
	if (result == 0)
		result = bpf_object__load(opened_before);
	if (result < 0)
		bpf_object__close(opened_before);
	else
		*ret_loaded = opened_before;
	return result;
}

/* Whether this process has the capabilities that loading needs. CAP_SYS_ADMIN includes them. */
static bool is_capable(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { 0, 0, 0 } };
	uint64_t held;

	if (syscall(SYS_capget, &header, data) < 0)
		return false;
	held = (uint64_t)data[1].effective << 32 | data[0].effective;
	return (held >> CAP_SYS_ADMIN & 1) != 0 || ((held >> CAP_BPF & 1) != 0 && (held >> CAP_PERFMON & 1) != 0);
}

const char *load_remedy(void)
{
	return is_capable() ? "run the agent in the node's user namespace, allow bpf(2) in its seccomp profile, and boot without "
			      "lockdown=confidentiality" :
			      "run as root, or with CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE";
}

static void explain(const struct object *object, int failed, char ret_reason[ENFORCE_TEXT])
{
	const char *lockdown = kernel_lockdown();

	if (failed == -EPERM && !is_capable())
		diagnostics_set(ret_reason, "the kernel refuses to load its programs (EPERM): CAP_BPF or CAP_PERFMON is missing");
	else if (failed == -EPERM)
		diagnostics_set(ret_reason, "the kernel answered EPERM to loading \"%s\", although CAP_BPF and CAP_PERFMON are "
				"held: lockdown%s%s, another security module, a user namespace or a sandbox forbids it; %s",
				object->name, lockdown[0] == '\0' ? "" : " ", lockdown, load_remedy());
	else
		diagnostics_set(ret_reason, "cannot load \"%s\": %s%s%s%s%s", object->name,
			  strerror(-failed), diagnostics_verifier_message()[0] == '\0' ? "" : ": ", diagnostics_verifier_message(),
				lockdown[0] == '\0' ? "" : "; lockdown is ", lockdown);
}

int load_object(const struct object *object, const struct ct_config *config, struct enforce_report *report,
		struct bpf_object **ret_loaded, char ret_reason[ENFORCE_TEXT])
{
	struct skipped skipped = { 0 };
	unsigned int notes = report->note_count;
	int result;

	for (;;) {
		result = try_load(object, config, &skipped, report, ret_loaded);
		if (result == 0)
			return 0;
		if (result == -EPERM || diagnostics_failed_program()[0] == '\0' || skipped.count == MAX_SKIPPED)
			break;
		diagnostics_note(report, "cannot load %s (%s): %s: %s", diagnostics_failed_program(), object->name,
				 strerror(-result), diagnostics_verifier_message());
		(void)snprintf(skipped.name[skipped.count++], sizeof(skipped.name[0]), "%s",
			       diagnostics_failed_program());
	}
	explain(object, result, ret_reason);
	report->note_count = notes; /* replaced by one reason */
	return result;
}
