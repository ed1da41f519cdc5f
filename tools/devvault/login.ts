/** What all auth methods share: roles, and the token at the end of a login. */
import { randomUUID } from "node:crypto";
import { type Answer, envelope } from "./answer.ts";
import { authOf, withDefault } from "./auth_token.ts";
import { list, seconds, type VaultRequest } from "./request.ts";

/** A role as it was written. */
export type Role = Readonly<Record<string, unknown>>;

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
