/**
 * The rooms of src/: what each folder holds and which other rooms it may import.
 * tests/architecture/import_law_test.ts enforces this table, and
 * docs/ARCHITECTURE.md shows it. A room stands below every room that it imports,
 * so that no import runs back.
 */

/** One folder below src/. Its subfolders are rooms of their own. */
export interface Room {
  readonly name: string;
  /** What it holds, in a few words. */
  readonly holds: string;
  /** Rooms that it may import; `ffi` is the border to C (ffi/mod.ts). */
  readonly imports: readonly string[];
}

/** Name, what it holds, what it may import. */
const TABLE: readonly (readonly [string, string, string])[] = [
  [
    "base",
    "exit codes and errors, the log, durations, text cleaning, rate limiter: what every room needs",
    "",
  ],
  [
    "score",
    "check names and points; evidence → points → band → may the application start? Pure",
    "base",
  ],
  [
    "process",
    "this process: its own arguments and environment, children, channels to them, programs loaded on demand",
    "base ffi",
  ],
  [
    "protocol/fetcher",
    "what wrapper and fetcher say to each other, and the plan of what to read",
    "base ffi",
  ],
  [
    "protocol",
    "messages between processes: agent, enforcer, event publisher; the status",
    "base score",
  ],
  [
    "http",
    "the small HTTP server of wrapper and agent; node:https as a client",
    "base process protocol",
  ],
  [
    "config",
    "settings: one table, one Config",
    "base process protocol/fetcher",
  ],
  [
    "fetcher/vault/files",
    "files that settings name: token, CA, keys",
    "base protocol/fetcher",
  ],
  [
    "fetcher/vault/transport",
    "one HTTP exchange: TLS, time limits, retries, redirects",
    "base fetcher/vault/files http protocol/fetcher",
  ],
  [
    "fetcher/vault/client",
    "Vault's API: requests, JSON, what its refusals mean",
    "base fetcher/vault/transport protocol/fetcher",
  ],
  [
    "fetcher/vault/login",
    "login methods",
    "base fetcher/vault/client fetcher/vault/files protocol/fetcher",
  ],
  [
    "fetcher/vault/secrets",
    "reads paths and makes the values of variables",
    "base fetcher/vault/client fetcher/vault/login protocol/fetcher",
  ],
  [
    "fetcher/vault",
    "fetch, renew, revoke",
    "base fetcher/vault/client fetcher/vault/login fetcher/vault/secrets fetcher/vault/transport protocol/fetcher",
  ],
  [
    "fetcher",
    "the short-lived process that talks to Vault",
    "base fetcher/vault fetcher/vault/files fetcher/vault/secrets ffi process protocol/fetcher",
  ],
  [
    "events",
    "the short-lived process that writes a Kubernetes event",
    "base ffi process protocol",
  ],
  [
    "wrapper/secrets",
    "arenas, the set of secrets in force, leases and rotation",
    "base config ffi process protocol/fetcher score",
  ],
  [
    "wrapper/child",
    "the application: start, signals, restarts, hand-off to the interposer",
    "base config ffi process wrapper/secrets",
  ],
  [
    "wrapper/checks/machine",
    "reads the machine: /proc, kernel support, the calls into C",
    "base ffi protocol score",
  ],
  [
    "wrapper/checks/agent",
    "the connection to the node agent, and the attack that tests it",
    "base config ffi protocol wrapper/checks/machine",
  ],
  [
    "wrapper/checks/attestation",
    "attestation reports of SEV-SNP, TDX and CCA",
    "",
  ],
  [
    "wrapper/checks/proofs",
    "one proof for each check",
    "base ffi protocol score wrapper/checks/agent wrapper/checks/attestation wrapper/checks/machine",
  ],
  [
    "wrapper/status",
    "status pages, metrics and events; it cannot reach a secret",
    "base config ffi http process protocol score",
  ],
  [
    "wrapper/checks",
    "the table of proofs, and the score over time",
    "base ffi process score wrapper/checks/agent wrapper/checks/machine wrapper/checks/proofs wrapper/child wrapper/secrets",
  ],
  [
    "wrapper/unseal",
    "a sealed start: waits for a token",
    "base config http process wrapper/secrets",
  ],
  [
    "wrapper",
    "PID 1: start.ts is the whole story",
    "base config ffi http process score wrapper/checks wrapper/checks/agent wrapper/child wrapper/secrets wrapper/status wrapper/unseal",
  ],
  [
    "agent/processes",
    "protected processes with their descendants, and who an attacker is",
    "base protocol",
  ],
  ["agent/vectors", "the table of attack vectors", "protocol"],
  [
    "agent/audit",
    "one audit line for each blocked attack",
    "agent/processes agent/vectors base protocol",
  ],
  [
    "agent/enforcer",
    "starts the enforcer (C), keeps it alive, talks to it",
    "agent/processes base config ffi process protocol",
  ],
  [
    "agent",
    "the node agent",
    "agent/audit agent/enforcer agent/processes agent/vectors base config ffi http process protocol",
  ],
  [
    "fleet/command",
    "arguments, help, output and exit codes of status",
    "base score",
  ],
  [
    "fleet/kubernetes",
    "access to the API server: kubeconfig, credentials, pods",
    "base fleet/command http protocol",
  ],
  [
    "fleet/collect",
    "queries wrappers and validates their responses",
    "base fleet/command fleet/kubernetes protocol score",
  ],
  ["fleet/render", "table, text view and JSON", "fleet/collect protocol"],
  [
    "fleet/render/html",
    "the HTML report",
    "fleet/collect fleet/render protocol score",
  ],
  [
    "fleet",
    "the status command",
    "base fleet/collect fleet/command fleet/render fleet/render/html",
  ],
  [
    "cli",
    "command line, help, check, install; loads the other programs",
    "agent base config ffi fleet fleet/command process wrapper wrapper/checks wrapper/checks/agent wrapper/secrets wrapper/status",
  ],
];

/** From the ground up. */
export const ROOMS: readonly Room[] = TABLE.map(([name, holds, imports]) => ({
  name,
  holds,
  imports: imports.split(" ").filter(Boolean),
}));
