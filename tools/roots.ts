/**
 * Root directories for container tests, like common base images: `empty`
 * (scratch), `static` and `cc` (distroless). They are made of unpacked Debian
 * packages, which the cache keeps; no image registry is needed.
 */
import { cacheDirectory, exists, makeOnce, sha256 } from "./cache.ts";
import { apt } from "./packages.ts";
import { run, words } from "./run.ts";
import { TemporaryFolder } from "./temporary_folder.ts";

/** The content of an image before the wrapper is copied into it. */
export type RootKind = "empty" | "static" | "cc";

/** As in https://github.com/GoogleContainerTools/distroless. */
const STATIC = words("base-files ca-certificates netbase tzdata");
const LIBRARIES = words("libc6 libgcc-s1 libstdc++6 gcc-12-base");
const PACKAGES: Readonly<Record<RootKind, readonly string[]>> = {
  empty: [],
  static: STATIC,
  cc: [...STATIC, ...LIBRARIES],
};

/** Part of the cache key: raise it when this file makes a different folder. */
const VERSION = "1";

/** Of a package, to a folder. */
const UNPACK =
  'dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --keep-directory-symlink';

/** Content to add. */
export interface RootOptions {
  /** More Debian packages, `busybox-static` for example. Their dependencies are not added. */
  readonly packages?: readonly string[];
  /** Files to copy in: absolute path in the root → path here. */
  readonly files?: Readonly<Record<string, string>>;
}

/**
 * Makes a root directory that the caller owns.
 *
 * @throws {Error} when packages cannot be downloaded.
 */
export async function makeRoot(
  kind: RootKind,
  options: RootOptions = {},
): Promise<TemporaryFolder> {
  const packages = [...PACKAGES[kind], ...options.packages ?? []];
  const root = await TemporaryFolder.make("root");
  // The container has another user.
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
    // A link to a symbolic link would lead to nothing in the root.
    await Deno.link(await Deno.realPath(from), to);
  } catch {
    await Deno.copyFile(from, to);
  }
}

/**
 * Unpacks Debian packages without their dependencies into a folder of the cache.
 *
 * @returns the folder, which must not be changed
 * @throws {Error} when packages cannot be downloaded
 */
export async function unpackPackages(
  packages: readonly string[],
): Promise<string> {
  const names = await existingNames([...new Set(packages)].sort());
  const cache = await cacheDirectory("roots");
  const path = `${cache}/${await sha256([VERSION, ...names].join("\n"))}`;
  await makeOnce(path, `unpacking ${names.join(", ")}`, async (building) => {
    await using debs = await TemporaryFolder.make("debs");
    const options = ["-o", "APT::Sandbox::User=root"];
    await apt([...options, "download", ...names], { cwd: debs.path });
    await unpack(debs.path, building);
  });
  return path;
}

/** Leaves out gcc-12-base where it does not exist: only Debian 12 has it. */
async function existingNames(names: readonly string[]): Promise<string[]> {
  const known = new Set((await run("apt-cache", ["pkgnames"])).split("\n"));
  const optional = (name: string) => /^gcc-\d+-base$/.test(name);
  return names.filter((name) => known.has(name) || !optional(name));
}

async function unpack(folder: string, root: string): Promise<void> {
  // Debian 12 and later have /usr merged; unpacked without base-files' postinst it would not be.
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    await Deno.mkdir(`${root}/usr/${name}`, { recursive: true });
    await Deno.symlink(`usr/${name}`, `${root}/${name}`);
  }
  for await (const entry of Deno.readDir(folder)) {
    await run("sh", ["-c", UNPACK, "sh", `${folder}/${entry.name}`, root]);
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

/** As ca-certificates' postinst does. */
async function writeCertificates(root: string): Promise<void> {
  const folder = `${root}/usr/share/ca-certificates/mozilla`;
  if (!await exists(folder)) return;
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  const texts = names.map((name) => Deno.readTextFileSync(`${folder}/${name}`));
  const certs = `${root}/etc/ssl/certs`;
  await Deno.mkdir(certs, { recursive: true });
  await Deno.writeTextFile(`${certs}/ca-certificates.crt`, texts.join(""));
}
