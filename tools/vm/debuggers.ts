/**
 * gdb, strace and criu with their libraries, fetched once, so that every machine
 * tests with the same versions.
 */
import { basename } from "node:path";
import { type Arch, HOST, targetOf } from "../build/target.ts";
import { cacheDirectory, makeOnce } from "../cache.ts";
import { run } from "../run.ts";
import {
  debian,
  listPackages,
  unpackPackage,
  withDependencies,
} from "./archive.ts";
import { listLibraries } from "./libraries.ts";

interface ToolRoot {
  readonly suite: string;
  readonly packages: readonly string[];
  /** Paths in the root. */
  readonly programs: readonly string[];
}

const ROOTS: readonly ToolRoot[] = [
  {
    // The last release whose gdb-minimal needs no Python.
    suite: "bookworm",
    packages: ["gdb-minimal", "strace"],
    programs: ["usr/bin/gdb", "usr/bin/strace"],
  },
  // The version of Debian 12 does not support newer kernels.
  { suite: "trixie", packages: ["criu"], programs: ["usr/sbin/criu"] },
];

/** Path in the machine → path here: the tools in /bin, their roots in /tools. */
export async function getDebuggers(
  arch: Arch = HOST,
): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const root of ROOTS) Object.assign(files, await getRoot(root, arch));
  return files;
}

async function getRoot(
  root: ToolRoot,
  arch: Arch,
): Promise<Record<string, string>> {
  const folder = `${await cacheDirectory("debuggers")}/${root.suite}-${arch}`;
  const title = `fetching ${root.packages.join(", ")} for ${arch}`;
  await makeOnce(folder, title, (building) => fetchRoot(root, arch, building));
  const files: Record<string, string> = {};
  for (const program of root.programs) {
    const libraries = await listLibraries(`${folder}/${program}`, folder, arch);
    for (const path of [`/${program}`, ...libraries]) {
      files[`/tools/${root.suite}${path}`] = `${folder}${path}`;
    }
    const name = basename(program);
    files[`/bin/${name}`] = `${folder}/${name}.sh`;
  }
  return files;
}

async function fetchRoot(
  root: ToolRoot,
  arch: Arch,
  folder: string,
): Promise<void> {
  const archive = debian(root.suite);
  const all = await listPackages(archive, /./, arch);
  const wanted = new RegExp(`${root.programs.join("|")}|/lib\\S*\\.so[.\\d]*$`);
  for (const found of withDependencies(root.packages, all)) {
    await unpackPackage(archive, found, folder, wanted);
  }
  await mergeLibraries(folder);
  for (const program of root.programs) {
    const script = startScript(root, arch, program);
    await Deno.writeTextFile(`${folder}/${basename(program)}.sh`, script);
  }
}

/** Packages use /lib or /usr/lib; merges them. */
async function mergeLibraries(folder: string): Promise<void> {
  for (const name of ["lib", "lib64"]) {
    await Deno.mkdir(`${folder}/usr/${name}`, { recursive: true });
    await Deno.mkdir(`${folder}/${name}`, { recursive: true });
    const merge = 'cp -a "$1/$2/." "$1/usr/$2/" && rm -r "$1/$2"';
    const script = `${merge} && ln -s "usr/$2" "$1/$2"`;
    await run("sh", ["-c", script, "sh", folder, name]);
  }
}

/** Starts it by its own dynamic linker. Not by chroot(8): criu would not find its root among the mounts. */
function startScript(root: ToolRoot, arch: Arch, program: string): string {
  const folder = `/tools/${root.suite}`;
  const libraries = `${folder}/lib/${targetOf(arch).triplet}`;
  return `#!/bin/sh
exec ${folder}${
    targetOf(arch).loader
  } --library-path ${libraries} ${folder}/${program} "$@"
`;
}
