/** Valid names of environment variables. */

/** True for letters, digits and `_`, without a digit first: what shells and libc support. */
export function isEnvironmentName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}
