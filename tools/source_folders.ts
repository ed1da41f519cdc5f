/**
 * The folders of src/: what each holds and which others it may import.
 * tests/architecture/import_law_test.ts enforces this table, and
 * docs/ARCHITECTURE.md shows it. A folder stands below every folder that it
 * imports, so there is no cycle. Subfolders have rows of their own.
 */

/** One folder below src/. */
export interface SourceFolder {
  readonly name: string;
  /** What it holds, in a few words. */
  readonly holds: string;
  /** Folders that it may import; `ffi` is the border to C (ffi/mod.ts). */
  readonly imports: readonly string[];
}

/** Two lines a folder: `name: what it holds`, and what it may import. */
const TABLE = `
base: exit codes and errors, the log, durations, text cleaning, rate limiter: used everywhere
  may import:
score: check names and points; evidence → points → band → may the application start? Pure
  may import: base
process: this process: its own arguments and environment, children, channels to them, programs loaded on demand
  may import: base ffi
protocol/fetcher: what wrapper and fetcher send to each other, and the plan of what to read
  may import: base ffi
protocol: messages between processes: agent, enforcer, event publisher; the status
  may import: base score
http: the small HTTP server of wrapper and agent; node:https as a client
  may import: base process protocol
config/references: the grammar of references in values of variables; pure
  may import: protocol/fetcher
config: settings: one table, one Config
  may import: base config/references process protocol/fetcher
fetcher/vault/files: files that settings name: token, CA, keys
  may import: base protocol/fetcher
fetcher/vault/transport: one HTTP exchange: TLS, time limits, retries, redirects
  may import: base fetcher/vault/files http protocol/fetcher
fetcher/vault/client: Vault's API: requests, JSON, what its refusals mean
  may import: base fetcher/vault/transport protocol/fetcher
fetcher/vault/login: login methods
  may import: base fetcher/vault/client fetcher/vault/files protocol/fetcher
fetcher/template/functions: values of templates, and the functions that they may call
  may import:
fetcher/template: templates in references; a program of its own, loaded when a plan has one
  may import: fetcher/template/functions protocol/fetcher
fetcher/vault/secrets: reads paths and makes the values of variables
  may import: base fetcher/template fetcher/vault/client fetcher/vault/login protocol/fetcher
fetcher/vault: fetch, renew, revoke
  may import: base fetcher/vault/client fetcher/vault/login fetcher/vault/secrets fetcher/vault/transport protocol/fetcher
fetcher: the short-lived process that talks to Vault
  may import: base fetcher/vault fetcher/vault/files fetcher/vault/secrets ffi process protocol/fetcher
events: the short-lived process that writes a Kubernetes event
  may import: base ffi process protocol
wrapper/secrets: arenas, the set of secrets in force, leases and rotation
  may import: base config ffi process protocol/fetcher score
wrapper/child: the application: start, signals, restarts, hand-off to the interposer
  may import: base config ffi process wrapper/secrets
wrapper/checks/machine: reads the machine: /proc, kernel support, the calls into C
  may import: base ffi
wrapper/checks/agent: the connection to the node agent, and the attack that tests it
  may import: base config ffi protocol wrapper/checks/machine
wrapper/checks/attestation: attestation reports of SEV-SNP, TDX and CCA
  may import:
wrapper/checks/attestation/chain: the vendors' signature chains; a program of its own, loaded on confidential VMs
  may import: base wrapper/checks/attestation
wrapper/checks/proofs: one proof for each check
  may import: base config ffi process protocol score wrapper/checks/agent wrapper/checks/attestation wrapper/checks/attestation/chain wrapper/checks/machine wrapper/child wrapper/secrets
wrapper/status: status pages, metrics and events; it cannot reach a secret
  may import: base config ffi http process protocol score
wrapper/checks: the table of proofs, and the score over time
  may import: base ffi process score wrapper/checks/agent wrapper/checks/machine wrapper/checks/proofs wrapper/child wrapper/secrets
wrapper/unseal: a sealed start: waits for a token
  may import: base config http process wrapper/secrets
wrapper: PID 1: start.ts is the whole story
  may import: base config ffi http process score wrapper/checks wrapper/checks/agent wrapper/child wrapper/secrets wrapper/status wrapper/unseal
agent/processes: protected processes with their descendants; description of an attacker
  may import: base protocol
agent/vectors: the table of attack vectors
  may import: protocol
agent/audit: one audit line for each blocked attack
  may import: agent/processes agent/vectors base protocol
agent/enforcer: starts the enforcer (C), keeps it alive, talks to it
  may import: base config ffi process protocol
agent: the node agent
  may import: agent/audit agent/enforcer agent/processes agent/vectors base config ffi http process protocol
policy: the parameters of a namespace
  may import: score
policy/rules: the rules in CEL, which the API server and evaluate/ share; injection
  may import: policy
policy/evaluate: evaluates the rules here, with @bufbuild/cel
  may import: base policy/rules
fleet/command: arguments, help, output and exit codes of status
  may import: base score
fleet/kubernetes: access to the API server: kubeconfig, credentials, pods
  may import: base fleet/command http protocol
fleet/collect: queries wrappers and validates their responses
  may import: base fleet/command fleet/kubernetes protocol score
fleet/render: table, text view and JSON
  may import: fleet/collect protocol
fleet/render/html: the HTML report
  may import: fleet/collect fleet/render protocol score
fleet/policy: what the policy would say to pods that run
  may import: base fleet/command fleet/kubernetes fleet/render policy/evaluate policy/rules
fleet: the status command
  may import: base fleet/collect fleet/command fleet/policy fleet/render fleet/render/html
policy/manifest: finds pods in manifests
  may import: base policy/evaluate policy/rules
policy/render: the policies as YAML for the API server
  may import: policy/rules
policy/command: the policy command
  may import: base policy policy/evaluate policy/manifest policy/render
cli: command line, help, check, install; loads the other programs
  may import: agent base config fetcher ffi fleet fleet/command fleet/policy policy/command process wrapper wrapper/checks wrapper/checks/agent wrapper/secrets wrapper/status
`;

/** From the ground up. */
export const SOURCE_FOLDERS: readonly SourceFolder[] = [
  ...TABLE.matchAll(/^(\S+): (.*)\n {2}may import:(.*)$/gm),
].map(([, name = "", holds = "", imports = ""]) => ({
  name,
  holds,
  imports: imports.split(" ").filter(Boolean),
}));
