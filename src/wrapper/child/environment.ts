/**
 * The application's environment: the original entries as raw bytes, without what
 * is meant for us, with the secrets in place of their references. Entries are
 * views on the kernel's block and on arenas; execve copies them, we do not.
 */
import { encodeCString, type EnvironmentEntry } from "@/process/own_image.ts";
import type { SplitEnvironment } from "./handoff.ts";

const OURS = ["CLOUDTASER_", "VAULT_", "BAO_"];

/** What the environment is made from. */
export interface ChildEnvironment {
  readonly original: readonly EnvironmentEntry[];
  /** `NAME=value\0` of each secret. */
  readonly secrets: readonly Uint8Array[];
  /** Names of these secrets: originals of the same name give way. */
  readonly secretNames: readonly string[];
  /** Names that stay although they are ours; `*` keeps all. */
  readonly passthrough: readonly string[];
}

/** The entries for execve, in the original order, secrets behind. */
export function makeChildEnvironment(from: ChildEnvironment): Uint8Array[] {
  const { plain, secrets } = splitChildEnvironment(from);
  return [...plain, ...secrets];
}

/** The same in its two parts. */
export function splitChildEnvironment(
  from: ChildEnvironment,
): SplitEnvironment {
  const replaced = new Set(from.secretNames);
  const kept = from.original.filter(({ name }) =>
    !replaced.has(name) &&
    (isTheirs(name) || isAskedFor(name, from.passthrough))
  );
  return { plain: kept.map((e) => e.entry), secrets: from.secrets };
}

/** The application's own value of a variable, or undefined. */
export function findVariable(
  environment: readonly Uint8Array[],
  name: string,
): Uint8Array | undefined {
  const prefix = encodeCString(`${name}=`).subarray(0, -1);
  const entry = environment.find((e) =>
    prefix.every((byte, i) => e[i] === byte)
  );
  return entry?.subarray(prefix.length, -1);
}

function isTheirs(name: string): boolean {
  return !OURS.some((prefix) => name.startsWith(prefix));
}

function isAskedFor(name: string, passthrough: readonly string[]): boolean {
  return passthrough.includes("*") || passthrough.includes(name);
}
