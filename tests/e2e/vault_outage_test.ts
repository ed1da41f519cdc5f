/**
 * Vault is sealed, unreachable or revokes the token. Before the application
 * starts, the wrapper waits within its deadline; afterwards the application
 * keeps running.
 */
import assert from "node:assert/strict";
import { makeToken, setUpSecrets } from "../../tools/openbao/secrets.ts";
import type { OpenBao } from "../../tools/openbao/server.ts";
import {
  appRoleLogin,
  openBaoForFile,
  setUpAppRole,
  vaultEnvironment,
} from "../support/openbao.ts";
import { eventually } from "../support/eventually.ts";
import { runWrapper, startWrapper } from "../support/wrapper.ts";
import {
  assertNotStarted,
  assertStarted,
  DB_PASSWORD,
  PRINT,
} from "./outcomes.ts";

const openBao = openBaoForFile(setUpSecrets);
const LOOP = ["/bin/sh", "-c", 'echo "has $DB_PASSWORD"; exec sleep 600'];

function environment(
  server: OpenBao,
  token: string,
  more: Record<string, string> = {},
): Record<string, string> {
  return {
    ...vaultEnvironment(server, token),
    DB_PASSWORD,
    CLOUDTASER_LOG_LEVEL: "debug",
    ...more,
  };
}

Deno.test("an outage at the start", async (test) => {
  const server = openBao();
  const token = await makeToken(server);

  await test.step("waits while Vault is sealed, and starts when it is unsealed", async () => {
    await server.seal();
    await using wrapper = startWrapper({
      args: PRINT,
      env: environment(server, token),
    });
    await wrapper.waitForLog(/sealed/);
    await server.unseal();
    assertStarted(await wrapper.ended);
  });

  await test.step("waits while Vault is unreachable, and starts when it is back", async () => {
    await server.kill();
    await using wrapper = startWrapper({
      args: PRINT,
      env: environment(server, token),
    });
    await wrapper.waitForLog(/refused/i);
    await server.restart();
    assertStarted(await wrapper.ended);
  });

  await test.step("ends at the deadline with 69 and the reason", async () => {
    await server.seal();
    const result = await runWrapper({
      args: ["/bin/echo", "started"],
      env: environment(server, token, { CLOUDTASER_VAULT_DEADLINE: "1s" }),
    });
    assertNotStarted(result, 69, /sealed.*CLOUDTASER_VAULT_DEADLINE/);
    // The default deadline is 30 s.
    assert.ok(result.millis < 10_000, `it took ${result.millis} ms`);
  });

  await test.step("stops at once with 143 when TERM comes while it waits", async () => {
    await using wrapper = startWrapper({
      args: ["/bin/echo", "started"],
      env: environment(server, token),
    });
    await wrapper.waitForLog(/sealed/);
    const asked = performance.now();
    wrapper.signal("SIGTERM");
    assertNotStarted(await wrapper.ended, 143);
    assert.ok(performance.now() - asked < 10_000);
  });
});

Deno.test("an outage while the application runs", async (test) => {
  const server = openBao();
  await server.unseal();
  const approle = await setUpAppRole(server, { token_ttl: "4s" });

  await test.step("a killed Vault causes a warning, and is used again when it is back", async () => {
    const token = await makeToken(server, { ttl: "18s" });
    await using wrapper = startWrapper({
      args: LOOP,
      env: environment(server, token, { CLOUDTASER_VAULT_DEADLINE: "1s" }),
    });
    await wrapper.waitForOutput(/has s3cr3t-p4ss/);
    await server.kill();
    await wrapper.waitForLog(/Refreshing secrets failed/);
    await server.restart();
    await wrapper.waitForLog(
      /Refreshing secrets works again \(failed attempts: \d+\)/,
    );
    assert.match(wrapper.stderr.text, /Renewed 1 of 1/);
    assert.equal((await wrapper.status()).application.state, "running");
    assert.equal((await wrapper.stop()).code, 143);
  });

  await test.step("a revoked token is replaced by a new login", async () => {
    await using wrapper = startWrapper({
      args: ["/bin/sh", "-c", 'echo "token $VAULT_TOKEN"; exec sleep 600'],
      env: environment(server, "vault:login", appRoleLogin(approle)),
    });
    const [, token = ""] = await wrapper.waitForOutput(/token (\S+)\n/);
    const gone = await server.api("POST", "auth/token/revoke", { token });
    assert.equal(gone.status, 204);
    await wrapper.waitForLog(/Secrets refreshed/);
    assert.equal((await wrapper.stop()).code, 143);
  });

  await test.step("revoking a given token causes only warnings", async () => {
    const token = await makeToken(server, { ttl: "8s" });
    await using wrapper = startWrapper({
      args: LOOP,
      env: environment(server, token),
    });
    await wrapper.waitForOutput(/has s3cr3t-p4ss/);
    await server.api("POST", "auth/token/revoke", { token });
    await wrapper.waitForLog(/Refreshing secrets failed/, { count: 2 });
    assert.equal((await wrapper.status()).application.state, "running");
    assert.equal((await wrapper.stop()).code, 143);
  });

  await test.step("a given token that expires is reported once, with its setting, and by metrics", async () => {
    const more = { ttl: "5s", explicit_max_ttl: "5s" };
    const token = await makeToken(server, more);
    await using wrapper = startWrapper({
      args: LOOP,
      env: environment(server, token, { CLOUDTASER_LOG_LEVEL: "info" }),
    });
    await wrapper.waitForOutput(/has s3cr3t-p4ss/);
    const ended = /Refreshing secrets failed: Vault does not accept the token/;
    await wrapper.waitForLog(ended);
    await eventually(
      () => wrapper.page("/metrics"),
      (text) => /^cloudtaser_lease_renewal_failures_total 3$/m.test(text),
    );
    const metrics = await wrapper.page("/metrics");
    assert.match(metrics, /^cloudtaser_vault_up 0$/m);
    assert.match(metrics, /^cloudtaser_lease_ttl_seconds 0$/m);
    const log = wrapper.stderr.text;
    assert.equal(log.split("Refreshing secrets failed").length, 2, log);
    assert.match(log, /Set VAULT_TOKEN to a new one and restart/);
    assert.equal((await wrapper.stop()).code, 143);
  });

  await test.step("a token file with a new token ends the failure", async () => {
    const folder = await Deno.makeTempDir();
    const file = `${folder}/token`;
    const more = { ttl: "5s", explicit_max_ttl: "5s" };
    await Deno.writeTextFile(file, await makeToken(server, more));
    const { VAULT_TOKEN: _, ...rest } = environment(server, "", {
      VAULT_TOKEN_FILE: file,
      CLOUDTASER_REFRESH_INTERVAL: "1s",
    });
    await using wrapper = startWrapper({ args: LOOP, env: rest });
    await wrapper.waitForLog(/failed: .* Write a new one to VAULT_TOKEN_FILE/);
    await Deno.writeTextFile(file, await makeToken(server));
    await wrapper.waitForLog(/Refreshing secrets works again/);
    assert.equal((await wrapper.stop()).code, 143);
    await Deno.remove(folder, { recursive: true });
  });

  await test.step("the end of a short outage is logged", async () => {
    const token = await makeToken(server);
    await using wrapper = startWrapper({
      args: LOOP,
      env: environment(server, token, {
        CLOUDTASER_LOG_LEVEL: "info",
        CLOUDTASER_REFRESH_INTERVAL: "1s",
      }),
    });
    await wrapper.waitForOutput(/has s3cr3t-p4ss/);
    await server.seal();
    await wrapper.waitForLog(/Waiting for Vault: Vault is sealed/);
    await server.unseal();
    await wrapper.waitForLog(/Vault responds, after a wait of \d+s/);
    assert.equal((await wrapper.stop()).code, 143);
  });
});
