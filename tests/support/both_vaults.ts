/**
 * Registers one test twice: on the real OpenBao and on the development Vault.
 * The body sees only `VaultServer`, so it cannot tell them apart by accident.
 */
import { DevVaultServer } from "./dev_vault.ts";
import { OpenBao } from "./openbao.ts";
import type { VaultServer } from "./vault_server.ts";

type Body = (server: VaultServer, test: Deno.TestContext) => Promise<void>;

const SERVERS: readonly (readonly [string, () => Promise<VaultServer>])[] = [
  ["OpenBao", () => OpenBao.start()],
  ["dev Vault", () => DevVaultServer.start()],
];

/** Runs `body` against a fresh server of each kind. */
export function testOnBothVaults(title: string, body: Body): void {
  for (const [name, start] of SERVERS) {
    Deno.test(`${title} (${name})`, async (test) => {
      await using server = await start();
      await body(server, test);
    });
  }
}

/** The environment of a wrapper that uses this server with this token. */
export function vaultEnvironment(
  server: VaultServer,
  token: string,
): Record<string, string> {
  return {
    PATH: "/usr/bin:/bin",
    VAULT_ADDR: server.address,
    VAULT_CACERT: server.caFile,
    ...(token === "" ? {} : { VAULT_TOKEN: token }),
  };
}
