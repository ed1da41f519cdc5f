/** What the proofs are about: the store, the token's story, and which finds are no leaks. */
import { programContains } from "@ffi";
import type { Interposer } from "@/wrapper/child/interposer.ts";
import { holdsBytes } from "@/process/own_image.ts";
import type {
  CredentialFile,
  ProofSubject,
  ProvenAgent,
  TokenStory,
} from "@/wrapper/checks/machine/subject.ts";
import type { Ingested } from "@/wrapper/secrets/ingest.ts";

/** Makes the subject of one round of proofs. */
export function makeSubject(
  ingested: Ingested,
  agent: ProvenAgent,
  interposer?: Interposer,
): ProofSubject {
  const { store, config } = ingested;
  const names = new Map<Uint8Array, string>();
  return {
    arenas: store.arenas(),
    ...(store.refusal && { secretmemRefusal: store.refusal }),
    patterns: () =>
      store.patterns().map(({ name, bytes }) => {
        names.set(bytes, name);
        return bytes;
      }),
    nameOf: (pattern) => names.get(pattern) ?? "a secret",
    isKnown: (pattern) => isKnown(ingested, names.get(pattern), pattern),
    token: tellToken(ingested),
    agentSocket: config.agentSocket,
    agent,
    ...(interposer && { interposition: () => interposer.describe() }),
  };
}

/**
 * A value such as `application/json` stands in our own program, a host name in
 * the pod's specification: found in memory, it has not leaked. Never a token.
 */
async function isKnown(
  { own, store }: Ingested,
  name: string | undefined,
  value: Uint8Array,
): Promise<boolean> {
  if (name === undefined || !store.names().includes(name)) return false;
  const isPublic = own.blocks.some((block) => holdsBytes(block, value)) ||
    await programContains(value);
  if (isPublic) store.allow(name);
  return isPublic;
}

function tellToken(ingested: Ingested): TokenStory {
  const { config, store, left, wiped } = ingested;
  const files = listCredentialFiles(ingested);
  if (config.sealed && !store.token()) return { origin: "none", files };
  const handedOver = config.tokenNames.length > 0 || left.length > 0;
  const fromEnvironment = wiped.includes("VAULT_TOKEN") ||
    wiped.includes("BAO_TOKEN");
  const origin = fromEnvironment ? "environment" : nameOrigin(config);
  return { origin, files, handedOver };
}

function nameOrigin({ vault }: Ingested["config"]): TokenStory["origin"] {
  if (!vault) return "none";
  const { method, tokenFile } = vault.auth;
  return method === "token" && tokenFile ? "file" : "login";
}

/**
 * Files with which somebody else can log in as we do. A role id alone is enough
 * where there is no secret id; a client key is a credential of cert auth only. A
 * wrapped secret id is none any more: the fetch before the proofs has used it up.
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
