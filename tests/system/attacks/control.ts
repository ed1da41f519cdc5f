/** The positive control of attacks: an unprotected process with a secret in its environment, in memory and in open files. */
import { Output } from "../../support/output.ts";
import { compileProgram } from "../../support/programs.ts";

export interface Control extends AsyncDisposable {
  readonly pid: number;
}

/** Starts it as root or as another user. */
export async function startControl(
  secret: string,
  uid?: number,
): Promise<Control> {
  const process = new Deno.Command(compileProgram("victim"), {
    args: ["--secret=SECRET", "--keep"],
    clearEnv: true,
    env: { SECRET: secret },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    ...(uid === undefined ? {} : { uid, gid: uid }),
  }).spawn();
  const output = new Output(process.stdout);
  await output.until(/^end 1$/m);
  return {
    pid: process.pid,
    async [Symbol.asyncDispose]() {
      process.kill("SIGKILL");
      await process.status;
      await output.done;
    },
  };
}
