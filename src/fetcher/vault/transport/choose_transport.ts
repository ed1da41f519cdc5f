/** Chooses how to reach Vault: TCP, TLS, a Unix socket, or node:https. */
import { ConfigError } from "@/base/errors.ts";
import type { VaultSettings } from "@/protocol/fetcher/vault_settings.ts";
import { connectTcp, connectTls, connectUnix, findPlace } from "./connect.ts";
import { HttpClient } from "./http_client.ts";
import { openNodeTransport } from "./node_transport.ts";
import { readTlsFiles, type TlsFiles } from "./tls_files.ts";
import type { Transport } from "./transport.ts";

/** As many as an OpenBao on two cores uses; pipelining makes it no faster. */
const CONNECTIONS = 8;

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
 * @throws ConfigError for unusable files
 */
export async function openEndpoint(settings: VaultSettings): Promise<Endpoint> {
  const { address } = settings;
  if (address.startsWith("unix://")) {
    const path = address.slice("unix://".length);
    const transport = new HttpClient(() => connectUnix(path));
    return makeEndpoint(transport, new URL("http://localhost"));
  }
  const base = parseAddress(address);
  if (base.protocol === "https:") {
    return makeEndpoint(await openTls(settings, base), base);
  }
  const place = findPlace(base);
  return makeEndpoint(
    new HttpClient((signal) => connectTcp(place, signal)),
    base,
  );
}

function makeEndpoint(transport: Transport, base: URL): Endpoint {
  return { transport, parallel: CONNECTIONS, base };
}

function parseAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  throw new ConfigError(
    "VAULT_ADDR is not an address of Vault: use https://HOST:PORT",
  );
}

async function openTls(settings: VaultSettings, base: URL): Promise<Transport> {
  const files = readTlsFiles(settings);
  const { skipVerify, tlsServerName } = settings;
  const isNodeNeeded = skipVerify ||
    (tlsServerName !== undefined && files.identity !== undefined);
  if (isNodeNeeded) return await openNode(settings, files);
  const place = findPlace(base);
  return new HttpClient((signal) =>
    connectTls(place, files, tlsServerName, signal)
  );
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
