/** docs/CONFIGURATION.md says for which settings an empty value is an error. */
import { deepEqual } from "node:assert/strict";
import { ConfigError } from "@/base/errors.ts";
import { SETTINGS } from "@/config/settings.ts";
import { load } from "./load_config.ts";

const PAGE = new URL("../../docs/CONFIGURATION.md", import.meta.url);
/** Without an address or a role the message is about what is missing. */
const COMPLETE = {
  VAULT_ADDR: "https://vault",
  VAULT_AUTH_ROLE: "app",
  A: "vault:secret/data/app#password",
};
const EMPTY = /^\w+ is (?:""|empty): /;

function refusesEmpty(name: string): boolean {
  try {
    load({ ...COMPLETE, [name]: "" });
    return false;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return EMPTY.test(error.message);
  }
}

Deno.test("an empty value is an error for the settings that the page names", () => {
  const refusing = SETTINGS.map(({ name }) => name).filter(refusesEmpty);
  const [, named = ""] = /an\s+error\s+for\s([^.]*)\./
    .exec(Deno.readTextFileSync(PAGE)) ?? [];
  const names = [...named.matchAll(/`(\w+)`/g)].map(([, name]) => name);
  deepEqual(names.sort(), refusing.sort());
});
