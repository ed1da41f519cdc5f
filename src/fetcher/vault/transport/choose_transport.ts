/** Chooses how to reach Vault: fetch, fetch over a Unix socket, or node:https. */
import { ConfigError } from "@/base/errors.ts";
import type { VaultSettings } from "@/protocol/fetcher/vault_settings.ts";
import { openNodeTransport } from "./node_transport.ts";
import { readTlsFiles, type TlsFiles } from "./tls_files.ts";
import { FetchTransport, type Transport } from "./transport.ts";

/**
 * Use HTTP/2 for more requests than this. Deno leaves Nagle's algorithm on, which
 * delays the second request of an HTTP/2 connection by 40 ms in one of three
 * runs; up to this number HTTP/1.1 with several connections is faster.
 */
const MANY_REQUESTS = 16;
const CONNECTIONS = 8;
const STREAMS = 32;

/** A way to reach the server. */
export interface Endpoint {
  readonly transport: Transport;
  /** How many requests to run at once. */
  readonly parallel: number;
  /** The URL that `/v1/…` is appended to. */
  readonly base: URL;
}

/**
 * Prepares to reach Vault without connecting.
 *
 * @param requests expected number of requests
 * @throws ConfigError for unusable files
 */
export async function openEndpoint(
  settings: VaultSettings,
  requests: number,
): Promise<Endpoint> {
  if (settings.address.startsWith("unix://")) {
    return openSocketEndpoint(settings);
  }
  const base = parseAddress(settings.address);
  if (base.protocol === "http:") {
    const client = Deno.createHttpClient({ http2: false });
    return { transport: new FetchTransport(client), parallel: STREAMS, base };
  }
  const files = readTlsFiles(settings);
  if (settings.skipVerify || settings.tlsServerName !== undefined) {
    return {
      transport: await openNode(settings, files),
      parallel: CONNECTIONS,
      base,
    };
  }
  const http2 = requests > MANY_REQUESTS;
  return {
    transport: new FetchTransport(makeClient(files, http2)),
    parallel: http2 ? STREAMS : CONNECTIONS,
    base,
  };
}

function parseAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  throw new ConfigError(
    "VAULT_ADDR is not an address of Vault: use https://HOST:PORT",
  );
}

function openSocketEndpoint({ address }: VaultSettings): Endpoint {
  const path = address.slice("unix://".length);
  const client = Deno.createHttpClient({
    proxy: { transport: "unix", path },
    http2: false,
  });
  return {
    transport: new FetchTransport(client),
    parallel: CONNECTIONS,
    base: new URL("http://localhost"),
  };
}

function openNode(
  settings: VaultSettings,
  files: TlsFiles,
): Promise<Transport> {
  return openNodeTransport({
    files,
    connections: CONNECTIONS,
    serverName: settings.tlsServerName,
    skipVerify: settings.skipVerify,
  });
}

function makeClient(files: TlsFiles, http2: boolean): Deno.HttpClient {
  try {
    return Deno.createHttpClient({
      http2,
      caCerts: [...files.caCerts],
      poolMaxIdlePerHost: CONNECTIONS,
      ...files.identity,
    });
  } catch (error) {
    throw new ConfigError(
      "VAULT_CACERT, VAULT_CLIENT_CERT or VAULT_CLIENT_KEY is unusable: use PEM files, and the key of the certificate",
      { cause: error },
    );
  }
}
