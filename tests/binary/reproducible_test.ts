/** The same sources give the same bytes, in another directory and without any cache. */
import assert from "node:assert/strict";
import type { Compiled } from "../../tools/compile.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const SOURCES = [
  "c",
  "ffi",
  "src",
  "tools",
  "main.ts",
  "deno.json",
  "deno.lock",
];

async function run(command: string, args: string[], options = {}) {
  const { success, stderr } = await new Deno.Command(command, {
    args,
    ...options,
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

/** Copies the sources, without what was built from them. */
async function copySources(from: string, folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await run("cp", ["-r", ...SOURCES.map((name) => `${from}/${name}`), folder]);
  await Deno.remove(`${folder}/c/build`, { recursive: true }).catch(() => {});
}

/** Builds in `folder` with an empty cache and answers what was built. */
async function buildIn(folder: string): Promise<Compiled> {
  await run(Deno.execPath(), ["task", "compile"], {
    cwd: folder,
    env: { XDG_CACHE_HOME: `${folder}/cache`, DENO_DIR: await denoDir() },
  });
  const record = `${folder}/dist/cloudtaser-wrapper.json`;
  return JSON.parse(await Deno.readTextFile(record));
}

/** Deno's own cache follows XDG_CACHE_HOME too; packages need not be fetched again. */
async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json"],
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

Deno.test("compile: two clean builds in different directories are the same bytes", async () => {
  const folder = await Deno.makeTempDir({ prefix: "cloudtaser-twice-" });
  try {
    const [first, second] = [`${folder}/one`, `${folder}/a/longer/path/two`];
    // The second from the first: somebody may be working in this tree.
    await copySources(ROOT, first);
    await copySources(first, second);
    const one = await buildIn(first);
    const two = await buildIn(second);
    assert.equal(one.sha256, two.sha256);
    assert.equal(one.bytes, two.bytes);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
