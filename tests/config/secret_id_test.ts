/** Combinations of secret ids: an unused wrapping token would hide its theft. */
import { equal, throws } from "node:assert/strict";
import { loadConfig } from "@/config/load.ts";

function load(env: Record<string, string>, secrets: string[]) {
  const all = {
    VAULT_ADDR: "https://v:8200",
    VAULT_AUTH_METHOD: "approle",
    VAULT_ROLE_ID: "r",
    A: "vault:p#f",
    ...env,
  };
  return loadConfig({
    flags: new Map(),
    variables: Object.entries(all).map(([name, value]) => ({
      name,
      text: () => value,
      latin1: () => value,
      mayRefer: value.includes("vault:"),
    })),
    secrets: new Set(secrets),
    checks: [],
    maximum: 75,
    wholeMaximum: 105,
    tokenNames: [],
    secretProblems: [],
  });
}

const FILE = "VAULT_SECRET_ID_WRAPPED_FILE";

Deno.test("loadConfig() takes a wrapped secret id from the environment or a file", () => {
  load({}, ["VAULT_SECRET_ID_WRAPPED"]);
  const { vault } = load({ [FILE]: "/run/wrapped" }, []);
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
    throws(() => load(env, [...secrets]), words);
  }
});

Deno.test("loadConfig() refuses a wrapped secret id for another method than approle", () => {
  const env = { VAULT_AUTH_METHOD: "jwt", VAULT_AUTH_ROLE: "app" };
  throws(
    () => load(env, ["VAULT_SECRET_ID_WRAPPED"]),
    /VAULT_SECRET_ID_WRAPPED is set, but the auth method is jwt/,
  );
});
