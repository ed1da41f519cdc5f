/**
 * The programs that lie beside the wrapper's in the binary. Apart from what
 * loads them, because the build reads this before there is a shim to import.
 */

/** Name in the binary → entry point below src/. tools/build/bundle.ts bundles each. */
export const SCRIPTS = {
  agent: "agent/command.ts",
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
 * a process 2 MiB and 3 ms: too much for what a wrapper loads.
 */
export const COMPRESSED = ["agent", "status", "policy"] as const;
