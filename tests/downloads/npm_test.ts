/** Of npm, only the pinned Deno becomes the base, only the pinned esbuild bundles, and only what deno.lock has is imported. */
import assert from "node:assert/strict";
import { buildBase } from "../../tools/base/build_base.ts";
import {
  DENO_VERSION,
  requireKnownDeno,
} from "../../tools/base/deno_executables.ts";
import { ensureEsbuild } from "../../tools/build/esbuild.ts";
import { run, tryRun } from "../../tools/run.ts";
import { TemporaryFolder } from "../../tools/temporary_folder.ts";
import { integrityOf, packForNpm, withRegistry } from "./npm_registry.ts";
import { callTool, withOneByteChanged } from "./swap.ts";

type Settings = Readonly<Record<string, string>>;

const { arch } = Deno.build;
const HASHES = "expected SHA-256 [0-9a-f]{64}, got [0-9a-f]{64}";
const OTHER_DENO = new RegExp(
  `^Deno ${DENO_VERSION} for ${arch}: ${HASHES}; ` +
    `build with "tools/deno task compile"[^\n]*$`,
);
const OTHER_ESBUILD = new RegExp(
  `^esbuild 0\\.25\\.5 at /\\S+: ${HASHES}; delete that file[^\n]*$`,
);

Deno.test("requireKnownDeno() accepts the running Deno and refuses it with one byte changed", async () => {
  const bytes = await Deno.readFile(Deno.execPath());
  await requireKnownDeno(arch, bytes);
  await assert.rejects(requireKnownDeno(arch, withOneByteChanged(bytes)), {
    message: OTHER_DENO,
  });
  const other = arch === "x86_64" ? "aarch64" : "x86_64";
  await assert.rejects(requireKnownDeno(other, bytes), new RegExp(HASHES));
});

Deno.test("buildBase() packs no Deno with one byte changed", async () => {
  await using folder = await TemporaryFolder.make("deno");
  const path = `${folder.path}/deno`;
  const bytes = await Deno.readFile(Deno.execPath());
  await Deno.writeFile(path, withOneByteChanged(bytes));
  await assert.rejects(buildBase(path, { arch, v8Flags: [] }), {
    message: OTHER_DENO,
  });
});

Deno.test("fetchDeno() takes the pinned executable from a registry, and keeps none with one byte changed", async () => {
  const deno = await Deno.readFile(Deno.execPath());
  const bad = await packForNpm(DENO_VERSION, {
    deno: withOneByteChanged(deno),
  });
  const good = await packForNpm(DENO_VERSION, { deno });
  await using folder = await TemporaryFolder.make("registry");
  await withRegistry(DENO_VERSION, bad, folder.path, async (env) => {
    await assert.rejects(fetchDeno(env), { message: OTHER_DENO });
    const cache = `${folder.path}/cache/cloudtaser-wrapper/deno`;
    assert.deepEqual([...Deno.readDirSync(cache)], []);
  });
  await withRegistry(DENO_VERSION, good, folder.path, async (env) => {
    const path = await fetchDeno(env);
    assert.deepEqual(await Deno.readFile(path), deno);
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o755);
  });
});

Deno.test("ensureEsbuild() places the pinned esbuild where deno bundle runs it, and refuses one byte changed", async () => {
  await ensureEsbuild();
  const esbuild = await Deno.readFile(esbuildIn(await denoFolder()));
  const bad = await packForNpm("0.25.5", {
    "bin/esbuild": withOneByteChanged(esbuild),
  });
  const good = await packForNpm("0.25.5", { "bin/esbuild": esbuild });
  await using folder = await TemporaryFolder.make("registry");
  const path = esbuildIn(`${folder.path}/deno`);
  await withRegistry("0.25.5", bad, folder.path, async (env) => {
    await assert.rejects(placeEsbuild(env), { message: OTHER_ESBUILD });
    await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
  });
  await withRegistry("0.25.5", good, folder.path, placeEsbuild);
  // The registry is gone: Deno finds what was placed.
  await withRegistry("0.25.5", new Uint8Array(), folder.path, async (env) => {
    const entry = `${folder.path}/entry.ts`;
    await Deno.writeTextFile(entry, "console.log(1 + 1);\n");
    const bundle = ["bundle", "--quiet", "--no-config", "--minify", entry];
    assert.match(
      await run(Deno.execPath(), bundle, { env }),
      /console\.log\(2\)/,
    );
    await Deno.writeFile(path, withOneByteChanged(esbuild));
    await assert.rejects(placeEsbuild(env), { message: OTHER_ESBUILD });
  });
});

Deno.test("deno.json freezes deno.lock, and an import with one byte changed is refused", async () => {
  const root = new URL("../../", import.meta.url);
  const { lock } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", root)),
  );
  assert.deepEqual(lock, { path: "deno.lock", frozen: true });

  const good = await packForNpm("1.0.0", { "index.js": "export default 1;\n" });
  const bad = await packForNpm("1.0.0", { "index.js": "export default 3;\n" });
  const project = await TemporaryFolder.make("project");
  await using _ = project;
  await Deno.writeTextFile(
    `${project.path}/deno.json`,
    JSON.stringify({ lock, imports: { any: "npm:any@1.0.0" } }),
  );
  await Deno.writeTextFile(
    `${project.path}/deno.lock`,
    JSON.stringify({
      version: "5",
      specifiers: { "npm:any@1.0.0": "1.0.0" },
      npm: { "any@1.0.0": { integrity: await integrityOf(good) } },
      workspace: { dependencies: ["npm:any@1.0.0"] },
    }),
  );
  const entry = 'import one from "any"; console.log(one);';
  await Deno.writeTextFile(`${project.path}/main.ts`, entry);
  const { path: cwd } = project;
  const start = (env: Settings) =>
    tryRun(Deno.execPath(), ["run", "-A", "main.ts"], { cwd, env });

  await using first = await TemporaryFolder.make("registry");
  await withRegistry("1.0.0", bad, first.path, async (env) => {
    const { code, stdout, stderr } = await start(env);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /checksum|integrity/i);
  });
  await using second = await TemporaryFolder.make("registry");
  await withRegistry("1.0.0", good, second.path, async (env) => {
    const { stdout, stderr } = await start(env);
    assert.equal(stdout, "1\n", stderr);
  });
});

function fetchDeno(env: Settings): Promise<string> {
  return callTool("base/deno_executables.ts", "fetchDeno", [arch], env);
}

function placeEsbuild(env: Settings): Promise<void> {
  return callTool("build/esbuild.ts", "ensureEsbuild", [], env);
}

function esbuildIn(denoFolder: string): string {
  const platform = arch === "x86_64" ? "x64" : "arm64";
  return `${denoFolder}/dl/esbuild-0.25.5-1/esbuild-linux-${platform}`;
}

async function denoFolder(): Promise<string> {
  return JSON.parse(await run(Deno.execPath(), ["info", "--json"])).denoDir;
}
