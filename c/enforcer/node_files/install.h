/*
 * install.h - installs the enforcer as a file. The lock recognises the enforcer by the inode of its executable, and a
 * memfd has a new one each time. So the enforcer copies itself beside the socket and continues from there; the next one
 * reuses the file.
 */
#pragma once

#include <stdbool.h>

/*
 * Installs this program and executes it with `arguments` and "--installed". Returns only on failure (-errno), or 0 when
 * this process already runs from the installed file.
 */
int install_self(const char *socket, bool installed, char *const *arguments, const char **ret_path);

/* What failed. */
const char *install_error(void);
