/** The wrapper's events on its own pod, as `kubectl describe pod` shows them, with the least rights. */
import assert from "node:assert/strict";
import { testWithVault } from "./support/test_in_cluster.ts";
import { eventually } from "../support/eventually.ts";
import { DeployedAgent } from "./support/agent.ts";
import { appliedManifests } from "./support/deployed.ts";
import { listEvents } from "./support/official_client.ts";
import { NAMESPACE } from "./support/production.ts";
import { RunningPod } from "./support/running_pod.ts";

const WHERE = `--namespace=${NAMESPACE}`;
const WARNING = /Cannot write event/g;
const ORDERS = `--as=system:serviceaccount:${NAMESPACE}:orders`;

testWithVault(
  "cluster: describe shows the event, and the pod has no other right",
  async ({ cluster, vault }) => {
    await using _leave = await appliedManifests(cluster, "production.yaml");
    const options = { ownAccount: true };
    await using pod = await RunningPod.ready(vault, "told", options);
    const describe = () => cluster.kubectl("describe", "pod", pod.name, WHERE);
    await eventually(describe, (text) => {
      return /^ +Warning +ProtectionDegraded +\S+ +cloudtaser-wrapper +Protection score: 55\/75 \(ebpf_connected, kprobes_active unavailable\)$/m
        .test(text);
    });
    assert.doesNotMatch(await pod.log(), WARNING);
    const metrics = await pod.page("/metrics");
    assert.match(metrics, /^cloudtaser_events_total 1$/m);
    const [event, ...more] = await listEvents(cluster, NAMESPACE, pod.name);
    assert.deepEqual(more, []);
    assert.equal(event?.type, "Warning");
    assert.equal(event?.reportingComponent, "cloudtaser-wrapper");
    assert.equal(event?.involvedObject.uid, await pod.field(".metadata.uid"));
    assert.ok(event?.lastTimestamp instanceof Date);
    for (
      const [verb, answer] of [
        ["create", "yes"],
        ["get", "no"],
        ["list", "no"],
        ["patch", "no"],
        ["delete", "no"],
      ] as const
    ) {
      const words = ["auth", "can-i", verb, "events", WHERE, ORDERS];
      const { stdout } = await cluster.tryKubectl(words);
      assert.equal(stdout.trim(), answer, verb);
    }
  },
);

testWithVault(
  "cluster: without the right, or without a token, there is one warning",
  async ({ vault }) => {
    for (
      const [name, ownAccount, said] of [
        ["no-leave", true, /may not create events in production/],
        ["no-token", false, /no service account is mounted/],
      ] as const
    ) {
      const options = { ownAccount };
      await using pod = await RunningPod.ready(vault, name, options);
      const log = await eventually(() => pod.log(), (text) => said.test(text));
      assert.equal(log.match(WARNING)?.length, 1);
      await pod.neverRestarted();
    }
  },
);

testWithVault(
  "cluster: the agent leaves and returns, with an event for each",
  async ({ cluster, vault }) => {
    await using agent = await DeployedAgent.start(cluster);
    const options = {
      agent: true,
      ownAccount: true,
      env: { CLOUDTASER_SCORE_INTERVAL: "1s" },
    };
    await using pod = await RunningPod.ready(vault, "heard", options);
    const full = agent.enforces
      ? "ProtectionActive Protection score: 75/75 (all defenses active)"
      : "ProtectionDegraded Protection score: 65/75 (kprobes_active unavailable)";
    const without =
      "ProtectionDegraded Protection score: 55/75 (ebpf_connected, kprobes_active unavailable)";
    const count = async (event: string) =>
      (await listEvents(cluster, NAMESPACE, pod.name))
        .filter(({ reason, message }) => `${reason} ${message}` === event)
        .length;
    // On a busy machine a proof may fail for a moment, which adds events: at least this many.
    await eventually(() => count(full), (n) => n >= 1, 30_000);
    // Waits for the event: after a short absence, only the newest score would be written.
    await agent.leaves();
    await eventually(() => count(without), (n) => n >= 1, 30_000);
    const before = await count(full);
    await agent.comesBack();
    await eventually(() => count(full), (n) => n > before, 60_000);
  },
);
