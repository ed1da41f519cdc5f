/**
 * The state of the machine that tests may change, as a set of lines:
 * mounts, pins, BPF programs, cgroups, network, listeners, temporary files. Two
 * sets are compared. Processes and the files in a job's own TMPDIR are not here.
 */

import { readText } from "../proc.ts";
import { tryRun } from "../run.ts";

const TEMPORARY = ["/tmp", "/run", "/var/tmp", "/dev/shm", "/run/netns"];
const CGROUPS = "/sys/fs/cgroup";
const PINS = "/sys/fs/bpf";

/** Harmless files of programs that have no option to avoid them. */
const ALLOWED = [
  // The Java runtime keeps one for each user.
  /^file \/tmp\/hsperfdata_/,
  // Networks of buildah, and mounts with options of mount(8); both stay empty.
  /^file \/run\/(containers|mount)$/,
];

/** Lines that describe the machine. `own` is a path that is left out. */
export async function readMachineState(own: string): Promise<Set<string>> {
  const lines = [
    ...mounts(),
    ...treeOf(PINS).map(({ name }) => `pin ${name}`),
    ...await bpfPrograms(),
    ...cgroups().map((path) => `cgroup ${path}`),
    ...entriesIn("/sys/class/net").map(({ name }) =>
      `network interface ${name}`
    ),
    ...listeners(),
    ...TEMPORARY.flatMap((folder) =>
      entriesIn(folder).map(({ name }) => `file ${folder}/${name}`)
    ),
  ];
  return new Set(
    lines.filter((line) =>
      !line.includes(own) && !ALLOWED.some((pattern) => pattern.test(line))
    ),
  );
}

/** What is gone counts only where nothing but a test takes it away. */
export function compareStates(
  before: ReadonlySet<string>,
  after: ReadonlySet<string>,
): string[] {
  const gone = [...before.difference(after)].filter((line) =>
    /^(mount|network interface|pin) /.test(line)
  );
  return [
    ...after.difference(before),
    ...gone.map((line) => `missing: ${line}`),
  ];
}

function mounts(): string[] {
  const seen = new Map<string, number>();
  const lines = readText("/proc/self/mountinfo").matchAll(
    /^(?:\S+ ){4}(\S+) .* - (\S+) /gm,
  );
  return [...lines].map(([, point, type]) => {
    const name = `mount ${point} (${type})`;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name} ${count}`;
  });
}

/** Empty where there is no bpftool, or no right to use it. */
async function bpfPrograms(): Promise<string[]> {
  const { code, stdout } = await tryRun("bpftool", ["-j", "prog", "show"])
    .catch(() => ({ code: 127, stdout: "" }));
  if (code !== 0) return [];
  const all: { id: number; type: string; name?: string }[] = JSON.parse(stdout);
  return all.map(({ id, type, name = "" }) =>
    `BPF program ${id} (${type} ${name})`
  );
}

/** Of TCP, and of Unix sockets with a path. */
function listeners(): string[] {
  const tcp = ["tcp", "tcp6"].flatMap((protocol) => {
    const listening = readText(`/proc/net/${protocol}`)
      .matchAll(/^ *\d+: \w+:(\w{4}) \S+ 0A /gm);
    return [...listening].map(([, port = ""]) =>
      `listener ${protocol} port ${parseInt(port, 16)}`
    );
  });
  const unix = readText("/proc/net/unix")
    .matchAll(/^\w+: \w+ \w+ 00010000 \w+ \w+ +\d+ (\/.*)$/gm);
  return [...tcp, ...[...unix].map(([, path]) => `listener unix ${path}`)];
}

/** Without those beside the runner's own: whatever started it starts others there. */
function cgroups(): string[] {
  const beside = readText("/proc/self/cgroup").split("\n").flatMap((line) => {
    const own = line.slice(line.lastIndexOf(":") + 1);
    const parent = own.slice(0, own.lastIndexOf("/"));
    return parent === "" ? [] : [{ parent: `${parent}/`, own: `${own}/` }];
  });
  const folders = treeOf(CGROUPS).filter((entry) => entry.isDirectory);
  return folders.map(({ name }) => name).filter((path) =>
    beside.every(({ parent, own }) =>
      !path.includes(parent) || `${path}/`.includes(own)
    )
  );
}

function treeOf(path: string): Deno.DirEntry[] {
  return entriesIn(path).flatMap((entry) => {
    const name = `${path}/${entry.name}`;
    const below = entry.isDirectory ? treeOf(name) : [];
    return [{ ...entry, name }, ...below];
  });
}

function entriesIn(path: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(path)];
  } catch {
    return [];
  }
}
