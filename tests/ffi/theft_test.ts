/**
 * Another process, as root where we are root, steals from a Deno process that
 * holds an arena. Every theft has its control: the same theft on ordinary
 * memory, or of a descriptor that was left open, must succeed.
 */
import assert from "node:assert/strict";
import { buildNativeHelper } from "../../tools/build/native_tests.ts";
import { MARK } from "./victim.ts";

const EIO = "errno 5";
const EFAULT = "errno 14";
const mark = MARK.toHex();
const thief = await buildNativeHelper("thief");

interface Victim {
  readonly pid: number;
  readonly secret: string;
  readonly ordinary: string;
}

/** Starts a program that says one line, and ends when its stdin does. */
async function start(
  command: string,
  args: readonly string[],
): Promise<{ line: string } & AsyncDisposable> {
  const child = new Deno.Command(command, {
    args: [...args],
    cwd: new URL("../../", import.meta.url).pathname,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await reader.read();
  assert.ok(value, "the victim said nothing");
  return {
    line: value,
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await reader.cancel();
      assert.equal((await child.status).code, 0);
    },
  };
}

function startVictim() {
  const script = new URL("./victim.ts", import.meta.url).pathname;
  return start(Deno.execPath(), ["run", "-A", script]);
}

async function steal(...args: (string | number)[]): Promise<string> {
  const { stdout, code } = await new Deno.Command(thief, {
    args: args.map(String),
  }).output();
  assert.equal(code, 0);
  return new TextDecoder().decode(stdout).trim();
}

for (
  const [how, refusal] of [["vm", EFAULT], ["mem", EIO], [
    "ptrace",
    EIO,
  ]] as const
) {
  Deno.test(`secret memory is not read by ${how}, ordinary memory is`, async () => {
    await using victim = await startVictim();
    const { pid, secret, ordinary }: Victim = JSON.parse(victim.line);
    assert.equal(await steal(how, pid, ordinary, MARK.length), mark);
    assert.equal(await steal(how, pid, secret, MARK.length), refusal);
  });
}

Deno.test("no descriptor of secret memory is there to be taken", async () => {
  await using victim = await startVictim();
  const { pid }: Victim = JSON.parse(victim.line);
  assert.equal(await steal("fds", pid), "0");
});

Deno.test("a descriptor left open is taken, and its memory read", async () => {
  await using careless = await start(thief, ["hold"]);
  const loot = new TextEncoder().encode("an open secret!\0").toHex();
  assert.equal(await steal("fds", Number(careless.line)), `${loot}\n1`);
});
