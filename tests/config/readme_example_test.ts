/** The settings in README.md's example are accepted as they stand there. */
import { deepEqual } from "node:assert/strict";
import { load } from "./load_config.ts";

const README = new URL("../../README.md", import.meta.url);

Deno.test("README.md's example of secrets is a valid configuration", async () => {
  const [, example = ""] = /```sh\n(VAULT_ADDR=[\s\S]*?)```/.exec(
    await Deno.readTextFile(README),
  ) ?? [];
  const settings = [
    ...example.matchAll(/(?:^|\s)([A-Z_]+)=(?:'([^']*)'|(\S*))/g),
  ].map(([, name = "", quoted, bare = ""]) => [name, quoted ?? bare]);
  const { plan } = load(Object.fromEntries(settings));
  deepEqual(
    plan.deliveries.map(({ name }) => name),
    ["PGPASSWORD", "PGUSER", "DB_PASSWORD", "DB_URL"],
  );
  deepEqual(plan.bulk, []);
});
