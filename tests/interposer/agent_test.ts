/**
 * With the node agent: the wrapper inspects its application in every round without
 * being reported as an attacker, and the hand-off works in a protected process. (On
 * the build machine only reactive kill works: it kills a process that inspects a
 * protected process without permission.)
 */
import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { NodeAgent } from "../support/agent/node_agent.ts";
import {
  compileGuest,
  countProofs,
  RIGHT,
  startGuest,
  startVault,
} from "./guests.ts";

const guest = compileGuest("with-agent");

Deno.test("with the agent: the hand-off works in every round, and no attack is counted", async () => {
  await using vault = await startVault();
  await using agent = await NodeAgent.start();
  const hash = `${guest} hash DB_PASSWORD`;
  const args = ["sh", "-c", `${hash}; exec ${hash} ready`];
  await using wrapper = startGuest(vault, args, "require", {
    CLOUDTASER_AGENT_SOCKET: agent.socket,
    CLOUDTASER_SCORE_CHECKS: "all",
    CLOUDTASER_SCORE_INTERVAL: "500ms",
    CLOUDTASER_REQUIRE_CHECKS: "ld_preload_active,ebpf_connected",
  });
  await wrapper.waitForOutput(/ready/);
  assert.equal(wrapper.stdout.text.split(`${RIGHT}\n`).length, 3);
  assert.match(wrapper.stderr.text, /Protection score: (75|85)\/105/);
  await eventually(() => countProofs(wrapper), (count) => count > 3);
  assert.doesNotMatch(wrapper.stderr.text, /was \d+\/105/);
  const attacks = (await agent.page("/metrics"))
    .match(/^cloudtaser_agent_attacks_total\{.*\} [1-9].*$/gm) ?? [];
  assert.deepEqual(attacks, []);
});
