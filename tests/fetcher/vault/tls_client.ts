/**
 * A process that fetches once, because Deno decides only once which authorities
 * it trusts. Argument: settings as JSON. Prints the result.
 */
import { fetchSecrets } from "@/fetcher/vault/fetch_secrets.ts";
import type { VaultSettings } from "@/protocol/fetcher/vault_settings.ts";
import { makePlan, TOKEN } from "./fake_vault.ts";

const settings: VaultSettings = JSON.parse(Deno.args[0] ?? "");
let line: Record<string, string>;
try {
  const plan = makePlan(["PW", "password"]);
  const { values } = await fetchSecrets(settings, plan, { token: TOKEN });
  const bytes = values[0]?.bytes ?? new Uint8Array();
  line = { value: new TextDecoder().decode(bytes) };
} catch (error) {
  const { name, message } = error as Error;
  line = { error: name, message };
}
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(line)));
