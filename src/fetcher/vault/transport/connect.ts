/** Opens connections: TCP, TLS over TCP, or a Unix socket. */
import { ConfigError } from "@/base/errors.ts";
import type { Stream } from "./connection.ts";
import type { TlsFiles } from "./tls_files.ts";

/** Opens one connection; ends with the signal. */
export type Connect = (signal: AbortSignal) => Promise<Stream>;

/** Where to connect. */
export interface Place {
  /** Without the brackets of an IPv6 address. */
  readonly hostname: string;
  readonly port: number;
}

/** The place that an `http` or `https` URL names. */
export function findPlace({ protocol, hostname, port }: URL): Place {
  return {
    hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? (protocol === "https:" ? 443 : 80) : Number(port),
  };
}

/**
 * TCP to the first address of the host that answers. Nagle's algorithm is off:
 * the request would wait 40 ms for the acknowledgement of the handshake's end.
 */
export async function connectTcp(
  place: Place,
  signal: AbortSignal,
): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ ...place, signal });
  connection.setNoDelay(true);
  return connection;
}

/** A Unix socket. */
export function connectUnix(path: string): Promise<Stream> {
  return Deno.connect({ transport: "unix", path });
}

/**
 * TLS, with the handshake done.
 *
 * @param serverName the certificate's name, if it is not the host's
 * @throws ConfigError for files that are not certificates or keys
 */
export async function connectTls(
  place: Place,
  { caCerts, identity }: TlsFiles,
  serverName: string | undefined,
  signal: AbortSignal,
): Promise<Stream> {
  const options = {
    caCerts: [...caCerts],
    alpnProtocols: ["http/1.1"],
  };
  const connection = await refuseFiles(async () => {
    // Only connectTls takes a client certificate, and it leaves Nagle's algorithm on.
    if (identity) {
      return await Deno.connectTls({ ...place, ...options, ...identity });
    }
    const tcp = await connectTcp(place, signal);
    const hostname = serverName ?? place.hostname;
    return await Deno.startTls(tcp, { ...options, hostname });
  });
  const close = () => connection[Symbol.dispose]();
  signal.addEventListener("abort", close);
  try {
    signal.throwIfAborted();
    await connection.handshake();
    return connection;
  } catch (error) {
    close();
    throw error;
  } finally {
    signal.removeEventListener("abort", close);
  }
}

/** Deno's texts for files that it cannot use, before it sends a byte. */
const UNUSABLE =
  /invalid peer certificate|decode certificate|pem file|KeyMismatch|parse private key/i;

async function refuseFiles<T>(connect: () => Promise<T>): Promise<T> {
  try {
    return await connect();
  } catch (error) {
    if (!(error instanceof Error) || !UNUSABLE.test(error.message)) throw error;
    throw new ConfigError(
      "VAULT_CACERT, VAULT_CLIENT_CERT or VAULT_CLIENT_KEY is unusable: use PEM files, and the key of the certificate",
      { cause: error },
    );
  }
}
