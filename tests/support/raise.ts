/** Sends any of the 64 signals, which Deno.kill cannot name: by the shell's own kill, as procps is not everywhere. */

const SCRIPT = 'i=0; while [ $i -lt "$3" ]; do kill -"$2" "$1" || exit 1; ' +
  "i=$((i + 1)); done";

/** @throws Error when there is no such process */
export function raise(pid: number, signo: number, times = 1): void {
  const { success, stderr } = new Deno.Command("/bin/sh", {
    args: ["-c", SCRIPT, "raise", ...[pid, signo, times].map(String)],
  }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
