/** The Dockerfile's Deno is verified before it runs. */
import assert from "node:assert/strict";
import { DENO_VERSION } from "../../tools/base/deno_executables.ts";
import { run, tryRun, words } from "../../tools/run.ts";
import { TemporaryFolder } from "../../tools/temporary_folder.ts";
import { packForNpm, withRegistry } from "./npm_registry.ts";
import { withOneByteChanged } from "./swap.ts";

const SCRIPT = new URL("../../tools/base/verified_deno.sh", import.meta.url);
const REFUSED =
  /^\S+\/deno: expected a SHA-256 of \S+\/deno_executables\.ts, got [0-9a-f]{64}; use Deno 2\.9\.6 from [^\n]*\n$/;

function start(env: Readonly<Record<string, string>>) {
  return tryRun("/bin/sh", [SCRIPT.pathname], { env });
}

Deno.test("verified_deno.sh prints the Deno of the PATH, and refuses it with one byte changed", async () => {
  await using folder = await TemporaryFolder.make("path");
  const PATH = `${folder.path}:/usr/bin:/bin`;
  const path = `${folder.path}/deno`;
  const deno = await Deno.readFile(Deno.execPath());
  await Deno.writeFile(path, deno, { mode: 0o755 });
  assert.equal((await start({ PATH })).stdout, `${path}\n`);

  await Deno.writeFile(path, withOneByteChanged(deno));
  const { code, stdout, stderr } = await start({ PATH });
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(stderr, REFUSED);
});

Deno.test("verified_deno.sh installs npm's Deno, and refuses it with one byte changed", async () => {
  const deno = await Deno.readFile(Deno.execPath());
  const good = await packForNpm(DENO_VERSION, { deno });
  const bad = await packForNpm(DENO_VERSION, {
    deno: withOneByteChanged(deno),
  });
  await using folder = await TemporaryFolder.make("registry");
  const settings = {
    PATH: await makePath(`${folder.path}/bin`),
    NPM_CONFIG_CACHE: `${folder.path}/npm`,
    TMPDIR: folder.path,
  };
  await withRegistry(DENO_VERSION, bad, folder.path, async (env) => {
    const { code, stdout, stderr } = await start({ ...env, ...settings });
    assert.equal(code, 1, stdout);
    assert.match(stderr, REFUSED);
  });
  await withRegistry(DENO_VERSION, good, folder.path, async (env) => {
    const { code, stdout, stderr } = await start({ ...env, ...settings });
    assert.equal(code, 0, stderr);
    assert.deepEqual(await Deno.readFile(stdout.trim()), deno);
  });
});

/** A folder with what the script runs, and without deno. */
async function makePath(folder: string): Promise<string> {
  await Deno.mkdir(folder);
  const names = "chmod cut dirname grep mktemp node npm sh sha256sum uname";
  for (const name of words(names)) {
    const find = ["-c", `command -v ${name}`];
    const path = (await run("/bin/sh", find)).trim();
    await Deno.symlink(path, `${folder}/${name}`);
  }
  return folder;
}
