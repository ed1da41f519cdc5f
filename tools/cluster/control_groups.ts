/**
 * The cluster's control groups, one of its name in every hierarchy. Daemons run
 * in `node` below it and pods below `kubepods`, so that the cleanup finds every
 * process of the cluster.
 */

/** Joins the group before the program starts, so that its children are in it too. */
const SCRIPT = 'echo $$ >"$1" && log=$2 && shift 2 && exec "$@" >>"$log" 2>&1';

/** Makes the groups. @returns the `cgroup.procs` for daemons */
export async function makeGroups(name: string): Promise<string> {
  const hierarchies = await findHierarchies();
  for (const { path } of hierarchies) {
    await Deno.mkdir(`${path}/${name}`, { recursive: true });
  }
  const tracking = hierarchies.find(({ type }) => type === "cgroup2") ??
    hierarchies.find(({ path }) => path.endsWith("/pids"));
  if (tracking === undefined) {
    throw new Error("There are no control groups on /sys/fs/cgroup");
  }
  // A leaf: version 2 has no processes in a group whose children have controllers.
  const leaf = `${tracking.path}/${name}/node`;
  await Deno.mkdir(leaf);
  return `${leaf}/cgroup.procs`;
}

/**
 * Starts a program in a control group and in a session of its own, which a
 * terminal's Ctrl-C does not reach. Its output is appended to `log`.
 *
 * @param group a `cgroup.procs`
 */
export function spawnInGroup(
  group: string,
  log: string,
  command: readonly string[],
): Deno.ChildProcess {
  return new Deno.Command("setsid", {
    args: ["sh", "-c", SCRIPT, "sh", group, log, ...command],
    // This machine's variables stay out of the node.
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: "/root" },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

interface Hierarchy {
  readonly path: string;
  readonly type: string;
}

async function findHierarchies(): Promise<Hierarchy[]> {
  const text = await Deno.readTextFile("/proc/self/mounts");
  return text.split("\n").flatMap((line) => {
    const [, path = "", type = ""] = line.split(" ");
    const matches = /^\/sys\/fs\/cgroup(\/[^/]+)?$/.test(path);
    return matches && /^cgroup2?$/.test(type) ? [{ path, type }] : [];
  });
}
