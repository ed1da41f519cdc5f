/**
 * The Vault of the demo: the development Vault with one random secret, or the
 * operator's own when VAULT_ADDR is set. Into that nothing is written.
 */
import { Authority, startDevVault } from "../devvault/mod.ts";

const PATH = "secret/data/demo";
/** Which secret of the operator's own Vault the demo reads. */
const SECRET_VARIABLE = "CLOUDTASER_DEMO_SECRET";

/** A Vault that the wrapper can be started with. */
export interface Vault {
  readonly description: string;
  /** What the wrapper needs to read DB_PASSWORD from it. */
  readonly environment: Readonly<Record<string, string>>;
  /** The token in that environment, or "" when the wrapper logs in otherwise. */
  readonly token: string;
  close(): Promise<void>;
}

/** Starts the development Vault, with its certificate in `dir`, unless VAULT_ADDR names another. */
export async function openVault(dir: string): Promise<Vault> {
  const address = Deno.env.get("VAULT_ADDR");
  return address ? useOwn(address) : await startOwn(dir);
}

function useOwn(address: string): Vault {
  const secret = Deno.env.get(SECRET_VARIABLE) ?? `${PATH}#password`;
  const own = Object.entries(Deno.env.toObject())
    .filter(([name]) => /^(VAULT|BAO)_/.test(name));
  return {
    description: `${address}, ${secret} (${SECRET_VARIABLE} names another)`,
    environment: { ...Object.fromEntries(own), ...refer(secret) },
    token: Deno.env.get("BAO_TOKEN") ?? Deno.env.get("VAULT_TOKEN") ?? "",
    close: () => Promise.resolve(),
  };
}

async function startOwn(dir: string): Promise<Vault> {
  const authority = new Authority("demo authority");
  const caFile = `${dir}/ca.pem`;
  await Deno.writeTextFile(caFile, authority.cert);
  const names = ["127.0.0.1", "localhost"];
  const shown = authority.issue({ commonName: "localhost", names });
  const token = `demo-token-${crypto.randomUUID()}`;
  const vault = await startDevVault({
    rootToken: token,
    identity: { ...shown, caFile },
  });
  const client = Deno.createHttpClient({
    caCerts: [authority.cert],
  });
  const response = await fetch(`${vault.address}/v1/${PATH}`, {
    method: "POST",
    headers: { "X-Vault-Token": token },
    body: JSON.stringify({ data: { password: makePassword() } }),
    client,
  });
  await response.body?.cancel();
  client.close();
  if (!response.ok) throw new Error(`Vault answered ${response.status}`);
  return {
    description: `${vault.address}, a development Vault with TLS`,
    environment: {
      VAULT_ADDR: vault.address,
      VAULT_CACERT: caFile,
      VAULT_TOKEN: token,
      ...refer(`${PATH}#password`),
    },
    token,
    close: () => vault.stop(),
  };
}

function refer(secret: string): Record<string, string> {
  return { DB_PASSWORD: `vault:${secret}` };
}

/** Random, so that what an attack finds cannot come from anywhere else. */
function makePassword(): string {
  return `pw-${crypto.getRandomValues(new Uint8Array(12)).toHex()}`;
}
