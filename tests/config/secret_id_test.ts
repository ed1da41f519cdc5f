/** Combinations of secret ids: an unused wrapping token would hide its theft. */
import { equal, throws } from "node:assert/strict";
import { load } from "./load_config.ts";

const BASE = {
  VAULT_ADDR: "https://v:8200",
  VAULT_AUTH_METHOD: "approle",
  VAULT_ROLE_ID: "r",
  A: "vault:p#f",
};
const FILE = "VAULT_SECRET_ID_WRAPPED_FILE";

Deno.test("loadConfig() accepts a wrapped secret id from the environment or a file", () => {
  load(BASE, { secrets: ["VAULT_SECRET_ID_WRAPPED"] });
  const { vault } = load({ ...BASE, [FILE]: "/run/wrapped" });
  equal(vault?.auth.secretIdWrappedFile, "/run/wrapped");
});

Deno.test("loadConfig() refuses two secret ids when one is wrapped", () => {
  for (
    const [env, secrets, words] of [
      [
        {},
        ["VAULT_SECRET_ID", "VAULT_SECRET_ID_WRAPPED"],
        /VAULT_SECRET_ID and VAULT_SECRET_ID_WRAPPED are set: set one/,
      ],
      [
        { VAULT_SECRET_ID_FILE: "/id", [FILE]: "/run/wrapped" },
        [],
        /VAULT_SECRET_ID_FILE and VAULT_SECRET_ID_WRAPPED_FILE are set/,
      ],
      [
        { [FILE]: "/run/wrapped" },
        ["VAULT_SECRET_ID_WRAPPED"],
        /VAULT_SECRET_ID_WRAPPED and VAULT_SECRET_ID_WRAPPED_FILE are set/,
      ],
    ] as const
  ) {
    throws(() => load({ ...BASE, ...env }, { secrets }), words);
  }
});

Deno.test("loadConfig() refuses a wrapped secret id for another method than approle", () => {
  const env = { ...BASE, VAULT_AUTH_METHOD: "jwt", VAULT_AUTH_ROLE: "app" };
  throws(
    () => load(env, { secrets: ["VAULT_SECRET_ID_WRAPPED"] }),
    /VAULT_SECRET_ID_WRAPPED is set, but the auth method is jwt/,
  );
});
