/**
 * Six hours of a made-up fleet, as OpenMetrics text: one agent goes and comes
 * back, a node is rolled out without an agent, Vault is away for a while,
 * somebody attacks. Names and labels as wrappers and agents have them.
 */
import { CHECKS } from "../../src/score/checks.ts";

/** Seconds between two scrapes. */
export const STEP_S = 60;
/** Steps in all. */
export const STEPS = 360;

const NODES = ["worker-a1", "worker-a2", "worker-b1", "worker-c1"];
const NAMESPACES = ["payments", "identity", "reporting"];
const PODS = Array.from({ length: 16 }, (_, index) => ({
  namespace: NAMESPACES[index % 3] ?? "",
  pod: `${["checkout", "login", "exporter"][index % 3]}-${index}`,
  node: NODES[index % NODES.length] ?? "",
}));

type Labels = Readonly<Record<string, string>>;

/** Collects samples by metric, as the format wants them together. */
class Series {
  readonly #lines = new Map<string, string[]>();

  add(name: string, labels: Labels, value: number, time: number): void {
    const text = Object.entries(labels)
      .map(([key, word]) => `${key}="${word}"`).join(",");
    const lines = this.#lines.get(name) ?? [];
    this.#lines.set(name, lines);
    lines.push(`${name}{${text}} ${value} ${time}`);
  }

  render(): string {
    const parts = [...this.#lines].map(([name, lines]) => {
      const isCounter = name.endsWith("_total");
      const family = name.replace(/_total$/, "");
      return `# TYPE ${family} ${isCounter ? "counter" : "gauge"}\n${
        lines.join("\n")
      }\n`;
    });
    return `${parts.join("")}# EOF\n`;
  }
}

/** All of it. @param end seconds since the epoch */
export function makeHistory(end: number): string {
  const series = new Series();
  for (let step = 0; step <= STEPS; step++) {
    const time = end - (STEPS - step) * STEP_S;
    for (const pod of PODS) addPod(series, pod, step, time);
    for (const node of NODES) addAgent(series, node, step, time);
  }
  return series.render();
}

/** worker-c1 has its agent from the third hour on; worker-b1's is away for 20 minutes. */
function hasAgent(node: string, step: number): boolean {
  if (node === "worker-c1") return step > 150;
  return node !== "worker-b1" || step < 220 || step > 240;
}

function failsOn(check: string, node: string, step: number): boolean {
  if (check === "ebpf_connected" || check === "kprobes_active") {
    return !hasAgent(node, step);
  }
  return check === "memfd_secret" && node === "worker-a2";
}

function addPod(
  series: Series,
  labels: typeof PODS[number],
  step: number,
  time: number,
): void {
  const { namespace, pod, node } = labels;
  let score = 0;
  for (const { name: check, points } of CHECKS) {
    const fails = failsOn(check, node, step);
    if (!fails) score += points;
    const value = fails ? 0 : 1;
    series.add(
      "cloudtaser_protection_check",
      { ...labels, check },
      value,
      time,
    );
  }
  series.add("cloudtaser_protection_score", labels, score, time);
  const isAway = namespace === "identity" && step > 280 && step < 310;
  series.add("cloudtaser_sealed", labels, 0, time);
  series.add("cloudtaser_vault_up", labels, isAway ? 0 : 1, time);
  // Renewed at two thirds of an hour; pods began at different moments.
  const age = (step * STEP_S + pod.length * 311) % 2400;
  const late = isAway ? (step - 280) * STEP_S : 0;
  series.add(
    "cloudtaser_lease_ttl_seconds",
    labels,
    Math.max(0, 3600 - age - late),
    time,
  );
  const failures = Math.min(29, Math.max(0, step - 280)) *
    (namespace === "identity" ? 1 : 0);
  const job = { ...labels, job: "renew" };
  series.add("cloudtaser_fetch_failures_total", job, failures, time);
  const restarts = step > 130 && namespace === "payments" ? 1 : 0;
  series.add("cloudtaser_application_restarts_total", labels, restarts, time);
}

/** What is tried on worker-a1, by hour: vector and how many in a minute. */
const ATTACKS: readonly (readonly [string, number, number, number])[] = [
  ["proc_environ", 60, 75, 2],
  ["proc_mem", 66, 80, 1],
  ["ptrace_attach", 255, 258, 6],
];

function addAgent(
  series: Series,
  node: string,
  step: number,
  time: number,
): void {
  if (!hasAgent(node, step)) return;
  const labels = { node, pod: `cloudtaser-agent-${node}` };
  const info = { ...labels, version: "0.1.0", mode: "bpf lsm" };
  series.add("cloudtaser_agent_info", info, 1, time);
  series.add("cloudtaser_agent_up", labels, 1, time);
  series.add("cloudtaser_agent_vectors_active", labels, 20, time);
  series.add("cloudtaser_agent_protected_processes", labels, 12, time);
  series.add("cloudtaser_agent_events_lost_total", labels, 0, time);
  const silent = node === "worker-a1" && step > 257 ? 4 : 0;
  series.add("cloudtaser_agent_audit_suppressed_total", labels, silent, time);
  const starts = node === "worker-a2" && step > 200 ? 1 : 0;
  series.add("cloudtaser_agent_enforcer_restarts_total", labels, starts, time);
  for (const [vector, from, to, each] of ATTACKS) {
    const minutes = Math.min(to, Math.max(from, step)) - from;
    const count = node === "worker-a1" ? minutes * each : 0;
    const attack = { ...labels, vector, action: "blocked" };
    series.add("cloudtaser_agent_attacks_total", attack, count, time);
  }
}
