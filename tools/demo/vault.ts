/**
 * The Vault of the demo: an OpenBao of its own with one random secret, or the
 * operator's server when VAULT_ADDR is set. The demo writes nothing to that.
 */
import { post } from "../openbao/api.ts";

import { makeToken, setUpSecrets } from "../openbao/secrets.ts";
import { installOpenBao, OpenBao } from "../openbao/server.ts";

const PATH = "secret/data/demo";
/** Names the secret to read from the operator's server. */
const SECRET_VARIABLE = "CLOUDTASER_DEMO_SECRET";

/** A Vault for the wrapper. */
export interface Vault {
  readonly description: string;
  /** The wrapper's variables for reading DB_PASSWORD from it. */
  readonly environment: Readonly<Record<string, string>>;
  /** The token in that environment, or "" when the wrapper logs in otherwise. */
  readonly token: string;
  /** Ends the server; it leaves its files. */
  close(): Promise<void>;
}

/** Installs OpenBao unless VAULT_ADDR names a server. */
export async function prepareVault(): Promise<void> {
  if (!Deno.env.get("VAULT_ADDR")) await installOpenBao();
}

/** Starts an OpenBao with its files in `dir`, unless VAULT_ADDR names a server. */
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
  const server = await OpenBao.start({ parent: dir });
  await setUpSecrets(server);
  const password = makePassword();
  await post(server, PATH, { data: { password } });
  const token = await makeToken(server);
  return {
    description: `${server.address}, OpenBao with TLS`,
    environment: {
      VAULT_ADDR: server.address,
      VAULT_CACERT: server.caFile,
      VAULT_TOKEN: token,
      ...refer(`${PATH}#password`),
    },
    token,
    close: () => server.kill(),
  };
}

function refer(secret: string): Record<string, string> {
  return { DB_PASSWORD: `vault:${secret}` };
}

/** Random, so that an attack cannot find it anywhere else. */
function makePassword(): string {
  return `pw-${crypto.getRandomValues(new Uint8Array(12)).toHex()}`;
}
