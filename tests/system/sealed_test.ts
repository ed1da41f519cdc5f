/** A sealed start: status and log while the wrapper waits, the token that ends the wait, and other reasons to end it. */
import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { testAsRoot, testInBothRoles } from "../support/roles.ts";
import { childrenOf, overwrite } from "../support/proc.ts";
import { TestVault } from "../support/test_vault.ts";
import { runWrapper } from "../support/wrapper.ts";
import {
  pageStatus,
  sealedEnv,
  startSealed,
  unseal,
  untilNextToken,
} from "./sealed_wrapper.ts";

const WRONG = "s.nobody-knows-this-token-0123456789";

testInBothRoles(
  "a sealed wrapper reports it, and a valid token starts the application",
  async (role) => {
    await using vault = await TestVault.start();
    await using wrapper = await startSealed(vault, {}, {
      ...role,
      args: ["/bin/sh", "-c", 'echo "got $DB_PASSWORD"; exec sleep 600'],
    });
    assert.equal(await pageStatus(wrapper, "/healthz"), 200);
    assert.equal(await pageStatus(wrapper, "/readyz"), 503);
    assert.equal(await wrapper.page("/readyz"), "application is sealed\n");
    assert.match(await wrapper.page("/metrics"), /^cloudtaser_sealed 1$/m);
    const before = await wrapper.status();
    assert.equal(before.sealed, true);
    assert.equal(before.application.state, "sealed");
    assert.equal(before.vault.state, "sealed");
    // The score is available before a token is sent.
    assert.ok(before.score > 0);
    // The stub's fetcher has been ended, but may not have been reaped yet.
    await eventually(() => childrenOf(wrapper.pid), (all) => all.length === 0);

    const refused = await unseal(wrapper, WRONG);
    assert.equal(refused.status, 403);
    assert.equal(refused.body.sealed, true);
    assert.equal((await wrapper.status()).sealed, true);
    assert.equal(wrapper.stdout.text, "");
    await untilNextToken();
    const opened = await unseal(wrapper, vault.token);
    assert.deepEqual(opened, { status: 200, body: { sealed: false } });
    await wrapper.waitForOutput(/got s3cr3t-p4ss/);
    await eventually(() => pageStatus(wrapper, "/readyz"), (s) => s === 200);
    const after = await wrapper.status();
    assert.equal(after.sealed, false);
    assert.equal(after.vault.connected, true);
    assert.match(await wrapper.page("/metrics"), /^cloudtaser_sealed 0$/m);
    assert.equal((await unseal(wrapper, vault.token)).status, 409);
    const { stderr } = await wrapper.stop();
    assert.doesNotMatch(stderr, new RegExp(`${vault.token}|${WRONG}`));
  },
);

Deno.test("without the setting a missing token is an error", async () => {
  await using vault = await TestVault.start();
  const { CLOUDTASER_SEALED: _, ...env } = sealedEnv(vault);
  const { code, stderr } = await runWrapper({
    args: ["/bin/true"],
    env: { ...env, VAULT_AUTH_METHOD: "token" },
  });
  assert.equal(code, 78);
  assert.match(stderr, /VAULT_AUTH_METHOD is token, but no token is set/);
});

Deno.test("with a token the wrapper does not wait", async () => {
  await using vault = await TestVault.start();
  const { code, stdout, stderr } = await runWrapper({
    args: ["/usr/bin/printenv", "DB_PASSWORD"],
    env: {
      ...sealedEnv(vault),
      VAULT_TOKEN: vault.token,
      CLOUDTASER_LISTEN: "127.0.0.1:0",
    },
  });
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "s3cr3t-p4ss\n");
});

testInBothRoles("a signal ends the wait", async (role) => {
  await using vault = await TestVault.start();
  await using wrapper = await startSealed(vault, {}, role);
  const { code, stdout, stderr } = await wrapper.stop();
  assert.equal(code, 143);
  assert.equal(stdout, "");
  assert.match(stderr, /Stopped by SIGTERM before the application was started/);
});

Deno.test("a signal ends the wait while one token is in use and another is being received", async () => {
  await using vault = await TestVault.startWithProxy();
  vault.proxy.add({ kind: "hang" });
  await using wrapper = await startSealed(vault);
  const trying = unseal(wrapper, vault.token).catch(() => undefined);
  await eventually(() => childrenOf(wrapper.pid).length, (n) => n === 1);
  assert.equal((await unseal(wrapper, WRONG)).status, 429);
  const [hostname = "", port = ""] = wrapper.listen.split(":");
  using slow = await Deno.connect({ hostname, port: Number(port) });
  await slow.write(new TextEncoder().encode("POST /v1/unseal HTTP/1.1\r\n"));
  assert.equal((await wrapper.stop()).code, 143);
  assert.equal(await trying, undefined);
});

Deno.test("with an unreachable Vault it stays sealed and accepts another token", async () => {
  await using vault = await TestVault.startWithProxy();
  await using wrapper = await startSealed(vault, {
    CLOUDTASER_VAULT_DEADLINE: "3s",
    VAULT_CLIENT_TIMEOUT: "1500ms",
  });
  vault.proxy.add({ kind: "hang" });
  const failed = await unseal(wrapper, vault.token);
  assert.equal(failed.status, 503);
  assert.equal(failed.body.sealed, true);
  vault.proxy.clear();
  await untilNextToken();
  assert.equal((await unseal(wrapper, vault.token)).status, 200);
  await wrapper.waitForOutput(/ready/);
});

Deno.test("with too low a score it does not wait for a token", async () => {
  await using vault = await TestVault.start();
  const { code, stderr } = await runWrapper({
    args: ["/bin/true"],
    env: {
      ...sealedEnv(vault),
      CLOUDTASER_LISTEN: "127.0.0.1:0",
      CLOUDTASER_REQUIRE_CHECKS: "ebpf_connected",
    },
  });
  assert.equal(code, 77);
  assert.match(stderr, /The application is not started: .*ebpf_connected/);
  assert.doesNotMatch(stderr, /Sealed: waiting/);
});

testAsRoot(
  "a score that falls during the wait is logged, and tokens are refused",
  async () => {
    await using vault = await TestVault.start();
    await using wrapper = await startSealed(vault, {
      CLOUDTASER_MIN_PROTECTION_SCORE: "55",
      CLOUDTASER_SCORE_INTERVAL: "200ms",
      CLOUDTASER_ON_DEGRADE: "terminate",
      PADDING: ".".repeat(32),
    });
    overwrite(
      wrapper.pid,
      "PADDING=",
      "\0VAULT_TOKEN=s.exposed\0".padEnd(32, "\0"),
    );
    await wrapper.waitForLog(/Protection score: 45\/75 \(was 55\/75\)/);
    const refused = await unseal(wrapper, vault.token);
    assert.equal(refused.status, 503);
    assert.match(refused.body.error ?? "", /score is too low/);
    await wrapper.waitForLog(/Still sealed: .*45.*55/);
    const fetcher = /fetch_duration_seconds_count\{job="fetch"\} 0/;
    assert.match(await wrapper.page("/metrics"), fetcher);
    overwrite(wrapper.pid, "PADDING=", "\0".repeat(32));
    await wrapper.waitForLog(/Protection score: 55\/75 \(was 45\/75\)/);
    await untilNextToken();
    assert.equal((await unseal(wrapper, vault.token)).status, 200);
    await wrapper.waitForOutput(/ready/);
    assert.equal((await wrapper.stop()).code, 40);
  },
);

Deno.test("without a listener it does not wait", async () => {
  await using vault = await TestVault.start();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { code, stderr } = await runWrapper({
    args: ["/bin/true"],
    env: {
      ...sealedEnv(vault),
      CLOUDTASER_LISTEN: `127.0.0.1:${(taken.addr as Deno.NetAddr).port}`,
    },
  });
  assert.equal(code, 71);
  assert.match(stderr, /Cannot listen on .*, so no unseal token can arrive/);
});
