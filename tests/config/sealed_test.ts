/** When a wrapper starts sealed, and settings that contradict it. */
import { equal, match, ok, throws } from "node:assert/strict";
import { ConfigError } from "@/base/errors.ts";
import { load } from "./load_config.ts";

const VAULT = { VAULT_ADDR: "https://v:8200", A: "vault:p#f" };

Deno.test("without the setting a missing token is an error", () => {
  equal(load({}).sealed, undefined);
  for (const off of [{}, { CLOUDTASER_SEALED: "off" }]) {
    throws(
      () => load({ ...VAULT, ...off, VAULT_AUTH_METHOD: "token" }),
      /VAULT_AUTH_METHOD is token, but no token is set/,
    );
  }
});

Deno.test("with the setting the method is token, without a token", () => {
  for (const from of ["loopback", "any"]) {
    for (const method of [{}, { VAULT_AUTH_METHOD: "Token" }]) {
      const config = load({ ...VAULT, ...method, CLOUDTASER_SEALED: from });
      equal(config.sealed, from);
      equal(config.vault?.auth.method, "token");
    }
  }
});

Deno.test("an existing token is used", () => {
  const env = { ...VAULT, CLOUDTASER_SEALED: "any" };
  equal(load(env, { secrets: ["VAULT_TOKEN"] }).sealed, undefined);
  equal(load({ ...env, VAULT_TOKEN_FILE: "/t" }).sealed, undefined);
});

Deno.test("one error lists all contradictions", () => {
  const env = {
    CLOUDTASER_SEALED: "loopback",
    CLOUDTASER_LISTEN: "off",
    VAULT_AUTH_METHOD: "kubernetes",
  };
  throws(() => load(env), (error) => {
    ok(error instanceof ConfigError);
    match(error.message, /VAULT_AUTH_METHOD is kubernetes: unset one of them/);
    match(error.message, /CLOUDTASER_LISTEN is off/);
    match(error.message, /no secret is requested/);
    return true;
  });
  throws(
    () => load({ ...VAULT, CLOUDTASER_SEALED: "yes" }),
    /CLOUDTASER_SEALED is "yes": use off, loopback or any/,
  );
});
