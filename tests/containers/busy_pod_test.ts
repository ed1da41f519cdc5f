/** Containers with 1,000 secrets, a terminal, an application that ignores TERM, and root outside as an attacker. */
import assert from "node:assert/strict";
import { testAsRoot } from "../support/roles.ts";
import { post } from "../../tools/openbao/api.ts";
import { eventually } from "../support/eventually.ts";
import { runPod, startPod } from "../support/containers/pod.ts";
import { childrenOf } from "../support/proc.ts";
import { TestVault } from "../support/test_vault.ts";
import { type Method, METHODS, search } from "../attacks/search.ts";

const SECRET = "pod-2c8e51f0a7b94d36";

testAsRoot("pod: 1,000 secrets fit in 64 KiB of locked memory", async () => {
  await using vault = await TestVault.start();
  const env: Record<string, string> = {};
  for (let n = 0; n < 1000; n++) {
    const path = `secret/data/many/${n}`;
    await post(vault.server, path, { data: { value: `value ${n}` } });
    env[`MANY_${n}`] = `vault:${path}#value`;
  }
  const { code, stdout, stderr } = await runPod({ vault, words: ["env"], env });
  assert.equal(code, 0, stderr);
  const many = stdout.split("\n").filter((line) => line.startsWith("MANY_"));
  assert.deepEqual(
    many,
    Object.keys(env).map((name, n) => `${name}=value ${n}`),
  );
  assert.match(stderr, /Protection score: 55\/75\n/);
});

testAsRoot("pod: the application is in a terminal's foreground", async () => {
  const env = { CLOUDTASER_LOG_LEVEL: "error" };
  const { code, stdout } = await runPod({ words: ["show"], tty: true, env });
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^SigQ:/);
  assert.match(stdout, /leads 1\r\nforeground 1\r\n/);
});

for (const forbidden of [[], ["pidfd_open", "pidfd_send_signal"]]) {
  testAsRoot(
    `pod: KILL follows an ignored TERM, without [${forbidden}]`,
    async () => {
      await using pod = await startPod({
        words: ["signals", "64"],
        forbidden,
        env: { CLOUDTASER_STOP_GRACE: "200ms" },
      });
      assert.equal(await pod.stop(), 137);
      assert.match(pod.stdout.text, /signal 15\n$/);
    },
  );
}

/** What each method finds in the wrapper of a pod: secret and token, in this order. */
async function attackPod(
  forbidden: readonly string[],
): Promise<Map<Method, readonly number[]>> {
  await using vault = await TestVault.start();
  await vault.setPassword(SECRET);
  const words = ["signals", "15"];
  await using pod = await startPod({ vault, words, forbidden });
  const pid = await pod.bundle.pid();
  // The fetcher ends after the fetch.
  await eventually(() => childrenOf(pid).length, (count) => count === 1);
  const texts = [SECRET, vault.token];
  const hits = new Map(
    METHODS.map((method) => [method, search(method, pid, texts).copies]),
  );
  assert.equal(await pod.stop(), 40);
  return hits;
}

testAsRoot("pod: root outside finds neither token nor secret", async () => {
  const hits = await attackPod([]);
  assert.deepEqual([...new Set([...hits.values()].flat())], [0]);
});

testAsRoot("pod: control: without memfd_secret root finds them", async () => {
  const hits = await attackPod(["memfd_secret"]);
  // The secret once, the token where it was found and where it is kept.
  for (const method of ["mem", "readv", "peek"] as const) {
    assert.deepEqual(hits.get(method), [1, 2], method);
  }
});
