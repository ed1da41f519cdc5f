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

/** Copies the sources into `folder`, builds there with an empty cache, answers what was built. */
async function buildIn(folder: string): Promise<Compiled> {
  await Deno.mkdir(folder, { recursive: true });
  await run("cp", ["-r", ...SOURCES.map((name) => ROOT + name), folder]);
  await Deno.remove(`${folder}/c/build`, { recursive: true }).catch(() => {});
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
    const one = await buildIn(`${folder}/one`);
    const two = await buildIn(`${folder}/a/longer/path/two`);
    assert.equal(one.sha256, two.sha256);
    assert.equal(one.bytes, two.bytes);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
