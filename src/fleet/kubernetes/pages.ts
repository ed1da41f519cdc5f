/** Lists of the API server, page by page, and what its refusals mean. */
import * as v from "valibot";
import { safeText } from "@/base/text.ts";
import { FleetError } from "@/fleet/command/errors.ts";
import type { Progress } from "@/fleet/command/progress.ts";
import { list, object, parseJson, SchemaError, text } from "./schema.ts";
import type { Session } from "./session.ts";
import { reasonOf, type Reply } from "./transport.ts";

/** A pod takes 10 to 20 KiB, rarely 200. */
const PAGE_ITEMS = 250;
const PAGE_BYTES = 128 * 1024 * 1024;
const PAGE_MS = 30_000;
/** The server's continue token has expired (after some minutes): start again. */
const EXPIRED = 410;
const TRIES = 3;

const STATUS = object({
  kind: v.literal("Status"),
  message: v.nullish(v.string(), ""),
});

/** How to cancel requests and to report progress. */
export interface Controls {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** What to list. */
export interface Listing<T> {
  /** Below the server's address, without a query. */
  readonly path: string;
  /** For messages: `pods`. */
  readonly things: string;
  /** `PodList` */
  readonly kind: string;
  readonly labelSelector?: string;
  /** What an item becomes. @throws SchemaError */
  readonly read: (item: unknown, place: string) => T[];
}

/** All of it. @throws FleetError when the server does not list it */
export async function listAll<T>(
  session: Session,
  listing: Listing<T>,
  controls: Controls,
): Promise<T[]> {
  for (let left = TRIES; left > 0; left--) {
    const found = await listOnce(session, listing, controls);
    if (found) return found;
  }
  throw new FleetError(
    `The list of ${listing.things} expired before it was read`,
  );
}

/** @returns undefined when the list expires before its end */
async function listOnce<T>(
  session: Session,
  listing: Listing<T>,
  { signal, progress }: Controls,
): Promise<T[] | undefined> {
  const { path, things, labelSelector } = listing;
  const found: T[] = [];
  let items = 0;
  let next = "";
  do {
    const query = new URLSearchParams({ limit: String(PAGE_ITEMS) });
    if (labelSelector) query.set("labelSelector", labelSelector);
    if (next !== "") query.set("continue", next);
    const reply = await ask(session, `${path}?${query}`, signal);
    if (reply.status === EXPIRED && next !== "") return undefined;
    const page = readPage(reply, listing);
    found.push(...page.found);
    if (next !== "" && page.next === next) {
      throw new FleetError(`The server repeats the same page of ${things}`);
    }
    next = page.next;
    items += page.items;
    if (next !== "") progress(`${items} ${things} listed`);
  } while (next !== "");
  return found;
}

interface Page<T> {
  readonly found: T[];
  readonly items: number;
  /** Continue token; empty on the last page. */
  readonly next: string;
}

function readPage<T>(
  reply: Reply,
  { things, kind, read }: Listing<T>,
): Page<T> {
  if (reply.status !== 200) {
    throw new FleetError(`Cannot list ${things}: ${describeRefusal(reply)}`);
  }
  const schema = object({
    kind: v.literal(kind),
    metadata: v.nullish(object({ continue: text })),
    items: list(v.unknown()),
  });
  try {
    const { items, metadata } = parseJson(schema, reply.text);
    return {
      found: items.flatMap((item, index) => read(item, `items[${index}]`)),
      items: items.length,
      next: metadata?.continue ?? "",
    };
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    throw new FleetError(`Not a Kubernetes API server: ${error.message}`);
  }
}

/** One GET. @throws FleetError when there is no answer */
export async function ask(
  session: Session,
  path: string,
  signal: AbortSignal,
): Promise<Reply> {
  const limits = { limitBytes: PAGE_BYTES, limitMs: PAGE_MS, signal };
  try {
    return await session.get(path, limits);
  } catch (error) {
    const { host } = session.access.server;
    throw new FleetError(`${host}: ${safeText(reasonOf(error))}`);
  }
}

/** The message of a Kubernetes Status, or else the HTTP status. */
export function describeRefusal({ status, text }: Reply): string {
  const words = readMessage(text).replace(
    /^error trying to reach service: /,
    "",
  );
  return words === "" ? `HTTP ${status}` : `HTTP ${status}: ${words}`;
}

function readMessage(text: string): string {
  try {
    const { success, output } = v.safeParse(STATUS, JSON.parse(text));
    return success ? safeText(output.message) : "";
  } catch {
    // Plain text from a proxy. HTML would not be readable here.
    return /^\s*</.test(text) ? "" : safeText(text, 120);
  }
}
