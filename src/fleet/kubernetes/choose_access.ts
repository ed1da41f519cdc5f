/**
 * Chooses the cluster and the login: a context of the kubeconfigs, or the
 * service account of the pod that this program runs in.
 */
import type * as v from "valibot";
import { readRegularText } from "@/base/regular_file.ts";
import type { Access, ServerTrust } from "./access.ts";
import { FleetError } from "@/fleet/command/errors.ts";
import {
  CLUSTER,
  type ConfigEntry,
  type Kubeconfig,
  listKubeconfigs,
  readKubeconfigs,
} from "./kubeconfig.ts";
import { readLogin } from "./login.ts";
import { readPem } from "./pem.ts";
import { findProxy, parseProxy } from "./proxy.ts";
import { object, parse, SchemaError, text } from "./schema.ts";

/** Where the kubelet mounts a service account. */
const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

const CONTEXT = object({ cluster: text, user: text, namespace: text });

/** The user's choice. */
export interface AccessOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly variables: ReadonlyMap<string, string>;
  /** For tests. */
  readonly account?: string;
}

/** @throws FleetError */
export function chooseAccess(options: AccessOptions): Access {
  const { kubeconfig, variables, account = ACCOUNT } = options;
  const paths = listKubeconfigs(kubeconfig, variables);
  const config = readKubeconfigs(paths);
  if (config && (config.contexts.size > 0 || kubeconfig !== undefined)) {
    return fromContext(config, options.context, variables);
  }
  const inCluster = kubeconfig === undefined && options.context === undefined
    ? fromAccount(variables, account)
    : undefined;
  if (inCluster) return inCluster;
  throw new FleetError(
    `No cluster is configured: ${
      paths.length === 0 ? "no kubeconfig" : `cannot find ${paths.join(", ")}`
    }; use --kubeconfig or KUBECONFIG, or query one wrapper with --url or --pid`,
  );
}

function fromContext(
  config: Kubeconfig,
  wanted: string | undefined,
  variables: ReadonlyMap<string, string>,
): Access {
  const name = wanted ?? config.currentContext;
  if (name === undefined) {
    const known = [...config.contexts.keys()].join(", ") || "none";
    throw new FleetError(
      `The kubeconfig has no current context: use --context; available: ${known}`,
    );
  }
  try {
    const context = parseEntry(CONTEXT, find(config.contexts, "context", name));
    const entry = find(config.clusters, "cluster", context.cluster);
    const cluster = parseEntry(CLUSTER, entry);
    const { user } = context;
    const server = parseServer(cluster.server);
    return {
      name,
      namespace: checkNamespace(context.namespace || "default"),
      server,
      trust: readTrust(cluster, entry.folder, findProxy(server, variables)),
      login: user ? readLogin(find(config.users, "user", user), entry) : {},
    };
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    throw new FleetError(`Cannot use context ${name}: ${error.message}`);
  }
}

function find(
  entries: ReadonlyMap<string, ConfigEntry>,
  kind: string,
  name: string | null | undefined,
): ConfigEntry {
  const entry = entries.get(name ?? "");
  if (entry) return entry;
  const known = [...entries.keys()].join(", ") || "none";
  throw new SchemaError(
    `the kubeconfig has no ${kind} ${name ?? "name"}; available: ${known}`,
  );
}

function parseEntry<T>(
  schema: v.GenericSchema<unknown, T>,
  { body, place }: ConfigEntry,
): T {
  return parse(schema, body, place);
}

/** The namespace becomes part of a path. */
function checkNamespace(namespace: string): string {
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace)) return namespace;
  throw new SchemaError("namespace is not the name of a namespace");
}

/** Messages do not quote the address, which may contain a password. */
function parseServer(text: string | null | undefined): URL {
  const url = text && URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new SchemaError("server is not https://HOST:PORT");
  }
  if (url.username !== "" || url.password !== "") {
    throw new SchemaError("server contains a user name: use a user entry");
  }
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

function readTrust(
  body: v.InferOutput<typeof CLUSTER>,
  folder: string,
  inherited: string | undefined,
): ServerTrust {
  const ca = readPem({ body, folder, name: "certificate-authority" });
  const insecure = body["insecure-skip-tls-verify"];
  const serverName = body["tls-server-name"];
  const own = body["proxy-url"];
  const proxy = own ? parseProxy(own, "proxy-url") : inherited;
  if (insecure && ca !== undefined) {
    throw new SchemaError(
      "insecure-skip-tls-verify and certificate-authority exclude each other",
    );
  }
  if (proxy && (insecure || serverName)) {
    throw new SchemaError(
      `${
        own ? "proxy-url" : "a proxy of the environment"
      } is not supported together with insecure-skip-tls-verify or tls-server-name${
        own ? "" : "; NO_PROXY exempts the server"
      }`,
    );
  }
  return {
    insecure,
    ...(ca !== undefined && { ca }),
    ...(serverName && { serverName }),
    ...(proxy && { proxy }),
  };
}

/** Every pod has a service account, unless its specification disables it. */
function fromAccount(
  variables: ReadonlyMap<string, string>,
  folder: string,
): Access | undefined {
  const host = variables.get("KUBERNETES_SERVICE_HOST");
  const port = variables.get("KUBERNETES_SERVICE_PORT") ?? "443";
  if (!host) return undefined;
  const name = host.includes(":") ? `[${host}]` : host;
  try {
    return {
      name: "in-cluster",
      server: new URL(`https://${name}:${port}/`),
      namespace: readRegularText(`${folder}/namespace`).trim(),
      trust: { insecure: false, ca: readRegularText(`${folder}/ca.crt`) },
      login: { tokenFile: `${folder}/token` },
    };
  } catch {
    // No service account is mounted.
    return undefined;
  }
}
