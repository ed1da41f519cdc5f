/** OpenBao as the tests use it: one server for all tests of a file. */
import { OpenBao } from "../../tools/openbao/server.ts";

/**
 * Starts a server before the first test of the calling file and stops it after
 * the last one. Call it while the file is loaded.
 *
 * @param setUp runs once, before the first test
 * @returns the server, for use in tests
 */
export function openBaoForFile(
  setUp: (server: OpenBao) => Promise<unknown>,
): () => OpenBao {
  let server: OpenBao | undefined;
  Deno.test.beforeAll(async () => {
    server = await OpenBao.start();
    await setUp(server);
  });
  Deno.test.afterAll(async () => await server?.stop());
  return () => {
    if (!server) throw new TypeError("OpenBao runs only during tests");
    return server;
  };
}

/** The variables that point a wrapper to a server; an empty token is left out. */
export function vaultEnvironment(
  server: { readonly address: string; readonly caFile: string },
  token: string,
): Record<string, string> {
  return {
    PATH: "/usr/bin:/bin",
    VAULT_ADDR: server.address,
    VAULT_CACERT: server.caFile,
    ...(token && { VAULT_TOKEN: token }),
  };
}
