/** The three things that are asked of the API server: pods page by page, one pod, one wrapper's page. */
import { safeText } from "@/fleet/command/clean.ts";
import { FleetError } from "@/fleet/command/failure.ts";
import { findSubjects, type Subject } from "./pod.ts";
import type { Progress } from "@/fleet/command/progress.ts";
import type { Session } from "./session.ts";
import { Shape, ShapeError } from "./shape.ts";
import { reasonOf, type Reply } from "./transport.ts";

/** A pod of the API is 10 to 20 KiB, rarely 200. */
const PAGE_PODS = 250;
const PAGE_BYTES = 128 * 1024 * 1024;
const PAGE_MS = 30_000;
/** A token of the list lives some minutes; then one begins anew. */
const EXPIRED = 410;
const TRIES = 3;

/** Who ends it, and who hears how far it is. */
interface Watched {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/**
 * All wrappers of a namespace, or of all (undefined).
 *
 * @throws FleetError when there is no list to be had
 */
export async function listSubjects(
  session: Session,
  namespace: string | undefined,
  watched: Watched,
): Promise<Subject[]> {
  const path = namespace === undefined
    ? "api/v1/pods"
    : `api/v1/namespaces/${namespace}/pods`;
  for (let left = TRIES; left > 0; left--) {
    const found = await listAll(session, path, watched);
    if (found) return found;
  }
  throw new FleetError("The list of pods grew old before it was read");
}

/** @returns undefined when the list has expired half-way. */
async function listAll(
  session: Session,
  path: string,
  { signal, progress }: Watched,
): Promise<Subject[] | undefined> {
  const found: Subject[] = [];
  let pods = 0;
  let next = "";
  do {
    const query = new URLSearchParams({ limit: String(PAGE_PODS) });
    if (next !== "") query.set("continue", next);
    const reply = await ask(session, `${path}?${query}`, signal);
    if (reply.status === EXPIRED && next !== "") return undefined;
    const page = readPage(reply);
    found.push(...page.subjects);
    if (next !== "" && page.next === next) {
      throw new FleetError("The server tells the same page of pods for ever");
    }
    next = page.next;
    pods += page.pods;
    if (next !== "") progress(`${pods} pods listed`);
  } while (next !== "");
  return found;
}

interface Page {
  readonly subjects: Subject[];
  /** How many there are, wrappers or not. */
  readonly pods: number;
  /** Where the next page begins; empty after the last. */
  readonly next: string;
}

function readPage(reply: Reply): Page {
  if (reply.status !== 200) {
    throw new FleetError(`Pods cannot be listed: ${describeRefusal(reply)}`);
  }
  try {
    const page = new Shape(JSON.parse(reply.text), "");
    if (page.raw("kind") !== "PodList") throw new ShapeError("no PodList");
    const pods = page.objects("items");
    return {
      subjects: pods.flatMap((pod) => findSubjects(pod, false)),
      pods: pods.length,
      next: page.object("metadata")?.text("continue") ?? "",
    };
  } catch (error) {
    const why = error instanceof ShapeError ? error.message : "no JSON";
    throw new FleetError(`The server does not answer as Kubernetes: ${why}`);
  }
}

/** The wrappers of one pod. One that is not there is told as a silence. @throws FleetError */
export async function findPod(
  session: Session,
  { namespace, pod }: Subject,
  signal: AbortSignal,
): Promise<Subject[]> {
  const path = `api/v1/namespaces/${namespace}/pods/${pod}`;
  const reply = await ask(session, path, signal);
  if (reply.status !== 200) {
    return [{ namespace, pod, silence: describeRefusal(reply) }];
  }
  try {
    const found = findSubjects(new Shape(JSON.parse(reply.text), ""), true);
    if (found.every((one) => one.pod === pod)) return found;
  } catch {
    // Whatever it is, it is not what was asked for.
  }
  return [{ namespace, pod, silence: "the server's answer is no such pod" }];
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
export function proxyPath(
  { namespace, pod }: Subject,
  port: number,
): string {
  return `api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy/v1/status`;
}

/** What a refusal says: `Status.message` of Kubernetes, else the number. */
export function describeRefusal({ status, text }: Reply): string {
  const words = readMessage(text).replace(
    /^error trying to reach service: /,
    "",
  );
  return words === "" ? `HTTP ${status}` : `HTTP ${status}: ${words}`;
}

function readMessage(text: string): string {
  try {
    const status = new Shape(JSON.parse(text), "");
    if (status.raw("kind") !== "Status") return "";
    return safeText(status.text("message") ?? "");
  } catch {
    // Text of whatever stands before the server: a page of HTML says nothing here.
    return /^\s*</.test(text) ? "" : safeText(text, 120);
  }
}
