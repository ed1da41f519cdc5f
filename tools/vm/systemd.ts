/**
 * systemd as it is in Debian 13, without what a machine with one initramfs and no
 * devices does not need, fetched once: PID 1, the journal and their commands.
 */
import { cacheDirectory, makeOnce, sha256 } from "../cache.ts";
import { words } from "../run.ts";
import {
  debian,
  listPackages,
  unpackPackage,
  withDependencies,
} from "./archive.ts";

const ARCHIVE = debian("trixie");

/** coreutils for install(1), which Debian's busybox lacks. */
const PACKAGES = ["systemd", "coreutils"];
const PROGRAMS = words(`
  bin/install bin/journalctl bin/systemctl bin/systemd-notify lib/systemd/systemd
  lib/systemd/systemd-executor lib/systemd/systemd-journald
`);

/** Links to units that are not here are ignored. */
const UNITS = "[^/]+\\.(?:target|slice|wants/[^/]+)|systemd-journald[.-][^/@]+";
const LIBRARIES =
  "lib64/ld-linux[^/]+|lib/x86_64-linux-gnu/(?:systemd/)?[^/]+\\.so[.\\d]*";

const WANTED = new RegExp(
  `^\\./usr/(?:${
    PROGRAMS.join("|")
  }|lib/systemd/system/(?:${UNITS})|${LIBRARIES})$`,
);

/** A root folder with it in the cache, which must not be changed. */
export async function getSystemd(): Promise<string> {
  const key = (await sha256(WANTED.source)).slice(0, 8);
  const folder = `${await cacheDirectory("systemd")}/${ARCHIVE.suite}-${key}`;
  await makeOnce(folder, "fetching systemd", fetchSystemd);
  return folder;
}

async function fetchSystemd(folder: string): Promise<void> {
  const all = await listPackages(ARCHIVE, /./);
  for (const found of withDependencies(PACKAGES, all)) {
    await unpackPackage(ARCHIVE, found, folder, WANTED);
  }
  // As the package base-files has them.
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    await Deno.mkdir(`${folder}/usr/${name}`, { recursive: true });
    await Deno.symlink(`usr/${name}`, `${folder}/${name}`);
  }
}
