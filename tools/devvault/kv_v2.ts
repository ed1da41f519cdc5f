/**
 * KV version 2: numbered versions, deleted ones that can come back, destroyed
 * ones that cannot.
 */
import {
  type Answer,
  DONE,
  envelope,
  notFound,
  Refusal,
  unsupportedOperation,
} from "./answer.ts";
import { listed } from "./kv.ts";
import { type Backend, list, type VaultRequest } from "./request.ts";

interface Version {
  data: Record<string, unknown> | null;
  readonly createdAt: string;
  deletedAt: string;
  destroyed: boolean;
}

/** One mount of the engine. */
export class KvV2 implements Backend {
  readonly type = "kv";
  readonly #secrets = new Map<string, Version[]>();

  handle(request: VaultRequest): Answer {
    const [, area = "", name = ""] =
      /^(data|metadata|delete|undelete|destroy)\/(.*)$/.exec(request.path) ??
        [];
    if (area === "") return strayPath(request);
    switch (area) {
      case "data":
        return this.#data(request, name);
      case "metadata":
        return this.#metadata(request, name);
      default:
        return this.#mark(request, area, name);
    }
  }

  #data(request: VaultRequest, name: string): Answer {
    switch (request.operation) {
      case "read":
        return this.#read(name, Number(request.query.get("version") ?? 0));
      case "write":
        return this.#write(name, request.body);
      case "delete":
        this.#each(name, [], (version) => version.deletedAt ||= now());
        return DONE;
      case "list":
        throw unsupportedOperation();
    }
  }

  #read(name: string, wanted: number): Answer {
    const versions = this.#secrets.get(name) ?? [];
    const number = wanted === 0 ? versions.length : wanted;
    const version = versions[number - 1];
    if (!version) throw notFound();
    const gone = version.deletedAt !== "" || version.destroyed;
    const data = {
      data: gone ? null : version.data,
      metadata: describe(version, number),
    };
    return envelope({ data }, gone ? 404 : 200);
  }

  #write(name: string, body: VaultRequest["body"]): Answer {
    const data = body.data;
    if (data === null || typeof data !== "object" || Array.isArray(data)) {
      throw new Refusal(400, "no data provided");
    }
    const version: Version = {
      data: { ...data },
      createdAt: now(),
      deletedAt: "",
      destroyed: false,
    };
    const versions = this.#secrets.get(name) ?? [];
    this.#secrets.set(name, [...versions, version]);
    return envelope({ data: describe(version, versions.length + 1) });
  }

  #metadata(request: VaultRequest, name: string): Answer {
    switch (request.operation) {
      case "read":
        return this.#overview(name);
      case "list":
        return listed([...this.#secrets.keys()], name);
      case "delete":
        this.#secrets.delete(name);
        return DONE;
      case "write":
        throw unsupportedOperation();
    }
  }

  #overview(name: string): Answer {
    const versions = this.#secrets.get(name);
    if (!versions) throw notFound();
    const all = versions.map((version, index) => [
      String(index + 1),
      {
        created_time: version.createdAt,
        deletion_time: version.deletedAt,
        destroyed: version.destroyed,
      },
    ]);
    return envelope({
      data: {
        cas_required: false,
        created_time: versions[0]?.createdAt,
        current_metadata_version: 0,
        current_version: versions.length,
        custom_metadata: null,
        delete_version_after: "0s",
        max_versions: 0,
        metadata_cas_required: false,
        oldest_version: 0,
        updated_time: versions.at(-1)?.createdAt,
        versions: Object.fromEntries(all),
      },
    });
  }

  #mark(request: VaultRequest, area: string, name: string): Answer {
    if (request.operation !== "write") throw unsupportedOperation();
    const numbers = list(request.body, "versions").map(Number);
    this.#each(name, numbers, (version) => {
      if (area === "undelete") version.deletedAt = "";
      if (area === "delete") version.deletedAt ||= now();
      if (area === "destroy") {
        version.destroyed = true;
        version.data = null;
      }
    });
    return DONE;
  }

  /** The named versions, or the newest when none is named. */
  #each(
    name: string,
    numbers: readonly number[],
    change: (version: Version) => void,
  ): void {
    const versions = this.#secrets.get(name) ?? [];
    const chosen = numbers.length > 0 ? numbers : [versions.length];
    for (const number of chosen) {
      const version = versions[number - 1];
      if (version) change(version);
    }
  }
}

function describe(version: Version, number: number): Record<string, unknown> {
  return {
    created_time: version.createdAt,
    custom_metadata: null,
    deletion_time: version.deletedAt,
    destroyed: version.destroyed,
    version: number,
  };
}

function strayPath(request: VaultRequest): Answer {
  const verb = request.operation === "write" ? "put" : "get";
  const warning =
    "Invalid path for a versioned K/V secrets engine. See the API docs for " +
    "the appropriate API endpoints to use. If using the OpenBao CLI, use " +
    `'bao kv ${verb}' for this operation.`;
  return envelope({ warnings: [warning] }, 404);
}

function now(): string {
  return new Date().toISOString();
}
