/** A fleet for the pictures: nobody's, with the words that real wrappers have. */
import { absent, inForce } from "../../src/score/evidence.ts";
import { type CheckName, CHECKS } from "../../src/score/checks.ts";
import { renderStatus } from "../../src/wrapper/status/status.ts";
import type { ReportState } from "../../src/wrapper/status/state.ts";
import { makeScore, type Score } from "../../src/score/score.ts";
import { type ApiServer, makePod } from "../../tests/fleet/api_server.ts";
import { makeState } from "../../tests/wrapper/status/fake_state.ts";

type Failing = Partial<Record<CheckName, string>>;

const SOCKET = "/run/cloudtaser/agent.sock";

/** Each check's source, and what it says when it passes. */
const WORDS: Readonly<Record<CheckName, readonly [string, string]>> = {
  memfd_secret: [
    "/proc/self/smaps, a read by the kernel",
    "Kernel 6.12.94 supports memfd_secret",
  ],
  mlock: ["/proc/self/smaps", "Pages locked within RLIMIT_MEMLOCK 8192 KiB"],
  madv_dontdump: ["/proc/self/smaps", "Core dump exclusion active"],
  pr_set_dumpable: [
    "PR_GET_DUMPABLE, open of /proc/PID/mem by a child",
    "Process non-dumpable",
  ],
  token_protected: [
    "environment block, /proc/self/mountinfo, scan of private memory",
    "Vault token in memfd_secret",
  ],
  ebpf_connected: [
    `agent at ${SOCKET}`,
    "Agent pod cloudtaser-agent-x7k2p on same node",
  ],
  kprobes_active: [
    `agent at ${SOCKET}, probe attack`,
    "Synchronous blocking enabled (bpf lsm)",
  ],
  // Not counted in the pictures.
  ld_preload_active: ["", ""],
  confidential_computing: ["", ""],
};

const NO_AGENT: Failing = {
  ebpf_connected: `no agent socket at ${SOCKET}`,
  kprobes_active: "no agent; kernel supports BPF LSM",
};
const OLD_BOOT: Failing = {
  memfd_secret: "kernel 6.1 needs boot option secretmem.enable=1",
};
/** Nodes, and what fails on them. The first are most. */
const NODES: readonly (readonly [string, Failing])[] = [
  ["worker-a1", {}],
  ["worker-a2", {}],
  ["worker-a3", {}],
  ["worker-b1", OLD_BOOT],
  ["worker-a4", {}],
  ["worker-c1", NO_AGENT],
  ["worker-b2", {}],
  ["spot-7f3k", { ...OLD_BOOT, ...NO_AGENT }],
];

/** Namespace, deployment, how many pods. */
const DEPLOYMENTS = [
  ["payments", "checkout-5b8f7c9d66", 9],
  ["payments", "ledger-7d8f9c6b4", 4],
  ["identity", "login-6c9d5b7f88", 6],
  ["identity", "sessions-84bd5c7f9d", 3],
  ["reporting", "exporter-5f6b8d9c77", 2],
] as const;

/** Fills the server. @returns its pods, NAMESPACE/POD */
export function fillFleet(api: ApiServer): string[] {
  const names = DEPLOYMENTS.flatMap(([namespace, deployment, pods]) =>
    Array.from({ length: pods }, () => [namespace, deployment] as const)
  ).map(([namespace, deployment], number) =>
    `${namespace}/${deployment}-${suffix(number)}`
  );
  names.forEach((name, number) => add(api, name, number));
  return names;
}

/** One of them is reached by nobody, one has its token in a file. */
function add(api: ApiServer, name: string, number: number): void {
  const [namespace = "", pod = ""] = name.split("/");
  const [node = "", failing = {}] = NODES[number % NODES.length] ?? [];
  const ports = [{ name: "cloudtaser", containerPort: 8199 }];
  const spec = { nodeName: node, containers: [{ ports }] };
  api.pods.push(makePod(namespace, pod, { spec }));
  if (number === 16) return;
  const token = number === 10
    ? { token_protected: "token file /vault/token is on ext4" }
    : {};
  const body = renderStatus(makeState({
    identity: { pod, namespace, node },
    score: scoreOf({ ...failing, ...token }),
    minimum: namespace === "reporting" ? 40 : 55,
    required: [],
    agent: agentOf(failing),
    startedAt: Date.now() - 50_400_000,
    now: Date.now(),
  }));
  api.backends.set(`${name}:8199`, { body });
}

function scoreOf(failing: Failing): Score {
  return makeScore(CHECKS.map(({ name }) => {
    const [source, detail] = WORDS[name];
    const finding = { check: name, source };
    const reason = failing[name];
    return reason ? absent(finding, reason) : inForce(finding, detail);
  }));
}

function agentOf({ ebpf_connected: failure }: Failing): ReportState["agent"] {
  if (failure) return { connected: false, failure };
  const hello = {
    version: "0.1.0",
    mode: "bpf lsm",
    vectors: 20,
    name: "cloudtaser-agent-x7k2p",
    uptimeSeconds: 50_400,
  };
  return { connected: true, hello };
}

/** As Kubernetes' own, and always the same. */
function suffix(number: number): string {
  const letters = "bcdfghjklmnpqrstvwxz2456789";
  let state = number * 7919 + 104_729;
  return Array.from({ length: 5 }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return letters[(state >> 8) % letters.length];
  }).join("");
}
