/**
 * The score that this node can give without an agent, line by line as the
 * specification has it, with the true reasons.
 */
import type { Cluster } from "../../../tools/cluster/cluster.ts";

const OK = [
  "mlock: OK \\(\\+10\\)",
  "madv_dontdump: OK \\(\\+10\\)",
  "pr_set_dumpable: OK \\(\\+10\\)",
];
const NO_AGENT = [
  "ebpf_connected: FAIL \\(\\+0\\) no agent socket at /run/cloudtaser/agent.sock",
  "kprobes_active: FAIL \\(\\+0\\) \\S.*",
];
const ALL = [
  "Protection score: 55/75",
  "memfd_secret: OK \\(\\+15\\)",
  ...OK,
  "token_protected: OK \\(\\+10\\)",
  ...NO_AGENT,
];

/** RuntimeDefault of containerd before 1.7 forbids process_vm_readv, with which two proofs are made. */
const NOT_PROVABLE = [
  "Protection score: 30/75",
  "memfd_secret: FAIL \\(\\+0\\) cannot be proven: process_vm_readv answers EPERM .*",
  ...OK,
  "token_protected: FAIL \\(\\+0\\) cannot be proven: .*",
  ...NO_AGENT,
];

/** What must be in the log, and the number. */
export async function expectedScore(
  cluster: Cluster,
): Promise<{ readonly lines: RegExp; readonly score: number }> {
  const runtime = await cluster.kubectl(
    "get",
    "node",
    cluster.node,
    "-o=jsonpath={.status.nodeInfo.containerRuntimeVersion}",
  );
  const old = /^containerd:\/\/1\.[0-6]\./.test(runtime);
  const lines = (old ? NOT_PROVABLE : ALL)
    .map((line) => `\\[cloudtaser-wrapper\\] ${line}\n`);
  return { lines: new RegExp(lines.join("")), score: old ? 30 : 55 };
}
