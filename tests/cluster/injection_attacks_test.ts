/**
 * Attacks on the injection, in a namespace without a Pod Security Standard: the
 * policy alone refuses them, and names what it refuses.
 */
import assert from "node:assert/strict";
import type { V1EnvVar } from "@kubernetes/client-node";
import { WRAPPER_ATTACKS } from "./support/attacks.ts";
import { SETTING_ATTACKS } from "./support/attacks_on_settings.ts";
import { LabelledNamespace } from "./support/labelled.ts";
import { testWithVault } from "./support/test_in_cluster.ts";
import { makePod } from "./support/unchanged.ts";

const ATTACKS = { ...WRAPPER_ATTACKS, ...SETTING_ATTACKS };

/** Settings that weaken the protection. */
const FIXED = [
  "CLOUDTASER_MIN_PROTECTION_SCORE",
  "CLOUDTASER_SCORE_CHECKS",
  "CLOUDTASER_AGENT_SOCKET",
  "CLOUDTASER_AGENT_UID",
  "VAULT_SKIP_VERIFY",
];

testWithVault(
  "injection: attacks on it are refused, in words",
  async ({ vault, test }) => {
    await using shop = await LabelledNamespace.create(vault, { mode: "deny" });
    await using _standard = await shop.withoutPodSecurity();

    await test.step("the pod that they change is accepted", async () => {
      assert.equal((await shop.ask(makePod("good"))).refusal, "");
    });

    await test.step("envFrom, which the policy cannot see, is overruled", async () => {
      const envFrom = [{ configMapRef: { name: "own" } }];
      const { objects: [pod] } = await shop.ask(makePod("good", { envFrom }));
      const names = pod.spec.containers[0].env
        .filter(({ value }: V1EnvVar) => value)
        .map(({ name }: V1EnvVar) => name);
      for (const name of FIXED) assert.ok(names.includes(name), name);
    });

    for (const [name, { container, spec, said }] of Object.entries(ATTACKS)) {
      await test.step(name, async () => {
        const pod = makePod("attack", container, { ...(spec && { spec }) });
        assert.match((await shop.ask(pod)).refusal, said);
      });
    }
  },
);
