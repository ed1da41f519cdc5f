/*
 * kernel.c - see kernel.h. Only the self-test proves that a backend works.
 */
#include "kernel.h"

#include "diagnostics.h"
#include "enforcer/arch.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static struct btf *types(void)
{
	static struct btf *loaded;

	if (loaded == NULL)
		loaded = btf__load_vmlinux_btf();
	return loaded;
}

bool kernel_has_types(void)
{
	return types() != NULL;
}

bool kernel_has_function(const char *name)
{
	return types() != NULL && btf__find_by_name_kind(types(), name, BTF_KIND_FUNC) > 0;
}

bool kernel_has_kprobes(void)
{
	return access("/sys/bus/event_source/devices/kprobe/type", R_OK) == 0;
}

int kernel_parameters(const char *name)
{
	int id = types() == NULL ? -1 : btf__find_by_name_kind(types(), name, BTF_KIND_FUNC);
	const struct btf_type *type;

	if (id <= 0)
		return -1;
	type = btf__type_by_id(types(), btf__type_by_id(types(), (__u32)id)->type);
	return type == NULL ? -1 : btf_vlen(type);
}

bool kernel_is_since(unsigned int major, unsigned int minor)
{
	struct utsname kernel;
	unsigned int have_major = 0, have_minor = 0;

	if (uname(&kernel) < 0 || sscanf(kernel.release, "%u.%u", &have_major, &have_minor) != 2)
		return false;
	return have_major > major || (have_major == major && have_minor >= minor);
}

static const char *read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, text, size - 1);

	if (fd >= 0)
		(void)close(fd);
	text[got > 0 ? got : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/* The active LSMs, or "" when unknown. */
static const char *kernel_lsms(void)
{
	static char text[256];

	return read_text("/sys/kernel/security/lsm", text, sizeof(text));
}

const char *kernel_lockdown(void)
{
	static char text[256], chosen[32];
	const char *start;

	start = strchr(read_text("/sys/kernel/security/lockdown", text, sizeof(text)), '[');
	if (start == NULL || sscanf(start, "[%31[^]]", chosen) != 1)
		chosen[0] = '\0';
	return chosen;
}

static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = strstr(list, word); at != NULL; at = strstr(at + 1, word))
		if ((at == list || at[-1] == ',') && (at[length] == ',' || at[length] == '\0'))
			return true;
	return false;
}

static const char *mode_of_boot(void)
{
	static char text[4096], mode[32];
	const char *at = strstr(read_text("/proc/cmdline", text, sizeof(text)), "preempt=");

	if (at != NULL && sscanf(at, "preempt=%31[a-z]", mode) == 1)
		return mode;
	return kernel_is_since(6, 13) ? "unknown" : "voluntary"; /* the default of distributions */
}

static struct {
	bool known;
	bool is_chosen_at_boot;
	const char *mode;
} preemption;

static const char *find_preemption(void)
{
	static char text[128], chosen[32], described[64];
	static struct utsname kernel;
	const char *start, *mode = chosen;

	if (uname(&kernel) < 0 || strstr(kernel.version, "PREEMPT") == NULL)
		return NULL;
	preemption.is_chosen_at_boot = strstr(kernel.version, "PREEMPT_DYNAMIC") != NULL;
	if (!preemption.is_chosen_at_boot)
		return "built in";
	start = strchr(read_text("/sys/kernel/debug/sched/preempt", text, sizeof(text)), '(');
	if (start == NULL || sscanf(start, "(%31[a-z])", chosen) != 1)
		mode = mode_of_boot();
	if (strcmp(mode, "none") == 0 || strcmp(mode, "voluntary") == 0)
		return NULL;
	(void)snprintf(described, sizeof(described), "preempt=%s", mode);
	return described;
}

const char *kernel_preempts(void)
{
	if (!preemption.known)
		preemption.mode = find_preemption();
	preemption.known = true; /* under the lock it cannot be read any more */
	return preemption.mode;
}

const char *kernel_preemption_remedy(void)
{
	return preemption.is_chosen_at_boot ? "boot with preempt=voluntary" : "use a kernel that is not preemptible";
}

void kernel_assume_irrevocable_lock(void)
{
	preemption.mode = NULL;
	preemption.known = true;
}

bool kernel_has_crash_kernel(void)
{
	char text[8];

	return read_text("/sys/kernel/kexec_crash_loaded", text, sizeof(text))[0] == '1';
}

bool kernel_skips(unsigned int backend)
{
	if (backend == CT_BACKEND_REACTIVE || (backend == CT_BACKEND_LSM && kernel_is_since(6, 2)))
		return false;
	return kernel_preempts() != NULL;
}

static bool cannot_attach(char ret_reason[ENFORCE_TEXT])
{
	const char *needed = ATTACHING_NEEDS_FUNCTION;

	if (needed == NULL || kernel_has_function(needed))
		return false;
	diagnostics_set(ret_reason, "%s", ATTACHING_NEEDS);
	return true;
}

bool kernel_lacks_backend(unsigned int backend, char ret_reason[ENFORCE_TEXT])
{
	if (backend <= CT_BACKEND_FMOD && cannot_attach(ret_reason))
		return true;
	switch (backend) {
	case CT_BACKEND_LSM:
		if (!kernel_has_function("bpf_lsm_ptrace_access_check"))
			diagnostics_set(ret_reason, "CONFIG_BPF_LSM not set");
		else if (kernel_lsms()[0] != '\0' && !has_word(kernel_lsms(), "bpf"))
			diagnostics_set(ret_reason, "\"bpf\" is not in the kernel's lsm= list (%.120s): add it at boot",
					kernel_lsms());
		else
			return false;
		return true;
	case CT_BACKEND_FMOD:
		if (kernel_has_function("security_ptrace_access_check"))
			return false;
		diagnostics_set(ret_reason, "security_ptrace_access_check is missing from the kernel");
		return true;
	case CT_BACKEND_KPROBE:
		if (kernel_has_function("bpf_override_return") ||
		    btf__find_by_name_kind(types(), "btf_bpf_override_return", BTF_KIND_TYPEDEF) > 0)
			return false;
		diagnostics_set(ret_reason, "CONFIG_BPF_KPROBE_OVERRIDE not set");
		return true;
	default:
		return false;
	}
}
