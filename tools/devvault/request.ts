/**
 * A request as the engines see it, and the little that is needed to read its
 * body: fields of a type.
 */
import type { Core } from "./core.ts";
import type { Namespace } from "./namespace.ts";
import type { Operation } from "./policies.ts";
import type { Token } from "./tokens.ts";
import { type Answer, Refusal } from "./answer.ts";

/** Client certificate of the connection, when one was shown. */
export interface PeerCertificate {
  readonly commonName: string;
  readonly serial: string;
  /** PEM of the certificate itself. */
  readonly pem: string;
}

/** One request after routing; `path` is what follows the mount. */
export interface VaultRequest {
  readonly core: Core;
  readonly namespace: Namespace;
  readonly operation: Operation;
  readonly mount: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  readonly token?: Token;
  readonly peer?: PeerCertificate;
}

/** Something mounted: secrets engine, auth method, sys. */
export interface Backend {
  readonly type: string;
  handle(request: VaultRequest): Answerable;
}

type Answerable = Answer | Promise<Answer>;

/** The token of a request on a path that needs one. */
export function tokenOf(request: VaultRequest): Token {
  if (!request.token) throw new Refusal(403, "permission denied");
  return request.token;
}

/** A text field, or "" when it is missing. */
export function text(body: VaultRequest["body"], name: string): string {
  const value = body[name];
  return value === undefined || value === null ? "" : String(value);
}

/** A list field; Vault also takes one text with commas. */
export function list(body: VaultRequest["body"], name: string): string[] {
  const value = body[name];
  if (Array.isArray(value)) return value.map(String);
  return text(body, name).split(",").map((part) => part.trim())
    .filter((part) => part !== "");
}

/** Seconds of a duration field: a number, or text such as `1h30m`, `15`. */
export function seconds(
  body: VaultRequest["body"],
  name: string,
): number | undefined {
  const value = text(body, name);
  if (value === "") return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  if (!/^(\d+(\.\d+)?(ms|[dhms]))+$/.test(value)) {
    throw new Refusal(400, `error converting input for field "${name}"`);
  }
  let sum = 0;
  for (const [, amount, unit] of value.matchAll(/([\d.]+)(ms|[dhms])/g)) {
    sum += Number(amount) * (UNITS[unit ?? ""] ?? 0);
  }
  return sum;
}

const UNITS: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
};
