/**
 * Root directories for container tests, like the images people use: `empty`
 * (scratch), `static` and `cc` (distroless). Made of Debian packages, unpacked
 * and never configured; no registry is asked. Unpacked ones are cached.
 */
import { cacheDirectory, sha256 } from "./cache.ts";
import { apt } from "./packages.ts";
import { step } from "./progress.ts";

/** What an image holds before the wrapper comes in. */
export type RootKind = "empty" | "static" | "cc";

/** What distroless has; https://github.com/GoogleContainerTools/distroless. */
const PACKAGES: Readonly<Record<RootKind, readonly string[]>> = {
  empty: [],
  static: ["base-files", "ca-certificates", "netbase", "tzdata"],
  cc: [
    "base-files",
    "ca-certificates",
    "netbase",
    "tzdata",
    "libc6",
    "libgcc-s1",
    "libstdc++6",
    "gcc-12-base",
  ],
};

/** Part of the cache's key: to be raised when this file changes what it makes. */
const VERSION = "1";

/** What is added to it. */
export interface RootOptions {
  /** More Debian packages, `busybox-static` for example. Their dependencies are not added. */
  readonly packages?: readonly string[];
  /** Files to copy in: absolute path in the root → path here. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A root directory of its own, deleted with `await using`. */
export class Root implements AsyncDisposable {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

/**
 * Makes a root directory that the caller owns.
 *
 * @throws {Error} when packages cannot be downloaded.
 */
export async function makeRoot(
  kind: RootKind,
  options: RootOptions = {},
): Promise<Root> {
  const packages = [...PACKAGES[kind], ...options.packages ?? []];
  const root = new Root(await Deno.makeTempDir({ prefix: "cloudtaser-root-" }));
  // makeTempDir is private to root; the container runs as somebody else.
  await Deno.chmod(root.path, 0o755);
  if (packages.length > 0) {
    const unpacked = await unpackPackages(packages);
    await run("cp", ["-a", `${unpacked}/.`, root.path]);
  }
  for (const [to, from] of Object.entries(options.files ?? {})) {
    await putFile(from, `${root.path}${to}`);
  }
  return root;
}

/** A hard link when it is the same file system: the binary has 100 MB. */
async function putFile(from: string, to: string): Promise<void> {
  await Deno.mkdir(to.replace(/\/[^/]*$/, "") || "/", { recursive: true });
  try {
    await Deno.link(from, to);
  } catch {
    await Deno.copyFile(from, to);
  }
}

async function unpackPackages(packages: readonly string[]): Promise<string> {
  const names = await existingNames([...new Set(packages)].sort());
  const cache = await cacheDirectory("roots");
  const key = await sha256([VERSION, ...names].join("\n"));
  const path = `${cache}/${key}`;
  if (await isDirectory(path)) return path;
  const partial = `${path}.${Deno.pid}.tmp`;
  await step(`unpacking ${names.join(", ")}`, async () => {
    await Deno.mkdir(`${partial}/debs`, { recursive: true });
    await download(names, `${partial}/debs`);
    await unpack(`${partial}/debs`, `${partial}/root`);
    await Deno.rename(`${partial}/root`, path).catch(async (error) => {
      if (!await isDirectory(path)) throw error;
    });
  }).finally(() => Deno.remove(partial, { recursive: true }));
  return path;
}

/** gcc-12-base is the name in Debian 12 only: what this machine does not know is left out. */
async function existingNames(names: readonly string[]): Promise<string[]> {
  const { stdout } = await run("apt-cache", ["pkgnames"]);
  const known = new Set(new TextDecoder().decode(stdout).split("\n"));
  const optional = (name: string) => /^gcc-\d+-base$/.test(name);
  return names.filter((name) => known.has(name) || !optional(name));
}

async function download(
  names: readonly string[],
  folder: string,
): Promise<void> {
  const args = ["-o", "APT::Sandbox::User=root", "download", ...names];
  const first = await apt(args, { cwd: folder });
  if (first.success) return;
  await apt(["update", "-q"]);
  const second = await apt(args, { cwd: folder });
  if (second.success) return;
  const said = new TextDecoder().decode(second.stderr).trim();
  throw new Error(`Cannot download ${names.join(", ")}: ${said}`);
}

async function unpack(folder: string, root: string): Promise<void> {
  // Debian 12 and later have /usr merged; unpacked without base-files' postinst it would not be.
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    await Deno.mkdir(`${root}/usr/${name}`, { recursive: true });
    await Deno.symlink(`usr/${name}`, `${root}/${name}`);
  }
  for await (const entry of Deno.readDir(folder)) {
    await run("sh", [
      "-c",
      'dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --keep-directory-symlink',
      "sh",
      `${folder}/${entry.name}`,
      root,
    ]);
  }
  await writeAccounts(root);
  await writeCertificates(root);
}

/** The accounts of distroless. */
async function writeAccounts(root: string): Promise<void> {
  await Deno.mkdir(`${root}/etc`, { recursive: true });
  await Deno.mkdir(`${root}/home/nonroot`, { recursive: true, mode: 0o700 });
  await Deno.chown(`${root}/home/nonroot`, 65532, 65532).catch(() => {});
  await Deno.writeTextFile(
    `${root}/etc/passwd`,
    "root:x:0:0:root:/root:/sbin/nologin\n" +
      "nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n" +
      "nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n",
  );
  await Deno.writeTextFile(
    `${root}/etc/group`,
    "root:x:0:\nnobody:x:65534:\nnonroot:x:65532:\n",
  );
}

/** What ca-certificates' postinst would make. */
async function writeCertificates(root: string): Promise<void> {
  const folder = `${root}/usr/share/ca-certificates/mozilla`;
  if (!await isDirectory(folder)) return;
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) names.push(name);
  const texts = await Promise.all(
    names.sort().map((name) => Deno.readTextFile(`${folder}/${name}`)),
  );
  await Deno.mkdir(`${root}/etc/ssl/certs`, { recursive: true });
  await Deno.writeTextFile(
    `${root}/etc/ssl/certs/ca-certificates.crt`,
    texts.join(""),
  );
}

async function isDirectory(path: string): Promise<boolean> {
  const found = await Deno.stat(path).catch(() => undefined);
  return found?.isDirectory ?? false;
}

async function run(
  command: string,
  args: readonly string[],
): Promise<Deno.CommandOutput> {
  const output = await new Deno.Command(command, { args: [...args] }).output();
  if (output.success) return output;
  const said = new TextDecoder().decode(output.stderr).trim();
  throw new Error(`${command} failed: ${said}`);
}
