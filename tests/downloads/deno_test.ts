/** tools/deno runs the pinned Deno and no other. */
import assert from "node:assert/strict";
import { DENO_VERSION } from "../../tools/base/deno_executables.ts";
import { run, tryRun, words } from "../../tools/run.ts";
import { TemporaryFolder } from "../../tools/temporary_folder.ts";
import { packForNpm, withRegistry } from "./npm_registry.ts";
import { withOneByteChanged } from "./swap.ts";

const SCRIPT = new URL("../../tools/deno", import.meta.url).pathname;
const REFUSED =
  /^\S+\/deno: expected a SHA-256 of \S+\/deno_executables\.ts, got [0-9a-f]{64}; use Deno 2\.9\.6 from [^\n]*$/m;

const bytes = await Deno.readFile(Deno.execPath());
const changed = withOneByteChanged(bytes);

Deno.test("tools/deno runs the Deno of the PATH", async () => {
  await using machine = await Machine.make(bytes);
  // Without a registry nothing can be fetched.
  const { code, stdout, stderr } = await machine.run({});
  assert.equal(code, 0, stderr);
  assert.equal(stdout, `${machine.path}/deno\n`);
});

Deno.test("tools/deno runs npm's instead of a Deno of the PATH with one byte changed", async () => {
  await using machine = await Machine.make(changed);
  await machine.withNpm(bytes, async (registry) => {
    const { code, stdout, stderr } = await machine.run(registry);
    assert.equal(code, 0, stderr);
    assert.ok(stdout.startsWith(`${machine.cache}/`), stdout);
  });
  // It is kept.
  const cached = { XDG_CACHE_HOME: machine.cache };
  const { code, stdout, stderr } = await machine.run(cached);
  assert.equal(code, 0, stderr);
  assert.ok(stdout.startsWith(`${machine.cache}/`), stdout);
});

Deno.test("tools/deno keeps Deno in the home when XDG_CACHE_HOME is a relative path", async () => {
  await using machine = await Machine.make();
  await machine.withNpm(bytes, async (registry) => {
    const env = { ...registry, XDG_CACHE_HOME: "relative" };
    const { code, stdout, stderr } = await machine.run(env);
    assert.equal(code, 0, stderr);
    assert.ok(stdout.startsWith(`${machine.home}/.cache/`), stdout);
  });
});

Deno.test('tools/deno fetches Deno whatever npm\'s setting "global" is', async () => {
  await using machine = await Machine.make();
  await machine.withNpm(bytes, async (registry) => {
    const env = { ...registry, NPM_CONFIG_GLOBAL: "true" };
    const { code, stderr } = await machine.run(env);
    assert.equal(code, 0, stderr);
  });
});

Deno.test("tools/deno refuses npm's Deno with one byte changed, and does not keep it", async () => {
  await using machine = await Machine.make();
  await machine.withNpm(changed, async (registry) => {
    const { code, stdout, stderr } = await machine.run(registry);
    assert.equal(code, 1, stdout);
    assert.equal(stdout, "");
    assert.match(stderr, REFUSED);
  });
  const files = await run("find", [machine.cache, "-type", "f"]);
  assert.equal(files, "");
});

/** What the script finds on a machine. */
class Machine implements AsyncDisposable {
  readonly #folder: TemporaryFolder;

  private constructor(folder: TemporaryFolder) {
    this.#folder = folder;
  }

  /** @param deno the executable on its PATH */
  static async make(deno?: Uint8Array): Promise<Machine> {
    const machine = new Machine(await TemporaryFolder.make("machine"));
    await makePath(machine.path);
    const path = `${machine.path}/deno`;
    if (deno) await Deno.writeFile(path, deno, { mode: 0o755 });
    return machine;
  }

  get path(): string {
    return `${this.#folder.path}/bin`;
  }

  get home(): string {
    return this.#folder.path;
  }

  get cache(): string {
    return `${this.#folder.path}/cache`;
  }

  /** Runs `work` with the settings of a registry that serves this executable. */
  async withNpm(
    deno: Uint8Array,
    work: (env: Readonly<Record<string, string>>) => Promise<void>,
  ): Promise<void> {
    const archive = await packForNpm(DENO_VERSION, { deno });
    await withRegistry(DENO_VERSION, archive, this.#folder.path, work);
  }

  /** Prints the path of the Deno that runs. */
  async run(env: Readonly<Record<string, string>>) {
    return await tryRun(SCRIPT, ["eval", "console.log(Deno.execPath())"], {
      env: {
        PATH: this.path,
        HOME: this.home,
        NPM_CONFIG_CACHE: `${this.#folder.path}/npm`,
        NPM_CONFIG_REGISTRY: "http://127.0.0.1:9",
        ...env,
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** A folder with what the script runs, and without Deno. */
async function makePath(folder: string): Promise<string> {
  await Deno.mkdir(folder);
  const names =
    "chmod cut dirname grep mkdir mktemp mv node npm rm sh sha256sum uname";
  for (const name of words(names)) {
    const find = ["-c", `command -v ${name}`];
    const path = (await run("/bin/sh", find)).trim();
    await Deno.symlink(path, `${folder}/${name}`);
  }
  return folder;
}
