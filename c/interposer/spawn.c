/*
 * spawn.c - posix_spawn(3) and posix_spawnp(3): calls libc's functions with file actions that keep two more
 * descriptors open. Not if the application has its own file actions: they may close ours, and cannot be inspected.
 */
#include "adopt.h"
#include "exec.h"
#include "raw.h"

#define PUBLIC __attribute__((visibility("default")))
#define WEAK __attribute__((weak))
#define NEXT ((void *)-1L) /* RTLD_NEXT */
#define LAZY 1
#define BY_LIBC (int)0x80000000 /* __RTLD_DLOPEN */
#define ERROR_NOSYS 38
#define EXECUTABLE 1 /* X_OK */
#define PATH_BYTES 4096

/* At least as large as posix_spawn_file_actions_t of both libcs. */
struct actions {
	uint64_t opaque[32];
};

typedef int spawn_call(int *pid, const char *path, const void *actions, const void *attributes, char *const argv[],
		       char *const env[]);

extern void *dlsym(void *handle, const char *name) WEAK;
/* glibc before 2.34 has dlsym in another library, and these internal functions. */
extern void *__libc_dlopen_mode(const char *name, int mode) WEAK;
extern void *__libc_dlsym(void *handle, const char *name) WEAK;
extern int posix_spawn_file_actions_init(void *actions) WEAK;
extern int posix_spawn_file_actions_adddup2(void *actions, int fd, int other) WEAK;
extern int posix_spawn_file_actions_destroy(void *actions) WEAK;

PUBLIC spawn_call posix_spawn, posix_spawnp;

/* Arguments besides path, argv and environment. */
struct spawn {
	spawn_call *real;
	int *pid;
	const void *attributes;
};

static spawn_call *find(const char *name)
{
	void *found = NULL;

	if (dlsym)
		found = dlsym(NEXT, name);
	else if (__libc_dlopen_mode && __libc_dlsym)
		found = __libc_dlsym(__libc_dlopen_mode("libc.so.6", LAZY | BY_LIBC), name);
	return (spawn_call *)found;
}

/* Duplicates both descriptors to their reserved numbers, where they stay open. */
static int add_descriptors(struct actions *actions, const struct transfer *transfer)
{
	int error = posix_spawn_file_actions_adddup2(actions, (int)transfer->handoff, (int)transfer->handoff_there);

	return error != 0 ? error :
			    posix_spawn_file_actions_adddup2(actions, (int)transfer->own_file, (int)transfer->own_file_there);
}

static long run(const struct ct_call *call, char *const *env, const struct transfer *transfer)
{
	const struct spawn *spawn = call->more;
	struct actions actions;
	int error;

	if (transfer == NULL)
		return -spawn->real(spawn->pid, call->path, NULL, spawn->attributes, call->argv, env);
	error = posix_spawn_file_actions_init(&actions);
	if (error != 0)
		return -error;
	error = add_descriptors(&actions, transfer);
	if (error == 0)
		error = spawn->real(spawn->pid, call->path, &actions, spawn->attributes, call->argv, env);
	(void)posix_spawn_file_actions_destroy(&actions);
	return -error;
}

static bool can_add(const void *actions)
{
	return actions == NULL && posix_spawn_file_actions_init && posix_spawn_file_actions_adddup2 &&
	       posix_spawn_file_actions_destroy;
}

int posix_spawn(int *pid, const char *path, const void *actions, const void *attributes, char *const argv[],
		char *const env[])
{
	struct spawn spawn = { find("posix_spawn"), pid, attributes };

	if (!spawn.real)
		return ERROR_NOSYS;
	if (!can_add(actions))
		return spawn.real(pid, path, actions, attributes, argv, env);
	return (int)-ct_execute_call(&(struct ct_call){ run, path, -1, argv, env, true, &spawn });
}

/* Finds the first executable file in PATH. */
static bool search(const char *file, char *ret_path)
{
	for (const char *folder = ct_find_value("PATH="); folder != NULL && *folder != '\0'; folder += *folder == ':') {
		char *at = ret_path;

		while (*folder != '\0' && *folder != ':' && at < ret_path + PATH_BYTES)
			*at++ = *folder++;
		if (at == ret_path || at == ret_path + PATH_BYTES)
			return false;
		(void)ct_append(ct_append(at, "/"), file);
		if (CT_CALL4(__NR_faccessat, CT_AT_FDCWD, ret_path, EXECUTABLE, 0) == 0)
			return true;
	}
	return false;
}

int posix_spawnp(int *pid, const char *file, const void *actions, const void *attributes, char *const argv[],
		 char *const env[])
{
	spawn_call *real = find("posix_spawnp");
	size_t length = ct_strlen(file);
	char *path;
	bool is_name = length > 0;

	for (const char *at = file; *at != '\0'; at++)
		is_name &= *at != '/';
	if (!real)
		return ERROR_NOSYS;
	if (!can_add(actions) || ct_handoff == NULL || ct_count_filters() != ct_filters_at_start)
		return real(pid, file, actions, attributes, argv, env);
	path = __builtin_alloca(PATH_BYTES + length + 2);
	if (is_name && !search(file, path))
		return real(pid, file, actions, attributes, argv, env);
	return posix_spawn(pid, is_name ? path : file, actions, attributes, argv, env);
}
