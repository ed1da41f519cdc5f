/** The settings in examples of pages are accepted as they stand there. */
import { deepEqual, equal } from "node:assert/strict";
import { load as parse } from "js-yaml";
import { read } from "../docs/page.ts";
import { load } from "./load_config.ts";

Deno.test("README.md's example of secrets is a valid configuration", () => {
  const [, text = ""] = /^```yaml\n([^]*?)^```$/m.exec(read("README.md")) ?? [];
  const { plan } = load(parse(text) as Record<string, string>);
  deepEqual(
    plan.deliveries.map(({ name }) => name),
    ["PGPASSWORD", "PGUSER", "DB_PASSWORD", "DB_URL"],
  );
  deepEqual(plan.bulk, []);
});

Deno.test("docs/SYSTEMD.md's AppRole is a complete login", () => {
  const page = read("docs/SYSTEMD.md");
  const [, words = ""] = /^#Environment=(VAULT_AUTH_METHOD=.*)$/m.exec(page) ??
    [];
  const settings = words.replace("%d", "/run/credentials/app.service")
    .split(" ").map((word) => word.split("="));
  const { vault } = load({
    VAULT_ADDR: "https://vault.example.com:8200",
    DB_PASSWORD: "vault:secret/data/app#password",
    ...Object.fromEntries(settings),
  });
  equal(vault?.auth.method, "approle");
});
