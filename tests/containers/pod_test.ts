/** The wrapper as PID 1 in containers of a strict cluster: secrets, score, signals, orphans. */
import assert from "node:assert/strict";
import { testAsRoot } from "../support/roles.ts";
import type { RootKind } from "../../tools/roots.ts";
import { eventually } from "../support/eventually.ts";
import { makePod, makePodRoot, RunningPod } from "../support/containers/pod.ts";
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
  ].map((line) => `\\[cloudtaser-wrapper\\] ${line}\n`).join(""),
);

for (const kind of ["empty", "static", "cc"] satisfies RootKind[]) {
  testAsRoot(
    `pod (${kind}): secrets arrive, 55/75, no variable of the wrapper in the application`,
    async () => {
      await using vault = await TestVault.start();
      await using root = await makePodRoot(kind, vault);
      await using bundle = await makePod({ root, vault, words: ["env"] });
      const { code, stdout, stderr } = await bundle.run();
      assert.equal(code, 0, stderr);
      assert.match(stderr, SCORE_LINES);
      const names = stdout.trim().split("\n").map((line) => line.split("=")[0]);
      // HOME is runc's.
      assert.deepEqual(names.sort(), ["DB_PASSWORD", "HOME", "PATH"]);
      assert.match(stdout, /^DB_PASSWORD=s3cr3t-p4ss$/m);
    },
  );
}

testAsRoot("pod (empty): signals are forwarded, each once", async () => {
  await using root = await makePodRoot("empty");
  await using bundle = await makePod({ root, words: ["signals", "15"] });
  const pod = new RunningPod(bundle);
  await pod.stdout.until(/ready/);
  for (const signo of [1, 2, 3, 10, 12, 18, 20, 28, 34, 64]) {
    await bundle.kill(String(signo));
    await pod.stdout.until(new RegExp(`signal ${signo}\n`));
  }
  await bundle.kill("TERM");
  assert.equal(await pod.ended(), 40);
  // runc 1.1 passes on what it gets itself, and Go's scheduler sends it SIGURG (23).
  const seen = pod.stdout.text.match(/(?<=signal )\d+/g)?.map(Number);
  assert.deepEqual(
    seen?.filter((signo) => signo !== 23),
    [1, 2, 3, 10, 12, 18, 20, 28, 34, 64, 15],
  );
});

testAsRoot("pod (empty): exit statuses and deaths pass", async () => {
  await using root = await makePodRoot("empty");
  for (
    const [what, number, status] of [
      ["exit", 0, 0],
      ["exit", 1, 1],
      ["exit", 137, 137],
      ["exit", 255, 255],
      ["die", 9, 137],
      ["die", 11, 139],
      ["die", 15, 143],
    ] as const
  ) {
    const words = [what, String(number)];
    await using bundle = await makePod({ root, words });
    assert.equal((await bundle.run()).code, status, words.join(" "));
  }
});

testAsRoot("pod (empty): 1,000 orphans are reaped", async () => {
  await using root = await makePodRoot("empty");
  await using bundle = await makePod({ root, words: ["orphans", "1000"] });
  const pod = new RunningPod(bundle);
  await pod.stdout.until(/ready/);
  const pid = await bundle.pid();
  await eventually(() => childrenOf(pid).length, (count) => count === 1);
  await bundle.kill("TERM");
  assert.equal(await pod.ended(), 40);
});

testAsRoot("pod (empty): TERM while Vault does not answer is 143", async () => {
  await using vault = await TestVault.startWithProxy();
  vault.proxy.add({ kind: "hang" });
  await using root = await makePodRoot("empty", vault);
  await using bundle = await makePod({ root, vault, words: ["exit", "0"] });
  const pod = new RunningPod(bundle);
  await eventually(
    () => vault.proxy.requests,
    (entries) =>
      entries.some(({ method, path }) =>
        method === "GET" && path === "secret/data/app"
      ),
  );
  await bundle.kill("TERM");
  assert.equal(await pod.ended(), 143);
  vault.proxy.clear();
});
