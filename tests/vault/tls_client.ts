/**
 * A process that fetches once, because which authorities Deno trusts is
 * decided once a process. Argument: settings as JSON. Prints what came of it.
 */
import { fetchSecrets, type VaultSettings } from "@/vault/mod.ts";
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
