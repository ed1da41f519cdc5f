/** The requests of a plan: each path, version and write once. */
import { encodePath } from "@/fetcher/vault/client/path.ts";
import type { Plan, SecretRequest } from "@/protocol/fetcher/plan.ts";

/** One request. */
export interface Wanted {
  readonly path: string;
  readonly encoded: string;
  readonly version: number | undefined;
  /** The JSON object to write; undefined: read. */
  readonly write: string | undefined;
  /** The variables that need it, or `all fields`; for messages. */
  readonly uses: string[];
}

/** Equal for the same secret, however its path is written. */
export function secretKey({ path, version, write }: SecretRequest): string {
  const data = write === undefined ? "" : `#${write}`;
  return `${encodePath(path)}#${version ?? ""}${data}`;
}

/**
 * The requests of a plan, each once.
 *
 * @throws ConfigError for an invalid path
 */
export function listWanted(plan: Plan): Map<string, Wanted> {
  const all = new Map<string, Wanted>();
  const add = (request: SecretRequest, use: string) => {
    const { path, version, write } = request;
    const key = secretKey(request);
    const wanted = all.get(key) ??
      { path, version, write, encoded: encodePath(path), uses: [] };
    if (!wanted.uses.includes(use)) wanted.uses.push(use);
    all.set(key, wanted);
  };
  for (const { name, parts } of plan.deliveries) {
    for (const part of parts) if ("path" in part) add(part, name);
  }
  for (const bulk of plan.bulk) add(bulk, "all fields");
  return all;
}
