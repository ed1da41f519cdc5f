/**
 * An API server with the requests of `status`: paged lists, single pods, the pod
 * proxy, other objects by their path, and TLS with client certificates. The test chooses what responds behind
 * the proxy: a real wrapper, a text, or a hostile handler.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import * as http from "node:http";
import type { TLSSocket } from "node:tls";
import {
  type Certificates,
  makeCertificates,
} from "../../tools/openbao/certificates.ts";
import { LoopbackServer } from "../support/loopback_server.ts";

/** The response of a pod's port: a body, a body with a status, from an address, or of a handler. */
export type Backend =
  | string
  | { readonly address: string }
  | { readonly body: string; readonly status: number }
  | ((response: ServerResponse) => void);

/** One request to the server. */
export interface Seen {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** Common name of the client's certificate. */
  readonly client: string | undefined;
}

const PATH =
  /^\/api\/v1(?:\/namespaces\/([^/]+))?\/pods(?:\/([^/:]+)(?::(\d+)\/proxy\/v1\/status)?)?$/;

/** A server on loopback; `await using`. */
export class ApiServer implements AsyncDisposable {
  /** Folder for certificates, and for files of tests. */
  readonly folder: string;
  readonly certificates: Certificates;
  /** Pods as in the API. */
  pods: Record<string, unknown>[] = [];
  /** `namespace/pod:port` → its response. */
  readonly backends = new Map<string, Backend>();
  /** Path → another object of the API, or the status of a refusal. */
  readonly objects = new Map<string, unknown>();
  readonly tokens = new Set<string>();
  readonly seen: Seen[] = [];
  /** Number of lists that expire (410) after the first page. */
  expireLists = 0;
  /** Lists repeat the same page. */
  isEndless = false;
  /** Number of requests to refuse with 429. */
  busy = 0;
  #server?: LoopbackServer;

  private constructor(folder: string) {
    this.folder = folder;
    this.certificates = makeCertificates(folder);
  }

  /** @param wrappers pods of the namespace `production` and their responses */
  static async start(
    wrappers: Readonly<Record<string, Backend>> = {},
    which: "server" | "wrongName" = "server",
  ): Promise<ApiServer> {
    const folder = Deno.makeTempDirSync({ prefix: "cloudtaser-api-" });
    const api = new ApiServer(folder);
    api.#server = await LoopbackServer.start(
      (request, response) => void api.#serve(request, response),
      api.certificates[which],
      {
        ca: Deno.readTextFileSync(api.certificates.caFile),
        requestCert: true,
        rejectUnauthorized: false,
      },
    );
    for (const [name, backend] of Object.entries(wrappers)) {
      api.add("production", name, backend);
    }
    return api;
  }

  get port(): number {
    return this.#server?.port ?? 0;
  }

  /** Adds a pod with a wrapper, and its response. */
  add(namespace: string, name: string, backend: Backend): void {
    this.pods.push(makePod(namespace, name));
    this.backends.set(`${namespace}/${name}:8199`, backend);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    Deno.removeSync(this.folder, { recursive: true });
  }

  async #serve(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const client = (request.socket as TLSSocket).getPeerCertificate?.()
      ?.subject?.CN;
    const path = request.url ?? "/";
    const { headers } = request;
    this.seen.push({ path, headers, client: client?.toString() });
    const token = /^Bearer (.*)$/.exec(headers.authorization ?? "")?.[1];
    if (client !== "payments" && !this.tokens.has(token ?? "")) {
      return refuse(response, 401, "Unauthorized");
    }
    if (this.busy > 0) {
      this.busy--;
      response.setHeader("retry-after", "1");
      return refuse(response, 429, "Too many requests");
    }
    try {
      await this.#answer(new URL(path, "https://host"), headers, response);
    } catch {
      response.destroy();
    }
  }

  async #answer(
    url: URL,
    headers: IncomingMessage["headers"],
    response: ServerResponse,
  ): Promise<void> {
    const object = this.objects.get(url.pathname);
    if (typeof object === "number") return refuse(response, object, "no");
    if (object !== undefined) {
      return reply(response, 200, selectItems(object, url.searchParams));
    }
    const match = PATH.exec(url.pathname);
    if (!match) return refuse(response, 404, "no such path");
    const [, namespace, name, port] = match;
    if (port !== undefined) {
      const key = `${namespace}/${name}:${port}`;
      return await this.#proxy(key, headers, response);
    }
    const pods = this.pods.filter((pod) =>
      namespace === undefined || metadata(pod).namespace === namespace
    );
    if (name === undefined) return this.#list(pods, url, response);
    const pod = pods.find((one) => metadata(one).name === name);
    return pod
      ? reply(response, 200, pod)
      : refuse(response, 404, `pods "${name}" not found`);
  }

  #list(
    pods: readonly unknown[],
    { searchParams }: URL,
    response: ServerResponse,
  ): void {
    const limit = Number(searchParams.get("limit") ?? pods.length);
    const start = Number(searchParams.get("continue") ?? 0);
    if (start > 0 && this.expireLists > 0) {
      this.expireLists--;
      return refuse(response, 410, "the continue parameter is too old");
    }
    const end = start + limit;
    reply(response, 200, {
      kind: "PodList",
      apiVersion: "v1",
      metadata: end < pods.length || this.isEndless
        ? { continue: this.isEndless ? "1" : String(end) }
        : {},
      items: pods.slice(start, end),
    });
  }

  async #proxy(
    key: string,
    headers: IncomingMessage["headers"],
    response: ServerResponse,
  ): Promise<void> {
    const backend = this.backends.get(key);
    if (backend === undefined) {
      const why = "dial tcp 10.0.0.9:8199: connect: connection refused";
      return refuse(response, 503, `error trying to reach service: ${why}`);
    }
    if (typeof backend === "function") return backend(response);
    if (typeof backend === "string") return void response.end(backend);
    if ("body" in backend) {
      return void response.writeHead(backend.status).end(backend.body);
    }
    const answer = await passOn(`${backend.address}/v1/status`, headers);
    response.writeHead(answer.statusCode ?? 502);
    answer.pipe(response);
  }
}

/**
 * As the API server does: the request's own headers, and the host that it was
 * sent to, which in a cloud is a name (UpgradeAwareHandler without UseLocationHost).
 */
function passOn(
  url: string,
  headers: IncomingMessage["headers"],
): Promise<IncomingMessage> {
  const host = "api.cluster.cloud.example:6443";
  return new Promise((resolve, reject) => {
    http.get(url, { headers: { ...headers, host }, agent: false }, resolve)
      .on("error", reject);
  });
}

/** A running pod as in the API, with the wrapper's port. */
export function makePod(
  namespace: string,
  name: string,
  changes: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    metadata: { namespace, name },
    spec: {
      nodeName: "node-a",
      containers: [{
        name: "app",
        ports: [{ name: "cloudtaser", containerPort: 8199 }],
      }],
    },
    status: { phase: "Running" },
    ...changes,
  };
}

/** A list as the label selector `name=value` asks for. */
function selectItems(object: unknown, query: URLSearchParams): unknown {
  const [name = "", value] = query.get("labelSelector")?.split("=") ?? [];
  if (value === undefined) return object;
  const { items, ...list } = object as { items: Record<string, unknown>[] };
  return {
    ...list,
    items: items.filter((item) => metadata(item).labels?.[name] === value),
  };
}

function metadata(pod: Record<string, unknown>) {
  return pod.metadata as {
    namespace: string;
    name: string;
    labels?: Record<string, string>;
  };
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" })
    .end(JSON.stringify(body));
}

function refuse(response: ServerResponse, code: number, message: string): void {
  reply(response, code, { kind: "Status", status: "Failure", message, code });
}
