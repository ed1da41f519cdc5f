/** Proofs in unusual conditions: known values, a partial procfs, and secrets that change meanwhile. */
import assert from "node:assert/strict";
import { testAsRoot, testInBothRoles } from "../support/roles.ts";
import { TestVault } from "../support/test_vault.ts";
import { runWrapper, startWrapper } from "../support/wrapper.ts";

/**
 * Not secret, because the wrapper's program contains them: a copy in memory is
 * not a leak. A copy of a real secret still is (tests/wrapper/checks/machine/native_test.ts).
 */
const KNOWN = [
  "application/json",
  "x-vault-token",
  "abcdefghijklmnopqrstuvwxyz",
  "0000000000000000",
  "-----BEGIN CERTIFICATE-----",
];
/** The pod's specification contains it. */
const HOST = "db-7.internal.example";

Deno.test("values that the program or its environment contains cost no points", async () => {
  await using vault = await TestVault.start();
  const env = vault.env({
    PGHOST: HOST,
    CLOUDTASER_REQUIRE_CHECKS: "token_protected",
  });
  for (const value of [...KNOWN, HOST]) {
    await vault.setPassword(value);
    const { code, stderr } = await runWrapper({ args: ["/bin/true"], env });
    assert.equal(code, 0, `${value}\n${stderr}`);
  }
});

testAsRoot("a procfs with subset=pid costs no points", async () => {
  const mount = 'mount -t proc -o subset=pid proc /proc && exec "$@"';
  const scores = [];
  for (const script of ['exec "$@"', mount]) {
    const { code, stderr, stdout } = await runWrapper({
      args: ["/bin/ls", "/proc/sys"],
      within: [
        "unshare",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
        "sh",
        "-c",
        script,
        "sh",
      ],
      env: { PATH: Deno.env.get("PATH") ?? "" },
    });
    // The control: the application sees what is hidden from us.
    assert.equal(code === 0 && stdout !== "", script !== mount, stderr);
    scores.push(
      stderr.match(/Protection score: \d+\/75|\w+: (?:OK|FAIL) \(.*$/gm),
    );
  }
  const [plain, hidden] = scores;
  assert.equal(plain?.length, 8);
  assert.deepEqual(hidden?.map(withoutReason), plain.map(withoutReason));
  assert.match(hidden?.[1] ?? "", /memfd_secret: OK \(\+15\)$/);
});

/** Why the kernel cannot do something may be unknown here. */
function withoutReason(line: string): string {
  return line.replace(/(FAIL \(\+0\)) .*/, "$1");
}

/** Repeats the proofs without a pause. */
const ALWAYS = { CLOUDTASER_SCORE_INTERVAL: "1ms" };

testInBothRoles("secrets may change while proofs run", async (role) => {
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
