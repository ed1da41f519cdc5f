/** The wrapper revokes the token of its own login however it ends. */
import assert from "node:assert/strict";
import { testInBothRoles } from "../support/roles.ts";
import { setUpAppRole } from "../support/openbao.ts";
import { TestVault } from "../support/test_vault.ts";
import { runWrapper } from "../support/wrapper.ts";

const ENDS: readonly (readonly [
  string,
  readonly string[],
  Readonly<Record<string, string>>,
  number,
])[] = [
  ["the application's end", ["/bin/sh", "-c", "exit 3"], {}, 3],
  ["a program that does not exist", ["/no/such/program"], {}, 127],
  [
    "a score below the minimum",
    ["/bin/echo", "started"],
    { CLOUDTASER_MIN_PROTECTION_SCORE: "75" },
    77,
  ],
];

testInBothRoles("the login's token is revoked", async (role, test) => {
  await using vault = await TestVault.startWithProxy();
  const { roleId, secretId } = await setUpAppRole(vault.server);
  for (const [title, args, env, status] of ENDS) {
    await test.step(`after ${title}`, async () => {
      vault.proxy.requests.length = 0;
      const { code, stdout, stderr } = await runWrapper({
        ...role,
        args,
        env: vault.env({
          VAULT_TOKEN: "",
          VAULT_AUTH_METHOD: "approle",
          VAULT_ROLE_ID: roleId,
          VAULT_SECRET_ID: secretId,
          ...env,
        }),
      });
      assert.equal(code, status, stderr);
      assert.equal(stdout, "");
      const revoked = vault.proxy.requests
        .filter(({ path }) => path === "auth/token/revoke-self");
      assert.deepEqual(revoked.map(({ status }) => status), [204]);
    });
  }
});
