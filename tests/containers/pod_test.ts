/** The wrapper as PID 1 in containers of a strict cluster: secrets, score, signals, orphans. */
import assert from "node:assert/strict";
import { testAsRoot } from "../support/roles.ts";
import type { RootKind } from "../../tools/roots.ts";
import { eventually } from "../support/eventually.ts";
import { RunningPod, runPod, startPod } from "../support/containers/pod.ts";
import { childrenOf } from "../support/proc.ts";
import { TestVault } from "../support/test_vault.ts";

/** Only the two checks that need an agent fail. */
const SCORE_LINES = new RegExp(
  [
    "Protection score: 55/75",
    "memfd_secret: OK \\(\\+15\\)",
    "mlock: OK \\(\\+10\\)",
    "madv_dontdump: OK \\(\\+10\\)",
    "pr_set_dumpable: OK \\(\\+10\\)",
    "token_protected: OK \\(\\+10\\)",
    "ebpf_connected: FAIL \\(\\+0\\) no agent socket at /run/cloudtaser/agent.sock",
    "kprobes_active: FAIL \\(\\+0\\) \\S.*",
  ].map((line) => `\\S+Z \\[cloudtaser-wrapper\\] ${line}\n`).join(""),
);

for (const kind of ["empty", "static", "cc"] satisfies RootKind[]) {
  testAsRoot(
    `pod (${kind}): the secret arrives, 55/75, no own variable`,
    async () => {
      await using vault = await TestVault.start();
      const { code, stdout, stderr } = await runPod({
        kind,
        vault,
        words: ["env"],
      });
      assert.equal(code, 0, stderr);
      assert.match(stderr, SCORE_LINES);
      const names = stdout.trim().split("\n").map((line) => line.split("=")[0]);
      // runc sets HOME.
      assert.deepEqual(names.sort(), ["DB_PASSWORD", "HOME", "PATH"]);
      assert.match(stdout, /^DB_PASSWORD=s3cr3t-p4ss$/m);
    },
  );
}

testAsRoot("pod: signals are forwarded, each once", async () => {
  await using pod = await startPod({ words: ["signals", "15"] });
  const signals = [1, 2, 3, 10, 12, 18, 20, 28, 34, 64];
  for (const signo of signals) {
    await pod.bundle.kill(String(signo));
    await pod.stdout.until(new RegExp(`signal ${signo}\n`));
  }
  assert.equal(await pod.stop(), 40);
  // runc 1.1 passes on what it gets itself, and Go's scheduler sends it SIGURG (23).
  const seen = pod.stdout.text.match(/(?<=signal )\d+/g)?.map(Number);
  assert.deepEqual(seen?.filter((signo) => signo !== 23), [...signals, 15]);
});

for (
  const [words, status] of [
    ["exit 0", 0],
    ["exit 1", 1],
    ["exit 137", 137],
    ["exit 255", 255],
    ["die 9", 137],
    ["die 11", 139],
    ["die 15", 143],
  ] as const
) {
  testAsRoot(
    `pod: an application with \`${words}\` ends it with ${status}`,
    async () => {
      const { code } = await runPod({ words: words.split(" ") });
      assert.equal(code, status);
    },
  );
}

testAsRoot("pod: 1,000 orphans are reaped", async () => {
  await using pod = await startPod({ words: ["orphans", "1000"] });
  const pid = await pod.bundle.pid();
  await eventually(() => childrenOf(pid).length, (count) => count === 1);
  assert.equal(await pod.stop(), 40);
});

testAsRoot("pod: TERM while Vault does not answer is 143", async () => {
  await using vault = await TestVault.startWithProxy();
  vault.proxy.add({ kind: "hang" });
  await using pod = await RunningPod.start({ vault, words: ["exit", "0"] });
  await eventually(
    () => vault.proxy.requests,
    (all) => all.some(({ path }) => path === "secret/data/app"),
  );
  assert.equal(await pod.stop(), 143);
  vault.proxy.clear();
});
