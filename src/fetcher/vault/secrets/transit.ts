/** Decrypts ciphertexts of Vault's transit engine (`vault:v1:…`), all of a plan in one request. */
import { ConfigError } from "@/base/errors.ts";
import type {
  VaultAnswer,
  VaultClient,
} from "@/fetcher/vault/client/client.ts";
import { member } from "@/fetcher/vault/client/json.ts";
import { encodePath, quotePath } from "@/fetcher/vault/client/path.ts";
import { listNames } from "@/fetcher/vault/client/refusal.ts";
import { explainBody } from "@/fetcher/vault/client/vault_error_texts.ts";
import type { Login } from "@/fetcher/vault/login/login.ts";
import type { Plan } from "@/protocol/fetcher/plan.ts";

/** What ciphertexts hold; undefined: it cannot be decrypted, and the plan allows that. */
export type Plaintexts = ReadonlyMap<
  string,
  Uint8Array<ArrayBuffer> | undefined
>;

/** The end of a warning. */
export const LEFT_OUT = "VAULT_IGNORE_MISSING_SECRETS leaves it out";

type Key = NonNullable<Plan["transit"]>;

/** Each ciphertext of a plan with the variables that need it. */
function listCiphertexts({ deliveries }: Plan): Map<string, string[]> {
  const all = new Map<string, string[]>();
  for (const { name, parts } of deliveries) {
    for (const part of parts) {
      if (!("ciphertext" in part)) continue;
      const uses = all.get(part.ciphertext) ?? [];
      if (!uses.includes(name)) uses.push(name);
      all.set(part.ciphertext, uses);
    }
  }
  return all;
}

/** @throws ConfigError for a path that Vault cannot have */
export function encodeKeyPath({ mount, key }: Key): string {
  return encodePath(
    `${mount}/decrypt/${key}`,
    "The path of VAULT_TRANSIT_PATH and VAULT_TRANSIT_KEY_ID",
  );
}

/**
 * Decrypts the ciphertexts of a plan.
 *
 * @param onNote receives a warning for each that cannot be decrypted, if the plan allows that
 * @throws ConfigError, VaultUnavailableError
 */
export async function decryptAll(
  client: VaultClient,
  login: Login,
  plan: Plan,
  onNote: ((text: string) => void) | undefined,
): Promise<Plaintexts> {
  const wanted = listCiphertexts(plan);
  const { transit } = plan;
  if (wanted.size === 0 || transit === undefined) return new Map();
  const ciphertexts = [...wanted.keys()];
  const answer = await client.ask({
    method: "POST",
    path: encodeKeyPath(transit),
    token: login.token,
    body: { batch_input: ciphertexts.map((ciphertext) => ({ ciphertext })) },
  });
  if (answer.status === 403) await login.info();
  // With one wrong ciphertext the status is 400, and the others are decrypted.
  const results = member(member(answer.body, "data"), "batch_results");
  if (!Array.isArray(results) || results.length !== ciphertexts.length) {
    throw explainRefusal(transit, [...wanted.values()].flat(), answer);
  }
  return new Map(ciphertexts.map((ciphertext, i) => {
    const bytes = decode(member(results[i], "plaintext"), results[i]);
    if (bytes !== undefined) return [ciphertext, bytes];
    const message = explainResult(
      transit,
      wanted.get(ciphertext) ?? [],
      member(results[i], "error"),
    );
    if (!plan.ignoreMissing) throw new ConfigError(message);
    onNote?.(`${message}. ${LEFT_OUT}`);
    return [ciphertext, undefined];
  }));
}

function decode(
  plaintext: unknown,
  result: unknown,
): Uint8Array<ArrayBuffer> | undefined {
  if (typeof plaintext !== "string" || member(result, "error")) {
    return undefined;
  }
  try {
    return Uint8Array.fromBase64(plaintext);
  } catch {
    return undefined;
  }
}

function explainResult(key: Key, uses: string[], error: unknown): string {
  const why = explainBody(typeof error === "string" ? error : "") ??
    "the ciphertext is damaged";
  return `Transit cannot decrypt ${listNames(uses)} with ${
    describe(key)
  }: ${why}; check the ciphertext (vault:v1:…), VAULT_TRANSIT_KEY_ID and VAULT_TRANSIT_PATH`;
}

function explainRefusal(
  key: Key,
  uses: readonly string[],
  answer: VaultAnswer,
): ConfigError {
  const why = answer.meaning ?? `HTTP ${answer.status}`;
  const hint = answer.status === 403
    ? `add update on ${
      quotePath(`${key.mount}/decrypt/${key.key}`)
    } to the token's policy, or check`
    : "check";
  return new ConfigError(
    `Vault refuses to decrypt ${listNames(uses)} with ${
      describe(key)
    }: ${why}; ${hint} VAULT_TRANSIT_KEY_ID and VAULT_TRANSIT_PATH`,
  );
}

function describe({ mount, key }: Key): string {
  return `the transit key ${quotePath(key)} at ${quotePath(mount)}`;
}
