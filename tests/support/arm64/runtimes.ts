/** The programs of docs/RUNTIMES.md for arm64: Debian's, and a C program for each libc. */
import { compilerFor, make, ROOT, runTool } from "../../../tools/build/c.ts";
import { sysroot } from "../../../tools/build/sysroot.ts";
import { targetOf } from "../../../tools/build/target.ts";
import { cacheDirectory, makeOnce } from "../../../tools/cache.ts";
import { run, words } from "../../../tools/run.ts";
import {
  debian,
  listPackages,
  unpackPackage,
  withDependencies,
} from "../../../tools/vm/archive.ts";

/** One row of the table. */
export interface Arm64Runtime {
  readonly name: string;
  /** Its Debian package, whose version is shown. */
  readonly package: string;
  readonly idle: string;
  readonly read: string;
  /** Number of right hashes that `read` prints. */
  readonly hashes: number;
  readonly note: string;
}

const ARCH = "aarch64";
const DEBIAN = debian("bookworm");
const PACKAGES = words("dash libc6 musl musl-dev nodejs python3.11-minimal");
/** Not /bin/sh, which is busybox' there. */
const WANTED =
  /\/bin\/(?:dash|node|nodejs|python3\.11)$|(?:\/lib\/|\/share\/nodejs\/|\/include\/[^/]*musl\/).*[^/]$/;
const PROGRAMS = `${ROOT}tests/interposer/programs`;
const CHILD = "guest hash DB_PASSWORD";
const WAIT = "echo ready $$; while :; do sleep 0.2; done";

const inPlace = (name: string, of: string, program: string): Arm64Runtime => ({
  name,
  package: of,
  idle: `${program} ready`,
  read: `${program} hash DB_PASSWORD child DB_PASSWORD ready`,
  hashes: 2,
  note: "reads in place",
});

/** All rows in order. */
export const RUNTIMES: readonly Arm64Runtime[] = [
  inPlace("C, glibc", "libc6", "guest"),
  inPlace("C, musl", "musl", "guest-musl"),
  {
    name: "dash",
    package: "dash",
    idle: `dash -c '${WAIT}'`,
    read: `dash -c '${CHILD}; test -n "$DB_PASSWORD"; ${CHILD}; ${WAIT}'`,
    hashes: 2,
    note: "reads in place",
  },
  {
    name: "Python",
    package: "python3.11-minimal",
    idle: "python3.11 /app/app.py idle",
    read: "python3.11 /app/app.py read /bin/guest",
    hashes: 2,
    note: "`os.environ` is filled at the start",
  },
  {
    name: "Node.js",
    package: "nodejs",
    idle: "node /app/app.js idle",
    read: "node /app/app.js read /bin/guest",
    hashes: 2,
    note: "copies what it reads, when it does",
  },
];

/** Unpacked packages, and their versions by name. */
export interface Packages {
  readonly folder: string;
  readonly versions: Readonly<Record<string, string>>;
}

/** Debian's packages with what they need, fetched once. */
export async function fetchRuntimes(): Promise<Packages> {
  const folder = `${await cacheDirectory("runtimes")}/${ARCH}`;
  await makeOnce(folder, "fetching runtimes for arm64", async (building) => {
    const all = await listPackages(DEBIAN, /./, ARCH);
    const chosen = withDependencies(PACKAGES, all);
    for (const found of chosen) {
      await unpackPackage(DEBIAN, found, building, WANTED);
    }
    const versions = chosen.map(({ name, version }) => [name, version]);
    const text = JSON.stringify(Object.fromEntries(versions));
    await Deno.writeTextFile(`${building}/versions.json`, text);
  });
  const text = await Deno.readTextFile(`${folder}/versions.json`);
  return { folder, versions: JSON.parse(text) };
}

/** Compiles guest.c for glibc and for musl. @returns paths by where they belong in the machine */
export async function compileGuests(
  folder: string,
  packages: string,
): Promise<Record<string, string>> {
  const source = `${PROGRAMS}/guest.c`;
  const flags = words("-std=gnu11 -O1 -Wall -Wno-unused-result -pthread");
  const cross = await compilerFor(ARCH);
  const [glibc, musl] = [`${folder}/guest`, `${folder}/guest-musl`];
  await make(glibc, [...flags, source], ARCH);
  await runTool(cross.command, [
    ...flags,
    ...["-o", musl, source],
    ...await muslFlags(packages),
    "-lgcc",
  ]);
  return {
    "/bin/guest": glibc,
    "/bin/guest-musl": musl,
    "/app/app.py": `${PROGRAMS}/app.py`,
    "/app/app.js": `${PROGRAMS}/app.js`,
  };
}

/** As musl-gcc, which is a script for the native compiler. The kernel's headers are those of the C parts. */
async function muslFlags(packages: string): Promise<string[]> {
  const { triplet } = targetOf(ARCH);
  const name = triplet.replace("gnu", "musl");
  const musl = `${packages}/usr/lib/${name}`;
  const command = `${triplet}-gcc`;
  const own = await run(command, ["-print-file-name=include"]);
  const headers = `${await sysroot(ARCH)}/usr/include`;
  return [
    "-Dstrerrorname_np=strerror",
    ...words("-nostdinc -nostdlib -no-pie -fno-stack-protector"),
    ...["-isystem", `${packages}/usr/include/${name}`],
    ...["-isystem", own.trim()],
    ...["-idirafter", `${headers}/${triplet}`, "-idirafter", headers],
    `-Wl,-dynamic-linker,/lib/ld-musl-${ARCH}.so.1`,
    ...["crt1", "crti", "crtn"].map((part) => `${musl}/${part}.o`),
    ...[`-L${packages}/lib/${name}`, "-lc"],
  ];
}
