/** All parsers in TypeScript that read what others wrote. */
import type { Target } from "./target.ts";
import { AGENT_TARGETS } from "./targets/agent.ts";
import { HTTP_TARGETS } from "./targets/http.ts";
import { MACHINE_TARGETS } from "./targets/machine.ts";
import { PLANTED } from "./targets/planted.ts";
import { VAULT_TARGETS } from "./targets/vault.ts";

export const TARGETS: readonly Target[] = [
  ...AGENT_TARGETS,
  ...HTTP_TARGETS,
  ...VAULT_TARGETS,
  ...MACHINE_TARGETS,
];

/** The target of this name. Undefined: it is one in C, or none. */
export function findTarget(name: string): Target | undefined {
  return [...TARGETS, ...PLANTED].find((target) => target.name === name);
}
