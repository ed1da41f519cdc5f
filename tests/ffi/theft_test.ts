/**
 * Another process, as root where we are root, steals from a Deno process that
 * holds an arena. Every theft has its control: the same theft on ordinary
 * memory, or of a descriptor that was left open, must succeed.
 */
import assert from "node:assert/strict";
import { buildNativeHelper } from "../../tools/shim.ts";
import { MARK } from "./victim.ts";

const EIO = "errno 5";
const EFAULT = "errno 14";
const mark = MARK.toHex();
const thief = await buildNativeHelper("thief");

interface Victim extends AsyncDisposable {
  readonly pid: number;
  readonly secret: string;
  readonly ordinary: string;
}

async function startVictim(...options: string[]): Promise<Victim> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("./victim.ts", import.meta.url).pathname]
      .concat(options),
    cwd: new URL("../../", import.meta.url).pathname,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream());
  const reader = lines.getReader();
  const { value } = await reader.read();
  assert.ok(value, "the victim said nothing");
  return {
    ...JSON.parse(value),
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await reader.cancel();
      assert.equal((await child.status).code, 0);
    },
  };
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
    const { pid, secret, ordinary } = victim;
    assert.equal(await steal(how, pid, ordinary, MARK.length), mark);
    assert.equal(await steal(how, pid, secret, MARK.length), refusal);
  });
}

Deno.test("no descriptor of secret memory can be taken with pidfd_getfd", async () => {
  await using victim = await startVictim();
  assert.equal(await steal("fds", victim.pid), "0");
});

Deno.test("memory of a hardened process is not read by a user", async () => {
  await using victim = await startVictim("hard");
  const { pid, ordinary } = victim;
  const maps = await Deno.readTextFile(`/proc/${pid}/maps`).catch(() => "");
  if (Deno.uid() === 0) assert.match(maps, /\/secretmem/);
  const dumpable = await Deno.stat(`/proc/${pid}/mem`);
  assert.equal(dumpable.uid, 0);
  assert.ok(ordinary);
});
