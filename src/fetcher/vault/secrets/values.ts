/**
 * Turns fields into bytes of environment variables, within the kernel's limits,
 * and records which parts are secret.
 */
import { ConfigError } from "@/base/errors.ts";
import { isEnvironmentName } from "@/base/text.ts";
import { refuseInBulk } from "./bulk_names.ts";
import { quotePath } from "@/fetcher/vault/client/path.ts";
import type {
  Bulk,
  Delivery,
  FieldPart,
  Plan,
} from "@/protocol/fetcher/plan.ts";
import { type Secret, secretKey } from "./read.ts";
import { listNames } from "@/fetcher/vault/client/refusal.ts";

/** A secret part of a value, relative to the value. */
export interface SecretRange {
  readonly start: number;
  readonly length: number;
}

/** A variable with its value and the secret parts of it. */
export interface Value {
  readonly name: string;
  /** Without `NAME=`. */
  readonly bytes: Uint8Array;
  readonly secretRanges: readonly SecretRange[];
}

/** The kernel's MAX_ARG_STRLEN: one string of the environment, `NAME=` and NUL included (execve(2)). */
const MAX_STRING_BYTES = 131_072;

type Secrets = ReadonlyMap<string, Secret>;

/**
 * Makes all values of a plan.
 *
 * @throws ConfigError naming the variable, the path and the field
 */
export function makeValues(plan: Plan, secrets: Secrets): Value[] {
  const values = [
    ...plan.deliveries.map((delivery) => deliver(delivery, secrets)),
    ...plan.bulk.flatMap((bulk) => deliverAll(plan, bulk, secrets)),
  ];
  refuseDuplicates(plan, values, secrets);
  return values;
}

/**
 * Checks the names in a plan before any request.
 *
 * @throws ConfigError
 */
export function refuseNames(plan: Plan): void {
  for (const { name } of plan.deliveries) refuseName(name, "the settings");
}

/**
 * An error, because skipping the field is not safe: without one of its variables
 * (SSL_CERT_FILE) an application may trust more than intended.
 */
function refuseBulkName(name: string, path: string): void {
  const why = refuseInBulk(name);
  if (why === undefined) return;
  throw new ConfigError(
    `Refusing field ${
      listNames([name])
    } of ${path}: ${why}. Remove it from the secret; if you need it, map it in CLOUDTASER_ENV_MAP`,
  );
}

function refuseName(name: string, where: string): void {
  if (!isEnvironmentName(name)) {
    throw new ConfigError(
      `${
        listNames([name])
      }, from ${where}, is not a valid variable name: map the field in CLOUDTASER_ENV_MAP`,
    );
  }
}

function refuseDuplicates(
  plan: Plan,
  values: readonly Value[],
  secrets: Secrets,
): void {
  const seen = new Set<string>();
  for (const { name } of values) {
    if (!seen.has(name)) {
      seen.add(name);
      continue;
    }
    const paths = plan.bulk
      .filter((b) => Object.hasOwn(findSecret(secrets, b).fields, name))
      .map((b) => quotePath(b.path));
    throw new ConfigError(
      `${name} is set from two secrets${
        paths.length > 0 ? ` (one of them in ${paths.join(", ")})` : ""
      }: map it once`,
    );
  }
}

function deliver({ name, parts }: Delivery, secrets: Secrets): Value {
  const secretRanges: SecretRange[] = [];
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (const part of parts) {
    const isLiteral = "text" in part;
    const piece = isLiteral
      ? encodeLatin1(part.text)
      : encodeField(name, part, findSecret(secrets, part));
    if (!isLiteral && piece.length > 0) {
      secretRanges.push({ start: size, length: piece.length });
    }
    pieces.push(piece);
    size += piece.length;
  }
  const source = parts.filter((p) => "path" in p).map((p) => quotePath(p.path));
  refuseSize(name, size, source.join(", "));
  return { name, bytes: join(pieces, size), secretRanges };
}

function deliverAll(plan: Plan, bulk: Bulk, secrets: Secrets): Value[] {
  const secret = findSecret(secrets, bulk);
  return Object.entries(secret.fields)
    .filter(([name, value]) =>
      value !== null && !isAskedForByName(plan, bulk, name)
    )
    .map(([name]) => {
      refuseBulkName(name, quotePath(bulk.path));
      refuseName(name, quotePath(bulk.path));
      const part = { ...bulk, field: name };
      const bytes = encodeField(name, part, secret);
      refuseSize(name, bytes.length, quotePath(bulk.path));
      const secretRanges = bytes.length > 0
        ? [{ start: 0, length: bytes.length }]
        : [];
      return { name, bytes, secretRanges };
    });
}

/** True when the plan also maps this field to its own name: one value, not two. */
function isAskedForByName(plan: Plan, bulk: Bulk, field: string): boolean {
  const key = secretKey(bulk.path, bulk.version);
  return plan.deliveries.some(({ name, parts: [part, ...more] }) =>
    name === field && more.length === 0 && part !== undefined &&
    "path" in part && part.field === field &&
    secretKey(part.path, part.version) === key
  );
}

function findSecret(
  secrets: Secrets,
  { path, version }: { readonly path: string; readonly version?: number },
): Secret {
  const secret = secrets.get(secretKey(path, version));
  if (secret === undefined) throw new TypeError(`${path} was not read`);
  return secret;
}

function encodeField(
  name: string,
  { field, path }: FieldPart,
  secret: Secret,
): Uint8Array {
  const { fields } = secret;
  const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (value === undefined || value === null) {
    const names = Object.keys(fields).filter((key) => fields[key] !== null);
    throw new ConfigError(
      `${name}: no field ${listNames([field])} in ${quotePath(path)}; ${
        names.length > 0 ? `available: ${listNames(names)}` : "it has no fields"
      }`,
    );
  }
  const text = renderValue(value, () => secret.exact()[field]);
  if (!text.isWellFormed()) {
    throw new ConfigError(
      `${name} cannot hold field ${listNames([field])} of ${
        quotePath(path)
      }: it is not valid Unicode; store binary values as base64`,
    );
  }
  if (text.includes("\0")) {
    throw new ConfigError(
      `${name} cannot hold field ${listNames([field])} of ${
        quotePath(path)
      }: it contains a NUL byte, which environment variables cannot; store it as base64`,
    );
  }
  return new TextEncoder().encode(text);
}

/** Strings as they are, booleans and numbers as in the response, everything else as compact JSON. */
function renderValue(value: unknown, exact: () => unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  return JSON.stringify(exact());
}

function refuseSize(name: string, size: number, where: string): void {
  const limit = MAX_STRING_BYTES - new TextEncoder().encode(name).length - 2;
  if (size <= limit) return;
  throw new ConfigError(
    `${name} would have ${size} bytes from ${where}: the kernel allows at most ${limit} in one environment variable (128 KiB with its name); store a smaller value`,
  );
}

function encodeLatin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function join(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return only;
  const joined = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
