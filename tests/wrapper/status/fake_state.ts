/** States of a wrapper for tests of reports. */
import type { ReportState } from "@/wrapper/status/state.ts";
import { makeScore } from "@/score/score.ts";
import { CHECKS } from "@/score/checks.ts";
import { inForce } from "@/score/evidence.ts";

const DETAILS: Readonly<Record<string, string>> = {
  memfd_secret: "Kernel 5.15.0 supports memfd_secret",
  mlock: "CAP_IPC_LOCK granted, pages locked",
  madv_dontdump: "Core dump exclusion active",
  pr_set_dumpable: "Process non-dumpable",
  token_protected: "Vault token in memfd_secret",
  ebpf_connected: "Agent pod cloudtaser-ebpf-4f7a on same node",
  kprobes_active: "Synchronous blocking enabled",
};

/** The state of the specification's example. */
export function makeState(changes: Partial<ReportState> = {}): ReportState {
  return {
    version: "0.1.0",
    build: { deno: "2.9.6", glibc: "2.41" },
    startedAt: 1_000_000,
    now: 1_012_345,
    process: { pid: 1, startTicks: 4711 },
    identity: {
      pod: "my-app-7d8f9c6b4-xk2mn",
      namespace: "production",
      node: "gke-prod-pool-a1b2c3d4",
    },
    score: makeScore(
      CHECKS.map(({ name }) =>
        inForce({ check: name, source: "test" }, DETAILS[name] ?? "")
      ),
    ),
    maximum: 75,
    minimum: 55,
    required: ["memfd_secret"],
    facts: [{ name: "swap", value: "off", source: "/proc/swaps" }],
    application: { phase: "running", pid: 7 },
    vault: {
      phase: "connected",
      address: "https://vault.eu-central.example.com:8200",
      leaseTtlSeconds: 3540.7,
      leaseExpirySeconds: 1_700_003_540,
    },
    agent: {
      connected: true,
      hello: {
        version: "0.1.0",
        mode: "kprobe override",
        vectors: 23,
        name: "cloudtaser-ebpf-4f7a",
        uptimeSeconds: 50_400,
      },
    },
    ...changes,
  };
}
