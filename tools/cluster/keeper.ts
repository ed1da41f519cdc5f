/**
 * The process whose end is the cluster's: starts everything, stays, and takes
 * it along. It ends when told to (TERM), when the process it lives with has
 * ended, or when a component has. What it cannot do any more when it is killed
 * itself, the janitor does, who only waits for its end.
 *
 *   keeper.ts STATE PID      PID 0: lives until told
 */
import { Daemons } from "./daemons.ts";
import { makeGroups } from "./groups.ts";
import { Files } from "./settings.ts";
import { startUp } from "./start_up.ts";

async function keep(files: Files, livesWith: number): Promise<void> {
  const ends = [toldToEnd(), endOf(livesWith)];
  const janitor = startJanitor(files);
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
    await janitor.stdin.close();
    await janitor.status;
  }
}

/** Holds the pipe whose end the janitor waits for. */
function startJanitor(files: Files): Deno.ChildProcess {
  const script = new URL("janitor.sh", import.meta.url).pathname;
  return new Deno.Command("setsid", {
    args: ["sh", script, files.name, files.state],
    cwd: "/",
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

function toldToEnd(): Promise<string> {
  return new Promise((resolve) => {
    Deno.addSignalListener("SIGTERM", () => resolve("Told to end"));
  });
}

/** Resolves when that process has ended; never for 0. */
function endOf(pid: number): Promise<string> {
  return new Promise((resolve) => {
    if (pid === 0) return;
    const born = timeOfBirth(pid);
    const timer = setInterval(() => {
      if (timeOfBirth(pid) === born && born !== undefined) return;
      clearInterval(timer);
      resolve("The process it lived with has ended");
    }, 200);
  });
}

/** A process id may be somebody else's later; with this it is one process only. */
function timeOfBirth(pid: number): string | undefined {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return stat.replace(/^.*\) /s, "").split(" ")[19];
  } catch {
    return undefined;
  }
}

/** Whoever started it reads this, or has gone. */
function say(line: string): void {
  try {
    Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
  } catch {
    // It has gone.
  }
}

if (import.meta.main) {
  const [state, pid] = Deno.args;
  if (state === undefined) throw new TypeError("keeper.ts STATE PID");
  try {
    await keep(new Files(state), Number(pid));
    Deno.exit(0);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    Deno.exit(1);
  }
}
