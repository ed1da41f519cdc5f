/**
 * Values that are not secret, because the wrapper's program or the pod's
 * specification contains them: a copy in memory is not a leak. A copy of a real
 * secret still is (tests/probe/native_test.ts).
 */
import assert from "node:assert/strict";
import { TestVault } from "../support/test_vault.ts";
import { runWrapper } from "../support/wrapper.ts";

const KNOWN = [
  "application/json",
  "x-vault-token",
  "abcdefghijklmnopqrstuvwxyz",
  "0000000000000000",
  "-----BEGIN CERTIFICATE-----",
];

Deno.test("values that the program contains cost no points", async () => {
  await using vault = await TestVault.start();
  for (const value of KNOWN) {
    await vault.setPassword(value);
    const { code, stderr } = await runWrapper({
      args: ["/bin/true"],
      env: vault.env({ CLOUDTASER_REQUIRE_CHECKS: "token_protected" }),
    });
    assert.equal(code, 0, `${value}\n${stderr}`);
  }
});

Deno.test("a value that the environment contains already costs no points", async () => {
  await using vault = await TestVault.start();
  await vault.setPassword("db-7.internal.example");
  const { code, stderr } = await runWrapper({
    args: ["/bin/true"],
    env: vault.env({
      PGHOST: "db-7.internal.example",
      CLOUDTASER_REQUIRE_CHECKS: "token_protected",
    }),
  });
  assert.equal(code, 0, stderr);
});
