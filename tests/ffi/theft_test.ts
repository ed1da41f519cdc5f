/**
 * Another process, as root where we are root, searches a Deno process that
 * holds an arena. Every search has its control: ordinary memory is read, and a
 * descriptor that was left open is copied.
 */
import assert from "node:assert/strict";
import { search } from "../attacks/search.ts";
import { startControl } from "../system/attacks/control.ts";
import { makeMark } from "./victim.ts";

const mark = new TextDecoder().decode(makeMark());

/** Starts a program and returns its first output. */
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

for (
  const [method, refusal] of [
    ["readv", "EFAULT"],
    ["mem", "EIO"],
    ["peek", "EIO"],
  ] as const
) {
  Deno.test(`secret memory is not read by ${method}, ordinary memory is`, async () => {
    await using victim = await startVictim();
    const { copies, secretmem } = search(method, Number(victim.line), [mark]);
    assert.ok((copies[0] ?? 0) > 0, "ordinary memory");
    assert.deepEqual(secretmem, [refusal]);
  });
}

Deno.test("no descriptor of secret memory can be copied", async () => {
  await using victim = await startVictim();
  const { denied, descriptors } = search("getfd", Number(victim.line), [mark]);
  assert.deepEqual({ denied, descriptors }, { denied: "", descriptors: 0 });
});

Deno.test("a descriptor left open is copied, and its memory read", async () => {
  const secret = "an-open-secret-0123";
  await using careless = await startControl(secret);
  const { copies, descriptors } = search("getfd", careless.pid, [secret]);
  // One more is in an ordinary memfd.
  assert.deepEqual({ copies, descriptors }, { copies: [2], descriptors: 1 });
});
