/** Sends any of the 64 signals, which Deno.kill cannot name. */

const SCRIPT = "import os,sys\nfor _ in range(int(sys.argv[3])):\n" +
  "  os.kill(int(sys.argv[1]), int(sys.argv[2]))";

/** @throws Error when there is no such process */
export function raise(pid: number, signo: number, times = 1): void {
  const [command = "", ...args] = times === 1
    ? ["/bin/kill", `-${signo}`, String(pid)]
    : ["python3", "-I", "-c", SCRIPT, String(pid), String(signo), `${times}`];
  const { success, stderr } = new Deno.Command(command, { args }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
