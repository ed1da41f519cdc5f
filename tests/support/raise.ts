/** Sends any of the 64 signals, which Deno.kill cannot name. By python3, as procps is not everywhere. */

const SCRIPT = "import os,sys\nfor _ in range(int(sys.argv[3])):\n" +
  "  os.kill(int(sys.argv[1]), int(sys.argv[2]))";

/** @throws Error when there is no such process */
export function raise(pid: number, signo: number, times = 1): void {
  const { success, stderr } = new Deno.Command("python3", {
    args: ["-I", "-c", SCRIPT, ...[pid, signo, times].map(String)],
  }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
