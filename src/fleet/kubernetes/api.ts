/** Requests to the API server: all pods, page by page; one pod; the status of one wrapper. */
import { safeText } from "@/base/text.ts";
import { FleetError } from "@/fleet/command/errors.ts";
import * as v from "valibot";
import { findTargets, type Target } from "./pod.ts";
import type { Progress } from "@/fleet/command/progress.ts";
import type { Session } from "./session.ts";
import { list, object, parseJson, SchemaError, text } from "./schema.ts";
import { reasonOf, type Reply } from "./transport.ts";

/** A pod takes 10 to 20 KiB, rarely 200. */
const PAGE_PODS = 250;
const PAGE_BYTES = 128 * 1024 * 1024;
const PAGE_MS = 30_000;
/** The server's continue token has expired (after some minutes): start again. */
const EXPIRED = 410;
const TRIES = 3;

const POD_LIST = object({
  kind: v.literal("PodList"),
  metadata: v.nullish(object({ continue: text })),
  items: list(v.unknown()),
});
const STATUS = object({
  kind: v.literal("Status"),
  message: v.nullish(v.string(), ""),
});

/** How to cancel requests and to report progress. */
export interface Controls {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/**
 * All wrappers of a namespace, or of all namespaces (undefined).
 *
 * @throws FleetError when the server does not list pods
 */
export async function listTargets(
  session: Session,
  namespace: string | undefined,
  controls: Controls,
): Promise<Target[]> {
  const path = namespace === undefined
    ? "api/v1/pods"
    : `api/v1/namespaces/${namespace}/pods`;
  for (let left = TRIES; left > 0; left--) {
    const found = await listAll(session, path, controls);
    if (found) return found;
  }
  throw new FleetError("The list of pods expired before it was read");
}

/** @returns undefined when the list expires before its end */
async function listAll(
  session: Session,
  path: string,
  { signal, progress }: Controls,
): Promise<Target[] | undefined> {
  const found: Target[] = [];
  let pods = 0;
  let next = "";
  do {
    const query = new URLSearchParams({ limit: String(PAGE_PODS) });
    if (next !== "") query.set("continue", next);
    const reply = await ask(session, `${path}?${query}`, signal);
    if (reply.status === EXPIRED && next !== "") return undefined;
    const page = readPage(reply);
    found.push(...page.targets);
    if (next !== "" && page.next === next) {
      throw new FleetError("The server repeats the same page of pods");
    }
    next = page.next;
    pods += page.pods;
    if (next !== "") progress(`${pods} pods listed`);
  } while (next !== "");
  return found;
}

interface Page {
  readonly targets: Target[];
  /** Number of pods, wrappers or not. */
  readonly pods: number;
  /** Continue token; empty on the last page. */
  readonly next: string;
}

function readPage(reply: Reply): Page {
  if (reply.status !== 200) {
    throw new FleetError(`Cannot list pods: ${describeRefusal(reply)}`);
  }
  try {
    const { items, metadata } = parseJson(POD_LIST, reply.text);
    return {
      targets: items.flatMap((pod, index) =>
        findTargets(pod, false, `items[${index}]`)
      ),
      pods: items.length,
      next: metadata?.continue ?? "",
    };
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    throw new FleetError(`Not a Kubernetes API server: ${error.message}`);
  }
}

/** The wrappers of one pod. A missing pod is one target with an error. @throws FleetError */
export async function findPod(
  session: Session,
  { namespace, pod }: Target,
  signal: AbortSignal,
): Promise<Target[]> {
  const path = `api/v1/namespaces/${namespace}/pods/${pod}`;
  const reply = await ask(session, path, signal);
  if (reply.status !== 200) {
    return [{ namespace, pod, error: describeRefusal(reply) }];
  }
  try {
    const found = findTargets(JSON.parse(reply.text), true);
    if (found.every((one) => one.pod === pod)) return found;
  } catch {
    // The response is not a pod.
  }
  return [{ namespace, pod, error: "the server did not return this pod" }];
}

async function ask(
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

/** Path of a wrapper's status through the API server. */
export function proxyPath({ namespace, pod }: Target, port: number): string {
  return `api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy/v1/status`;
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
