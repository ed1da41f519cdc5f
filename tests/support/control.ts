/** The positive control of attacks: a process that holds a secret in its environment, in memory and in an open file, without protection. */
import { Output } from "./output.ts";
import { compileProgram } from "./programs.ts";

export interface Control extends AsyncDisposable {
  readonly pid: number;
}

/** Starts it, as root's or as another user's. */
export async function startControl(
  secret: string,
  uid?: number,
): Promise<Control> {
  const process = new Deno.Command(compileProgram("app"), {
    args: ["hold", "SECRET"],
    clearEnv: true,
    env: { SECRET: secret },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    ...(uid === undefined ? {} : { uid, gid: uid }),
  }).spawn();
  const output = new Output(process.stdout);
  await output.until(/ready/);
  return {
    pid: process.pid,
    async [Symbol.asyncDispose]() {
      process.kill("SIGKILL");
      await process.status;
      await output.done;
    },
  };
}
