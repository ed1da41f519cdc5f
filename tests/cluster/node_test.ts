/** The cluster itself: a real one, and nothing of it is left when it or its test has ended. */
import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { NEEDS_ROOT, production } from "./support/production.ts";

Deno.test({
  name: "cluster: the node is ready and runs the version that is pinned",
  ...NEEDS_ROOT,
  fn: async () => {
    using cluster = await production();
    const nodes = JSON.parse(await cluster.kubectl("get", "nodes", "-o=json"));
    assert.equal(nodes.items.length, 1);
    const [node] = nodes.items;
    assert.equal(node.metadata.name, cluster.node);
    assert.equal(node.status.nodeInfo.kubeletVersion, "v1.34.4");
  },
});

Deno.test({
  name: "cluster: this machine's settings and network are what they were",
  ...NEEDS_ROOT,
  fn: async () => {
    using _cluster = await production();
    const links = await Deno.readTextFile("/proc/net/dev");
    assert.doesNotMatch(links, /cni0|veth/);
    const mounts = await Deno.readTextFile("/proc/self/mounts");
    assert.doesNotMatch(mounts, /kubelet|containerd/);
  },
});

/** A process that starts a cluster of its own and says so. */
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

Deno.test({
  name: "cluster: nothing is left when its test or its supervisor is killed",
  ...NEEDS_ROOT,
  fn: async () => {
    await Promise.all([
      leavesNothing(({ test }) => test),
      leavesNothing(({ supervisor }) => supervisor),
    ]);
  },
});

/** Starts one, kills somebody, and waits until all of it has gone. */
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
