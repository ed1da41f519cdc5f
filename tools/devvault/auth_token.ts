/** The method `token`: what a token can learn about itself and do to itself. */
import {
  type Answer,
  DONE,
  envelope,
  unsupportedOperation,
  unsupportedPath,
} from "./answer.ts";
import {
  type Backend,
  list,
  seconds,
  text,
  tokenOf,
  type VaultRequest,
} from "./request.ts";
import { secondsRemaining } from "./lifetime.ts";
import { secondsLeft, type Token } from "./tokens.ts";

/** auth/token/ of one namespace. */
export class TokenAuth implements Backend {
  readonly type = "token";

  handle(request: VaultRequest): Answer {
    switch (`${request.operation} ${request.path}`) {
      case "read lookup-self":
        return envelope({ data: describe(tokenOf(request)) });
      case "write renew-self":
        return renew(request);
      case "write revoke-self":
        request.core.tokens.revoke(tokenOf(request));
        return DONE;
      case "write create":
        return create(request);
      case "write revoke":
        request.core.tokens.revoke(
          request.core.tokens.find(text(request.body, "token")),
        );
        return DONE;
    }
    const known = /^(lookup-self|renew-self|revoke-self|create|revoke)$/;
    throw known.test(request.path) ? unsupportedOperation() : unsupportedPath();
  }
}

function renew(request: VaultRequest): Answer {
  const token = tokenOf(request);
  const wanted = seconds(request.body, "increment");
  const { warnings } = request.core.tokens.renew(token, wanted);
  return envelope({ auth: authOf(token), warnings });
}

function create(request: VaultRequest): Answer {
  const { body, core, namespace } = request;
  const parent = tokenOf(request);
  const asked = list(body, "policies");
  const policies = asked.length > 0 ? withDefault(asked) : parent.policies;
  const unknown = policies.filter((name) =>
    name !== "root" && !namespace.policies.has(name)
  );
  const life = seconds(body, "ttl");
  const max = seconds(body, "explicit_max_ttl");
  const token = core.tokens.issue({
    policies,
    path: "auth/token/create",
    namespace: namespace.path,
    displayName: "token",
    parent: parent.id,
    renewable: body.renewable !== false,
    ...(life ? { seconds: life } : {}),
    ...(max ? { explicitMaxSeconds: max } : {}),
  });
  return envelope({
    auth: authOf(token),
    warnings: unknown.map((name) => `Policy "${name}" does not exist`),
  });
}

/** Policy names as Vault keeps them: sorted, with `default`. */
export function withDefault(policies: readonly string[]): string[] {
  if (policies.includes("root")) return ["root"];
  return [...new Set([...policies, "default"])].sort();
}

/** The `auth` part of an answer. */
export function authOf(token: Token): Record<string, unknown> {
  return {
    client_token: token.id,
    accessor: token.accessor,
    policies: token.policies,
    token_policies: token.policies,
    metadata: token.metadata,
    lease_duration: secondsLeft(token),
    renewable: token.renewable && token.expiresAt !== undefined,
    entity_id: token.entityId,
    token_type: "service",
    orphan: token.orphan,
    mfa_requirement: null,
    num_uses: 0,
  };
}

function describe(token: Token): Record<string, unknown> {
  const end = token.expiresAt;
  const mortal = end === undefined ? {} : {
    issue_time: new Date(token.createdAt).toISOString(),
    renewable: token.renewable,
  };
  return {
    accessor: token.accessor,
    creation_time: Math.floor(token.createdAt / 1000),
    creation_ttl: token.creationSeconds,
    display_name: token.displayName,
    entity_id: token.entityId,
    expire_time: end === undefined ? null : new Date(end).toISOString(),
    explicit_max_ttl: token.explicitMaxSeconds,
    id: token.id,
    meta: token.metadata,
    num_uses: 0,
    orphan: token.orphan,
    path: token.path,
    policies: token.policies,
    ttl: secondsRemaining(token.expiresAt),
    type: "service",
    ...mortal,
  };
}
