/**
 * The pages for who is paged, who chooses, installs or moves here, who looks at
 * a cluster: every check and alert has its place, and every setting, command
 * and reason that they name exists.
 */
import { deepEqual, doesNotThrow, ok } from "node:assert/strict";
import { AGENT_SETTINGS } from "../../src/config/agent_settings.ts";
import { SETTINGS } from "../../src/config/settings.ts";
import { PARAMETERS } from "../../src/policy/parameters.ts";
import { ALL_CHECKS } from "../../src/score/checks.ts";
import { parseStatusArgs } from "../../src/fleet/command/arguments.ts";
import { headings, listFiles, read, ROOT, rowsOf } from "./page.ts";

/** Those with commands of `status`. */
const OPERATORS_PAGES = [
  "docs/MONITORING.md",
  "docs/MIGRATION.md",
  "docs/STATUS.md",
  "docs/TROUBLESHOOTING.md",
];
/** Each has one reader and one task. The most lines. */
const SHORT_PAGES: ReadonlyMap<string, number> = new Map([
  ["docs/COMPARISON.md", 120],
  // A table of machines for each processor.
  ["docs/ENFORCEMENT.md", 142],
  ["docs/INSTALL.md", 120],
  ["docs/SYSTEMD.md", 120],
  ["docs/TROUBLESHOOTING.md", 120],
]);
const PAGES = [...new Set([...OPERATORS_PAGES, ...SHORT_PAGES.keys()])];

/** Other programs' variables, in the tables' left columns and in lists of what is not here. */
const THEIRS = [
  "VAULT_ENV_DAEMON",
  "VAULT_ENV_DELAY",
  "VAULT_ENV_LOG_SERVER",
  "VAULT_ENV_PASSTHROUGH",
  "VAULT_JSON_LOG",
  "VAULT_LOG_LEVEL",
  "VAULT_PASSTHROUGH",
  "VAULT_PATH",
  "VAULT_REVOKE_TOKEN",
  "VAULT_ROLE",
  "VAULT_TRANSIT_BATCH_SIZE",
];
const OURS: readonly string[] = [...SETTINGS, ...AGENT_SETTINGS]
  .map(({ name }) => name);

function namesIn(text: string): string[] {
  return [...text.matchAll(/\b(?:VAULT|BAO|CLOUDTASER)_[A-Z_]*[A-Z]\b/g)]
    .map(([name]) => name);
}

Deno.test("docs/MONITORING.md has a heading for every check and every alert", () => {
  const found = headings(read("docs/MONITORING.md"));
  const alerts = [
    ...read("deploy/chart/files/alerts.yaml").matchAll(/- alert: (\w+)/g),
  ].map(([, name = ""]) => name);
  ok(alerts.length > 0);
  const wanted = [...ALL_CHECKS.map(({ name }) => name as string), ...alerts];
  deepEqual(wanted.filter((name) => !found.includes(name)), []);
  const stale = found.filter((title) => title.startsWith("CloudTaser"));
  deepEqual(stale.filter((title) => !alerts.includes(title)), []);
});

Deno.test("reasons in docs/MONITORING.md are those that checks give", () => {
  const [, checks = ""] = /\n## Checks\n([\s\S]*?)\n## /
    .exec(read("docs/MONITORING.md")) ?? [];
  // The reasons of ld_preload_active come from who starts the application.
  const source = listFiles("src/wrapper").map(read).join("\n");
  const reasons = rowsOf(checks).flatMap(([cell = ""]) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, reason = ""]) => reason)
  );
  ok(reasons.length > 20);
  const pieces = reasons.flatMap((reason) => reason.split("…"))
    .map((piece) => piece.replace(/ on ext4$/, " on ").trim());
  deepEqual(pieces.filter((piece) => !source.includes(piece)), []);
});

for (const page of PAGES) {
  Deno.test(`settings that ${page} names exist`, () => {
    const known = [...OURS, ...THEIRS];
    deepEqual(namesIn(read(page)).filter((one) => !known.includes(one)), []);
  });
}

for (const page of OPERATORS_PAGES) {
  Deno.test(`commands of status in ${page} are understood`, () => {
    const lines = read(page).matchAll(/cloudtaser-wrapper status([^#>|`\n]*)/g);
    const commands = [...lines].map(([, words = ""]) =>
      words.replace("PID", "1").replace(/\b(NS|POD)\b/g, "name")
    );
    ok(commands.length > 0);
    for (const command of commands) {
      const words = command.trim().split(/\s+/).filter((word) => word !== "");
      doesNotThrow(() => parseStatusArgs(words), command);
    }
  });
}

Deno.test("what docs/MIGRATION.md tells to set is ours", () => {
  const advice = rowsOf(read("docs/MIGRATION.md"))
    .map((cells) => cells.slice(1).join(" "));
  ok(advice.length > 20);
  deepEqual(namesIn(advice.join(" ")).filter((one) => !OURS.includes(one)), []);
  deepEqual(THEIRS.filter((name) => OURS.includes(name)), []);
});

/** All of vault-secrets-webhook, from its source (pkg/common/common.go). */
const ANNOTATIONS = `psp-allow-privilege-escalation run-as-non-root run-as-user
  run-as-group readonly-root-fs registry-skip-verify mutate mutate-probes
  mutate-containers vault-env-daemon vault-env-delay enable-json-log
  vault-env-image vault-env-image-pull-policy vault-addr vault-image
  vault-image-pull-policy vault-role vault-path vault-skip-verify
  vault-tls-secret vault-ignore-missing-secrets vault-client-timeout
  transit-key-id transit-path vault-auth-method transit-batch-size
  token-auth-mount vault-serviceaccount vault-namespace
  service-account-token-volume-name log-level vault-env-passthrough
  vault-env-from-path vault-agent vault-agent-configmap vault-agent-once
  vault-agent-share-process-namespace vault-agent-cpu vault-agent-cpu-limit
  vault-agent-cpu-request vault-agent-memory vault-agent-memory-limit
  vault-agent-memory-request vault-configfile-path vault-agent-env-variables
  vault-ct-configmap vault-ct-image vault-ct-once vault-ct-pull-policy
  vault-ct-share-process-namespace vault-ct-cpu vault-ct-memory
  vault-ct-secrets-mount-path vault-ct-inject-in-initcontainers`.split(/\s+/);

Deno.test("docs/MIGRATION.md says of each of bank-vaults' annotations what becomes of it", () => {
  const [, part = ""] = /<!-- annotations -->([^]*)<!-- \/annotations -->/
    .exec(read("docs/MIGRATION.md")) ?? [];
  const names = rowsOf(part).slice(1).flatMap(([cell = ""]) =>
    [...cell.matchAll(/`([a-z-]+)`(?!\))/g)].map(([, name]) => name)
  );
  deepEqual(names.sort(), ANNOTATIONS.toSorted());
});

Deno.test("keys of the ConfigMap that docs/MIGRATION.md names are parameters", () => {
  const [, part = ""] = /\n## bank-vaults[^\n]*\n([^]*?)\n## /
    .exec(read("docs/MIGRATION.md")) ?? [];
  const [, step = ""] =
    /\n1\. Create the ConfigMap `cloudtaser` with([^]*?)\n2\. /.exec(part) ??
      [];
  const keys = [
    ...[...part.matchAll(/\bkey `([^`]+)`/g)],
    ...[...step.matchAll(/`([a-z]+[A-Z]?[A-Za-z]*)(?:=[a-z]+)?`/g)],
  ].map(([, key = ""]) => key);
  ok(keys.includes("vaultAuthMount") && keys.length > 12, keys.join(" "));
  const known = PARAMETERS.map(({ name }) => name);
  deepEqual(keys.filter((key) => !known.includes(key)), []);
});

for (const [page, most] of SHORT_PAGES) {
  Deno.test(`${page} has at most ${most} lines`, () => {
    ok(read(page).trimEnd().split("\n").length <= most);
  });
}

Deno.test("figures in docs/COMPARISON.md are rows of docs/PERFORMANCE.md", () => {
  const [, cost = ""] = /\n## What it costs\n([^]*)/
    .exec(read("docs/COMPARISON.md")) ?? [];
  const quoted = rowsOf(cost).map((row) => row.join(" | "));
  ok(quoted.length > 3);
  const measured = rowsOf(read("docs/PERFORMANCE.md"))
    .map((row) => row.join(" | "));
  deepEqual(quoted.filter((row) => !measured.includes(row)), []);
  const outside = read("docs/COMPARISON.md").replace(cost, "");
  deepEqual(outside.match(/\d+ (?:MB|MiB|copies)\b/g), null);
});

Deno.test("pictures are small, and each is shown", () => {
  const folder = new URL("docs/pictures/", ROOT);
  const pages = [...PAGES, "README.md"].map(read).join("\n");
  for (const { name } of Deno.readDirSync(folder)) {
    ok(Deno.statSync(new URL(name, folder)).size < 150_000, name);
    ok(pages.includes(`pictures/${name})`), `${name} is shown nowhere`);
  }
});
