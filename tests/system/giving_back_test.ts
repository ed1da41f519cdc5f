/** What Vault gave is given back however the wrapper ends: a login's token does not outlive it. */
import assert from "node:assert/strict";
import { vaultEnvironment } from "../support/both_vaults.ts";
import { DevVaultServer } from "../support/dev_vault.ts";
import { testInBothRoles } from "../support/in_both_roles.ts";
import { setUpAppRole, setUpSecrets } from "../support/vault_setup.ts";
import { runWrapper } from "../support/wrapper.ts";

const ENDS: readonly (readonly [
  string,
  readonly string[],
  Readonly<Record<string, string>>,
  number,
])[] = [
  ["the application's end", ["/bin/sh", "-c", "exit 3"], {}, 3],
  ["a program that is not there", ["/no/such/program"], {}, 127],
  [
    "a score below the minimum",
    ["/bin/echo", "started"],
    { CLOUDTASER_MIN_PROTECTION_SCORE: "75" },
    77,
  ],
];

testInBothRoles("the login's token is revoked", async (role, test) => {
  await using server = await DevVaultServer.start();
  await setUpSecrets(server);
  const { roleId, secretId } = await setUpAppRole(server);
  for (const [title, args, env, status] of ENDS) {
    await test.step(`after ${title}`, async () => {
      server.dev.journal.clear();
      const { code, stdout, stderr } = await runWrapper({
        ...role,
        args,
        env: {
          ...vaultEnvironment(server, ""),
          VAULT_AUTH_METHOD: "approle",
          VAULT_ROLE_ID: roleId,
          VAULT_SECRET_ID: secretId,
          DB_PASSWORD: "vault:secret/data/app#password",
          ...env,
        },
      });
      assert.equal(code, status, stderr);
      assert.equal(stdout, "");
      const revoked = server.dev.journal.entries
        .filter(({ path }) => path.endsWith("auth/token/revoke-self"));
      assert.equal(revoked.length, 1);
    });
  }
});
