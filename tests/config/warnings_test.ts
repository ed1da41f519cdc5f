/** Settings that are valid and probably not what was meant. */
import { deepEqual, equal, match } from "node:assert/strict";
import { readLogSettings } from "@/config/load.ts";
import { warnOfUnnoticed } from "@/wrapper/secrets/unnoticed_changes.ts";
import { load, makeVariables } from "./load_config.ts";

const VAULT = { VAULT_ADDR: "https://vault", VAULT_TOKEN_FILE: "/token" };

Deno.test("a reference inside a value that has no end is warned about", () => {
  for (const scheme of ["vault", "bao"]) {
    const { warnings, plan } = load({
      DB_URL: `pg://app:\${${scheme}:secret/data/app#password@db/app`,
    });
    equal(warnings.length, 1);
    match(warnings[0] ?? "", /^DB_URL contains \$\{vault: without its \}:/);
    deepEqual(plan.deliveries, []);
  }
  const half = load({ ...VAULT, A: "${vault:a#b} ${vault:c#d" });
  equal(half.warnings.length, 1);
  const whole = load({ ...VAULT, A: "${vault:a#b} {", B: "vault:a#b" });
  deepEqual(whole.warnings, []);
});

Deno.test("update without the interposer is warned about", () => {
  const update = { CLOUDTASER_ON_ROTATE: "update" };
  const [warning = "", ...more] = load(update).warnings;
  match(warning, /ON_ROTATE=update has no effect: CLOUDTASER_INTERPOSE is off/);
  deepEqual(more, []);
  deepEqual(load({ ...update, CLOUDTASER_INTERPOSE: "auto" }).warnings, []);
});

Deno.test("a reaction to changes that no refresh notices is warned about", () => {
  const env = {
    ...VAULT,
    CLOUDTASER_SECRET_PATHS: "database/creds/app,kv/app",
  };
  const leases = [{ path: "database/creds/app" }];
  const warn = (more: Record<string, string>, ended = leases) => {
    const texts: string[] = [];
    const log = { warn: (text: string) => void texts.push(text) };
    warnOfUnnoticed(load({ ...env, ...more }), ended, log);
    return texts[0];
  };
  const restart = { CLOUDTASER_ON_ROTATE: "restart" };
  equal(
    warn(restart),
    "CLOUDTASER_ON_ROTATE is restart, but changes of kv/app are noticed only at the next login: set CLOUDTASER_REFRESH_INTERVAL",
  );
  equal(warn({}), undefined);
  equal(warn({ ...restart, CLOUDTASER_REFRESH_INTERVAL: "5m" }), undefined);
  equal(warn(restart, [...leases, { path: "kv/app" }]), undefined);
});

Deno.test("CLOUDTASER_LOG_LEVEL=warn is warning", () => {
  const variables = makeVariables({ CLOUDTASER_LOG_LEVEL: "warn" });
  equal(readLogSettings(new Map(), variables).level, "warning");
});
