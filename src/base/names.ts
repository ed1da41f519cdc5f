/**
 * Rules for the names of environment variables that secrets are delivered in.
 * Pure; says nothing about values.
 */

const RESERVED = new Set([
  "PATH",
  "HOME",
  "IFS",
  "ENV",
  "BASH_ENV",
  "GLIBC_TUNABLES",
]);
const RESERVED_PREFIXES = ["LD_", "CLOUDTASER_", "DENO_"];

/** True when `name` is one that shells and libc can carry: letters, digits, `_`, no digit first. */
export function isEnvironmentName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}

/**
 * True for names that a secret must never set, because a value from Vault
 * would then decide which code runs (PATH, LD_*) or how we behave.
 */
export function isReservedName(name: string): boolean {
  return RESERVED.has(name) ||
    RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix));
}
