/**
 * Credentials that live on a lease: a real PostgreSQL behind OpenBao, the log
 * of credentials behind the development Vault. They work, they are renewed,
 * they are replaced at max_ttl, and nothing of them is left at the end.
 */
import assert from "node:assert/strict";
import { vaultEnvironment } from "../support/both_vaults.ts";
import { DevVaultServer } from "../support/dev_vault.ts";
import { eventually } from "../support/eventually.ts";
import { OpenBao } from "../support/openbao.ts";
import { Postgres } from "../support/postgres.ts";
import type { VaultServer } from "../support/vault_server.ts";
import {
  type Database,
  makeToken,
  post,
  setUpAppRole,
  setUpDatabase,
  setUpDatabaseRole,
  setUpSecrets,
} from "../support/vault_setup.ts";
import { startWrapper, type Wrapper } from "../support/wrapper.ts";

/** Names of the credentials that are alive. */
type Living = () => Promise<readonly string[]>;

interface Scene {
  readonly server: VaultServer;
  readonly living: Living;
  readonly approle: { readonly roleId: string; readonly secretId: string };
}

const SHOW = 'echo "user $PGUSER password $PGPASSWORD"; exec sleep 600';
const USER = /user (v-\S+) password (\S+)\n/;

Deno.test("dynamic credentials of a real PostgreSQL (OpenBao)", async (test) => {
  await using postgres = await Postgres.start();
  await using server = await OpenBao.start();
  const scene = await furnish(server, postgres, () => postgres.dynamicRoles());
  await test.step("open the database for the application", async () => {
    await using wrapper = start(scene, "long", {
      command: `psql -XAtq -c 'select 6 * 7'; exec sleep 600`,
      env: {
        PGHOST: "127.0.0.1",
        PGPORT: String(postgres.port),
        PGDATABASE: "postgres",
      },
    });
    await wrapper.waitForOutput(/^42$/m);
    assert.equal((await wrapper.stop()).code, 143);
    await allGone(scene);
  });
  await lifeOfCredentials(scene, test);
});

Deno.test("dynamic credentials (dev Vault)", async (test) => {
  await using server = await DevVaultServer.start();
  const living = () =>
    Promise.resolve(
      server.dev.credentials().filter(({ revokedAt }) => !revokedAt)
        .map(({ username }) => username),
    );
  const nowhere = {
    connectionUrl: "postgresql://nowhere",
    administrator: { username: "admin", password: "admin" },
  };
  await lifeOfCredentials(await furnish(server, nowhere, living), test);
});

/** OpenBao ends a token at once, but its leases in the background when it is busy. */
async function allGone(scene: Scene): Promise<void> {
  await eventually(scene.living, (names) => names.length === 0);
}

async function lifeOfCredentials(
  scene: Scene,
  test: Deno.TestContext,
): Promise<void> {
  await test.step("one read gives a pair that belongs together", async () => {
    await using wrapper = start(scene, "long");
    const [, user = ""] = await wrapper.waitForOutput(USER);
    assert.deepEqual(await scene.living(), [user]);
    await wrapper.stop();
  });

  await test.step("are taken back when the application ends by itself", async () => {
    await using wrapper = start(scene, "long", { command: "exit 5" });
    assert.equal((await wrapper.ended).code, 5);
    await allGone(scene);
  });

  await test.step("are renewed beyond their first life", async () => {
    await using wrapper = start(scene, "short");
    const [, user = ""] = await wrapper.waitForOutput(USER);
    await wrapper.waitForLog(/Renewed 1 of 1/, { count: 2 });
    assert.deepEqual(await scene.living(), [user]);
    assert.equal((await wrapper.stop()).code, 143);
    await allGone(scene);
  });

  await test.step("are read again at max_ttl, and a restart brings them to the application", async () => {
    await using wrapper = start(scene, "capped", {
      env: { CLOUDTASER_ON_ROTATE: "restart" },
    });
    const [, first = ""] = await wrapper.waitForOutput(USER);
    const [, second = ""] = await wrapper.waitForOutput(USER, { count: 2 });
    assert.notEqual(second, first);
    const left = await eventually(
      scene.living,
      (names) => !names.includes(first),
    );
    assert.deepEqual(left, [second]);
    await wrapper.stop();
    await allGone(scene);
  });

  await test.step("are read again at max_ttl, and a signal tells the application", async () => {
    await using wrapper = start(scene, "capped", {
      command: `trap 'echo hangup' HUP; echo ready; ${WAIT}`,
      env: { CLOUDTASER_ON_ROTATE: "signal:HUP" },
    });
    await wrapper.waitForOutput(/hangup/);
    assert.equal((await wrapper.stop()).code, 143);
    await allGone(scene);
  });

  await test.step("of a token that was given are taken back when its policy allows that", async () => {
    const token = await makeToken(scene.server, {
      policies: ["app", "revoker"],
    });
    await using wrapper = start(scene, "long", {
      env: { VAULT_AUTH_METHOD: "token", VAULT_TOKEN: token },
    });
    await wrapper.waitForOutput(USER);
    await wrapper.stop();
    await allGone(scene);
  });

  await test.step("of a token that was given are left to run out, with a warning, when it does not", async () => {
    const token = await makeToken(scene.server);
    await using wrapper = start(scene, "short", {
      env: { VAULT_AUTH_METHOD: "token", VAULT_TOKEN: token },
    });
    const [, user = ""] = await wrapper.waitForOutput(USER);
    const { stderr } = await wrapper.stop();
    assert.match(stderr, /could not be and will run out/);
    assert.deepEqual(await scene.living(), [user]);
    await eventually(scene.living, (names) => names.length === 0);
  });

  await test.step("are given back when another secret is missing", async () => {
    await using wrapper = start(scene, "long", {
      env: { OTHER: "vault:secret/data/nosuch#x" },
    });
    assert.equal((await wrapper.ended).code, 78);
    await allGone(scene);
  });
}

/** A shell that takes signals soon and leaves nothing behind. */
const WAIT = "while :; do sleep 0.1; done";

function start(
  { server, approle }: Scene,
  role: "long" | "short" | "capped",
  options: {
    readonly command?: string;
    readonly env?: Record<string, string>;
  } = {},
): Wrapper {
  return startWrapper({
    args: ["/bin/sh", "-c", options.command ?? SHOW],
    env: {
      ...vaultEnvironment(server, ""),
      VAULT_AUTH_METHOD: "approle",
      VAULT_ROLE_ID: approle.roleId,
      VAULT_SECRET_ID: approle.secretId,
      PGUSER: `vault:database/creds/${role}#username`,
      PGPASSWORD: `vault:database/creds/${role}#password`,
      CLOUDTASER_LOG_LEVEL: "debug",
      ...options.env,
    },
  });
}

async function furnish(
  server: VaultServer,
  database: Database,
  living: Living,
): Promise<Scene> {
  await setUpSecrets(server);
  await setUpDatabase(server, database);
  await setUpDatabaseRole(server, "long", { ttl: "1h", maxTtl: "2h" });
  // A third of a life is left when it is renewed: enough for a busy machine.
  await setUpDatabaseRole(server, "short", { ttl: "6s", maxTtl: "1h" });
  await setUpDatabaseRole(server, "capped", { ttl: "4s", maxTtl: "6s" });
  await post(server, "sys/policies/acl/revoker", {
    policy: 'path "sys/leases/revoke" { capabilities = ["update"] }',
  });
  return { server, living, approle: await setUpAppRole(server) };
}
