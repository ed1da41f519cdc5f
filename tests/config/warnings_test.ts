/** Settings that are valid and probably not what was meant. */
import { deepEqual, equal, match } from "node:assert/strict";
import { readLogSettings } from "@/config/load.ts";
import { listVariables } from "@/config/variables.ts";
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

/** As the wrapper reads them: from bytes. */
function warnOf(value: string): readonly string[] {
  const bytes = new TextEncoder().encode(value);
  const [variable] = listVariables([
    { name: "DB", value: bytes, entry: new Uint8Array() },
  ]);
  return variable?.mayRefer ? load({ DB: variable.text() }).warnings : [];
}

Deno.test("a reference behind quotes or spaces, or in capitals, is warned about", () => {
  for (const before of ['"', "'", " ", "\t"]) {
    for (const scheme of ["vault", "bao", "Vault"]) {
      const [warning = "", ...more] = warnOf(`${before}${scheme}:a/b#c"`);
      match(warning, /^DB has quotes or spaces before its reference: the app/);
      deepEqual(more, []);
    }
  }
  for (const scheme of ["Vault", "VAULT", "Bao"]) {
    const [warning = ""] = warnOf(`${scheme}:a/b#c`);
    match(warning, /^DB has a reference with capital letters in its scheme: /);
  }
  for (const value of ["Vault: a manual #1", '"vault:8200"', "", '"', "v"]) {
    deepEqual(warnOf(value), []);
  }
});

Deno.test("update without the interposer is warned about", () => {
  const update = { CLOUDTASER_ON_ROTATE: "update" };
  const [warning = "", ...more] = load(update).warnings;
  match(warning, /ON_ROTATE=update has no effect: CLOUDTASER_INTERPOSE is off/);
  deepEqual(more, []);
  deepEqual(load({ ...update, CLOUDTASER_INTERPOSE: "auto" }).warnings, []);
});

Deno.test("a required chain of a check that does not count is warned about", () => {
  const chain = { CLOUDTASER_REQUIRE_ATTESTATION_CHAIN: "true" };
  const [warning = "", ...more] = load(chain).warnings;
  match(
    warning,
    /^CLOUDTASER_REQUIRE_ATTESTATION_CHAIN=true has no effect: .*SCORE_CHECKS=all, or /,
  );
  deepEqual(more, []);
  const check = { CLOUDTASER_REQUIRE_CHECKS: "confidential_computing" };
  for (const one of [{ CLOUDTASER_SCORE_CHECKS: "all" }, check]) {
    deepEqual(load({ ...chain, ...one }).warnings, []);
  }
});

Deno.test("a chain is required by true only", () => {
  const name = "CLOUDTASER_REQUIRE_ATTESTATION_CHAIN";
  equal(load({}).requireChain, false);
  equal(load({ [name]: "false" }).requireChain, false);
  deepEqual(load({ [name]: "false" }).warnings, []);
  equal(load({ [name]: "true" }).requireChain, true);
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
