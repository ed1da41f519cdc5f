/**
 * Classifies a failed exchange: retry, or a wrong setting. Deno has no codes for
 * these errors, so their texts are recognized; they contain addresses and
 * reasons, never a body.
 */
import { ConfigError } from "@/base/errors.ts";
import { TryAgain } from "./retry.ts";
import type { VaultSettings } from "@/protocol/fetcher/vault_settings.ts";
import { MalformedResponse, NotTextError, TooLargeError } from "./transport.ts";

/**
 * Classifies an error of a transport.
 *
 * @throws ConfigError when a retry cannot succeed
 */
export function judgeFailure(
  error: unknown,
  settings: VaultSettings,
): TryAgain {
  if (error instanceof NotTextError) {
    return new TryAgain("response is not UTF-8");
  }
  if (error instanceof MalformedResponse) {
    return new TryAgain(`malformed response: ${error.message}`);
  }
  const text = describe(error);
  const fault = error instanceof TooLargeError
    ? "responds with more than 64 MiB: correct the path, or VAULT_ADDR"
    : findTlsFault(text, settings) ?? findAddressFault(text);
  if (fault !== undefined) {
    throw new ConfigError(`VAULT_ADDR ${settings.address} ${fault}`, {
      cause: error,
    });
  }
  return new TryAgain(findCause(text));
}

/** The messages and codes of an error and its causes. */
function describe(error: unknown): string {
  const texts: string[] = [];
  for (let e = error; e instanceof Error && texts.length < 8; e = e.cause) {
    const code = "code" in e && typeof e.code === "string" ? e.code : "";
    texts.push(code, e.message);
  }
  return texts.join(" ");
}

function findTlsFault(
  text: string,
  settings: VaultSettings,
): string | undefined {
  const certificate = describeCertificateFault(text, settings);
  if (certificate !== undefined) return certificate;
  if (/InvalidContentType|wrong version number|WRONG_VERSION/.test(text)) {
    return "uses https, but the server does not support TLS: use http:// or correct the port";
  }
  if (/NoApplicationProtocol/.test(text)) {
    return "does not offer HTTP/1.1: allow it beside HTTP/2 on the server, or on the proxy in front of it";
  }
  if (
    /fatal alert: \S*(?:Certificate|UnknownCA|AccessDenied)|alert.*certificate/i
      .test(text)
  ) {
    return settings.clientCert === undefined
      ? "requires a client certificate: set VAULT_CLIENT_CERT and VAULT_CLIENT_KEY"
      : "does not accept the client certificate: check VAULT_CLIENT_CERT";
  }
  if (/fatal alert: (?:HandshakeFailure|ProtocolVersion)/.test(text)) {
    return "supports neither TLS 1.2 nor 1.3 with a common cipher; enable TLS 1.2 or 1.3 on the server";
  }
  return undefined;
}

function describeCertificateFault(
  text: string,
  settings: VaultSettings,
): string | undefined {
  if (/NotValidForName|not valid for name|ALTNAME_INVALID/.test(text)) {
    return "has a certificate for another name: correct VAULT_ADDR, or set VAULT_TLS_SERVER_NAME";
  }
  if (/certificate expired|: Expired|CERT_HAS_EXPIRED/.test(text)) {
    return "has an expired certificate: renew it, or correct this machine's clock";
  }
  if (/not valid yet|NotValidYet|CERT_NOT_YET_VALID/.test(text)) {
    return "has a certificate that is not valid yet: check this machine's clock";
  }
  if (
    !/invalid peer certificate|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|UnknownIssuer/
      .test(text)
  ) return undefined;
  const authority = settings.caCert !== undefined
    ? `the authority in VAULT_CACERT (${settings.caCert})`
    : settings.caPath !== undefined
    ? `an authority in VAULT_CAPATH (${settings.caPath})`
    : "a public authority: set VAULT_CACERT to its CA's PEM file";
  // node:https has one code for both cases.
  const orExpired = /UNABLE_TO_VERIFY/.test(text) ? "has expired or " : "";
  return `has a certificate that ${orExpired}is not signed by ${authority}`;
}

function findAddressFault(text: string): string | undefined {
  if (/Invalid port/.test(text)) return "has port 0: correct the port";
  return /Invalid hostname/.test(text)
    ? "has a name that TLS does not allow: correct it, or VAULT_TLS_SERVER_NAME"
    : undefined;
}

const CAUSES: readonly (readonly [RegExp, string])[] = [
  [/Connection refused|ECONNREFUSED/, "connection refused"],
  [/reset by peer|ECONNRESET/, "connection reset"],
  [/lookup address|ENOTFOUND|EAI_/, "name not found in DNS"],
  [/No such file or directory|ENOENT/, "no such socket"],
  [/No route to host|EHOSTUNREACH|ENETUNREACH|unreachable/, "no route to host"],
  [/handshake eof|closed|hang up|Broken pipe/, "connection closed"],
  [/timed out|ETIMEDOUT/, "connection timed out"],
];

function findCause(text: string): string {
  return CAUSES.find(([pattern]) => pattern.test(text))?.[1] ??
    "connection failed";
}
