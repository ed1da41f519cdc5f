/** The agent as deploy/ puts it onto the node: what pods score with it, without it, and when it comes back. */
import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { DeployedAgent } from "./support/agent.ts";
import { ClusterVault } from "./support/cluster_vault.ts";
import { SYSTEM } from "./support/deployed.ts";
import { NEEDS_ROOT, production } from "./support/production.ts";
import { RunningPod } from "./support/running_pod.ts";
import { FULL, WITH_AGENT } from "./support/score_lines.ts";

Deno.test({
  name:
    "agent: protects a restricted pod, goes, comes back, and tells who attacks",
  ...NEEDS_ROOT,
  fn: async (test) => {
    using cluster = await production();
    await using vault = await ClusterVault.start(cluster);
    await using agent = await DeployedAgent.start(cluster);
    const options = {
      vault,
      words: ["signals", "15"],
      agent: true,
      env: { CLOUDTASER_SCORE_INTERVAL: "1s" },
    };
    await using pod = await RunningPod.create(cluster, "guarded", options);
    await pod.reaches("condition=Ready");
    const full = agent.enforces ? 75 : 65;
    const score = async () => (await pod.page("/v1/status")).score as number;

    await test.step("the score has the agent's points", async () => {
      assert.match(await pod.log(), agent.enforces ? FULL : WITH_AGENT);
      const { agent: seen } = await pod.page("/v1/status");
      assert.equal(seen.connected, true);
      assert.equal(seen.name, await agent.pod());
    });

    await test.step("it knows which pod it protects", async () => {
      const { families } = await agent.page("/v1/status");
      const uid = await pod.field(".metadata.uid");
      assert.deepEqual(
        families.list.map(({ podUid }: { podUid: string }) => podUid),
        [uid],
      );
    });

    await test.step("root on the node that reads its memory is told", async () => {
      const { families } = await agent.page("/v1/status");
      const [{ pid }] = families.list;
      await new Deno.Command("head", {
        args: ["-c1", `/proc/${pid}/environ`],
        stdout: "null",
        stderr: "null",
      }).output();
      const told = /"audit":"attack","vector":"proc_environ".*"comm":"head"/;
      await eventually(() => agent.log(), (log) => told.test(log));
      const metrics = await agent.page("/metrics");
      assert.match(
        metrics,
        /attacks_total\{vector="proc_environ",action="\w+"\} [1-9]/,
      );
    });

    await test.step("without it the score falls, with the next it rises", async () => {
      const gone = await agent.pod();
      const deleted = cluster.kubectl("delete", "pod", gone, `-n=${SYSTEM}`);
      await eventually(score, (points) => points === 55);
      await deleted;
      await agent.isReady();
      await eventually(score, (points) => points === full, 30_000);
      assert.equal(
        await pod.field(".status.containerStatuses[0].restartCount"),
        "0",
      );
    });
  },
});
