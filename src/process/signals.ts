/** Names and numbers of Linux signals, as kill -l gives them. Pure. */

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

/** `SIGTERM` for 15, `SIGRTMIN+2` for 36, `signal 99` for what is none. */
export function signalName(signo: number): string {
  const name = NAMES[signo];
  if (name) return `SIG${name}`;
  return signo >= 34 && signo <= 64
    ? `SIGRTMIN${signo === 34 ? "" : `+${signo - 34}`}`
    : `signal ${signo}`;
}

/** The number of `HUP`, `SIGHUP` or `1`; undefined when there is no such signal. */
export function parseSignal(text: string): number | undefined {
  const bare = text.trim().toUpperCase().replace(/^SIG/, "");
  const number = /^\d+$/.test(bare) ? Number(bare) : NAMES.indexOf(bare);
  return number >= 1 && number <= 64 ? number : undefined;
}
