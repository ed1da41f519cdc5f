/** What auth methods share: configuration, roles, and the token at the end of a login. */
import { randomUUID } from "node:crypto";
import { type Answer, DONE, envelope, unsupportedPath } from "./answer.ts";
import { authOf, withDefault } from "./auth_token.ts";
import { type Backend, list, seconds, type VaultRequest } from "./request.ts";

/** A role as it was written. */
export type Role = Readonly<Record<string, unknown>>;

/** One mount of a method whose roles and configuration are kept as they were written. */
export abstract class RoleMethod implements Backend {
  abstract readonly type: string;
  /** Under which path its roles are written. */
  readonly #area: string;
  protected readonly roles = new Map<string, Role>();
  protected configuration: Role = {};

  constructor(area: string) {
    this.#area = area;
  }

  /** Answers a login, or throws what is wrong with it. */
  protected abstract login(request: VaultRequest): Answer | Promise<Answer>;

  handle(request: VaultRequest): Answer | Promise<Answer> {
    const [area, name = ""] = request.path.split("/");
    switch (area) {
      case "login":
        return this.login(request);
      case "config":
        this.configuration = request.body;
        return DONE;
      case this.#area:
        this.roles.set(name, request.body);
        return DONE;
    }
    throw unsupportedPath();
  }
}

/** Who has logged in. */
export interface Login {
  readonly role: Role;
  readonly displayName: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The answer to a login that went well: a new token with the role's limits. */
export function loggedIn(request: VaultRequest, login: Login): Answer {
  const { core, namespace, mount } = request;
  const life = seconds(login.role, "token_ttl");
  const max = seconds(login.role, "token_max_ttl");
  const explicit = seconds(login.role, "token_explicit_max_ttl");
  const token = core.tokens.issue({
    policies: withDefault(list(login.role, "token_policies")),
    path: `${mount}login`,
    namespace: namespace.path,
    displayName: login.displayName,
    metadata: login.metadata,
    entityId: randomUUID(),
    orphan: true,
    ...(life ? { seconds: life } : {}),
    ...(max ? { maxSeconds: max } : {}),
    ...(explicit ? { explicitMaxSeconds: explicit } : {}),
  });
  return envelope({ auth: authOf(token) });
}
