/** `deno task fuzz` finds mistakes that are planted, replays them, and runs for a minute on every parser. */
import assert from "node:assert/strict";
import { TARGETS } from "../../tools/fuzz/targets.ts";
import { NATIVE_TARGETS } from "../../tools/fuzz/native.ts";
import { TemporaryFolder } from "../../tools/temporary_folder.ts";
import { tryRun } from "../../tools/run.ts";

const FUZZ = new URL("../../tools/fuzz.ts", import.meta.url).pathname;
/** About a minute. */
const INPUTS = 1_200_000;

async function fuzz(...args: string[]) {
  const flags = ["run", "-A", "--v8-flags=--expose-gc", FUZZ, ...args];
  return await tryRun(Deno.execPath(), flags, {
    cwd: new URL("../..", import.meta.url).pathname,
  });
}

/** Name, inputs, and what is found. */
const PLANTED = [
  ["planted-throw", 100_000, /TypeError: planted/],
  ["planted-round-trip", 100_000, /round trip: /],
  ["planted-hang", 100_000, /no end after \d+ ms/],
  ["planted", 1_000_000, /index \d+ out of bounds|global-buffer-overflow/],
] as const;

for (const [name, inputs, what] of PLANTED) {
  Deno.test(`${name} is found, saved and replayed`, async () => {
    await using folder = await TemporaryFolder.make("fuzz");
    const args = [
      `--target=${name}`,
      `--inputs=${inputs}`,
      "--seed=7",
      `--output=${folder.path}`,
    ];
    const { code, stdout, stderr } = await fuzz(...args);
    assert.equal(code, 1, stderr);
    assert.match(stdout, /^seed 7$/m);
    assert.match(stdout, what);
    const [, words = ""] = /again: deno task fuzz (.*)/.exec(stdout) ?? [];
    assert.match(words, /--replay=/);
    const again = await fuzz(...words.split(" "));
    assert.equal(again.code, 1, again.stderr);
    assert.match(again.stdout, what);
    // The same seed finds the same input.
    const file = `${folder.path}/${name}-7`;
    const first = await Deno.readFile(file);
    if (name !== "planted-throw") return;
    await fuzz(...args);
    assert.deepEqual(await Deno.readFile(file), first);
  });
}

Deno.test("planted-growth is found, and again with its seed", async () => {
  await using folder = await TemporaryFolder.make("fuzz");
  const output = `--output=${folder.path}`;
  const first = await fuzz(
    "--target=planted-growth",
    "--inputs=150000",
    "--seed=7",
    output,
  );
  assert.match(first.stdout, /the heap grew by \d+ KiB/);
  const [, words = ""] = /again: deno task fuzz (.*)/.exec(first.stdout) ?? [];
  const again = await fuzz(...words.split(" "), output);
  assert.equal(again.code, 1);
  assert.match(again.stdout, /the heap grew by \d+ KiB/);
});

Deno.test("an unknown target is an error that names those in C and in TypeScript", async () => {
  const { code, stderr } = await fuzz("--target=quux");
  assert.equal(code, 1);
  assert.match(stderr, /no target "quux": use .*proc_lines, .*cbor/);
});

Deno.test("nothing is found in a minute with a new seed", async () => {
  await using folder = await TemporaryFolder.make("fuzz");
  const { code, stdout, stderr } = await fuzz(
    `--inputs=${INPUTS}`,
    `--output=${folder.path}`,
  );
  console.log(stdout.split("\n")[0]);
  assert.equal(code, 0, stdout + stderr);
  const names = [...stdout.matchAll(/^([\w-]+): [\d,]+ inputs/gm)].map((
    [, name],
  ) => name);
  const all = [...NATIVE_TARGETS, ...TARGETS].map(({ name }) => name);
  assert.deepEqual(names, all);
  const tried = [...stdout.matchAll(/: ([\d,]+) inputs/g)]
    .reduce((sum, [, n = ""]) => sum + Number(n.replaceAll(",", "")), 0);
  assert.ok(tried >= INPUTS, `${tried} inputs`);
});
