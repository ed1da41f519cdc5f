/**
 * Turns fields into bytes of environment variables, within the kernel's limits,
 * and records which parts are secret.
 */
import { ConfigError } from "@/base/errors.ts";
import { isEnvironmentName } from "@/base/text.ts";
import { refuseInBulk } from "./bulk_names.ts";
import { quotePath } from "@/fetcher/vault/client/path.ts";
import type { Bulk, Delivery, Plan } from "@/protocol/fetcher/plan.ts";
import { type Piece, PieceMaker, type SecretRange } from "./piece.ts";
import type { Secret } from "./read.ts";
import { secretKey } from "./requests.ts";
import { listNames } from "@/fetcher/vault/client/refusal.ts";
import type { Templates } from "./templates.ts";
import type { Plaintexts } from "./transit.ts";

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

/** What values are made of besides secrets. */
interface OtherSources {
  readonly plaintexts?: Plaintexts;
  readonly templates?: Templates;
}

/**
 * Makes all values of a plan.
 *
 * @throws ConfigError naming the variable, the path and the field
 */
export function makeValues(
  plan: Plan,
  secrets: Secrets,
  { plaintexts = new Map(), templates = new Map() }: OtherSources = {},
): Value[] {
  const maker = new PieceMaker(secrets, plaintexts, templates);
  const values = [
    ...plan.deliveries.flatMap((delivery) => deliver(delivery, maker) ?? []),
    ...plan.bulk.flatMap((bulk) => deliverAll(plan, bulk, maker)),
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
      .filter((b) =>
        Object.hasOwn(secrets.get(secretKey(b))?.fields ?? {}, name)
      )
      .map((b) => quotePath(b.path));
    throw new ConfigError(
      `${name} is set from two secrets${
        paths.length > 0 ? ` (one of them in ${paths.join(", ")})` : ""
      }: map it once`,
    );
  }
}

/** @returns undefined when something is missing, which the plan allows */
function deliver(
  { name, parts }: Delivery,
  maker: PieceMaker,
): Value | undefined {
  const secretRanges: SecretRange[] = [];
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (const part of parts) {
    const piece = maker.make(name, part);
    if (piece === undefined) return undefined;
    secretRanges.push(...shift(piece, size));
    pieces.push(piece.bytes);
    size += piece.bytes.length;
  }
  const source = parts.flatMap((part) =>
    "path" in part
      ? [quotePath(part.path)]
      : "ciphertext" in part
      ? ["transit"]
      : []
  );
  refuseSize(name, size, source.join(", "));
  return { name, bytes: join(pieces, size), secretRanges };
}

function shift({ secretRanges }: Piece, by: number): SecretRange[] {
  return secretRanges.map(({ start, length }) => ({
    start: start + by,
    length,
  }));
}

function deliverAll(plan: Plan, bulk: Bulk, maker: PieceMaker): Value[] {
  return Object.entries(maker.find(bulk).fields)
    .filter(([name, value]) =>
      value !== null && !isAskedForByName(plan, bulk, name)
    )
    .flatMap(([name]) => {
      refuseBulkName(name, quotePath(bulk.path));
      refuseName(name, quotePath(bulk.path));
      const parts = [{ ...bulk, field: name }];
      return deliver({ name, parts }, maker) ?? [];
    });
}

/** True when the plan also maps this field to its own name: one value, not two. */
function isAskedForByName(plan: Plan, bulk: Bulk, field: string): boolean {
  const key = secretKey(bulk);
  return plan.deliveries.some(({ name, parts: [part, ...more] }) =>
    name === field && more.length === 0 && part !== undefined &&
    "field" in part && part.field === field && secretKey(part) === key
  );
}

function refuseSize(name: string, size: number, where: string): void {
  const limit = MAX_STRING_BYTES - new TextEncoder().encode(name).length - 2;
  if (size <= limit) return;
  throw new ConfigError(
    `${name} would have ${size} bytes from ${where}: the kernel allows at most ${limit} in one environment variable (128 KiB with its name); store a smaller value`,
  );
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
