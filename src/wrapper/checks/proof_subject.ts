/** Makes the subject of the proofs from the wrapper's state. */
import { programContains } from "@ffi";
import type { Interposer } from "@/wrapper/child/interposer.ts";
import { containsBytes } from "@/base/bytes.ts";
import type {
  CredentialFile,
  ProofSubject,
  ProvenAgent,
  TokenOrigin,
} from "@/wrapper/checks/proofs/subject.ts";
import type { Ingested } from "@/wrapper/secrets/ingest.ts";
import type { Pattern } from "@/wrapper/secrets/store.ts";

/** Makes the subject of one round of proofs. */
export function makeSubject(
  ingested: Ingested,
  agent: ProvenAgent,
  interposer?: Interposer,
): ProofSubject {
  const { store, config } = ingested;
  return {
    arenas: store.arenas(),
    ...(store.refusal && { secretmemRefusal: store.refusal }),
    patterns: () => store.patterns(),
    control: () => store.controlValue(),
    isPublic: (pattern) => isPublic(ingested, pattern),
    token: describeToken(ingested),
    agentSocket: config.agentSocket,
    requireChain: config.requireChain,
    agent,
    ...(interposer && { interposition: () => interposer.describe() }),
  };
}

/**
 * Whether a value is public: `application/json` is in our own program, a host name
 * may be in the pod spec. Finding such a value in memory is not a leak. Tokens are
 * never public.
 */
async function isPublic(
  { own, store }: Ingested,
  { name, bytes }: Pattern,
): Promise<boolean> {
  if (!store.names().includes(name)) return false;
  const found = own.blocks.some((block) => containsBytes(block, bytes)) ||
    await programContains(bytes);
  if (found) store.allow(name);
  return found;
}

function describeToken(ingested: Ingested): TokenOrigin {
  const { config, store, keptInEnvironment, wiped } = ingested;
  const files = listCredentialFiles(ingested);
  if (config.sealed && !store.token()) return { origin: "none", files };
  const passedThrough = config.tokenNames.length > 0 ||
    keptInEnvironment.length > 0;
  const fromEnvironment = wiped.includes("VAULT_TOKEN") ||
    wiped.includes("BAO_TOKEN");
  const origin = fromEnvironment ? "environment" : nameOrigin(config);
  return { origin, files, passedThrough };
}

function nameOrigin({ vault }: Ingested["config"]): TokenOrigin["origin"] {
  if (!vault) return "none";
  const { method, tokenFile } = vault.auth;
  return method === "token" && tokenFile ? "file" : "login";
}

/**
 * Files with which another process could log in to Vault. A role id alone is enough
 * if there is no secret id. A client key is a credential of cert auth only. A wrapped
 * secret id is not: the fetch before the proofs has used it up.
 */
function listCredentialFiles(
  { config, store, readFrom }: Ingested,
): CredentialFile[] {
  const { auth, clientKey } = config.vault ?? {};
  if (!auth) return [];
  const { method, secretIdFile, secretIdWrappedFile } = auth;
  const needsSecretId = [
    secretIdFile,
    secretIdWrappedFile,
    store.found("VAULT_SECRET_ID"),
    store.found("VAULT_SECRET_ID_WRAPPED"),
  ].some((source) => source !== undefined);
  const table: [string, string | undefined, boolean][] = [
    ["token file", auth.tokenFile, true],
    ["secret id file", secretIdFile, true],
    ["JWT file", auth.jwtFile, method === "kubernetes" || method === "jwt"],
    ["role id file", auth.roleIdFile, !needsSecretId],
    ["client key file", clientKey, method === "cert"],
  ];
  return table.flatMap(([what, path, counts]) =>
    path !== undefined && counts
      ? [{ what, path, readFrom: [...readFrom.get(path) ?? []] }]
      : []
  );
}
