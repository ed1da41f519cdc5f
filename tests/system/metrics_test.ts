/** /metrics of the running binary: valid for promtool, with the right numbers. */
import assert from "node:assert/strict";
import { startApp } from "../support/app.ts";
import { testAsRoot } from "../support/roles.ts";
import { ensurePromtool } from "../../tools/cluster/debian.ts";
import { eventually } from "../support/eventually.ts";
import { NodeAgent } from "../support/agent/node_agent.ts";
import { TestVault } from "../support/test_vault.ts";
import { startWrapper, type Wrapper } from "../support/wrapper.ts";

/** Exit status and output of `promtool check metrics`. */
async function lint(text: string): Promise<string> {
  const child = new Deno.Command(await ensurePromtool(), {
    args: ["check", "metrics"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const said = [stdout, stderr].map((b) => new TextDecoder().decode(b));
  return `${code} ${said.join("")}`.trim();
}

/** One sample of the page, by name and labels. */
async function metric(wrapper: Wrapper, name: string): Promise<number> {
  const lines = (await wrapper.page("/metrics")).split("\n");
  const line = lines.find((one) => one.startsWith(`cloudtaser_${name} `));
  return Number(line?.split(" ").at(-1));
}

Deno.test("promtool finds nothing wrong in the wrapper's page", async () => {
  assert.match(await lint("cloudtaser_runs 1\n"), /^3 .*no help text/s);
  await using vault = await TestVault.start();
  await using wrapper = await startApp("signals 15", {
    env: vault.env({ POD_NAME: "app-1", POD_NAMESPACE: "production" }),
  });
  const page = await wrapper.page("/metrics");
  assert.equal(await lint(page), "0");
  assert.match(
    page,
    /^cloudtaser_protection_score\{pod="app-1",namespace="production"\} \d+$/m,
  );
  assert.equal(page.match(/^cloudtaser_protection_check\{/gm)?.length, 7);
  assert.doesNotMatch(page, new RegExp(vault.token));
});

testAsRoot("promtool finds nothing in the agent's page", async () => {
  await using agent = await NodeAgent.start();
  const page = await agent.page("/metrics");
  assert.match(page, /^cloudtaser_agent_protected_processes 0$/m);
  assert.equal(await lint(page), "0");
});

Deno.test("proofs are counted in every round", async () => {
  await using wrapper = await startApp("signals 15", {
    env: { CLOUDTASER_SCORE_INTERVAL: "200ms" },
  });
  const rounds = 'proofs_total{check="mlock",result="in_force"}';
  await eventually(() => metric(wrapper, rounds), (count) => count >= 3);
  const failed = 'proofs_total{check="ebpf_connected",result="absent"}';
  assert.ok(await metric(wrapper, failed) >= 3);
  const seconds = await metric(
    wrapper,
    'proof_duration_seconds_sum{check="mlock"}',
  );
  assert.ok(seconds > 0, `${seconds}`);
  // Vault is not configured.
  assert.ok(Number.isNaN(await metric(wrapper, "vault_up")));
});

Deno.test("fetches and failed fetches are counted by job", async () => {
  await using vault = await TestVault.startWithProxy();
  await using wrapper = await startApp("signals 15", {
    env: vault.env({
      CLOUDTASER_REFRESH_INTERVAL: "300ms",
      CLOUDTASER_VAULT_DEADLINE: "3s",
      VAULT_CLIENT_TIMEOUT: "1500ms",
    }),
  });
  const fetches = 'fetch_duration_seconds_count{job="fetch"}';
  await eventually(() => metric(wrapper, fetches), (count) => count >= 3);
  assert.equal(await metric(wrapper, "vault_up"), 1);
  const expiry = await metric(wrapper, "lease_expiry_timestamp_seconds");
  const ttl = await metric(wrapper, "lease_ttl_seconds");
  assert.ok(Math.abs(expiry - ttl - Date.now() / 1000) < 30, `${expiry}`);
  const failures = 'fetch_failures_total{job="fetch"}';
  assert.equal(await metric(wrapper, failures), 0);
  vault.proxy.add({ kind: "hang" });
  await wrapper.waitForLog(/Refreshing secrets failed/);
  assert.ok(await metric(wrapper, failures) >= 1);
  assert.ok(await metric(wrapper, "lease_renewal_failures_total") >= 1);
  assert.equal(await metric(wrapper, "vault_up"), 0);
});

Deno.test("a restart is counted", async () => {
  await using vault = await TestVault.start();
  await using wrapper = startWrapper({
    args: ["/bin/sleep", "600"],
    env: vault.env({
      CLOUDTASER_REFRESH_INTERVAL: "300ms",
      CLOUDTASER_ON_ROTATE: "restart",
    }),
  });
  await wrapper.waitForLog(/Application started/);
  assert.equal(await metric(wrapper, "application_restarts_total"), 0);
  await vault.setPassword("second-password");
  await eventually(
    () => metric(wrapper, "application_restarts_total"),
    (count) => count === 1,
  );
  assert.equal(await metric(wrapper, "application_up"), 1);
});

Deno.test("reaped orphans are counted", async () => {
  await using wrapper = await startApp("orphans 100");
  await eventually(
    () => metric(wrapper, "orphans_reaped_total"),
    (count) => count >= 100,
  );
});
