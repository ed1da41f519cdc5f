/** What the proofs are about: the store, the token's story, and which finds are no leaks. */
import { standsInProgram } from "@ffi";
import type { Interposer } from "@/app/mod.ts";
import { holdsBytes } from "@/memory/mod.ts";
import type { ProofSubject, ProvenAgent, TokenStory } from "@/probe/mod.ts";
import type { Intake } from "./intake.ts";

/** Makes the subject of one round of proofs. */
export function makeSubject(
  intake: Intake,
  agent: ProvenAgent,
  interposer?: Interposer,
): ProofSubject {
  const { store, config } = intake;
  const names = new Map<Uint8Array, string>();
  return {
    arenas: store.arenas(),
    ...(store.refusal && { secretmemRefusal: store.refusal }),
    needles: () =>
      store.needles().map(({ name, bytes }) => {
        names.set(bytes, name);
        return bytes;
      }),
    nameOf: (needle) => names.get(needle) ?? "a secret",
    isKnown: (needle) => isKnown(intake, names.get(needle), needle),
    token: tellToken(intake),
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
  { own, store }: Intake,
  name: string | undefined,
  value: Uint8Array,
): Promise<boolean> {
  if (name === undefined || !store.names().includes(name)) return false;
  const isPublic = own.blocks.some((block) => holdsBytes(block, value)) ||
    await standsInProgram(value);
  if (isPublic) store.forgive(name);
  return isPublic;
}

function tellToken({ config, store, left, wiped }: Intake): TokenStory {
  if (config.sealed && !store.token()) return { origin: "none" };
  const file = config.vault?.auth.tokenFile;
  const handedOver = config.tokenNames.length > 0 || left.length > 0;
  if (wiped.includes("VAULT_TOKEN") || wiped.includes("BAO_TOKEN")) {
    return { origin: "environment", handedOver };
  }
  if (config.vault?.auth.method === "token" && file) {
    return { origin: "file", file, handedOver };
  }
  return { origin: config.vault ? "login" : "none", handedOver };
}
