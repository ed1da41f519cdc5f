/** The agent of deploy/ on the node: the score of pods with it, without it, and after its return. */
import assert from "node:assert/strict";
import { testWithVault } from "./support/test_in_cluster.ts";
import type { Cluster } from "../../tools/cluster/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { DeployedAgent } from "./support/agent.ts";
import { SYSTEM } from "./support/deployed.ts";
import { NAMESPACE } from "./support/production.ts";
import { RunningPod } from "./support/running_pod.ts";
import { FULL, WITH_AGENT } from "./support/score_lines.ts";

testWithVault(
  "agent: protects a restricted pod, leaves, returns, and reports attackers",
  async ({ cluster, vault, test }) => {
    await using agent = await DeployedAgent.start(cluster);
    const options = { agent: true, env: { CLOUDTASER_SCORE_INTERVAL: "1s" } };
    await using pod = await RunningPod.ready(vault, "guarded", options);
    const full = agent.enforces ? 75 : 65;

    await test.step("the score has the agent's points", async () => {
      assert.match(await pod.log(), agent.enforces ? FULL : WITH_AGENT);
      const { agent: seen } = await pod.page("/v1/status");
      assert.equal(seen.connected, true);
      assert.equal(seen.name, await agent.pod());
    });

    await test.step("it has exactly three capabilities", async () => {
      const sets = await agent.capabilities();
      // BPF is 39, PERFMON 38, SYS_PTRACE 19.
      const three = (1n << 39n | 1n << 38n | 1n << 19n).toString(16);
      assert.ok(sets.length >= 2, "agent and enforcer");
      for (const set of sets) assert.equal(set, three.padStart(16, "0"));
    });

    await test.step("it knows which pod it protects", async () => {
      const { processTrees } = await agent.page("/v1/status");
      const uid = await pod.field(".metadata.uid");
      assert.deepEqual(
        processTrees.list.map(({ podUid }: { podUid: string }) => podUid),
        [uid],
      );
    });

    await test.step("root on the node cannot read the secret, and is reported", async () => {
      const { stdout, signal, code } = await agent.attack();
      assert.equal(stdout.length, 0);
      if (agent.enforces) assert.equal(code, 1);
      else assert.equal(signal, "SIGKILL");
      const told = / audit=attack vector=proc_environ .* attacker_comm=head /;
      await eventually(() => agent.log(), (log) => told.test(log));
      const action = agent.enforces ? "blocked" : "killed";
      const line =
        `attacks_total{vector="proc_environ",action="${action}"} 1\n`;
      assert.ok((await agent.page("/metrics")).includes(line), line);
    });

    await test.step("the proofs of pods are not reported as attacks", async () => {
      // By now, several proofs have run.
      const proofs = () => pod.page("/metrics");
      const many =
        /proofs_total\{check="ebpf_connected",result="in_force"\} (?:[3-9]|\d\d+)$/m;
      await eventually(proofs, (page) => many.test(page));
      assert.doesNotMatch(
        await agent.log(),
        / vector=(?:proc_mem|process_vm_readv) /,
      );
      assert.doesNotMatch(
        await agent.page("/metrics"),
        /attacks_total\{vector="(proc_mem|process_vm\w*)",action="\w+"\} [1-9]/,
      );
    });

    await test.step("without the agent the scores fall, with the next one they rise", async () => {
      await agent.leaves();
      await showsEverywhere(pod, 55);
      await agent.comesBack();
      await showsEverywhere(pod, full);
      assert.match(
        await pod.log(),
        new RegExp(`score: ${full}/75[^]*score: 55/75[^]*score: ${full}/75`),
      );
      await pod.neverRestarted();
    });

    await test.step("after its pod is deleted, the next one takes over", async () => {
      const gone = await agent.pod();
      await cluster.kubectl("delete", "pod", gone, `-n=${SYSTEM}`);
      await agent.isReady();
      const next = await agent.pod();
      assert.notEqual(next, gone);
      const look = () => pod.page("/v1/status");
      await eventually(look, (now) => now.agent.name === next, 30_000);
      await showsEverywhere(pod, full);
      await pod.neverRestarted();
    });

    const shell = true;
    await using open = await RunningPod.ready(vault, "open", { shell });
    const guarded = { shell, agent: true };
    await using held = await RunningPod.ready(vault, "held", guarded);

    await test.step("kubectl exec works, and cannot read the secret", async () => {
      assert.match(await held.exec(...SHELL, "id"), /^uid=65532/);
      assert.match(await open.exec(...SHELL, STEAL), /s3cr3t-p4ss/);
      const words = ["exec", held.name, `-n=${NAMESPACE}`, "--", ...SHELL];
      const stolen = await cluster.tryKubectl([...words, STEAL]);
      assert.notEqual(stolen.code, 0);
      assert.doesNotMatch(stolen.stdout, /s3cr3t-p4ss/);
    });

    await test.step("the kubelet reads /proc, is reported, and is not killed", async () => {
      await statistics(cluster, held.name);
      const looker = / audit=attack .* attacker_comm=kubelet /;
      await eventually(() => agent.log(), (log) => looker.test(log), 30_000);
      assert.match(await held.exec(...SHELL, "echo alive"), /^alive/);
    });

    await test.step("the pod can be deleted within its grace period", async () => {
      const started = performance.now();
      await held.delete();
      assert.ok(performance.now() - started < 20_000);
    });
  },
);

/** On the status page and as a metric; the caller checks the log. */
async function showsEverywhere(pod: RunningPod, score: number): Promise<void> {
  const points = async () => (await pod.page("/v1/status")).score as number;
  await eventually(points, (now) => now === score, 30_000);
  const line =
    `cloudtaser_protection_score{pod="${pod.name}",namespace="${NAMESPACE}"} ${score}\n`;
  const page = await pod.page("/metrics");
  assert.ok(page.includes(line), page);
}

const SHELL = ["/bin/busybox", "sh", "-c"];
const STEAL = "cat /proc/$(/bin/busybox pidof app)/environ";

/** Processor time and memory of the container, which the kubelet reads from its control group and /proc. */
async function statistics(cluster: Cluster, pod: string): Promise<void> {
  const path = `/api/v1/nodes/${cluster.node}/proxy/stats/summary`;
  const look = async () => {
    const { body } = await cluster.api.request("GET", path);
    // deno-lint-ignore no-explicit-any -- JSON of another program
    return body?.pods?.find((found: any) => found.podRef.name === pod);
  };
  await eventually(
    look,
    (found) => found?.containers?.[0]?.memory !== undefined,
    30_000,
  );
}
