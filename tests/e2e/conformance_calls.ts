/**
 * The calls that both servers must answer alike, in their order: later ones
 * build on earlier ones. Data, not a test.
 */
import type { JwtSigner } from "../support/signed_jwt.ts";
import type { TokenReviewServer } from "../support/token_review.ts";
import type {
  ApiAnswer,
  ApiOptions,
  VaultServer,
} from "../support/vault_server.ts";
import { makeToken } from "../support/vault_setup.ts";

/** What is known of one server, and what calls keep for later ones. */
export interface Memory {
  readonly roleId: string;
  readonly secretId: string;
  readonly signer: JwtSigner;
  readonly reviews: TokenReviewServer;
  readonly kept: Record<string, string>;
}

/** One call; gives back the answer that is compared. */
export type Call = (server: VaultServer, memory: Memory) => Promise<ApiAnswer>;

/** node:http knows no method LIST, so the development Vault has only this. */
const LIST: ApiOptions = { query: "list=true" };
const K8S_JUNK = { role: "app", jwt: "junk" };
const CLAIMS = { sub: "me", aud: "vault", iss: "https://issuer.test" };
const SERVICE_ACCOUNT = {
  iss: "kubernetes/serviceaccount",
  "kubernetes.io": {
    namespace: "production",
    serviceaccount: {
      name: "payments",
      uid: "5d4f2e0a-0000-4000-8000-000000000001",
    },
  },
};

/** A call as root. */
function call(
  method: string,
  path: string,
  body?: unknown,
  options?: ApiOptions,
): Call {
  return (server) => server.api(method, path, body, options);
}

/** A login, which needs no token. */
function login(
  method: string,
  body: (memory: Memory) => Record<string, unknown>,
  certificate?: "client" | "server",
): Call {
  return (server, memory) => {
    const files = certificate && server.certificates[certificate];
    const identity = files && {
      cert: Deno.readTextFileSync(files.certFile),
      key: Deno.readTextFileSync(files.keyFile),
    };
    const options = { token: "", ...(identity ? { identity } : {}) };
    return server.api("POST", `auth/${method}/login`, body(memory), options);
  };
}

function jwt(claims: Record<string, unknown>, role = "app"): Call {
  return login("jwt", ({ signer }) => ({
    role,
    jwt: signer.sign({ ...CLAIMS, ...claims }),
  }));
}

function kubernetes(account: string, role = "app"): Call {
  return login("kubernetes", ({ signer, reviews }) => {
    const token = signer.sign({ ...SERVICE_ACCOUNT, for: account });
    if (account !== "nobody") reviews.accepted.set(token, account);
    return { role, jwt: token };
  });
}

/** Keeps a field of the answer under a name. */
function keep(
  name: string,
  field: (body: ApiAnswer["body"]) => string,
  made: Call,
): Call {
  return async (server, memory) => {
    const answer = await made(server, memory);
    memory.kept[name] = field(answer.body);
    return answer;
  };
}

/** A call with the token that was kept. */
function as(name: string, method: string, path: string, body?: unknown): Call {
  return (server, { kept }) =>
    server.api(method, path, body, { token: kept[name] ?? "" });
}

/** A call on the lease that was kept. */
function lease(verb: string, name: string, more = {}): Call {
  return (server, { kept }) =>
    server.api("POST", `sys/leases/${verb}`, {
      lease_id: kept[name],
      ...more,
    });
}

const token = (body: ApiAnswer["body"]) => body.auth.client_token;
const leaseId = (body: ApiAnswer["body"]) => body.lease_id;
const APP = ["app"];

/** Name → call. */
export const CALLS: readonly (readonly [string, Call])[] = [
  ["health of an active server", call("GET", "sys/health")],
  ["seal status", call("GET", "sys/seal-status")],
  ["a mount that exists", call("POST", "sys/mounts/kv", { type: "kv" })],
  ["an unknown engine", call("POST", "sys/mounts/zz", { type: "nosuch" })],

  ["KV v2: the newest version", call("GET", "secret/data/app")],
  ["KV v2: an old version", v("secret/data/app", 1)],
  ["KV v2: a version that is not there", v("secret/data/app", 9)],
  ["KV v2: nothing there", call("GET", "secret/data/none")],
  ["KV v2: no name", call("GET", "secret/data/")],
  ["KV v2: read with a path of v1", call("GET", "secret/app")],
  ["KV v2: write with a path of v1", call("POST", "secret/app", { a: 1 })],
  ["KV v2: write", call("POST", "secret/data/w", { data: { n: 1, o: {} } })],
  ["KV v2: read back", call("GET", "secret/data/w")],
  ["KV v2: delete", call("DELETE", "secret/data/w")],
  ["KV v2: deleted", call("GET", "secret/data/w")],
  ["KV v2: overview", call("GET", "secret/metadata/w")],
  ["KV v2: undelete", call("PUT", "secret/undelete/w", { versions: [1] })],
  ["KV v2: undeleted", call("GET", "secret/data/w")],
  ["KV v2: destroy", call("PUT", "secret/destroy/w", { versions: [1] })],
  ["KV v2: destroyed", v("secret/data/w", 1)],
  ["KV v2: list", call("GET", "secret/metadata/", undefined, LIST)],
  ["KV v1: read", call("GET", "kv/legacy")],
  ["KV v1: nothing there", call("GET", "kv/none")],
  ["KV v1: write", call("PUT", "kv/deep/x", { a: [1, "b"], c: null })],
  ["KV v1: read back", call("GET", "kv/deep/x")],
  ["KV v1: list", call("GET", "kv/", undefined, LIST)],
  ["KV v1: list a folder", call("GET", "kv/deep", undefined, LIST)],
  ["KV v1: delete", call("DELETE", "kv/deep/x")],
  ["KV v1: deleted", call("GET", "kv/deep/x")],
  ["no such mount", call("GET", "nomount/a")],
  ["a body that is no object", call("POST", "kv/legacy", "text")],

  ["the root token itself", call("GET", "auth/token/lookup-self")],
  ["the root token cannot be renewed", call("POST", "auth/token/renew-self")],
  ["a wrong token", call("GET", "kv/legacy", undefined, { token: "wrong" })],
  ["no token", call("GET", "kv/legacy", undefined, { token: "" })],
  ["no such method", login("nomethod", () => ({}))],
  [
    "a token is made",
    keep(
      "limited",
      token,
      call("POST", "auth/token/create", {
        policies: APP,
        ttl: "30s",
        explicit_max_ttl: "60s",
      }),
    ),
  ],
  ["it reads what it may", as("limited", "GET", "secret/data/app")],
  ["deny goes before allow", as("limited", "GET", "secret/data/forbidden")],
  ["it may not read this", as("limited", "GET", "sys/mounts")],
  ["it may not write this", as("limited", "POST", "kv/legacy", {})],
  ["it may not know that there is nothing", as("limited", "GET", "nomount/a")],
  ["it looks at itself", as("limited", "GET", "auth/token/lookup-self")],
  ["it renews itself", as("limited", "POST", "auth/token/renew-self", {})],
  [
    "it cannot live longer than its maximum",
    as("limited", "POST", "auth/token/renew-self", { increment: "90s" }),
  ],
  ["it ends itself", as("limited", "POST", "auth/token/revoke-self")],
  ["then it is unknown", as("limited", "GET", "auth/token/lookup-self")],
  ["and cannot be renewed", as("limited", "POST", "auth/token/renew-self")],
  [
    "a policy that is not there is a warning",
    call("POST", "auth/token/create", { policies: ["nosuch"], ttl: "9s" }),
  ],
  [
    "a token that is not renewable",
    keep(
      "fixed",
      token,
      call("POST", "auth/token/create", {
        policies: APP,
        ttl: "30s",
        renewable: false,
      }),
    ),
  ],
  ["cannot be renewed", as("fixed", "POST", "auth/token/renew-self")],

  ["approle", login("approle", (m) => both(m.roleId, m.secretId))],
  ["approle: wrong secret id", login("approle", (m) => both(m.roleId, "x"))],
  ["approle: wrong role id", login("approle", () => both("x", "x"))],
  ["approle: no secret id", login("approle", (m) => ({ role_id: m.roleId }))],
  ["approle: nothing", login("approle", () => ({}))],

  ["jwt", keep("jwt", token, jwt({}))],
  ["jwt: its token", as("jwt", "GET", "auth/token/lookup-self")],
  ["jwt: its token renewed", as("jwt", "POST", "auth/token/renew-self", {})],
  ["jwt: wrong audience", jwt({ aud: "x" })],
  ["jwt: wrong issuer", jwt({ iss: "x" })],
  ["jwt: expired", jwt({ iat: 900, nbf: 900, exp: 1000 })],
  ["jwt: unknown role", jwt({}, "nosuch")],
  ["jwt: no token at all", login("jwt", () => ({ role: "app", jwt: "x" }))],
  ["jwt: token missing", login("jwt", () => ({ role: "app" }))],
  ["jwt: role missing", login("jwt", (m) => ({ jwt: m.signer.sign(CLAIMS) }))],
  [
    "jwt: somebody else's signature",
    login("jwt", ({ signer }) => {
      const parts = signer.sign(CLAIMS).split(".");
      const other = signer.sign({ ...CLAIMS, sub: "you" }).split(".");
      return { role: "app", jwt: `${parts[0]}.${parts[1]}.${other[2]}` };
    }),
  ],

  ["kubernetes", kubernetes("production:payments")],
  ["kubernetes: unknown role", kubernetes("production:payments", "nosuch")],
  ["kubernetes: not a token of the cluster", kubernetes("nobody")],
  ["kubernetes: not a token", login("kubernetes", () => K8S_JUNK)],
  ["kubernetes: token missing", login("kubernetes", () => ({ role: "app" }))],

  ["cert", login("cert", () => ({ name: "app" }), "client")],
  ["cert: any role", login("cert", () => ({}), "client")],
  ["cert: unknown role", login("cert", () => ({ name: "no" }), "client")],
  ["cert: another name", login("cert", () => ({ name: "app" }), "server")],
  ["cert: none shown", login("cert", () => ({ name: "app" }))],

  ["database: unknown role", call("GET", "database/creds/nosuch")],
  ["database", keep("lease", leaseId, call("GET", "database/creds/r"))],
  ["lease renewed", lease("renew", "lease")],
  ["lease renewed for less", lease("renew", "lease", { increment: 20 })],
  ["lease beyond its maximum", lease("renew", "lease", { increment: 3600 })],
  ["lease looked up", lease("lookup", "lease")],
  ["lease revoked", lease("revoke", "lease")],
  ["lease gone: renew", lease("renew", "lease")],
  ["lease gone: lookup", lease("lookup", "lease")],
  ["lease gone: revoke", lease("revoke", "lease")],
  ["lease without an id", call("POST", "sys/leases/renew", {})],
  ["lease by GET", call("GET", "sys/leases/renew")],
  [
    "an ordinary token may renew and not revoke",
    async (server) => {
      const mine = { token: await makeToken(server) };
      const made = await server.api(
        "GET",
        "database/creds/r",
        undefined,
        mine,
      );
      const body = { lease_id: made.body.lease_id };
      await server.api("POST", "sys/leases/renew", body, mine);
      return server.api("POST", "sys/leases/revoke", body, mine);
    },
  ],

  ["a namespace", call("POST", "sys/namespaces/team", {})],
  ["an engine in it", inTeam("POST", "sys/mounts/secret", { type: "kv" })],
  ["a secret in it", inTeam("POST", "secret/a", { x: 1 })],
  ["read in it", inTeam("GET", "secret/a")],
  ["read by its path", call("GET", "team/secret/a")],
  [
    "no such namespace",
    call("GET", "secret/a", undefined, { namespace: "nosuch" }),
  ],
  [
    "another namespace's token",
    async (server) =>
      server.api("GET", "secret/a", undefined, {
        namespace: "team",
        token: await makeToken(server),
      }),
  ],

  ["an unknown path of sys", call("GET", "sys/nosuch")],
  ["an unknown path of a method", call("GET", "auth/token/nosuch")],
  ["a key that is none", call("PUT", "sys/unseal", { key: "00" })],
  ["sealing", call("PUT", "sys/seal")],
  ["health when sealed", call("GET", "sys/health")],
  ["seal status when sealed", call("GET", "sys/seal-status")],
  ["a secret when sealed", call("GET", "secret/data/app")],
  ["a login when sealed", jwt({})],
  ["unsealing without a key", call("PUT", "sys/unseal", {})],
  [
    "unsealed again",
    async (server) => {
      await server.unseal();
      return server.api("GET", "secret/data/app");
    },
  ],
  [
    "sealed after a restart",
    async (server) => {
      await server.restart({ sealed: true });
      return server.api("GET", "secret/data/app");
    },
  ],
];

function both(roleId: string, secretId: string): Record<string, string> {
  return { role_id: roleId, secret_id: secretId };
}

function v(path: string, version: number): Call {
  return call("GET", path, undefined, { query: `version=${version}` });
}

function inTeam(method: string, path: string, body?: unknown): Call {
  return call(method, path, body, { namespace: "team" });
}
