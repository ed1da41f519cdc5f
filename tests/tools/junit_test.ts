/**
 * The end of a test run: what `deno test` really writes is read as it was,
 * and what failed is named again on the last lines.
 */
import assert from "node:assert/strict";
import { readJunit } from "../../tools/test/junit.ts";

const TESTS = `
Deno.test("fine", () => {});
Deno.test({ name: "left <out>", ignore: true, fn() {} });
Deno.test("bad", () => { throw new Error("one & two"); });
Deno.test("only a step", async (t) => {
  await t.step("good", () => {});
  await t.step("worse", () => { throw new Error("of the step"); });
});
Deno.test("after its steps", async (t) => {
  await t.step("good", () => {});
  throw new Error("of the test itself");
});
`;

async function outcomeOf(tests: string) {
  const folder = await Deno.makeTempDir({ prefix: "cloudtaser-junit-" });
  try {
    await Deno.writeTextFile(`${folder}/a_test.ts`, tests);
    const run = new Deno.Command(Deno.execPath(), {
      args: ["test", "--no-config", "--junit-path=out.xml", "a_test.ts"],
      cwd: folder,
      stdout: "null",
      stderr: "null",
    });
    await run.output();
    return readJunit(await Deno.readTextFile(`${folder}/out.xml`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("junit: tests are counted, and what failed says why, in its steps too", async () => {
  const { passed, skipped, failures } = await outcomeOf(TESTS);
  assert.equal(passed, 1);
  assert.deepEqual(skipped, ["left <out>"]);
  const said = new Map(failures.map(({ name, text }) => [name, text]));
  assert.deepEqual([...said.keys()].sort(), [
    "after its steps",
    "bad",
    "only a step",
  ]);
  assert.match(said.get("bad") ?? "", /^Error: one & two\n/);
  assert.match(said.get("only a step") ?? "", /^worse: Error: of the step\n/);
  assert.match(said.get("after its steps") ?? "", /^Error: of the test itself/);
});

Deno.test("junit: of a long failure the start and the end are kept", async () => {
  const lines =
    'Array.from({ length: 50 }, (_, i) => `line ${i}.`).join("\\n")';
  const { failures } = await outcomeOf(
    `Deno.test("long", () => { throw new Error(${lines}); });`,
  );
  const { text = "" } = failures[0] ?? {};
  assert.match(text, /^Error: line 0\.\n/);
  assert.match(text, /\n…\n/);
  assert.match(text, /^line 49\.$/m);
  assert.doesNotMatch(text, /line 20\./);
});

Deno.test("junit: the empty file of tests that do not load counts as nothing passed", () => {
  assert.deepEqual(readJunit(""), {
    passed: 0,
    skipped: [],
    failures: [],
    files: [],
  });
});
