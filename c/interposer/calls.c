/*
 * calls.c - replaces the exec functions of libc for the application. libc's internal calls still reach its own
 * functions: system(3) and popen(3) pass the environment in the ordinary way, with the secrets.
 */
#include "adopt.h"
#include "exec.h"
#include "raw.h"

#include <stdarg.h>

#define PUBLIC __attribute__((visibility("default")))
#define ERROR_NOENT 2
#define ERROR_NOEXEC 8
#define ERROR_ACCES 13
#define ERROR_NODEV 19
#define ERROR_NOTDIR 20
#define ERROR_TIMEDOUT 110
#define ERROR_STALE 116
#define ERROR_NAMETOOLONG 36
#define PATH_BYTES 4096
#define NAME_BYTES 255

extern int *__errno_location(void) __attribute__((weak));
/* Only glibc has this function. musl does not run scripts without `#!` with a shell. */
extern const char *gnu_get_libc_version(void) __attribute__((weak));

PUBLIC int execve(const char *path, char *const argv[], char *const env[]);
PUBLIC int execv(const char *path, char *const argv[]);
PUBLIC int execvp(const char *file, char *const argv[]);
PUBLIC int execvpe(const char *file, char *const argv[], char *const env[]);
PUBLIC int fexecve(int fd, char *const argv[], char *const env[]);
PUBLIC int execl(const char *path, const char *word, ...);
PUBLIC int execle(const char *path, const char *word, ...);
PUBLIC int execlp(const char *file, const char *word, ...);

static int fail(long answer)
{
	if (__errno_location)
		*__errno_location() = (int)-answer;
	return -1;
}

static const char *find_path(void)
{
	const char *folders = ct_find_value("PATH=");

	if (folders != NULL)
		return folders;
	return gnu_get_libc_version ? "/bin:/usr/bin" : "/usr/local/bin:/bin:/usr/bin";
}

/* Like glibc: runs a file of unknown format as a shell script. */
static long as_script(const char *path, char *const argv[], char *const env[])
{
	static const char shell[] = "/bin/sh";
	size_t count = 0;
	char **words;

	while (argv[count] != NULL)
		count++;
	words = __builtin_alloca((count + 3) * sizeof(*words));
	words[0] = (char *)(uintptr_t)shell;
	words[1] = (char *)(uintptr_t)path;
	words[2] = NULL;
	for (size_t i = 1; i <= count; i++)
		words[i + 1] = argv[i];
	return ct_execute(shell, -1, words, env);
}

static long try(const char *path, char *const argv[], char *const env[])
{
	long answer = ct_execute(path, -1, argv, env);

	return answer == -ERROR_NOEXEC && gnu_get_libc_version ? as_script(path, argv, env) : answer;
}

static bool is_skipped(long answer)
{
	return answer == -ERROR_NOENT || answer == -ERROR_NOTDIR || answer == -ERROR_STALE || answer == -ERROR_NODEV ||
	       answer == -ERROR_TIMEDOUT;
}

/* Length of the longest usable folder in a PATH. */
static size_t longest_folder(const char *folders)
{
	size_t longest = 0;
	size_t size = 0;

	for (const char *at = folders;; at++) {
		if (*at != ':' && *at != '\0') {
			size++;
			continue;
		}
		if (size > longest && size < PATH_BYTES)
			longest = size;
		size = 0;
		if (*at == '\0')
			return longest;
	}
}

/* Tries the folders of PATH in order; returns EACCES if a file existed but could not be executed. */
static long search_folders(const char *file, const char *folder, char *path, char *const argv[], char *const env[])
{
	long answer = -ERROR_NOENT;
	bool denied = false;

	for (;; folder++) {
		const char *begin = folder;
		char *at = path;

		while (*folder != '\0' && *folder != ':')
			folder++;
		if (folder - begin < PATH_BYTES) {
			while (begin < folder)
				*at++ = *begin++;
			(void)ct_append(at > path ? ct_append(at, "/") : at, file);
			answer = try(path, argv, env);
			denied |= answer == -ERROR_ACCES;
			if (answer != -ERROR_ACCES && !is_skipped(answer))
				return answer;
		}
		if (*folder == '\0')
			return denied ? -ERROR_ACCES : answer;
	}
}

/* Like execvpe(3). */
static long search(const char *file, char *const argv[], char *const env[])
{
	const char *folders = find_path();
	size_t length = ct_strlen(file);

	for (const char *at = file; *at != '\0'; at++)
		if (*at == '/')
			return try(file, argv, env);
	if (length == 0)
		return -ERROR_NOENT;
	if (length > NAME_BYTES)
		return -ERROR_NAMETOOLONG;
	return search_folders(file, folders, __builtin_alloca(longest_folder(folders) + length + 2), argv, env);
}

int execve(const char *path, char *const argv[], char *const env[])
{
	return fail(ct_execute(path, -1, argv, env));
}

int execv(const char *path, char *const argv[])
{
	return fail(ct_execute(path, -1, argv, ct_environment()));
}

int execvpe(const char *file, char *const argv[], char *const env[])
{
	return fail(search(file, argv, env));
}

int execvp(const char *file, char *const argv[])
{
	return fail(search(file, argv, ct_environment()));
}

int fexecve(int fd, char *const argv[], char *const env[])
{
	return fail(fd < 0 ? -9L : ct_execute("", fd, argv, env));
}

/* Number of words after the first one. Consumes `list`. */
static size_t count_words(va_list list)
{
	size_t count = 0;

	while (va_arg(list, char *) != NULL)
		count++;
	return count;
}

/* Builds argv on the caller's stack. Afterwards `list` is after the NULL. */
#define COLLECT(list, word, words)                                              \
	do {                                                                    \
		size_t count = 0;                                               \
		va_start(list, word);                                           \
		if ((word) != NULL)                                             \
			count = count_words(list) + 1;                          \
		va_end(list);                                                   \
		words = __builtin_alloca((count + 1) * sizeof(*(words)));       \
		words[0] = (char *)(uintptr_t)(word);                           \
		va_start(list, word);                                           \
		for (size_t i = 1; i <= count; i++)                             \
			words[i] = va_arg(list, char *);                        \
	} while (0)

int execl(const char *path, const char *word, ...)
{
	va_list list;
	char **words;

	COLLECT(list, word, words);
	va_end(list);
	return fail(ct_execute(path, -1, words, ct_environment()));
}

int execlp(const char *file, const char *word, ...)
{
	va_list list;
	char **words;

	COLLECT(list, word, words);
	va_end(list);
	return fail(search(file, words, ct_environment()));
}

int execle(const char *path, const char *word, ...)
{
	va_list list;
	char **words;
	char *const *env;

	COLLECT(list, word, words);
	env = va_arg(list, char *const *);
	va_end(list);
	return fail(ct_execute(path, -1, words, env));
}
