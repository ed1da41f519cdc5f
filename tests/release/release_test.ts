/**
 * `deno task release` in two directories, without any cache: the same bytes, an
 * image for each processor of which this one's runs, and bills of materials that
 * list what is installed here.
 */
import assert from "node:assert/strict";
import { readElf } from "../../tools/base/elf.ts";
import { type Arch, ARCHES, targetOf } from "../../tools/build/target.ts";
import { ensurePackages } from "../../tools/packages.ts";
import { makeRoot } from "../../tools/roots.ts";
import { run } from "../../tools/run.ts";
import { Buildah, BUILDAH_PACKAGES } from "../support/containers/buildah.ts";
import {
  pull,
  type Pulled,
  readPlatforms,
} from "../support/containers/pulled.ts";
import { Registry } from "../support/containers/registry.ts";
import { makeBundle } from "../support/containers/runc.ts";
import { readRepository } from "../docs/page.ts";
import { PageShell } from "../support/pages/shell.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const NAME = "cloudtaser-wrapper";
const IMAGE = "localhost/released:test";
const SOURCES = [
  ".gitignore",
  "c",
  "ffi",
  "src",
  "tools",
  "main.ts",
  "deno.json",
  "deno.lock",
  "LICENSE",
];
/** When the commit was made. */
const TIME = "2026-01-02T03:04:05Z";

/** Copies the sources, without what was built from them. */
async function copySources(from: string, folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await run("cp", ["-r", ...SOURCES.map((name) => `${from}/${name}`), folder]);
  await Deno.remove(`${folder}/c/build`, { recursive: true }).catch(() => {});
}

/** A shell in `cwd` whose builds have an empty cache. */
async function openShell(cwd: string, cache: string): Promise<PageShell> {
  // Deno's own cache follows XDG_CACHE_HOME too; packages need not be fetched again.
  const { denoDir } = JSON.parse(
    await run(Deno.execPath(), ["info", "--json"]),
  );
  return await PageShell.open({
    cwd,
    env: {
      XDG_CACHE_HOME: cache,
      DENO_DIR: denoDir,
    },
  });
}

/** Makes a repository of the sources with the tag of the release. */
async function commit(folder: string): Promise<void> {
  const author = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
  const git = (...words: string[]) =>
    run("git", ["-C", folder, ...author, ...words], {
      env: { GIT_AUTHOR_DATE: TIME, GIT_COMMITTER_DATE: TIME },
    });
  await git("init", "--quiet");
  await git("add", ".");
  await git("commit", "--quiet", "--message=release");
  await git("tag", "v0.1.0");
}

/** Copies the image as the page does, and takes each processor's from the registry. */
async function checkRegistry(dist: string): Promise<void> {
  await ensurePackages(["skopeo"]);
  await using registry = await Registry.start();
  const { address, home } = registry;
  await using shell = await PageShell.open({
    cwd: dist,
    env: { HOME: home, REGISTRY: address },
  });
  await shell.run("docs/INSTALL.md", "skopeo copy");
  assert.deepEqual(await registry.tags(NAME), ["0.1.0"]);
  assert.deepEqual(await readPlatforms(registry, `${NAME}:0.1.0`), [
    { architecture: "amd64", os: "linux" },
    { architecture: "arm64", os: "linux", variant: "v8" },
  ]);
  for (const arch of ARCHES) {
    await using pulled = await pull(registry, `${NAME}:0.1.0`, arch);
    await checkContent(pulled, arch, dist);
  }
}

/** The image of one processor: its configuration, and exactly these files. */
async function checkContent(
  { root, architecture, os, config }: Pulled,
  arch: Arch,
  dist: string,
): Promise<void> {
  const { debian, machine } = targetOf(arch);
  assert.deepEqual([architecture, os], [debian, "linux"]);
  assert.deepEqual(config.Entrypoint, [`/${NAME}`]);
  assert.equal(config.User, "65532:65532");
  const names = [...Deno.readDirSync(root)].map(({ name }) => name).sort();
  assert.deepEqual(names, ["THIRD_PARTY_NOTICES", NAME]);
  const bytes = await Deno.readFile(`${root}/${NAME}`);
  assert.equal(readElf(NAME, bytes).machine, machine);
  await run("cmp", [`${root}/${NAME}`, `${dist}/${NAME}-${arch}`]);
  const notices = "THIRD_PARTY_NOTICES";
  await run("cmp", [`${root}/${notices}`, `${dist}/${notices}`]);
}

async function checkSums(dist: string): Promise<void> {
  await run("sha256sum", ["--check", "--strict", "SHA256SUMS"], { cwd: dist });
}

async function checkBill(dist: string, arch: Arch): Promise<void> {
  const file = `${dist}/${NAME}-${arch}.cdx.json`;
  const bill = JSON.parse(await Deno.readTextFile(file));
  assert.equal(bill.metadata.timestamp, "2026-01-02T03:04:05.000Z");
  const sums = await Deno.readTextFile(`${dist}/SHA256SUMS`);
  const [{ content }] = bill.metadata.component.hashes;
  assert.ok(sums.includes(`${content}  ${NAME}-${arch}\n`));
  const notices = await Deno.readTextFile(`${dist}/THIRD_PARTY_NOTICES`);
  const named = new Set(notices.split("\n"));
  const versions = new Map<string, string>();
  for (const component of bill.components) {
    const name = [component.group, component.name].filter(Boolean).join("/");
    versions.set(name, component.version);
    assert.ok(named.has(`${name} ${component.version}`), name);
  }
  assert.equal(versions.get("deno"), Deno.version.deno);
  const libc = bill.components.find(({ name }: { name: string }) =>
    name === "libc6"
  );
  assert.match(libc.purl, new RegExp(`\\?arch=${targetOf(arch).debian}&`));
  for (const name of ["libc6", "libc6-dev", "libbpf-dev", "libelf-dev"]) {
    const installed = await run("dpkg-query", ["-W", "-f=${Version}", name]);
    assert.equal(versions.get(name), installed, name);
  }
  const lock = await Deno.readTextFile(`${ROOT}deno.lock`);
  for (const { purl, version, name } of bill.components) {
    if (!purl.startsWith("pkg:npm/")) continue;
    // Behind "_" stand its peers.
    const isLocked = ['"', "_"].some((end) =>
      lock.includes(`"${name}@${version}${end}`)
    );
    assert.ok(isLocked, `${name}@${version}`);
  }
  // Control: what only the tools and tests use is not in the binary.
  assert.ok(!versions.has("fast-check"));
}

/** What the LGPL asks for: its text, the library's exact source, and how to change it. */
async function checkLgpl(dist: string): Promise<void> {
  const notices = await Deno.readTextFile(`${dist}/THIRD_PARTY_NOTICES`);
  const glibc = await run("dpkg-query", ["-W", "-f=${Version}", "libc6"]);
  assert.ok(notices.includes(`\n  apt-get source glibc=${glibc}\n`));
  for (const text of ["tools/base/loader.ts", "tools/deno task compile"]) {
    assert.ok(notices.includes(text), text);
  }
  assert.match(
    notices,
    /^ +GNU LESSER GENERAL PUBLIC LICENSE\n +Version 2\.1/m,
  );
}

async function checkImage(dist: string): Promise<void> {
  await ensurePackages(BUILDAH_PACKAGES);
  await using buildah = await Buildah.make();
  await buildah.load(IMAGE, `${dist}/${NAME}.oci.tar`);
  const { User, Entrypoint } = await buildah.config(IMAGE);
  assert.equal(User, "65532:65532");
  await using root = await makeRoot("empty");
  await buildah.export(IMAGE, root.path);
  await using bundle = await makeBundle({
    root: root.path,
    args: [...Entrypoint, "--version"],
  });
  const { code, stdout, stderr } = await bundle.run();
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^cloudtaser-wrapper /);
}

Deno.test("release: two clean builds in different directories are the same bytes", async (test) => {
  const folder = await Deno.makeTempDir({ prefix: "cloudtaser-twice-" });
  try {
    const first = `${folder}/one`;
    const downloaded = `${folder}/a/longer/path/downloaded`;
    // The second from the first: somebody may be working in this tree.
    await copySources(ROOT, first);
    await commit(first);
    await using builder = await openShell(first, `${folder}/cache`);
    await builder.run("docs/INSTALL.md", "tools/deno task compile");
    await test.step("SHA256SUMS", () => checkSums(`${first}/dist`));
    for (const arch of ARCHES) {
      const title = `bill of materials for ${arch}`;
      await test.step(title, () => checkBill(`${first}/dist`, arch));
    }
    await test.step("offer of the LGPL", () => checkLgpl(`${first}/dist`));
    await test.step({
      name: "image",
      ignore: Deno.uid() !== 0,
      fn: () => checkImage(`${first}/dist`),
    });
    await test.step(
      "its copy in a registry",
      () => checkRegistry(`${first}/dist`),
    );
    await Deno.mkdir(downloaded, { recursive: true });
    await run("cp", [`${first}/dist/SHA256SUMS`, downloaded]);
    await using reader = await openShell(downloaded, `${folder}/other-cache`);
    // Its last command compares the sums.
    await reader.run("docs/INSTALL.md", "git clone", {
      values: { [readRepository()]: first },
    });
    await checkSums(`${downloaded}/source/dist`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
