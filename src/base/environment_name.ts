/**
 * Rules for the names of environment variables that secrets are delivered in.
 * Pure; says nothing about values.
 */

/** True when `name` is one that shells and libc can carry: letters, digits, `_`, no digit first. */
export function isEnvironmentName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}
