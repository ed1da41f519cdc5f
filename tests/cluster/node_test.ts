/** The cluster itself: a real one, which leaves nothing behind. */
import assert from "node:assert/strict";
import { testAsRoot } from "../support/roles.ts";
import { testInCluster } from "./support/test_in_cluster.ts";
import { eventually } from "../support/eventually.ts";

testInCluster(
  "cluster: the node is ready and has the pinned version",
  async ({ cluster }) => {
    const nodes = JSON.parse(await cluster.kubectl("get", "nodes", "-o=json"));
    assert.equal(nodes.items.length, 1);
    const [node] = nodes.items;
    assert.equal(node.metadata.name, cluster.node);
    assert.equal(node.status.nodeInfo.kubeletVersion, "v1.36.3");
  },
);

testInCluster(
  "cluster: settings and network of this machine are unchanged",
  async () => {
    const links = await Deno.readTextFile("/proc/net/dev");
    assert.doesNotMatch(links, /cni0|veth/);
    const mounts = await Deno.readTextFile("/proc/self/mounts");
    assert.doesNotMatch(mounts, /kubelet|containerd/);
  },
);

/** A process that starts a cluster and prints a line. */
function startAnother(state: string): Deno.ChildProcess {
  const module = new URL("../../tools/cluster/cluster.ts", import.meta.url);
  const code = `import { Cluster } from "${module.href}";
    await Cluster.start({ state: "${state}" });
    console.log("up");
    await new Promise(() => setInterval(() => {}, 1000));`;
  return new Deno.Command(Deno.execPath(), {
    args: ["eval", code],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
}

testAsRoot(
  "cluster: nothing remains after its test or its supervisor is killed",
  async () => {
    await Promise.all([
      leavesNothing(({ test }) => test),
      leavesNothing(({ supervisor }) => supervisor),
    ]);
  },
);

/** Starts a cluster, kills a process, and waits until everything has ended. */
async function leavesNothing(
  choose: (pids: { test: number; supervisor: number }) => number,
): Promise<void> {
  const state = `/tmp/cloudtaser-cluster-${crypto.randomUUID()}`;
  const process = startAnother(state);
  const reader = process.stdout.getReader();
  await reader.read();
  await reader.cancel();
  const running = await Deno.readTextFile(`${state}/running.json`);
  const { supervisor, holder } = JSON.parse(running);
  const victim = choose({ test: process.pid, supervisor });
  Deno.kill(victim, "SIGKILL");
  await eventually(
    () => [state, `/proc/${holder}`, ...groupsOf(state)].filter(exists),
    (left) => left.length === 0,
  );
  if (victim === supervisor) process.kill("SIGKILL");
  await process.status;
}

function groupsOf(state: string): string[] {
  const name = state.replace(/^.*\//, "");
  const hierarchies = [...Deno.readDirSync("/sys/fs/cgroup")];
  return [
    `/sys/fs/cgroup/${name}`,
    ...hierarchies.map((entry) => `/sys/fs/cgroup/${entry.name}/${name}`),
  ];
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
