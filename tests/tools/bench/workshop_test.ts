/** What timing.c writes is read correctly, and an application with wrong secrets is a failure. */
import assert from "node:assert/strict";
import type { Secret } from "../../../tools/bench/server.ts";
import { readRun, Workshop } from "../../../tools/bench/workshop.ts";

Deno.test("readRun() reads times in nanoseconds: clock, and user with system", () => {
  const line = "1000000000 1250000000 70000000 30000000 0\n";
  assert.deepEqual(readRun(line, "noise\nmain 1200500000\n"), {
    toMain: 200.5,
    toExit: 250,
    cpu: 100,
    stdout: "noise\nmain 1200500000\n",
  });
  assert.equal(readRun(line, "nothing")?.toMain, undefined);
});

Deno.test("readRun() returns nothing for a command that failed or was not started", () => {
  assert.equal(readRun("1 2 3 4 256\n", "main 2\n"), undefined);
  assert.equal(readRun("", "main 2\n"), undefined);
});

function secret(variable: string, value: string): Secret {
  return { variable, path: "secret/data/x", field: "x", value };
}

Deno.test("an application that receives other values fails, and says which without the value", async () => {
  await using workshop = await Workshop.open();
  const words = await workshop.application([
    secret("FIRST", "one"),
    secret("SECOND", "two=2"),
  ]);
  const run = await workshop.time({
    words,
    env: { FIRST: "one", SECOND: "two=2" },
  });
  assert.ok(run.toMain !== undefined && run.cpu > 0);
  for (const env of [{ FIRST: "one" }, { FIRST: "one", SECOND: "vault:x" }]) {
    await assert.rejects(workshop.time({ words, env }), (error: Error) => {
      assert.match(error.message, /wrong value in SECOND/);
      assert.doesNotMatch(error.message, /two|vault:/);
      return true;
    });
  }
});

Deno.test("processor time includes that of processes that the command does not wait for", async () => {
  await using workshop = await Workshop.open();
  const spin = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done";
  const measure = async (line: string) =>
    (await workshop.time({ words: ["/bin/sh", "-c", line] })).cpu;
  const idle = await measure("(:); :");
  for (const line of [`(${spin}); :`, `(${spin}) & :`]) {
    const busy = await measure(line);
    assert.ok(busy > idle * 2, `${line}: ${busy} and ${idle}`);
  }
});
