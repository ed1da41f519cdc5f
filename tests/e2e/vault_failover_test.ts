/**
 * The active node of a real cluster dies. For some seconds the standbys redirect
 * to it with 307. A start waits for the next active node or its deadline; a
 * running application is not affected.
 */
import assert from "node:assert/strict";
import { setUpSecrets } from "../../tools/openbao/secrets.ts";
import { eventually } from "../support/eventually.ts";
import { appRoleLogin, setUpAppRole } from "../support/openbao.ts";
import { startWrapper, type Wrapper } from "../support/wrapper.ts";
import { OpenBaoCluster } from "./openbao_cluster.ts";
import { assertNotStarted, assertStarted, DB_PASSWORD } from "./outcomes.ts";

/** An election takes seconds, and longer on a busy machine. */
const LIMIT_MS = 120_000;

Deno.test("the active node of a cluster dies", async (test) => {
  await using cluster = await OpenBaoCluster.start();
  await setUpSecrets(cluster);
  const approle = await setUpAppRole(cluster, { token_ttl: "3s" });
  const dead = await cluster.leader();
  const [standby] = cluster.nodes.filter((node) => node !== dead);
  assert.ok(standby);
  // A standby answers by what has reached it: the role may not yet have.
  const login = { role_id: approle.roleId, secret_id: approle.secretId };
  await eventually(
    () => standby.api("POST", "auth/approle/login", login, { token: "" }),
    ({ status }) => status === 200,
  );
  const start = (command: string, more: Record<string, string>): Wrapper =>
    startWrapper({
      args: ["/bin/sh", "-c", `echo "has $DB_PASSWORD"; ${command}`],
      env: {
        PATH: "/usr/bin:/bin",
        VAULT_ADDR: standby.address,
        VAULT_CACERT: cluster.caFile,
        ...appRoleLogin(approle),
        DB_PASSWORD,
        CLOUDTASER_LOG_LEVEL: "debug",
        ...more,
      },
      timeoutMs: LIMIT_MS,
    });

  await using running = start("exec sleep 600", {
    CLOUDTASER_VAULT_DEADLINE: "1s",
  });
  await running.waitForOutput(/has s3cr3t-p4ss/);
  await cluster.kill(dead);
  // Both start while the standbys still consider the dead node active.
  await using short = start("true", { CLOUDTASER_VAULT_DEADLINE: "1s" });
  await using patient = start("true", { CLOUDTASER_VAULT_DEADLINE: "100s" });

  await test.step("a start ends with 69 at its deadline, with the reason and what to do", async () => {
    const result = await short.ended;
    assertNotStarted(
      result,
      69,
      /unavailable for 1s \(HTTP 307 to another host.*standby.*CLOUDTASER_VAULT_DEADLINE.*load balancer/,
    );
    // The server chooses the name of that host, so it must not be in the log.
    assert.ok(!result.stderr.includes(new URL(dead.address).port));
  });

  await test.step("a start waits for the next active node", async () => {
    await patient.waitForLog(/Waiting for Vault: HTTP 307 to another host/);
    assertStarted(await patient.ended, "has s3cr3t-p4ss\n");
  });

  await test.step("a running application gets a warning with the same text, then a login because its token has expired", async () => {
    await running.waitForLog(
      /Refreshing secrets failed: .*HTTP 307.*load balancer/,
    );
    assert.equal((await running.status()).application.state, "running");
    await running.waitForLog(
      /Refreshing secrets failed[\s\S]*Secrets refreshed/,
      { limitMs: LIMIT_MS },
    );
    assert.equal((await running.stop()).code, 143);
  });
});
