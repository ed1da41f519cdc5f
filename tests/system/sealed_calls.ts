/** Requests to a sealed wrapper, and its environment. */
import type { TestVault } from "../support/test_vault.ts";
import type { Wrapper } from "../support/wrapper.ts";

/** Environment of a wrapper that waits for a token from loopback. */
export function sealedEnv(vault: TestVault): Record<string, string> {
  const { VAULT_TOKEN: _, ...env } = vault.env({
    CLOUDTASER_SEALED: "loopback",
  });
  return env;
}

/** Its answer to a token. */
export interface Unsealed {
  readonly status: number;
  readonly body: { readonly sealed: boolean; readonly error?: string };
}

/** Sends a token. */
export async function unseal(
  wrapper: Wrapper,
  token: string,
): Promise<Unsealed> {
  const response = await fetch(`http://${wrapper.listen}/v1/unseal`, {
    method: "POST",
    body: JSON.stringify({ token }),
  });
  return { status: response.status, body: await response.json() };
}

/** HTTP status of one of its pages. */
export async function pageStatus(
  wrapper: Wrapper,
  path: string,
): Promise<number> {
  const response = await fetch(`http://${wrapper.listen}${path}`);
  await response.body?.cancel();
  return response.status;
}
