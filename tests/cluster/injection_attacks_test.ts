/**
 * Attacks on the injection, in a namespace without a Pod Security Standard: the
 * policy alone refuses them, and names what it refuses.
 */
import assert from "node:assert/strict";
import { WRAPPER_ATTACKS } from "./support/attacks.ts";
import { SETTING_ATTACKS } from "./support/attacks_on_settings.ts";
import { LabelledNamespace } from "./support/labelled.ts";
import { testWithVault } from "./support/test_in_cluster.ts";
import { makePod } from "./support/unchanged.ts";

const ATTACKS = { ...WRAPPER_ATTACKS, ...SETTING_ATTACKS };

testWithVault(
  "injection: attacks on it are refused, in words",
  async ({ vault, test }) => {
    await using shop = await LabelledNamespace.create(vault, { mode: "deny" });
    await using _standard = await shop.withoutPodSecurity();

    await test.step("the pod that they change is accepted", async () => {
      assert.equal((await shop.ask(makePod("good"))).refusal, "");
    });

    for (const [name, { container, spec, said }] of Object.entries(ATTACKS)) {
      await test.step(name, async () => {
        const pod = makePod("attack", container, { ...(spec && { spec }) });
        assert.match((await shop.ask(pod)).refusal, said);
      });
    }
  },
);
