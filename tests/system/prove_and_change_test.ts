/**
 * Secrets that are replaced or released while proofs look for them: the wrapper
 * survives, and no check fails.
 */
import assert from "node:assert/strict";
import { testInBothRoles } from "../support/roles.ts";
import { TestVault } from "../support/test_vault.ts";
import { runWrapper, startWrapper } from "../support/wrapper.ts";

/** Repeats the proofs without a pause. */
const ALWAYS = { CLOUDTASER_SCORE_INTERVAL: "1ms" };

testInBothRoles("secrets may be replaced while proofs run", async (role) => {
  await using vault = await TestVault.start();
  await using wrapper = startWrapper({
    ...role,
    args: ["sleep", "60"],
    env: vault.env({ ...ALWAYS, CLOUDTASER_REFRESH_INTERVAL: "50ms" }),
  });
  await wrapper.waitForLog(/Application started/);
  for (let count = 1; count <= 15; count++) {
    await vault.setPassword(`another-password-${count}`);
    await wrapper.waitForLog(/Changed: DB_PASSWORD/, { count });
  }
  const { code, signal, stderr } = await wrapper.stop();
  assert.deepEqual({ code, signal }, { code: 143, signal: null });
  assert.doesNotMatch(stderr, /Protection score: \d+\/75 \(was/);
});

testInBothRoles("the application may end while proofs run", async (role) => {
  await using vault = await TestVault.start();
  for (let run = 0; run < 12; run++) {
    const { code } = await runWrapper({
      ...role,
      args: ["sh", "-c", `sleep 0.0${run % 10}; exit 7`],
      env: vault.env(ALWAYS),
    });
    assert.equal(code, 7);
  }
});
