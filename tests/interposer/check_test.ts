/** ld_preload_active and the score out of 105, in log, metrics and status. */
import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import {
  compileGuest,
  countProofs,
  RIGHT,
  runGuest,
  startGuest,
  startVault,
} from "./guests.ts";

const guest = compileGuest("check");
const still = compileGuest("check-static", "gcc", ["-static"]);
const ALL = {
  CLOUDTASER_SCORE_CHECKS: "all",
  CLOUDTASER_SCORE_INTERVAL: "300ms",
};

Deno.test("nine checks, 105 points in log, metrics and status", async () => {
  await using vault = await startVault();
  await using wrapper = startGuest(vault, [guest, "ready"], "auto", ALL);
  await wrapper.waitForOutput(/ready/);
  await wrapper.waitForLog(/Application started/);
  const log = wrapper.stderr.text;
  assert.match(log, /Protection score: 65\/105$/m);
  assert.match(log, /ld_preload_active: OK \(\+10\)$/m);
  assert.match(
    log,
    /confidential_computing: FAIL \(\+0\) not a confidential VM$/m,
  );
  assert.ok(
    log.indexOf("ld_preload_active: OK") < log.indexOf("Application started"),
  );
  const metrics = await wrapper.page("/metrics");
  assert.match(metrics, /^cloudtaser_protection_score\S* 65$/m);
  assert.match(metrics, /^cloudtaser_protection_max\S* 105$/m);
  assert.match(
    metrics,
    /^cloudtaser_protection_check\{check="ld_preload_active"\} 1$/m,
  );
  const status = await wrapper.status();
  const { score, maximum, band } = status;
  assert.deepEqual([score, maximum, band], [65, 105, "partial"]);
  assert.equal(status.checks.length, 9);
  assert.match(status.checks[7].detail, /reads 1 secret from memfd_secret/);
});

Deno.test("75 points without CLOUDTASER_SCORE_CHECKS=all", async () => {
  await using vault = await startVault();
  await using wrapper = startGuest(vault, [guest, "ready"], "auto");
  await wrapper.waitForOutput(/ready/);
  const { score, maximum, checks } = await wrapper.status();
  assert.deepEqual([score, maximum, checks.length], [55, 75, 7]);
  assert.doesNotMatch(wrapper.stderr.text, /ld_preload_active/);
});

for (
  const [reason, args, interpose] of [
    ["switched off (CLOUDTASER_INTERPOSE)", [guest, "ready"], "off"],
    ["static binary", [still, "ready"], "auto"],
  ] as const
) {
  Deno.test(`ld_preload_active fails: ${reason}`, async () => {
    await using vault = await startVault();
    await using wrapper = startGuest(vault, args, interpose, ALL);
    await wrapper.waitForOutput(/ready/);
    const log = wrapper.stderr.text;
    assert.match(log, /Protection score: 55\/105$/m);
    assert.ok(log.includes(`ld_preload_active: FAIL (+0) ${reason}\n`), log);
  });
}

Deno.test("ld_preload_active fails after a later exec of a static program", async () => {
  await using vault = await startVault();
  const args = ["sh", "-c", `sleep 1; exec ${still} ready`];
  await using wrapper = startGuest(vault, args, "auto", ALL);
  await wrapper.waitForOutput(/ready/);
  assert.match(wrapper.stderr.text, /ld_preload_active: OK/);
  await wrapper.waitForLog(/Protection score: 55\/105 \(was 65\/105\)/);
  // A round during the exec has another reason first, and the log only shows changes of points.
  await eventually(
    () => wrapper.page("/v1/status"),
    (page) => /"ld_preload_active"[^}]*static binary/.test(page),
  );
});

Deno.test("ld_preload_active passes after an exec of a dynamic program", async () => {
  await using vault = await startVault();
  const args = ["sh", "-c", `exec ${guest} ready`];
  await using wrapper = startGuest(vault, args, "auto", ALL);
  await wrapper.waitForOutput(/ready/);
  await eventually(() => countProofs(wrapper), (count) => count > 3);
  assert.doesNotMatch(wrapper.stderr.text, /ld_preload_active: FAIL/);
});

Deno.test("a required check without points: no start without it", async () => {
  await using vault = await startVault();
  const words = ["hash", "DB_PASSWORD"];
  const env = { CLOUDTASER_REQUIRE_CHECKS: "ld_preload_active" };
  const good = await runGuest(vault, [guest, ...words], "auto", env);
  assert.equal(good.code, 0, good.stderr);
  assert.match(good.stdout, new RegExp(RIGHT));
  assert.match(good.stderr, /Protection score: 55\/75/);
  const bad = await runGuest(vault, [still, ...words], "auto", env);
  assert.equal(bad.code, 77);
  assert.equal(bad.stdout, "");
  assert.match(
    bad.stderr,
    /requires ld_preload_active, which fails: static binary/,
  );
  const other = { CLOUDTASER_REQUIRE_CHECKS: "confidential_computing" };
  const refused = await runGuest(vault, [guest, ...words], "auto", other);
  assert.equal(refused.code, 77);
  // The program was loaded, but has not run an instruction.
  assert.equal(refused.stdout, "");
});

Deno.test("a minimum above 75 needs the nine checks", async () => {
  await using vault = await startVault();
  const minimum = { CLOUDTASER_MIN_PROTECTION_SCORE: "80" };
  assert.equal((await runGuest(vault, [guest], "auto", minimum)).code, 78);
  const all = await runGuest(vault, [guest], "auto", { ...ALL, ...minimum });
  assert.equal(all.code, 77);
  assert.match(all.stderr, /protection score 65\/105 is below .*=80/);
});
