/** deploy/examples, with other names and another address only. */
import type { ClusterVault } from "./cluster_vault.ts";
import { APP_IMAGE, WRAPPED_IMAGE, WRAPPER_IMAGE } from "./production.ts";

const EXAMPLES = new URL("../../../deploy/examples/", import.meta.url);

/** Both ways into an image. */
export type Example = "copy-from" | "init-container";

/** The manifest, for this Vault and these images; the application waits for TERM. */
export function readExample(example: Example, vault: ClusterVault): string {
  const path = new URL(`${example}/app.yaml`, EXAMPLES);
  const replacements: readonly [RegExp, string][] = [
    [/registry\.example\.com\/app:1\.0-wrapped/, WRAPPED_IMAGE],
    [/registry\.example\.com\/app:1\.0$/m, APP_IMAGE],
    [/registry\.example\.com\/cloudtaser-wrapper:0\.1\.0/, WRAPPER_IMAGE],
    [/args: \[\/app, --flag\]/, 'args: [/app, signals, "15"]'],
    [/value: https:\/\/vault\.example\.com:8200/, `value: ${vault.address}`],
  ];
  let text = Deno.readTextFileSync(path);
  for (const [pattern, replacement] of replacements) {
    text = text.replace(pattern, replacement);
  }
  return text;
}
