/**
 * Credentials with a lease, in a real PostgreSQL: they work, are renewed, are
 * replaced at max_ttl, and do not exist any more after the end.
 */
import assert from "node:assert/strict";
import { post } from "../../tools/openbao/api.ts";
import { makeToken, setUpSecrets } from "../../tools/openbao/secrets.ts";
import { OpenBao } from "../../tools/openbao/server.ts";
import { eventually } from "../support/eventually.ts";
import {
  appRoleLogin,
  setUpAppRole,
  vaultEnvironment,
} from "../support/openbao.ts";
import { Postgres } from "../support/postgres.ts";
import { startWrapper, type Wrapper } from "../support/wrapper.ts";

interface Scene {
  readonly server: OpenBao;
  readonly postgres: Postgres;
  readonly approle: { readonly roleId: string; readonly secretId: string };
}

const SHOW = 'echo "user $PGUSER password $PGPASSWORD"; exec sleep 600';
/** Name, ttl, max_ttl. A third of the ttl is left at a renewal, which is enough for a busy machine. */
const ROLES = [
  ["long", "1h", "2h"],
  ["short", "6s", "1h"],
  ["capped", "4s", "6s"],
] as const;
const CREATE_ROLE =
  `CREATE ROLE "{{name}}" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'`;
const USER = /user (v-\S+) password (\S+)\n/;

Deno.test("dynamic credentials", async (test) => {
  await using postgres = await Postgres.start();
  await using server = await OpenBao.start();
  const scene = await setUp(server, postgres);
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

/** A busy OpenBao revokes a token at once, but its leases later, in the background. */
async function allGone({ postgres }: Scene): Promise<void> {
  const look = () => postgres.dynamicRoles();
  await eventually(look, (names) => names.length === 0);
}

async function lifeOfCredentials(
  scene: Scene,
  test: Deno.TestContext,
): Promise<void> {
  await test.step("one read supplies user and password", async () => {
    await using wrapper = start(scene, "long");
    const [, user = ""] = await wrapper.waitForOutput(USER);
    assert.deepEqual(await scene.postgres.dynamicRoles(), [user]);
    await wrapper.stop();
  });

  await test.step("are revoked when the application ends by itself", async () => {
    await using wrapper = start(scene, "long", { command: "exit 5" });
    assert.equal((await wrapper.ended).code, 5);
    await allGone(scene);
  });

  await test.step("are renewed beyond their first ttl", async () => {
    await using wrapper = start(scene, "short");
    const [, user = ""] = await wrapper.waitForOutput(USER);
    await wrapper.waitForLog(/Renewed 1 of 1/, { count: 2 });
    assert.deepEqual(await scene.postgres.dynamicRoles(), [user]);
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
      () => scene.postgres.dynamicRoles(),
      (names) => !names.includes(first),
    );
    assert.deepEqual(left, [second]);
    await wrapper.stop();
    await allGone(scene);
  });

  await test.step("are read again at max_ttl, and the application gets a signal", async () => {
    await using wrapper = start(scene, "capped", {
      command: `trap 'echo hangup' HUP; echo ready; ${WAIT}`,
      env: { CLOUDTASER_ON_ROTATE: "signal:HUP" },
    });
    await wrapper.waitForOutput(/hangup/);
    assert.equal((await wrapper.stop()).code, 143);
    await allGone(scene);
  });

  await test.step("of a given token are revoked when its policy allows that", async () => {
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

  await test.step("of a given token are left to expire, with a warning, when it does not", async () => {
    const token = await makeToken(scene.server);
    await using wrapper = start(scene, "short", {
      env: { VAULT_AUTH_METHOD: "token", VAULT_TOKEN: token },
    });
    const [, user = ""] = await wrapper.waitForOutput(USER);
    const { stderr } = await wrapper.stop();
    assert.match(stderr, /stay valid until they expire/);
    assert.deepEqual(await scene.postgres.dynamicRoles(), [user]);
    await allGone(scene);
  });

  await test.step("are revoked when another secret is missing", async () => {
    await using wrapper = start(scene, "long", {
      env: { OTHER: "vault:secret/data/nosuch#x" },
    });
    assert.equal((await wrapper.ended).code, 78);
    await allGone(scene);
  });
}

/** Makes a shell handle signals soon and leave no child behind. */
const WAIT = "while :; do sleep 0.1; done";

function start(
  { server, approle }: Scene,
  role: (typeof ROLES)[number][0],
  options: {
    readonly command?: string;
    readonly env?: Record<string, string>;
  } = {},
): Wrapper {
  return startWrapper({
    args: ["/bin/sh", "-c", options.command ?? SHOW],
    env: {
      ...vaultEnvironment(server, ""),
      ...appRoleLogin(approle),
      PGUSER: `vault:database/creds/${role}#username`,
      PGPASSWORD: `vault:database/creds/${role}#password`,
      CLOUDTASER_LOG_LEVEL: "debug",
      ...options.env,
    },
  });
}

async function setUp(server: OpenBao, postgres: Postgres): Promise<Scene> {
  await setUpSecrets(server);
  await post(server, "sys/mounts/database", { type: "database" });
  await post(server, "database/config/main", {
    plugin_name: "postgresql-database-plugin",
    allowed_roles: "*",
    connection_url: postgres.connectionUrl,
    ...postgres.administrator,
  });
  for (const [name, default_ttl, max_ttl] of ROLES) {
    await post(server, `database/roles/${name}`, {
      db_name: "main",
      creation_statements: [CREATE_ROLE],
      default_ttl,
      max_ttl,
    });
  }
  await post(server, "sys/policies/acl/revoker", {
    policy: 'path "sys/leases/revoke" { capabilities = ["update"] }',
  });
  return { server, postgres, approle: await setUpAppRole(server) };
}
