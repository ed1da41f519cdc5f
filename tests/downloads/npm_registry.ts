/** A registry of npm on a port of this machine, whose integrity field fits what it serves, as an attacker's does. */
import { run } from "../../tools/run.ts";
import { TemporaryFolder } from "../../tools/temporary_folder.ts";

/** The archive of a package with these files. */
export async function packForNpm(
  version: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<Uint8Array<ArrayBuffer>> {
  await using folder = await TemporaryFolder.make("package");
  const manifest = JSON.stringify({ name: "any", version });
  const all = { "package.json": manifest, ...files };
  for (const [name, content] of Object.entries(all)) {
    const path = `${folder.path}/package/${name}`;
    await Deno.mkdir(path.replace(/[^/]*$/, ""), { recursive: true });
    const bytes = typeof content === "string"
      ? new TextEncoder().encode(content)
      : content;
    await Deno.writeFile(path, bytes);
  }
  const pack = ["-I", "gzip -1", "-cf", "made.tgz", "package"];
  await run("tar", pack, { cwd: folder.path });
  return await Deno.readFile(`${folder.path}/made.tgz`);
}

/**
 * Runs `work` with settings that name the registry, and caches below `folder`.
 * Every package has this version and archive.
 */
export async function withRegistry(
  version: string,
  archive: Uint8Array<ArrayBuffer>,
  folder: string,
  work: (env: Readonly<Record<string, string>>) => Promise<void>,
): Promise<void> {
  const integrity = await integrityOf(archive);
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url }) => {
      const { origin, pathname } = new URL(url);
      if (pathname.endsWith(".tgz")) return new Response(archive);
      const name = decodeURIComponent(pathname.slice(1));
      const dist = { tarball: `${origin}/${name}.tgz`, integrity };
      return Response.json({
        name,
        "dist-tags": { latest: version },
        versions: { [version]: { name, version, dist } },
      });
    },
  );
  await work({
    NPM_CONFIG_REGISTRY: `http://127.0.0.1:${server.addr.port}`,
    DENO_DIR: `${folder}/deno`,
    XDG_CACHE_HOME: `${folder}/cache`,
  });
}

/** As package-lock.json and deno.lock have it. */
export async function integrityOf(
  archive: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-512", archive);
  return `sha512-${new Uint8Array(digest).toBase64()}`;
}
