/**
 * Starts the cluster's components and ends the cluster when it receives TERM,
 * when the process PID has ended, or when a component has. cleanup.sh removes
 * the cluster even after this process is killed.
 *
 *   supervisor.ts STATE PID      PID 0: only TERM ends it
 */
import { readProcess } from "../proc.ts";
import { messageOf } from "../progress.ts";
import { Daemons } from "./daemons.ts";
import { makeGroups } from "./control_groups.ts";
import { Files } from "./settings.ts";
import { startUp } from "./start_up.ts";

async function supervise(files: Files, livesWith: number): Promise<void> {
  const ends = [terminated(), endOf(livesWith)];
  const cleanup = startCleanup(files);
  try {
    await Deno.mkdir(`${files.state}/logs`);
    const daemons = new Daemons(files, await makeGroups(files.name));
    ends.push(daemons.firstEnd);
    const running = await Promise.race([startUp(files, daemons), ...ends]);
    if (typeof running === "string") throw new Error(running);
    await Deno.writeTextFile(files.running, JSON.stringify(running));
    say("ready");
    say(await Promise.race(ends));
  } finally {
    await cleanup.stdin.close();
    await cleanup.status;
  }
}

/** Holds the pipe that cleanup.sh reads to its end. */
function startCleanup(files: Files): Deno.ChildProcess {
  const script = new URL("cleanup.sh", import.meta.url).pathname;
  return new Deno.Command("setsid", {
    args: ["sh", script, files.name, files.state],
    cwd: "/",
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

function terminated(): Promise<string> {
  return new Promise((resolve) => {
    Deno.addSignalListener("SIGTERM", () => resolve("Received TERM"));
  });
}

/** Resolves when that process has ended; never for 0. */
function endOf(pid: number): Promise<string> {
  return new Promise((resolve) => {
    if (pid === 0) return;
    const started = readProcess(pid)?.start;
    const timer = setInterval(() => {
      if (started !== undefined && readProcess(pid)?.start === started) return;
      clearInterval(timer);
      resolve("The process it lived with has ended");
    }, 200);
  });
}

/** Reports to the process that started it, if that still runs. */
function say(line: string): void {
  try {
    Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
  } catch {
    // Its reader has ended.
  }
}

if (import.meta.main) {
  const [state, pid] = Deno.args;
  if (state === undefined) throw new TypeError("supervisor.ts STATE PID");
  try {
    await supervise(new Files(state), Number(pid));
    Deno.exit(0);
  } catch (error) {
    say(messageOf(error));
    Deno.exit(1);
  }
}
