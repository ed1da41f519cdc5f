/** JSON patches (RFC 6902) of the one operation that the mutations use. */
import { InternalError } from "@/base/errors.ts";

/** Sets a member of an object, or inserts into a list. */
export interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value: unknown;
}

type Node = Record<string, unknown>;

/** The changed object; `object` itself stays as it is. */
export function applyPatch<T extends object>(
  object: T,
  patch: readonly Operation[],
): T {
  const changed = structuredClone(object);
  for (const operation of patch) set(changed, operation);
  return changed;
}

function set(root: object, { op, path, value }: Operation): void {
  const keys = path.split("/").slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = keys.pop();
  let node: unknown = root;
  for (const key of keys) node = isNode(node) ? node[key] : undefined;
  const added = structuredClone(value);
  if (op !== "add" || last === undefined || !isNode(node)) {
    throw new InternalError(`unsupported patch: ${op} ${path}`);
  }
  if (Array.isArray(node)) node.splice(Number(last), 0, added);
  else node[last] = added;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null;
}
