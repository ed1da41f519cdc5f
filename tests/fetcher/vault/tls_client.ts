/**
 * A process that fetches once, because Deno decides only once which authorities
 * it trusts. Argument: settings as JSON. Prints the result.
 */
import type { VaultSettings } from "@/protocol/fetcher/vault_settings.ts";
import { fetchFrom } from "./fake_vault.ts";

const settings: VaultSettings = JSON.parse(Deno.args[0] ?? "");
let line: Record<string, string>;
try {
  const { PW = "" } = await fetchFrom(settings, settings);
  line = { value: PW };
} catch (error) {
  const { name, message } = error as Error;
  line = { error: name, message };
}
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(line)));
