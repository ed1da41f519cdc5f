/**
 * The development Vault by hand: `deno run -A tools/devvault/main.ts`. Prints
 * what to export, serves until Ctrl-C. Not a safe place for real secrets.
 */
import { parseArgs } from "node:util";
import { type DevVault, startDevVault } from "./mod.ts";

const { values } = parseArgs({
  options: {
    http: { type: "boolean", default: false },
    port: { type: "string", default: "8200" },
    "control-port": { type: "string", default: "8209" },
    "root-token": { type: "string", default: "root" },
  },
});

const vault = await startDevVault({
  scheme: values.http ? "http" : "https",
  port: Number(values.port),
  controlPort: Number(values["control-port"]),
  rootToken: values["root-token"],
});
await addExample(vault);
console.log(banner(vault));
await new Promise<void>((resolve) => {
  Deno.addSignalListener("SIGINT", resolve);
  Deno.addSignalListener("SIGTERM", resolve);
});
await vault.stop();
Deno.exit(0);

async function addExample(vault: DevVault): Promise<void> {
  const client = vault.caFile === "" ? undefined : Deno.createHttpClient({
    caCerts: [Deno.readTextFileSync(vault.caFile)],
  });
  const response = await fetch(`${vault.address}/v1/secret/data/app`, {
    method: "POST",
    headers: { "X-Vault-Token": vault.rootToken },
    body: JSON.stringify({ data: { username: "app", password: "example" } }),
    ...(client ? { client } : {}),
  });
  await response.body?.cancel();
  client?.close();
}

function banner(vault: DevVault): string {
  const ca = vault.caFile === ""
    ? ""
    : `  export VAULT_CACERT=${vault.caFile}\n`;
  return `Development Vault: in memory, unsealed, for trying things out only.

  export VAULT_ADDR=${vault.address}
${ca}  export VAULT_TOKEN=${vault.rootToken}
  export DB_PASSWORD=vault:secret/data/app#password

Unseal key  ${vault.unsealKey}
Control     ${vault.controlAddress}
            curl -d '{"kind":"status","status":503,"times":3}' ${vault.controlAddress}/faults
            also: POST /seal /unseal /standby, GET /requests /credentials
Ctrl-C stops it and forgets everything.`;
}
