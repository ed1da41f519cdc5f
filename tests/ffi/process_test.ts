/**
 * Processes as TypeScript sees them. Signals are the business of the native
 * tests: Deno has started threads that do not block them.
 */
import assert from "node:assert/strict";
import {
  closeFd,
  FfiError,
  kill,
  receive,
  socketPair,
  spawn,
  waitEvent,
} from "@ffi";

const LIMIT_MS = 20_000;

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}

function shell(command: string) {
  return {
    paths: [bytes("/nonexistent/sh"), bytes("/bin/sh")],
    argv: ["sh", "-c", command].map(bytes),
    envp: [bytes("PATH=/usr/bin:/bin"), Uint8Array.of(88, 61, 0xff, 0)],
  };
}

/** The next end of a child. Looks often: no SIGCHLD wakes us here. */
async function nextEnd() {
  const limit = Date.now() + LIMIT_MS;
  while (Date.now() < limit) {
    const event = await waitEvent(10);
    if (event.kind === "exit") return event;
  }
  throw new Error("No child ended in time");
}

Deno.test("spawn() and waitEvent() report pid and code", async () => {
  const pid = spawn(shell("exit 7"));
  const event = await nextEnd();
  assert.deepEqual([event.pid, event.code, event.signal], [pid, 7, 0]);
});

Deno.test("spawn() passes bytes and descriptors as they are", async () => {
  const [ours, theirs] = socketPair();
  spawn({
    ...shell('printf "%s" "$X" >&3; ulimit -Sn >&3'),
    fds: [theirs],
    closeOthers: true,
    nofileSoft: 99n,
  });
  closeFd(theirs);
  await nextEnd();
  const text = new Uint8Array(64);
  const first = await receive(ours, text, LIMIT_MS);
  const second = await receive(ours, text.subarray(first), LIMIT_MS);
  closeFd(ours);
  const wanted = [0xff, ...new TextEncoder().encode("99\n")];
  assert.deepEqual([...text.subarray(0, first + second)], wanted);
});

Deno.test("spawn() throws execve's own error", () => {
  const missing = { ...shell(""), paths: [bytes("/nonexistent")] };
  assert.throws(
    () => spawn(missing),
    (error) => error instanceof FfiError && error.code === "ENOENT",
  );
});

Deno.test("spawn() refuses strings without NUL", () => {
  const open = { ...shell(""), argv: [new TextEncoder().encode("sh")] };
  assert.throws(() => spawn(open), TypeError);
});

Deno.test("kill() signals a child and its group, and no other process", async () => {
  const pid = spawn({ ...shell("sleep 100 & sleep 100"), ownGroup: true });
  assert.equal(kill(pid, 15, true), true);
  const event = await nextEnd();
  assert.deepEqual([event.code, event.signal], [143, 15]);
  assert.equal(kill(pid, 15, false), false);
  assert.equal(kill(1, 0, false), false);
});

Deno.test("waitEvent() ends in time", async () => {
  assert.equal((await waitEvent(0)).kind, "timeout");
});
