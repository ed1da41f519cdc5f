/** Vault's transport over node:https, for what Deno's TLS cannot do: skip verification, or a client certificate with another server name. */
import { NodeHttps } from "@/http/node_https.ts";
import type { TlsFiles } from "./tls_files.ts";
import {
  BodyText,
  type HttpRequest,
  type HttpResponse,
  type Transport,
} from "./transport.ts";

/** How connections are made. */
export interface NodeTransportOptions {
  readonly files: TlsFiles;
  /** Limit of simultaneous connections. */
  readonly connections: number;
  readonly serverName: string | undefined;
  readonly skipVerify: boolean;
}

/** Loads node:https and makes the transport. */
export async function openNodeTransport(
  { files, connections, serverName, skipVerify }: NodeTransportOptions,
): Promise<Transport> {
  const https = await NodeHttps.open({
    maxSockets: connections,
    rejectUnauthorized: !skipVerify,
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(files.caCerts.length > 0 ? { ca: [...files.caCerts] } : {}),
    ...(files.identity ?? {}),
  });
  return {
    exchange: (request) => exchange(https, request),
    close: () => https.close(),
  };
}

async function exchange(
  https: NodeHttps,
  request: HttpRequest,
): Promise<HttpResponse> {
  const length = new TextEncoder().encode(request.body ?? "").length;
  const headers = { ...request.headers, "content-length": String(length) };
  const message = await https.send({ ...request, headers, mayRepeat: false });
  const body = new BodyText();
  for await (const piece of message) body.add(piece);
  if (!message.complete) throw new TypeError("connection closed");
  return {
    status: message.statusCode ?? 0,
    header: (name) => {
      const value = message.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    text: body.end(),
  };
}
