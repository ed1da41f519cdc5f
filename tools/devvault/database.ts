/**
 * The engine `database` without a database: credentials with leases, and a
 * log of what was made and taken back, in the form that PostgreSQL's plugin
 * gives them.
 */
import {
  type Answer,
  DONE,
  envelope,
  notFound,
  Refusal,
  unsupportedOperation,
  unsupportedPath,
} from "./answer.ts";
import {
  type Backend,
  seconds,
  tokenOf,
  type VaultRequest,
} from "./request.ts";
import { letters, SYSTEM_MAX_SECONDS } from "./tokens.ts";

/** One entry of the log; times are milliseconds since the epoch. */
export interface Credential {
  readonly username: string;
  readonly role: string;
  readonly leaseId: string;
  readonly issuedAt: number;
  revokedAt: number | undefined;
}

interface Role {
  readonly body: Readonly<Record<string, unknown>>;
  readonly seconds: number;
  readonly maxSeconds: number;
}

/** One mount of the engine. */
export class Database implements Backend {
  readonly type = "database";
  readonly #roles = new Map<string, Role>();

  handle(request: VaultRequest): Answer {
    const [area = "", name = ""] = request.path.split(/\/(.*)/);
    switch (area) {
      case "config":
        return DONE;
      case "roles":
        return this.#role(request, name);
      case "creds":
        if (request.operation !== "read") throw unsupportedOperation();
        return this.#issue(request, name);
    }
    throw unsupportedPath();
  }

  #role(request: VaultRequest, name: string): Answer {
    const { operation, body } = request;
    if (operation === "write") {
      const max = seconds(body, "max_ttl") || SYSTEM_MAX_SECONDS;
      const usual = seconds(body, "default_ttl") || max;
      this.#roles.set(name, { body, seconds: usual, maxSeconds: max });
      return DONE;
    }
    if (operation === "delete") {
      this.#roles.delete(name);
      return DONE;
    }
    const role = this.#roles.get(name);
    if (!role) throw notFound();
    return envelope({ data: role.body });
  }

  #issue(request: VaultRequest, name: string): Answer {
    const role = this.#roles.get(name);
    if (!role) throw new Refusal(400, `unknown role: ${name}`);
    const { core, namespace, mount } = request;
    const token = tokenOf(request);
    const stamp = Math.floor(Date.now() / 1000);
    const who = token.displayName.slice(0, 8);
    const username = `v-${who}-${name.slice(0, 8)}-${letters(20)}-${stamp}`;
    const lease = core.leases.issue({
      path: `${namespace.path}${mount}creds/${name}`,
      token,
      seconds: role.seconds,
      maxSeconds: role.maxSeconds,
      onEnd: (at) => credential.revokedAt = at,
    });
    const credential: Credential = {
      username,
      role: name,
      leaseId: lease.id,
      issuedAt: lease.issuedAt,
      revokedAt: undefined,
    };
    core.credentials.push(credential);
    return envelope({
      data: { password: `${letters(10)}-${letters(9)}`, username },
      leaseId: lease.id,
      leaseSeconds: lease.defaultSeconds,
      renewable: true,
    });
  }
}
