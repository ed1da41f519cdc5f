/** Names and numbers of Linux signals, as in kill -l. Pure. */

const NAMES: readonly (string | undefined)[] = [
  undefined,
  "HUP",
  "INT",
  "QUIT",
  "ILL",
  "TRAP",
  "ABRT",
  "BUS",
  "FPE",
  "KILL",
  "USR1",
  "SEGV",
  "USR2",
  "PIPE",
  "ALRM",
  "TERM",
  "STKFLT",
  "CHLD",
  "CONT",
  "STOP",
  "TSTP",
  "TTIN",
  "TTOU",
  "URG",
  "XCPU",
  "XFSZ",
  "VTALRM",
  "PROF",
  "WINCH",
  "IO",
  "PWR",
  "SYS",
];

export const SIGINT = 2;
export const SIGQUIT = 3;
export const SIGKILL = 9;
export const SIGTERM = 15;
export const SIGCHLD = 17;
export const SIGSTOP = 19;
/** As glibc counts: it reserves 32 and 33. */
export const SIGRTMIN = 34;

/** `SIGTERM` for 15, `SIGRTMIN+2` for 36, `signal 99` for an unknown number. */
export function signalName(signo: number): string {
  const name = NAMES[signo];
  if (name) return `SIG${name}`;
  return signo >= SIGRTMIN && signo <= 64
    ? `SIGRTMIN${signo === SIGRTMIN ? "" : `+${signo - SIGRTMIN}`}`
    : `signal ${signo}`;
}

/** The number of `HUP`, `SIGHUP`, `RTMIN+3` or `1`; undefined for anything else. */
export function parseSignal(text: string): number | undefined {
  const bare = text.trim().toUpperCase().replace(/^SIG/, "");
  const realTime = /^RTMIN(?:\+(\d{1,2}))?$/.exec(bare);
  const number = realTime
    ? SIGRTMIN + Number(realTime[1] ?? 0)
    : /^\d+$/.test(bare)
    ? Number(bare)
    : NAMES.indexOf(bare);
  return number >= 1 && number <= 64 ? number : undefined;
}
