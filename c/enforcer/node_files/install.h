/*
 * install.h - the enforcer as a file. Under the lock BPF programs know who may adopt them by the inode of
 * the running executable, and a memfd has another one each time. So the enforcer copies itself beside the
 * socket once and goes on from there; the next one finds it.
 */
#ifndef CT_INSTALL_H
#define CT_INSTALL_H

#include <stdbool.h>

/*
 * Installs the running executable and starts it anew from there with `arguments` and "--installed", so it
 * returns only on failure (-errno) or, 0, when this process runs from the installed file already.
 */
int install_self(const char *socket, bool installed, char *const *arguments, const char **ret_path);

/* What failed, in words. */
const char *install_error(void);

#endif
