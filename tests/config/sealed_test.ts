/** When a wrapper starts sealed, and settings that contradict it. */
import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { ConfigError } from "@/base/errors.ts";
import { loadConfig } from "@/config/load.ts";

const VAULT = { VAULT_ADDR: "https://v:8200", A: "vault:p#f" };

function load(env: Record<string, string>, secrets: string[] = []) {
  const variables = Object.entries(env).map(([name, value]) => ({
    name,
    text: () => value,
    latin1: () => value,
    mayRefer: value.includes("vault:"),
  }));
  return loadConfig({
    flags: new Map(),
    variables,
    secrets: new Set(secrets),
    checks: [],
    maximum: 75,
    wholeMaximum: 105,
    tokenNames: [],
    secretProblems: [],
  });
}

Deno.test("without the setting a missing token is an error", () => {
  equal(load({}).sealed, undefined);
  throws(
    () => load({ ...VAULT, VAULT_AUTH_METHOD: "token" }),
    /VAULT_AUTH_METHOD is token, but no token is set/,
  );
  throws(
    () =>
      load({ ...VAULT, CLOUDTASER_SEALED: "off", VAULT_AUTH_METHOD: "token" }),
    /no token is set/,
  );
});

Deno.test("with the setting the method is token, without a token", () => {
  for (const from of ["loopback", "any"]) {
    for (const method of [{}, { VAULT_AUTH_METHOD: "Token" }]) {
      const config = load({ ...VAULT, ...method, CLOUDTASER_SEALED: from });
      equal(config.sealed, from);
      deepEqual(config.vault?.auth.method, "token");
    }
  }
});

Deno.test("an existing token is used", () => {
  const env = { ...VAULT, CLOUDTASER_SEALED: "any" };
  equal(load(env, ["VAULT_TOKEN"]).sealed, undefined);
  equal(load({ ...env, VAULT_TOKEN_FILE: "/t" }).sealed, undefined);
});

Deno.test("one error lists all contradictions", () => {
  try {
    load({
      CLOUDTASER_SEALED: "loopback",
      CLOUDTASER_LISTEN: "off",
      VAULT_AUTH_METHOD: "kubernetes",
    });
    ok(false);
  } catch (error) {
    ok(error instanceof ConfigError);
    for (
      const said of [
        /VAULT_AUTH_METHOD is kubernetes: unset one of them/,
        /CLOUDTASER_LISTEN is off/,
        /no secret is requested/,
      ]
    ) ok(said.test(error.message), `${said}`);
  }
  throws(
    () => load({ ...VAULT, CLOUDTASER_SEALED: "yes" }),
    /CLOUDTASER_SEALED is "yes": use off, loopback or any/,
  );
});
