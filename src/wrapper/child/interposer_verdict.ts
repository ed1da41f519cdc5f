/**
 * Why a program cannot be interposed, as text. The numbers are those of
 * `enum ct_target` in c/interposer/target.h.
 */

/** The program can be interposed. */
export const ABLE = 0;
/** Missing or not readable: try the next candidate of PATH. */
export const UNREADABLE = 1;

const REASONS: readonly string[] = [
  "",
  "this user cannot read its file",
  "neither an ELF program nor a script",
  "static binary",
  "setuid or setgid program",
  "program with file capabilities",
  "program for another architecture",
  "its loader is missing, or neither glibc's nor musl's",
  "script with a script as interpreter of its interpreter",
  "no secret memory or descriptor for the hand-off (RLIMIT_MEMLOCK, RLIMIT_NOFILE, RLIMIT_FSIZE)",
  "no /proc in its mount namespace",
  "its environment is too large",
  "it was executed with different real and effective ids",
  "a musl program with its own entry point, which runs no constructors",
  "its loader is not the one of the trial",
  "LD_AUDIT, LD_DEBUG, LD_PROFILE or LD_TRACE_LOADED_OBJECTS is set",
];

/** The verdict as text. */
export function explainVerdict(verdict: number): string {
  return REASONS[verdict] ?? `unknown reason ${verdict}`;
}
