/** Only the pinned Deno becomes the base: another is refused where it is read and where it is fetched. */
import assert from "node:assert/strict";
import { buildBase } from "../../tools/base/build_base.ts";
import {
  DENO_VERSION,
  fetchDeno,
  requireKnownDeno,
} from "../../tools/base/deno_executables.ts";
import { run } from "../../tools/run.ts";
import { TemporaryFolder } from "../../tools/temporary_folder.ts";

const { arch } = Deno.build;
const REFUSED = new RegExp(
  `^Deno ${DENO_VERSION} for ${arch}: expected SHA-256 [0-9a-f]{64}, ` +
    `got [0-9a-f]{64}; build with "npx -y deno@${DENO_VERSION} task compile"[^\n]*$`,
);

Deno.test("requireKnownDeno() accepts the running Deno and refuses it with one byte changed", async () => {
  const bytes = await Deno.readFile(Deno.execPath());
  await requireKnownDeno(arch, bytes);
  await assert.rejects(requireKnownDeno(arch, withOneByteChanged(bytes)), {
    message: REFUSED,
  });
  const other = arch === "x86_64" ? "aarch64" : "x86_64";
  await assert.rejects(requireKnownDeno(other, bytes), /expected SHA-256/);
});

Deno.test("buildBase() packs no Deno with one byte changed", async () => {
  await using folder = await TemporaryFolder.make("deno");
  const path = `${folder.path}/deno`;
  const bytes = await Deno.readFile(Deno.execPath());
  await Deno.writeFile(path, withOneByteChanged(bytes));
  await assert.rejects(
    buildBase(path, { arch: Deno.build.arch, v8Flags: [] }),
    { message: REFUSED },
  );
});

Deno.test("fetchDeno() takes the pinned executable from a registry, and keeps none with one byte changed", async () => {
  const bytes = await Deno.readFile(Deno.execPath());
  await using folder = await TemporaryFolder.make("registry");
  const cache = `${folder.path}/cache/cloudtaser-wrapper/deno`;
  const good = await packAsNpm(bytes, folder.path);
  const bad = await packAsNpm(withOneByteChanged(bytes), folder.path);

  await withRegistry(bad, folder.path, async () => {
    await assert.rejects(fetchDeno(arch), { message: REFUSED });
    assert.deepEqual([...Deno.readDirSync(cache)], []);
  });
  await withRegistry(good, folder.path, async () => {
    const path = await fetchDeno(arch);
    assert.deepEqual(await Deno.readFile(path), bytes);
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o755);
  });
});

function withOneByteChanged(bytes: Uint8Array): Uint8Array {
  const changed = bytes.slice();
  const middle = changed.length >> 1;
  changed[middle] = changed[middle]! ^ 1;
  return changed;
}

async function packAsNpm(
  executable: Uint8Array,
  folder: string,
): Promise<Uint8Array<ArrayBuffer>> {
  await Deno.mkdir(`${folder}/package`, { recursive: true });
  await Deno.writeFile(`${folder}/package/deno`, executable);
  const manifest = JSON.stringify({ name: "any", version: DENO_VERSION });
  await Deno.writeTextFile(`${folder}/package/package.json`, manifest);
  const archive = ["-I", "gzip -1", "-cf", "made.tgz", "package"];
  await run("tar", archive, { cwd: folder });
  return await Deno.readFile(`${folder}/made.tgz`);
}

/** A registry whose integrity field fits what it serves, as that of an attacker does. */
async function withRegistry(
  archive: Uint8Array<ArrayBuffer>,
  folder: string,
  work: () => Promise<void>,
): Promise<void> {
  const digest = await crypto.subtle.digest("SHA-512", archive);
  const integrity = `sha512-${new Uint8Array(digest).toBase64()}`;
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url }) => {
      const { origin, pathname } = new URL(url);
      if (pathname.endsWith(".tgz")) return new Response(archive);
      const name = decodeURIComponent(pathname.slice(1));
      const dist = { tarball: `${origin}/archive.tgz`, integrity };
      return Response.json({
        name,
        "dist-tags": { latest: DENO_VERSION },
        versions: { [DENO_VERSION]: { name, version: DENO_VERSION, dist } },
      });
    },
  );
  using _ = new Environment({
    NPM_CONFIG_REGISTRY: `http://127.0.0.1:${server.addr.port}`,
    NPM_CONFIG_CACHE: `${folder}/npm`,
    XDG_CACHE_HOME: `${folder}/cache`,
  });
  await work();
}

/** Sets variables; `using` restores them. */
class Environment implements Disposable {
  readonly #before: ReadonlyMap<string, string | undefined>;

  constructor(variables: Readonly<Record<string, string>>) {
    const names = Object.keys(variables);
    this.#before = new Map(names.map((name) => [name, Deno.env.get(name)]));
    for (const name of names) Deno.env.set(name, variables[name]!);
  }

  [Symbol.dispose](): void {
    for (const [name, value] of this.#before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}
