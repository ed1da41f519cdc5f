/**
 * Values that are no secrets: they stand in the wrapper's own program or in the
 * pod's specification, and finding them in memory is no leak. A real copy of a
 * secret is still one (tests/probe/native_test.ts).
 */
import assert from "node:assert/strict";
import { FurnishedVault } from "../support/furnished_vault.ts";
import { runWrapper } from "../support/wrapper.ts";

const KNOWN = [
  "application/json",
  "x-vault-token",
  "abcdefghijklmnopqrstuvwxyz",
  "0000000000000000",
  "-----BEGIN CERTIFICATE-----",
];

Deno.test("values that stand in the program cost no points", async () => {
  await using vault = await FurnishedVault.start();
  for (const value of KNOWN) {
    await vault.setPassword(value);
    const { code, stderr } = await runWrapper({
      args: ["/bin/true"],
      env: vault.env({ CLOUDTASER_REQUIRE_CHECKS: "token_protected" }),
    });
    assert.equal(code, 0, `${value}\n${stderr}`);
  }
});

Deno.test("a value that stands in the environment already costs no points", async () => {
  await using vault = await FurnishedVault.start();
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
