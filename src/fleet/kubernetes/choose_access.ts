/**
 * From what there is to one way into one cluster: a context of the kubeconfigs,
 * or the service account of the pod that we run in.
 */
import { readRegularText } from "@/base/regular_file.ts";
import type { Access, ServerTrust } from "./access.ts";
import { FleetError } from "@/fleet/command/failure.ts";
import {
  type ConfigEntry,
  type Kubeconfig,
  listKubeconfigs,
  readKubeconfigs,
} from "./kubeconfig.ts";
import { readLogin } from "./login.ts";
import { readPem } from "./pem.ts";
import { findProxy, parseProxy } from "./proxy.ts";
import { type Shape, ShapeError } from "./shape.ts";

/** Where the kubelet puts a service account. */
const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Where to look. */
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
    `No cluster is known: there is no ${
      paths.join(", no ") || "kubeconfig"
    }; give --kubeconfig, KUBECONFIG, or ask one wrapper with --url or --pid`,
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
      `The kubeconfig has no current context: give --context, there is ${known}`,
    );
  }
  try {
    const context = find(config.contexts, "context", name).body;
    const cluster = find(config.clusters, "cluster", context.text("cluster"));
    const user = context.text("user");
    const server = parseServer(cluster.body.text("server"));
    return {
      name,
      namespace: readNamespace(context),
      server,
      trust: readTrust(cluster, findProxy(server, variables)),
      login: user ? readLogin(find(config.users, "user", user), cluster) : {},
    };
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new FleetError(`Context ${name} cannot be used: ${error.message}`);
  }
}

function find(
  entries: ReadonlyMap<string, ConfigEntry>,
  kind: string,
  name: string | undefined,
): ConfigEntry {
  const entry = name === undefined ? undefined : entries.get(name);
  if (entry) return entry;
  const known = [...entries.keys()].join(", ") || "none";
  throw new ShapeError(`the kubeconfig has no ${kind} ${name}, but ${known}`);
}

/** It becomes part of a path. */
function readNamespace(context: Shape): string {
  const namespace = context.text("namespace") || "default";
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace)) return namespace;
  throw new ShapeError("its namespace is no name of a namespace");
}

/** Never quotes it: some people write user and password into addresses. */
function parseServer(text: string | undefined): URL {
  const url = text && URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new ShapeError("its server is no https://HOST:PORT");
  }
  if (url.username !== "" || url.password !== "") {
    throw new ShapeError("its server's address holds a user: use a user entry");
  }
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

function readTrust(
  { body, folder }: ConfigEntry,
  inherited: string | undefined,
): ServerTrust {
  const ca = readPem({ body, folder, name: "certificate-authority" });
  const insecure = body.flag("insecure-skip-tls-verify");
  const serverName = body.text("tls-server-name");
  const own = body.text("proxy-url");
  const proxy = own ? parseProxy(own, "its proxy-url") : inherited;
  if (insecure && ca !== undefined) {
    throw new ShapeError(
      "insecure-skip-tls-verify and certificate-authority exclude each other",
    );
  }
  if (proxy && (insecure || serverName)) {
    throw new ShapeError(
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

/** What every pod has, unless it was told not to. */
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
      trust: {
        insecure: false,
        ca: readRegularText(`${folder}/ca.crt`),
      },
      login: { tokenFile: `${folder}/token` },
    };
  } catch {
    // No service account is mounted: then there is no cluster for us.
    return undefined;
  }
}
