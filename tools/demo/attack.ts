/** The attacks of the demo as data, each tried on an unprotected process first. */
import type { Loot, Method } from "../../tests/attacks/search.ts";
import type { Stage } from "./stage.ts";

/** A row of the table. */
export interface Attack {
  readonly title: string;
  readonly method: Method;
  /** It ends the process that it is tried on. */
  readonly isDeadly?: true;
}

/** Made the wrapper's own code write the secret; open until an agent forbids ptrace. */
export const INJECTION: Method = "inject";

/** In the order of the table. */
export const ATTACKS: readonly Attack[] = [
  { title: "/proc/PID/environ", method: "environ" },
  { title: "/proc/PID/mem", method: "mem" },
  { title: "process_vm_readv", method: "readv" },
  { title: "ptrace peek", method: "peek-all" },
  { title: "core dump", method: "core", isDeadly: true },
];

/** The result of an attack. */
export interface Outcome {
  readonly attack: Attack;
  /** On the unprotected process; when it finds nothing here, the row proves nothing. */
  readonly control: Loot;
  readonly wrapper: Loot;
}

/** Tries one attack on both processes. */
export async function runAttack(
  attack: Attack,
  stage: Stage,
): Promise<Outcome> {
  const control = await stage.steal(attack.method, stage.control.pid);
  const wrapper = await stage.steal(attack.method, stage.wrapper.pid);
  return { attack, control, wrapper };
}

/** Copies of all secrets together. */
export function countCopies({ copies }: Loot): number {
  return copies.reduce((sum, count) => sum + count, 0);
}
