/** The positive control of attacks: an unprotected process with a secret in its environment, in memory and in open files. */
import assert from "node:assert/strict";
import { type Method, METHODS, search } from "../../attacks/search.ts";
import { testAsRoot } from "../../support/roles.ts";
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

/** Asserts that root finds no copy of the texts, by any method. */
export function assertNothingFound(
  pid: number,
  texts: readonly string[],
): void {
  for (const method of METHODS) {
    const { copies, denied } = search(method, pid, texts);
    assert.deepEqual({ copies, denied }, {
      copies: texts.map(() => 0),
      denied: "",
    }, method);
  }
}

/** Registers the control of a file: the methods find the text in an unprotected process of the same user. */
export function testControl(
  methods: readonly Method[],
  text: string,
  uid?: number,
): void {
  testAsRoot(
    "control: the methods find it in an unprotected process",
    async () => {
      await using control = await startControl(text, uid);
      for (const method of methods) {
        const [copies = 0] = search(method, control.pid, [text], uid).copies;
        assert.ok(copies > 0, method);
      }
    },
  );
}
