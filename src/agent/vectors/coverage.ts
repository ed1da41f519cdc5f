/** Which vectors are closed, from the programs that are attached and the backends that passed. */
import {
  HOOK_BACKENDS,
  KPROBE_OVERRIDE,
  REACTIVE_KILL,
} from "@/protocol/agent.ts";
import { type Arch, type Vector, VECTORS } from "./table.ts";

const BY_ID = new Map(VECTORS.map((vector) => [vector.id, vector]));

/** What is in force, as the enforcer reports it. */
export interface InForce {
  /** Attached programs, each with its backend. */
  readonly programs: readonly {
    readonly name: string;
    readonly backend: string;
  }[];
  /** Names of the backends that passed their self-test. */
  readonly passed: readonly string[];
  readonly lock: boolean;
  readonly exec: "allow" | "deny";
  readonly arch: Arch;
}

/** The row with this id. */
export function findVector(id: string): Vector | undefined {
  return BY_ID.get(id);
}

/** False when the processor does not have the vector. */
export function existsOn(arch: Arch, { onlyOn }: Vector): boolean {
  return onlyOn === undefined || onlyOn === arch;
}

/** True when the vector, or every vector that it is made of, is active. */
export function isClosed(vector: Vector, active: readonly string[]): boolean {
  const needed = vector.madeOf.length > 0 ? vector.madeOf : [vector.id];
  return needed.every((id) => active.includes(id));
}

/** Ids of the vectors that attached programs of a passed backend close, in table order. */
export function listActive(inForce: InForce): string[] {
  return VECTORS.filter((vector) => isActive(vector, inForce))
    .map(({ id }) => id);
}

function isActive(vector: Vector, inForce: InForce): boolean {
  const { lock, exec, passed } = inForce;
  if (!existsOn(inForce.arch, vector)) return false;
  if (vector.needs === "lock=on" && !lock) return false;
  if (vector.needs === "exec=deny" && exec === "allow") return false;
  return passed.some((backend) => covers(vector, backend, inForce));
}

function covers(
  vector: Vector,
  backend: string,
  { programs }: InForce,
): boolean {
  const attached = programs.filter((p) => p.backend === backend)
    .map((p) => p.name);
  return mayClose(vector, backend) && attached.length > 0 &&
    programsOf(vector, backend).every((name) => attached.includes(name));
}

/** True when a passed backend would close the vector, given the option that it needs. */
export function couldClose(
  vector: Vector,
  backends: readonly { readonly name: string; readonly state: string }[],
): boolean {
  return backends.some(({ name, state }) =>
    state === "passed" && mayClose(vector, name)
  );
}

function mayClose(vector: Vector, backend: string): boolean {
  if (vector.partly.includes(backend)) return false;
  return backend === REACTIVE_KILL
    ? ["killed", "refused"].includes(vector.reactive)
    : programsOf(vector, backend).length > 0;
}

/** The programs that a backend needs; reactive kill uses the same ones for every vector. */
function programsOf(
  { hooks, calls }: Vector,
  backend: string,
): readonly string[] {
  if (HOOK_BACKENDS.includes(backend)) return hooks;
  return backend === KPROBE_OVERRIDE ? calls : [];
}
