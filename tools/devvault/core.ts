/**
 * The server without HTTP: namespaces, what is mounted in them, tokens,
 * leases, seal. A request comes in, an answer goes out.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { type Answer, badToken, forbidden, Refusal } from "./answer.ts";
import { LeaseStore } from "./leases.ts";
import { makeNamespace, type Namespace } from "./namespace.ts";
import { allows, type Operation } from "./policies.ts";
import type { Backend, PeerCertificate } from "./request.ts";
import { type Token, TokenStore } from "./tokens.ts";
import type { Credential } from "./database.ts";

/** A request as it came in; `path` is what follows /v1/. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly token: string;
  readonly namespace: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly peer?: PeerCertificate;
}

/** Another node is active: what sys/health says, and where that node is. */
export interface Standby {
  /** 429 standby, 472 disaster recovery secondary, 473 performance standby. */
  readonly status: 429 | 472 | 473;
  /** Base URL of the active node; without it requests fail with 500. */
  readonly leader?: string;
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  GET: "read",
  HEAD: "read",
  POST: "write",
  PUT: "write",
  DELETE: "delete",
  LIST: "list",
};

const OPEN_SYS = /^sys\/(health|seal-status|init|unseal)$/;
const OPEN_LOGIN = /^auth\/.+\/login$/;

/** State of one development Vault. */
export class Core {
  readonly namespaces = new Map<string, Namespace>();
  readonly leases = new LeaseStore();
  readonly tokens = new TokenStore((token, at) =>
    this.leases.revokeOf(token.id, at)
  );
  readonly root: Token;
  readonly unsealKey = randomBytes(32).toString("hex");
  readonly clusterId = randomUUID();
  /** Tokens that kubernetes and jwt logins take without looking at them. */
  readonly acceptedJwts: ReadonlySet<string>;
  /** Every credential that the database engine has made. */
  readonly credentials: Credential[] = [];
  sealed = false;
  standby: Standby | undefined;

  constructor(
    options: { rootToken?: string; acceptedJwts?: readonly string[] } = {},
  ) {
    this.acceptedJwts = new Set(options.acceptedJwts ?? []);
    this.addNamespace("");
    this.root = this.tokens.issue({
      policies: ["root"],
      path: "auth/token/root",
      namespace: "",
      displayName: "root",
      orphan: true,
      ...(options.rootToken ? { id: options.rootToken } : {}),
    });
  }

  /** A new namespace with its own sys, tokens and policies. */
  addNamespace(path: string): void {
    this.namespaces.set(path, makeNamespace(path));
  }

  /** Answers one request; refusals are answers too. */
  async handle(raw: RawRequest): Promise<Answer> {
    try {
      return await this.#route(raw);
    } catch (error) {
      if (error instanceof Refusal) return error.toAnswer();
      throw error;
    }
  }

  #route(raw: RawRequest): Answer | Promise<Answer> {
    this.leases.sweep();
    const aside = this.#whileNotActive(raw);
    if (aside) return aside;
    const { namespace, path } = this.#enter(raw);
    const operation = operationOf(raw);
    const open = OPEN_SYS.test(path) || OPEN_LOGIN.test(path);
    const token = open ? undefined : this.#authorise(raw, namespace, path);
    const [mount, backend] = mountOf(namespace, path) ?? [];
    if (!mount || !backend) {
      if (open) throw badToken();
      const text = `no handler for route "${path}". route entry not found.`;
      throw new Refusal(404, text);
    }
    return backend.handle({
      core: this,
      namespace,
      operation,
      mount,
      path: path.slice(mount.length),
      query: raw.query,
      body: raw.body,
      ...(token ? { token } : {}),
      ...(raw.peer ? { peer: raw.peer } : {}),
    });
  }

  /** Sealed and standby servers answer almost nothing themselves. */
  #whileNotActive(raw: RawRequest): Answer | undefined {
    if (OPEN_SYS.test(raw.path)) return undefined;
    if (this.sealed) throw new Refusal(503, "Vault is sealed");
    if (!this.standby) return undefined;
    if (!this.standby.leader) {
      const text = "local node not active but active cluster node not found";
      throw new Refusal(500, text);
    }
    const query = raw.query.size > 0 ? `?${raw.query}` : "";
    const location = `${this.standby.leader}/v1/${raw.path}${query}`;
    return { status: 307, headers: { location } };
  }

  /** Namespaces come in the header, or as the beginning of the path. */
  #enter(raw: RawRequest): { namespace: Namespace; path: string } {
    const wanted = raw.namespace.replace(/^\/+|\/+$/g, "");
    const whole = wanted === "" ? raw.path : `${wanted}/${raw.path}`;
    const known = [...this.namespaces.values()]
      .filter((namespace) => whole.startsWith(namespace.path))
      .sort((a, b) => b.path.length - a.path.length)[0];
    if (!known || known.path.length < wanted.length) {
      throw new Refusal(404, "namespace not found");
    }
    return { namespace: known, path: whole.slice(known.path.length) };
  }

  #authorise(raw: RawRequest, namespace: Namespace, path: string): Token {
    const token = this.tokens.find(raw.token);
    if (token.policies.includes("root")) return token;
    const home = this.namespaces.get(token.namespace);
    const inside = namespace.path.startsWith(token.namespace);
    const rules = token.policies.flatMap((name) =>
      home?.policies.get(name)?.rules ?? []
    );
    const seen = namespace.path.slice(token.namespace.length) + path;
    if (!inside || !allows(rules, seen, operationOf(raw))) throw forbidden();
    return token;
  }
}

function operationOf(raw: RawRequest): Operation {
  const operation = OPERATIONS[raw.method];
  if (!operation) throw new Refusal(405);
  const asList = operation === "read" && raw.query.get("list") === "true";
  return asList ? "list" : operation;
}

function mountOf(
  namespace: Namespace,
  path: string,
): [string, Backend] | undefined {
  return [...namespace.mounts]
    .filter(([mount]) => `${path}/`.startsWith(mount))
    .sort(([a], [b]) => b.length - a.length)[0];
}
