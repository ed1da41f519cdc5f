/**
 * The cluster's control groups: one of its name in every hierarchy. Daemons are
 * born in `node` below it, pods below `kubepods`, so that whoever cleans up
 * finds every process by the group, whoever its parent is.
 */

/** Makes them and answers the `cgroup.procs` that daemons have to enter. */
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

interface Hierarchy {
  readonly path: string;
  readonly type: string;
}

async function findHierarchies(): Promise<Hierarchy[]> {
  const text = await Deno.readTextFile("/proc/self/mounts");
  return text.split("\n").flatMap((line) => {
    const [, path = "", type = ""] = line.split(" ");
    const ours = /^\/sys\/fs\/cgroup(\/[^/]+)?$/.test(path);
    return ours && /^cgroup2?$/.test(type) ? [{ path, type }] : [];
  });
}
