/** The settings in README.md's example are accepted as they stand there. */
import { deepEqual } from "node:assert/strict";
import { settingsOf } from "../support/pages/blocks.ts";
import { load } from "./load_config.ts";

Deno.test("README.md's example of secrets is a valid configuration", () => {
  const settings = settingsOf("README.md", "VAULT_ADDR=");
  const { plan } = load(Object.fromEntries(settings));
  deepEqual(
    plan.deliveries.map(({ name }) => name),
    ["PGPASSWORD", "PGUSER", "DB_PASSWORD", "DB_URL"],
  );
  deepEqual(plan.bulk, []);
});
