/*
 * exec.h - execve as the application's calls do it.
 */
#ifndef CT_EXEC_H
#define CT_EXEC_H

/*
 * Does not return, or answers -errno. Secrets of the environment are handed over where the program
 * can take them; else it gets them in the ordinary way. fd >= 0: the program is that file, and path
 * is not looked at.
 */
long ct_execute(const char *path, long fd, char *const argv[], char *const env[]);

#endif
