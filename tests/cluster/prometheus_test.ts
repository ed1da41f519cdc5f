/** A real Prometheus finds the pods, evaluates the alerts, and answers every query of the Grafana dashboard. */
import assert from "node:assert/strict";
import { testWithVault } from "./support/test_in_cluster.ts";
import { ensurePromtool } from "../../tools/cluster/debian.ts";
import { DASHBOARD } from "../../tools/cluster/manifests.ts";
import { run } from "../../tools/run.ts";
import { eventually } from "../support/eventually.ts";
import { DeployedAgent } from "./support/agent.ts";
import { NAMESPACE } from "./support/production.ts";
import { Prometheus } from "./support/prometheus.ts";
import { RunningPod } from "./support/running_pod.ts";

/** Grafana's variables. */
const VARIABLES = [
  ["$__rate_interval", "1m"],
  ["$__range", "10m"],
  ["$namespace", ".*"],
] as const;

/** Every query of the dashboard, as Grafana sends it. */
function readQueries(): string[] {
  const { panels } = JSON.parse(Deno.readTextFileSync(DASHBOARD));
  return panels.flatMap(({ targets = [] }: { targets: { expr: string }[] }) =>
    targets.map(({ expr }) =>
      VARIABLES.reduce(
        (text, [name, value]) => text.replaceAll(name, value),
        expr,
      )
    )
  );
}

testWithVault(
  "prometheus: targets, alerts and the dashboard's queries",
  async ({ cluster, vault, test }) => {
    await using agent = await DeployedAgent.start(cluster);
    const withAgent = { agent: true };
    await using _guarded = await RunningPod.ready(
      vault,
      "with-agent",
      withAgent,
    );
    await using _alone = await RunningPod.ready(vault, "without");
    await using prometheus = await Prometheus.start(cluster);

    await test.step("its account can find pods, and nothing else", async () => {
      const who = "--as=system:serviceaccount:monitoring:prometheus";
      for (
        const [words, answer] of [
          [["list", "pods"], "yes"],
          [["watch", "pods"], "yes"],
          [["get", "pods", "--subresource=proxy"], "no"],
          [["list", "secrets"], "no"],
          [["create", "pods"], "no"],
        ] as const
      ) {
        const all = ["auth", "can-i", "-A", who, ...words];
        const { stdout } = await cluster.tryKubectl(all);
        assert.equal(stdout.trim(), answer, words.join(" "));
      }
    });

    await test.step("it finds all three pods by annotation", async () => {
      const up = await eventually(
        () => prometheus.query("up == 1"),
        (series) => series.length === 3,
        30_000,
      );
      const found = up.map(({ labels }) => `${labels.namespace}/${labels.pod}`);
      assert.deepEqual(found.sort(), [
        `cloudtaser-system/${await agent.pod()}`,
        `${NAMESPACE}/with-agent`,
        `${NAMESPACE}/without`,
      ]);
      assert.ok(up.every(({ labels }) => labels.node === cluster.node));
    });

    await test.step("the score has the pod's labels, with both settings", async () => {
      const [score, ...more] = await prometheus.query(
        `cloudtaser_protection_score{pod="without",namespace="${NAMESPACE}"}`,
      );
      assert.equal(more.length, 0);
      assert.equal(score?.value, 55);
      assert.equal(score?.labels.exported_pod, "without");
    });

    await test.step("promtool accepts the agent's page", async () => {
      const promtool = await ensurePromtool();
      const input = await agent.page("/metrics");
      await run(promtool, ["check", "metrics"], { input });
    });

    await test.step("the kubelet's access is not an alert", async () => {
      const looks =
        'cloudtaser_agent_attacks_total{vector=~"proc_fd|proc_state"} > 0';
      await eventually(
        () => prometheus.query(looks),
        (all) => all.length > 0,
        40_000,
      );
    });

    await test.step("an attack is an alert", async () => {
      assert.equal(
        (await prometheus.rules()).get("CloudTaserAttack")?.state,
        "inactive",
      );
      await agent.attack();
      const rules = await eventually(
        () => prometheus.rules(),
        (all) => all.get("CloudTaserAttack")?.state === "firing",
      );
      for (const [name, { health }] of rules) assert.equal(health, "ok", name);
      assert.equal(rules.size, countAlerts());
    });

    for (const query of readQueries()) {
      await test.step(query, async () => {
        const look = () => prometheus.query(query);
        const series = await eventually(look, (found) => found.length > 0);
        assert.ok(series.every(({ value }) => Number.isFinite(value)));
      });
    }
  },
);

/** The number of alerts in deploy/. */
function countAlerts(): number {
  const file = new URL("../../deploy/chart/files/alerts.yaml", import.meta.url);
  return Deno.readTextFileSync(file).match(/^ +- alert: /gm)?.length ?? 0;
}
