/**
 * What a failed exchange means: try again, or a setting that is wrong. Deno
 * gives no codes for these, so its texts are recognised; they hold addresses
 * and reasons, never a body.
 */
import { ConfigError } from "@/base/errors.ts";
import { TryAgain } from "./retry.ts";
import type { VaultSettings } from "@/protocol/fetcher/vault_settings.ts";
import { NotTextError, TooLargeError } from "./transport.ts";

/**
 * Judges an error that a transport threw.
 *
 * @throws ConfigError when waiting cannot help
 */
export function judgeFailure(
  error: unknown,
  settings: VaultSettings,
): TryAgain {
  if (error instanceof NotTextError) return new TryAgain("a garbled answer");
  const text = describe(error);
  const fault = error instanceof TooLargeError
    ? "answers with more than 64 MiB: correct the path, or VAULT_ADDR"
    : findTlsFault(text, settings) ?? findAddressFault(text);
  if (fault !== undefined) {
    throw new ConfigError(`VAULT_ADDR ${settings.address} ${fault}`, {
      cause: error,
    });
  }
  return new TryAgain(findCause(text));
}

/** An error's own texts, its causes' and its code. */
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
    return "says https, but what answers there does not speak TLS: write http:// or correct the port";
  }
  if (
    /fatal alert: \S*(?:Certificate|UnknownCA|AccessDenied)|alert.*certificate/i
      .test(text)
  ) {
    return settings.clientCert === undefined
      ? "wants a client certificate: set VAULT_CLIENT_CERT and VAULT_CLIENT_KEY"
      : "does not accept our certificate: see VAULT_CLIENT_CERT";
  }
  if (/fatal alert: (?:HandshakeFailure|ProtocolVersion)/.test(text)) {
    return "offers no TLS version or cipher in common with us (TLS 1.2 or 1.3)";
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
    return "has a certificate that has expired: renew it, and see this machine's clock";
  }
  if (/not valid yet|NotValidYet|CERT_NOT_YET_VALID/.test(text)) {
    return "has a certificate that is not valid yet: see this machine's clock";
  }
  if (
    !/invalid peer certificate|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|UnknownIssuer/
      .test(text)
  ) return undefined;
  const authority = settings.caCert !== undefined
    ? `the authority in VAULT_CACERT (${settings.caCert})`
    : settings.caPath !== undefined
    ? `an authority in VAULT_CAPATH (${settings.caPath})`
    : "a public authority: set VAULT_CACERT to the file of its authority";
  // node:https has one code for both.
  const orExpired = /UNABLE_TO_VERIFY/.test(text) ? "has expired or " : "";
  return `has a certificate that ${orExpired}is not signed by ${authority}`;
}

function findAddressFault(text: string): string | undefined {
  return /Requests to port \d+ are blocked/.test(text)
    ? "has a port that HTTP clients refuse: correct the port"
    : undefined;
}

const CAUSES: readonly (readonly [RegExp, string])[] = [
  [/Connection refused|ECONNREFUSED/, "connection refused"],
  [/reset by peer|ECONNRESET/, "connection reset"],
  [/dns error|ENOTFOUND|EAI_/, "name not found in DNS"],
  [/No such file or directory|ENOENT/, "no such socket"],
  [/No route to host|EHOSTUNREACH|ENETUNREACH|unreachable/, "no route to it"],
  [/handshake eof|closed|body from connection|hang up/, "connection closed"],
  [/timed out|ETIMEDOUT/, "connection timed out"],
];

function findCause(text: string): string {
  return CAUSES.find(([pattern]) => pattern.test(text))?.[1] ??
    "connection failed";
}
