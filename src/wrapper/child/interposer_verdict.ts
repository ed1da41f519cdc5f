/**
 * Why a program gets its secrets in the ordinary way, for people. The numbers are
 * those of `enum ct_target` in c/interposer/target.h.
 */

/** It can take secrets over. */
export const ABLE = 0;
/** Not there, or not readable: the next candidate of PATH is looked at. */
export const UNREADABLE = 1;

const REASONS: readonly string[] = [
  "",
  "its file cannot be read by this user",
  "neither an ELF program nor a script",
  "static binary",
  "setuid or setgid program",
  "program with file capabilities",
  "program for another architecture",
  "its loader is neither glibc's nor musl's, or is missing",
  "script whose interpreter is a script of a script",
  "no secret memory or descriptor to hand it over (RLIMIT_MEMLOCK, RLIMIT_NOFILE, RLIMIT_FSIZE)",
  "no /proc where it was started",
  "its environment is too large",
  "it was executed under other effective than real ids",
  "a program of musl with a start of its own, which runs no constructors",
  "its loader is not the one that was tried",
  "LD_AUDIT, LD_DEBUG, LD_PROFILE or LD_TRACE_LOADED_OBJECTS is set",
];

/** In words. */
export function explainVerdict(verdict: number): string {
  return REASONS[verdict] ?? `unknown reason ${verdict}`;
}
