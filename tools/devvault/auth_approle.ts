/** The method `approle`: a role's id and one of its secret ids. */
import { randomUUID } from "node:crypto";
import {
  type Answer,
  DONE,
  envelope,
  notFound,
  Refusal,
  unsupportedPath,
} from "./answer.ts";
import { loggedIn, type Role } from "./login.ts";
import { type Backend, text, type VaultRequest } from "./request.ts";

interface Entry {
  readonly name: string;
  readonly roleId: string;
  readonly secretIds: Set<string>;
  body: Role;
}

/** One mount of the method. */
export class AppRoleAuth implements Backend {
  readonly type = "approle";
  readonly #roles = new Map<string, Entry>();

  handle(request: VaultRequest): Answer {
    if (request.path === "login") return this.#login(request);
    const [area, name = "", part = ""] = request.path.split("/");
    if (area !== "role" || name === "") throw unsupportedPath();
    if (part === "") return this.#write(request, name);
    const entry = this.#roles.get(name);
    if (!entry) throw notFound();
    if (part === "role-id") {
      return envelope({ data: { role_id: entry.roleId } });
    }
    if (part === "secret-id") return this.#secretId(entry);
    throw unsupportedPath();
  }

  #write(request: VaultRequest, name: string): Answer {
    const known = this.#roles.get(name);
    if (request.operation === "read") {
      if (!known) throw notFound();
      return envelope({ data: known.body });
    }
    if (request.operation === "delete") {
      this.#roles.delete(name);
      return DONE;
    }
    const entry = known ??
      { name, roleId: randomUUID(), secretIds: new Set<string>(), body: {} };
    entry.body = request.body;
    this.#roles.set(name, entry);
    return DONE;
  }

  #secretId(entry: Entry): Answer {
    const id = randomUUID();
    entry.secretIds.add(id);
    return envelope({
      data: {
        secret_id: id,
        secret_id_accessor: randomUUID(),
        secret_id_num_uses: 0,
        secret_id_ttl: 0,
      },
    });
  }

  #login(request: VaultRequest): Answer {
    const roleId = text(request.body, "role_id");
    const secretId = text(request.body, "secret_id");
    if (roleId === "") throw new Refusal(500, "missing role_id");
    if (secretId === "") throw new Refusal(400, "missing secret_id");
    const entry = [...this.#roles.values()]
      .find((each) => each.roleId === roleId);
    if (!entry?.secretIds.has(secretId)) {
      throw new Refusal(400, "invalid role or secret ID");
    }
    return loggedIn(request, {
      role: entry.body,
      displayName: "approle",
      metadata: { role_name: entry.name },
    });
  }
}
