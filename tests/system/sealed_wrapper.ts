/** A sealed wrapper, and requests to it. */
import { compileProgram } from "../support/programs.ts";
import type { TestVault } from "../support/test_vault.ts";
import {
  startWrapper,
  type Wrapper,
  type WrapperOptions,
} from "../support/wrapper.ts";

/** Starts one that waits for a token, changed by `options` and `more` of its environment. */
export async function startSealed(
  vault: TestVault,
  more: Readonly<Record<string, string>> = {},
  options: Partial<WrapperOptions> = {},
): Promise<Wrapper> {
  const wrapper = startWrapper({
    args: [compileProgram("app"), "signals", "15"],
    ...options,
    env: { ...sealedEnv(vault), ...more },
  });
  await wrapper.waitForLog(/Sealed: waiting for a token at POST \/v1\/unseal/);
  return wrapper;
}

/** Waits until the wrapper accepts another token: one a second. */
export function untilNextToken(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1050));
}

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
