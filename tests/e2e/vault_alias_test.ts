/** VAULT_ and BAO_ names of one setting: either name works, and two different values are an error. */
import assert from "node:assert/strict";
import { makeToken, setUpSecrets } from "../../tools/openbao/secrets.ts";
import { OpenBao } from "../../tools/openbao/server.ts";
import {
  appRoleLogin,
  setUpAppRole,
  vaultEnvironment,
} from "../support/openbao.ts";
import { runWrapper } from "../support/wrapper.ts";
import { assertNotStarted, assertStarted } from "./outcomes.ts";

const ELSEWHERE = "https://other.example:8200";

Deno.test("aliased settings", async (test) => {
  await using server = await OpenBao.start();
  await setUpSecrets(server);
  const { VAULT_SECRET_ID = "", ...role } = appRoleLogin(
    await setUpAppRole(server),
  );
  const token = await makeToken(server);
  const login = {
    ...vaultEnvironment(server, ""),
    ...role,
    BAO_SECRET_ID: VAULT_SECRET_ID,
  };
  for (
    const [asking, seen] of [
      [{ BAO_TOKEN: "bao:login" }, ["BAO_TOKEN"]],
      [{ BAO_TOKEN: "vault:login" }, ["BAO_TOKEN"]],
      [{ VAULT_TOKEN: "bao:login\n" }, ["VAULT_TOKEN"]],
      [{ VAULT_TOKEN: "vault:login", BAO_TOKEN: "bao:login" }, [
        "BAO_TOKEN",
        "VAULT_TOKEN",
      ]],
    ] as const
  ) {
    const title = JSON.stringify(asking);
    await test.step(`passes the login's token to the application under the requested name: ${title}`, async () => {
      const env = { ...login, ...asking };
      const result = await runWrapper({ args: ["/usr/bin/env"], env });
      assert.equal(result.code, 0, result.stderr);
      const found = result.stdout.split("\n")
        .filter((line) => /^(VAULT|BAO)_/.test(line)).sort();
      assert.deepEqual(found.map((line) => line.split("=")[0]), seen);
      for (const line of found) {
        const value = line.slice(line.indexOf("=") + 1);
        assert.match(value, /^(hvs\.|s\.|b\.)?\w{16}/);
      }
    });
  }
  const asked = {
    ...vaultEnvironment(server, token),
    A: "vault:secret/data/app#password",
  };
  for (
    const [env, says] of [
      [{ BAO_ADDR: ELSEWHERE }, /VAULT_ADDR and BAO_ADDR differ/],
      [{ BAO_TOKEN: "s.other" }, /VAULT_TOKEN and BAO_TOKEN differ/],
      [
        { VAULT_NAMESPACE: "a", BAO_NAMESPACE: "b" },
        /VAULT_NAMESPACE and BAO_NAMESPACE differ/,
      ],
      [{ VAULT_TOKEN: "bao:kv/x#t" }, /VAULT_TOKEN is a reference, but/],
      [
        { VAULT_SECRET_ID: "vault:login" },
        /VAULT_SECRET_ID is a reference, but/,
      ],
    ] as const
  ) {
    await test.step(`does not start with ${JSON.stringify(env)}`, async () => {
      const result = await runWrapper({
        args: ["/bin/echo", "started"],
        env: { ...asked, ...env },
      });
      assertNotStarted(result, 78, says);
      assert.doesNotMatch(result.stderr, /other\.example|s\.other|kv\/x/);
    });
  }
  await test.step("accepts both names with the same value", async () => {
    const env = { ...asked, BAO_ADDR: server.address, BAO_TOKEN: token };
    const args = ["/usr/bin/printenv", "A"];
    assertStarted(await runWrapper({ args, env }));
  });
});
