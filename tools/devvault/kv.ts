/** KV version 1: a path holds the last thing that was written to it. */
import { type Answer, DONE, envelope, notFound } from "./answer.ts";
import type { Backend, VaultRequest } from "./request.ts";
import { SYSTEM_MAX_SECONDS } from "./tokens.ts";

/** One mount of the engine. */
export class KvV1 implements Backend {
  readonly type = "kv";
  readonly #values = new Map<string, Record<string, unknown>>();

  handle(request: VaultRequest): Answer {
    const { operation, path } = request;
    switch (operation) {
      case "read":
        return this.#read(path);
      case "write":
        this.#values.set(path, { ...request.body });
        return DONE;
      case "delete":
        this.#values.delete(path);
        return DONE;
      case "list":
        return listed([...this.#values.keys()], path);
    }
  }

  #read(path: string): Answer {
    const data = this.#values.get(path);
    if (!data) throw notFound();
    return envelope({ data, leaseSeconds: SYSTEM_MAX_SECONDS });
  }
}

/** LIST: the names right below `path`, folders with their slash. */
export function listed(paths: readonly string[], path: string): Answer {
  const folder = path === "" || path.endsWith("/") ? path : `${path}/`;
  const names = paths.filter((name) => name.startsWith(folder))
    .map((name) => name.slice(folder.length).replace(/\/.*/, "/"));
  if (names.length === 0) throw notFound();
  return envelope({ data: { keys: [...new Set(names)].sort() } });
}
