/**
 * The programs that lie beside the wrapper's in the binary. Apart from what
 * loads them, because the build reads this before there is a shim to import.
 */

/** Name in the binary → entry point below src/. tools/build/bundle.ts bundles each. */
export const SCRIPTS = {
  agent: "agent/command.ts",
  chain: "wrapper/checks/attestation/chain/verify.ts",
  events: "events/publish.ts",
  fetcher: "fetcher/serve.ts",
  help: "cli/help.ts",
  metrics: "http/exposition.ts",
  unseal: "wrapper/unseal/seal.ts",
  status: "fleet/status.ts",
  policy: "policy/command/policy.ts",
  templates: "fetcher/template/compile.ts",
} as const;

/**
 * Those that a process of their own runs are compressed. DecompressionStream costs
 * a process 2 MiB and 3 ms: too much for what a wrapper loads. The exception is `chain`,
 * which only confidential VMs load: its root certificates would take 30 KB.
 */
export const COMPRESSED = ["agent", "chain", "status", "policy"] as const;
