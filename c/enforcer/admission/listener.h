/*
 * listener.h - the socket's place in the file system: made so that there is no moment without one.
 */
#ifndef CT_LISTENER_H
#define CT_LISTENER_H

/*
 * Makes the socket's directory. Called before anything is loaded, because what is pinned would outlive an agent
 * that cannot have its socket. -errno, *ret_why as listener_open.
 */
int listener_prepare(const char *path, const char **ret_why);

/*
 * The listening descriptor; whoever held the path before keeps its connections, and gets no new ones.
 * -errno; *ret_why then says what is wrong in words.
 */
int listener_open(const char *path, const char **ret_why);

/* Takes the socket out of the file system, if it is still the one that listener_open made. */
void listener_remove(void);

#endif
