/** Containers with much to do, with a terminal, with a stubborn application, and with root outside looking in. */
import assert from "node:assert/strict";
import { testAsRoot } from "../support/roles.ts";
import { post } from "../../tools/openbao/api.ts";
import { eventually } from "../support/eventually.ts";
import { makePod, makePodRoot, RunningPod } from "../support/containers/pod.ts";
import { childrenOf } from "../support/proc.ts";
import { TestVault } from "../support/test_vault.ts";
import { type Method, METHODS, search } from "../attacks/search.ts";

const SECRET = "pod-2c8e51f0a7b94d36";

testAsRoot(
  "pod: 1,000 secrets of 1,000 paths in 64 KiB of locked memory",
  async () => {
    await using vault = await TestVault.start();
    await using root = await makePodRoot("empty", vault);
    const env: Record<string, string> = {};
    for (let n = 0; n < 1000; n++) {
      const path = `secret/data/many/${n}`;
      await post(vault.server, path, { data: { value: `value ${n}` } });
      env[`MANY_${n}`] = `vault:${path}#value`;
    }
    await using bundle = await makePod({ root, vault, words: ["env"], env });
    const { code, stdout, stderr } = await bundle.run();
    assert.equal(code, 0, stderr);
    const many = stdout.split("\n").filter((line) => line.startsWith("MANY_"));
    assert.deepEqual(
      many,
      Object.keys(env).map((name, n) => `${name}=value ${n}`),
    );
    assert.match(stderr, /Protection score: 55\/75\n/);
  },
);

testAsRoot(
  "pod: on a terminal the application is in front, and the status is its own",
  async () => {
    await using root = await makePodRoot("empty");
    await using bundle = await makePod({
      root,
      words: ["show"],
      tty: true,
      env: { CLOUDTASER_LOG_LEVEL: "warning" },
    });
    const { code, stdout } = await bundle.run();
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^SigQ:/);
    assert.match(stdout, /leads 1\r\nforeground 1\r\n/);
  },
);

testAsRoot(
  "pod: who ignores TERM is killed after the grace, also without pidfds",
  async () => {
    await using root = await makePodRoot("empty");
    for (const forbidden of [[], ["pidfd_open", "pidfd_send_signal"]]) {
      await using bundle = await makePod({
        root,
        words: ["signals", "64"],
        forbidden,
        env: { CLOUDTASER_STOP_GRACE: "200ms" },
      });
      const pod = new RunningPod(bundle);
      await pod.stdout.until(/ready/);
      await bundle.kill("TERM");
      assert.equal(await pod.ended(), 137);
      assert.match(pod.stdout.text, /signal 15\n$/);
    }
  },
);

/** What each method finds in the wrapper of a pod: secret and token, in this order. */
async function attackPod(
  forbidden: readonly string[],
): Promise<Map<Method, readonly number[]>> {
  await using vault = await TestVault.start();
  await vault.setPassword(SECRET);
  await using root = await makePodRoot("empty", vault);
  await using bundle = await makePod({
    root,
    vault,
    words: ["signals", "15"],
    forbidden,
  });
  const pod = new RunningPod(bundle);
  await pod.stdout.until(/ready/);
  const pid = await bundle.pid();
  // The fetcher goes when it is done.
  await eventually(() => childrenOf(pid).length, (count) => count === 1);
  const texts = [SECRET, vault.token];
  const hits = new Map(
    METHODS.map((method) => [method, search(method, pid, texts).copies]),
  );
  await bundle.kill("TERM");
  assert.equal(await pod.ended(), 40);
  return hits;
}

testAsRoot(
  "pod: root outside finds neither token nor secret in the wrapper",
  async () => {
    const hits = await attackPod([]);
    assert.deepEqual([...new Set([...hits.values()].flat())], [0]);
  },
);

testAsRoot(
  "pod: control: without memfd_secret the same root finds them",
  async () => {
    const hits = await attackPod(["memfd_secret"]);
    // The secret once, the token where it was found and where it is kept.
    for (const method of ["mem", "readv", "peek"] as const) {
      assert.deepEqual(hits.get(method), [1, 2], method);
    }
  },
);
