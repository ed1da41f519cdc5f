/**
 * The table of all known ways to a protected process, in the order of their
 * numbers, and which of them are closed now. docs/SECURITY.md is made from it;
 * tests compare it with the BPF sources.
 */
import { MACHINE_VECTORS } from "./machine_vectors.ts";
import { PROCESS_VECTORS } from "./process_vectors.ts";
import { CALL_TIER, REACTIVE_TIER, type Vector } from "./vector.ts";

/** Every vector, by number. */
export const VECTORS: readonly Vector[] = [
  ...PROCESS_VECTORS,
  ...MACHINE_VECTORS,
];

/** Tiers that refuse by the same programs. */
const HOOK_TIERS = ["bpf lsm", "fmod_ret"];

const BY_ID = new Map(VECTORS.map((vector) => [vector.id, vector]));

/** What is in force, as the enforcer tells it. */
export interface InForce {
  /** Attached programs, each with its tier. */
  readonly programs: readonly {
    readonly name: string;
    readonly tier: string;
  }[];
  /** Names of the tiers that passed their self-test. */
  readonly passed: readonly string[];
  readonly lock: boolean;
  readonly exec: "allow" | "deny";
}

/** The row of an id; undefined for what is none. */
export function findVector(id: string): Vector | undefined {
  return BY_ID.get(id);
}

/** True when it is closed, or all are that it is made of. */
export function isClosed(vector: Vector, active: readonly string[]): boolean {
  const needed = vector.madeOf.length > 0 ? vector.madeOf : [vector.id];
  return needed.every((id) => active.includes(id));
}

/** Ids of the vectors that an attached program of a passed tier covers, in their order. */
export function listActive(inForce: InForce): string[] {
  return VECTORS.filter((vector) => isActive(vector, inForce))
    .map(({ id }) => id);
}

function isActive(vector: Vector, inForce: InForce): boolean {
  const { lock, exec, passed } = inForce;
  if (vector.needs === "lock=on" && !lock) return false;
  if (vector.needs === "exec=deny" && exec === "allow") return false;
  return passed.some((tier) => covers(vector, tier, inForce));
}

function covers(vector: Vector, tier: string, { programs }: InForce): boolean {
  const attached = programs.filter((p) => p.tier === tier).map((p) => p.name);
  return mayClose(vector, tier) && attached.length > 0 &&
    programsOf(vector, tier).every((name) => attached.includes(name));
}

/** True when a tier that passed would close it, were it not for an option. */
export function couldClose(
  vector: Vector,
  tiers: readonly { readonly name: string; readonly state: string }[],
): boolean {
  return tiers.some(({ name, state }) =>
    state === "passed" && mayClose(vector, name)
  );
}

function mayClose(vector: Vector, tier: string): boolean {
  if (vector.partly.includes(tier)) return false;
  return tier === REACTIVE_TIER
    ? ["killed", "refused"].includes(vector.reactive)
    : programsOf(vector, tier).length > 0;
}

/** What a tier needs for a vector; reactive kill has programs for all. */
function programsOf({ hooks, calls }: Vector, tier: string): readonly string[] {
  if (HOOK_TIERS.includes(tier)) return hooks;
  return tier === CALL_TIER ? calls : [];
}
