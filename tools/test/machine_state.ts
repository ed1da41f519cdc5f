/**
 * What tests may change on the machine that runs them, as one set of lines:
 * mounts, pins, BPF programs, cgroups, network, listeners, temporary files. Two
 * sets are compared. Processes and the files in a job's own TMPDIR are not here.
 */

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
    ...treeOf(PINS).map((path) => `pin ${path}`),
    ...await bpfPrograms(),
    ...cgroups().map((path) => `cgroup ${path}`),
    ...namesIn("/sys/class/net").map((name) => `network interface ${name}`),
    ...listeners(),
    ...TEMPORARY.flatMap((folder) =>
      namesIn(folder).map((name) => `file ${folder}/${name}`)
    ),
  ];
  return new Set(
    lines.filter((line) =>
      !line.includes(own) && !ALLOWED.some((pattern) => pattern.test(line))
    ),
  );
}

/** `gone` counts only what a test could take away and nothing else does. */
export function compareStates(
  before: ReadonlySet<string>,
  after: ReadonlySet<string>,
): string[] {
  const gone = [...before.difference(after)].filter((line) =>
    line.startsWith("mount ") || line.startsWith("network interface ")
  );
  return [
    ...after.difference(before),
    ...gone.map((line) => `missing: ${line}`),
  ];
}

function mounts(): string[] {
  const seen = new Map<string, number>();
  return readText("/proc/self/mountinfo").split("\n").flatMap((line) => {
    const [, , , , point] = line.split(" ");
    if (point === undefined) return [];
    const type = line.split(" - ")[1]?.split(" ")[0];
    const name = `mount ${point} (${type})`;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return [count === 1 ? name : `${name} ${count}`];
  });
}

/** Empty where there is no bpftool, or no right to use it. */
async function bpfPrograms(): Promise<string[]> {
  try {
    const { success, stdout } = await new Deno.Command("bpftool", {
      args: ["-j", "prog", "show"],
      stderr: "null",
    }).output();
    if (!success) return [];
    const programs: { id: number; type: string; name?: string }[] = JSON.parse(
      new TextDecoder().decode(stdout),
    );
    return programs.map(({ id, type, name = "" }) =>
      `BPF program ${id} (${type} ${name})`
    );
  } catch {
    return [];
  }
}

/** Of TCP, and of Unix sockets with a path. */
function listeners(): string[] {
  const tcp = ["tcp", "tcp6"].flatMap((protocol) =>
    readText(`/proc/net/${protocol}`).split("\n").slice(1).flatMap((line) => {
      const [, address = "", , state] = line.trim().split(/\s+/);
      if (state !== "0A") return [];
      const port = parseInt(address.slice(address.lastIndexOf(":") + 1), 16);
      return [`listener ${protocol} port ${port}`];
    })
  );
  const unix = readText("/proc/net/unix").split("\n").flatMap((line) => {
    const [, , , flags, , , , path] = line.trim().split(/\s+/);
    return flags === "00010000" && path?.startsWith("/")
      ? [`listener unix ${path}`]
      : [];
  });
  return [...tcp, ...unix];
}

/** Without those beside the runner's own: whatever started it starts others there. */
function cgroups(): string[] {
  const beside = readText("/proc/self/cgroup").split("\n").flatMap((line) => {
    const own = line.slice(line.lastIndexOf(":") + 1);
    const parent = own.slice(0, own.lastIndexOf("/"));
    return parent === "" ? [] : [{ parent: `${parent}/`, own: `${own}/` }];
  });
  return foldersBelow(CGROUPS).filter((path) =>
    beside.every(({ parent, own }) =>
      !path.includes(parent) || `${path}/`.includes(own)
    )
  );
}

function foldersBelow(path: string): string[] {
  return entriesIn(path).filter(({ isDirectory }) => isDirectory)
    .flatMap(({ name }) => {
      const folder = `${path}/${name}`;
      return [folder, ...foldersBelow(folder)];
    });
}

function treeOf(path: string): string[] {
  return entriesIn(path).flatMap(({ name, isDirectory }) => {
    const entry = `${path}/${name}`;
    return isDirectory ? [entry, ...treeOf(entry)] : [entry];
  });
}

function namesIn(path: string): string[] {
  return entriesIn(path).map(({ name }) => name);
}

function entriesIn(path: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(path)];
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
