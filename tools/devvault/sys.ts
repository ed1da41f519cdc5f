/** sys/: health, seal, mounts, methods, policies, namespaces, leases. */
import {
  type Answer,
  DONE,
  envelope,
  notFound,
  Refusal,
  unsupportedOperation,
  unsupportedPath,
} from "./answer.ts";
import type { Core } from "./core.ts";
import { leasesEndpoint } from "./sys_leases.ts";
import { parsePolicy } from "./policies.ts";
import { makeEngine, makeMethod } from "./mounts.ts";
import type { Namespace } from "./namespace.ts";
import { type Backend, text, type VaultRequest } from "./request.ts";

const VERSION = "2.7.2";
const CLUSTER = "vault-cluster-devvault";

type Endpoint = (request: VaultRequest, rest: string) => Answer;

/** First part of the path → what answers there. */
const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  health: ({ core, query }) => health(core, query),
  "seal-status": ({ core }) => ({ status: 200, body: sealStatus(core) }),
  seal: ({ core }) => {
    core.sealed = true;
    return DONE;
  },
  unseal: ({ core, body }) => unseal(core, text(body, "key")),
  mounts: (request, rest) => mount(request, rest),
  auth: (request, rest) => enableMethod(request, rest),
  policies: (request, rest) => policy(request, rest),
  namespaces: (request, rest) => addNamespace(request, rest),
  leases: leasesEndpoint,
};

/** sys/ of one namespace. */
export function makeSys(): Backend {
  return { type: "system", handle: answer };
}

function answer(request: VaultRequest): Answer {
  const [first = "", rest = ""] = request.path.split(/\/(.*)/);
  const endpoint = Object.hasOwn(ENDPOINTS, first)
    ? ENDPOINTS[first]
    : undefined;
  if (!endpoint) throw unsupportedPath();
  return endpoint(request, rest);
}

function health(core: Core, query: URLSearchParams): Answer {
  const active = !core.sealed && !core.standby;
  const code = (name: string, usual: number) =>
    Number(query.get(name) ?? usual);
  const status = core.sealed
    ? code("sealedcode", 503)
    : core.standby
    ? code("standbycode", core.standby.status)
    : code("activecode", 200);
  return {
    status,
    body: {
      initialized: true,
      sealed: core.sealed,
      standby: !active,
      replication_performance_mode: core.sealed ? "unknown" : "primary",
      replication_dr_mode: core.sealed ? "unknown" : "disabled",
      server_time_utc: Math.floor(Date.now() / 1000),
      version: VERSION,
      ...cluster(core),
    },
  };
}

function sealStatus(core: Core): Record<string, unknown> {
  return {
    type: "shamir",
    initialized: true,
    sealed: core.sealed,
    t: 1,
    n: 1,
    progress: 0,
    nonce: "",
    recovery_seal: false,
    version: VERSION,
    commit_date: "2026-10-26T20:32:27Z",
    migration: false,
    ...cluster(core),
    storage_type: "inmem",
  };
}

function cluster(core: Core): Record<string, string> {
  if (core.sealed) return {};
  return { cluster_name: CLUSTER, cluster_id: core.clusterId };
}

function unseal(core: Core, key: string): Answer {
  if (key === "") {
    const complaint =
      "'key' must be specified in request body as JSON, or 'reset' set to true";
    throw new Refusal(400, complaint);
  }
  if (!/^([0-9a-f]{64}|[A-Za-z0-9+/]{43}=)$/.test(key)) {
    throw new Refusal(400, "'key' must be a valid hex or base64 string");
  }
  if (key !== core.unsealKey) throw new Refusal(400, "invalid key");
  core.sealed = false;
  return { status: 200, body: sealStatus(core) };
}

function mount(request: VaultRequest, rest: string): Answer {
  const { namespace, operation, body } = request;
  const path = `${rest.replace(/\/+$/, "")}/`;
  if (operation === "read") {
    const shown = [...namespace.mounts].filter(([name]) =>
      !name.startsWith("auth/")
    );
    const data = Object.fromEntries(
      shown.map(([name, backend]) => [name, { type: backend.type }]),
    );
    return envelope({ data });
  }
  if (operation === "delete") {
    namespace.mounts.delete(path);
    return DONE;
  }
  taken(request, path);
  const options = Object(body.options) as Record<string, unknown>;
  const engine = makeEngine(text(body, "type"), text(options, "version"));
  namespace.mounts.set(path, engine);
  return DONE;
}

function enableMethod(request: VaultRequest, rest: string): Answer {
  if (request.operation !== "write") throw unsupportedOperation();
  const path = `auth/${rest.replace(/\/+$/, "")}/`;
  taken(request, path);
  const method = makeMethod(text(request.body, "type"));
  request.namespace.mounts.set(path, method);
  return DONE;
}

function taken(request: VaultRequest, path: string): void {
  if (!request.namespace.mounts.has(path)) return;
  const shown = path.replace(/^auth\//, "");
  throw new Refusal(400, `path is already in use at ${shown}`);
}

function policy(request: VaultRequest, rest: string): Answer {
  const { namespace, operation, body } = request;
  const name = rest.replace(/^acl\//, "");
  switch (operation) {
    case "write":
      return setPolicy(namespace, name, text(body, "policy"));
    case "delete":
      namespace.policies.delete(name);
      return DONE;
    case "read": {
      const known = namespace.policies.get(name);
      if (!known) throw notFound();
      return envelope({ data: { name, policy: known.source } });
    }
    case "list":
      return envelope({ data: { keys: [...namespace.policies.keys()] } });
  }
}

function setPolicy(namespace: Namespace, name: string, source: string): Answer {
  namespace.policies.set(name, { source, rules: parsePolicy(source) });
  return DONE;
}

function addNamespace(request: VaultRequest, rest: string): Answer {
  if (request.operation !== "write") throw unsupportedOperation();
  const path = `${request.namespace.path}${rest}/`;
  request.core.addNamespace(path);
  return envelope({
    data: {
      custom_metadata: {},
      id: rest,
      locked: false,
      path: `${rest}/`,
      tainted: false,
      uuid: crypto.randomUUID(),
    },
  });
}
