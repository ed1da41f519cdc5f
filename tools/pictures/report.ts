/** A made-up fleet, as the HTML report shows it. */
import type { CheckName } from "../../src/score/checks.ts";
import { makeFleet } from "../../src/fleet/collect/fleet.ts";
import { renderPage } from "../../src/fleet/render/html/page.ts";
import { parseStatus } from "../../src/fleet/collect/status_schema.ts";
import { makeAnswer } from "../../tests/fleet/answers.ts";

type Failing = Partial<Record<CheckName, string>>;

const NO_AGENT: Failing = {
  ebpf_connected: "no agent socket at /run/cloudtaser/agent.sock",
  kprobes_active: "no agent; kernel supports BPF LSM",
};
const OLD_BOOT: Failing = {
  memfd_secret: "kernel 6.1 needs boot option secretmem.enable=1",
};
const DISK: Failing = { token_protected: "token file /vault/token is on ext4" };

/** Namespace, pod, node, failed checks. */
const PODS: readonly (readonly [string, string, string, Failing?])[] = [
  ["payments", "checkout-5b8f7c9d66-plmd7", "worker-a1"],
  ["payments", "checkout-5b8f7c9d66-t4x9k", "worker-a2"],
  ["payments", "checkout-5b8f7c9d66-w2hjc", "worker-b1", OLD_BOOT],
  ["payments", "ledger-7d8f9c6b4-xk2mn", "worker-c1", NO_AGENT],
  ["payments", "ledger-7d8f9c6b4-9rfqs", "worker-a1"],
  ["identity", "login-6c9d5b7f88-qzxt2", "worker-a2", DISK],
  ["identity", "login-6c9d5b7f88-xjfdj", "spot-7f", {
    ...OLD_BOOT,
    ...NO_AGENT,
  }],
  ["reporting", "exporter-5f6b8d9c77-kv8wz", "worker-c1", NO_AGENT],
];

/** The page that `status -A -o html` would print of this fleet. */
export function makeReport(): string {
  const probes = PODS.map(([namespace, pod, node, failing = {}]) => ({
    target: { namespace, pod, node, port: 8199 },
    status: parseStatus(
      makeAnswer(failing, { identity: { namespace, pod, node } }),
    ),
  }));
  const at = Date.UTC(2026, 10, 25, 9);
  return renderPage(makeFleet(probes, { at, place: "production" }));
}
