/**
 * Posts one event about the pod that this process runs in, with the pod's own
 * service account. Its token is an ordinary string here: the process does this
 * one job and ends.
 */
import { eventsUrl, makeEvent, type PodName } from "./event.ts";
import type { Announcement, BoundTo, Outcome } from "@/protocol/events.ts";
import {
  readBinding,
  readServiceAccount,
  SERVICE_ACCOUNT,
} from "./service_account.ts";

const CREATED = [200, 201];

/** Posts it. Never rejects; bounded by `limitMs`. */
export async function announce(
  { saying, server, pod: known, limitMs }: Announcement,
  folder = SERVICE_ACCOUNT,
): Promise<Outcome> {
  const account = readServiceAccount(folder);
  if (!account) return fail(`no service account is mounted at ${folder}`);
  const pod = findPod(account.namespace, readBinding(account.token), known);
  if (!pod) return fail("the pod's name is not known: set POD_NAME");
  const url = eventsUrl(server, pod.namespace);
  if (!url) return fail("KUBERNETES_SERVICE_HOST is no address");
  const suffix = crypto.getRandomValues(new Uint8Array(8)).toHex();
  const event = makeEvent(pod, saying, { at: new Date(), suffix });
  try {
    const status = await post(url, account, { event, limitMs });
    return CREATED.includes(status)
      ? { posted: true }
      : fail(explain(status, pod.namespace));
  } catch (error) {
    return fail(explainError(error, url.host));
  }
}

function fail(reason: string): Outcome {
  return { posted: false, reason };
}

function findPod(
  mounted: string | undefined,
  bound: BoundTo,
  known: BoundTo,
): PodName | undefined {
  const namespace = bound.namespace ?? mounted ?? known.namespace;
  const name = bound.name ?? known.name;
  if (namespace === undefined || name === undefined) return undefined;
  return { ...known, ...bound, namespace, name };
}

/** @returns the HTTP status */
async function post(
  url: URL,
  { token, ca }: { readonly token: string; readonly ca: string },
  { event, limitMs }: { readonly event: unknown; readonly limitMs: number },
): Promise<number> {
  // Nobody but the cluster's own authority: an empty store, and this one.
  Deno.env.set("DENO_TLS_CA_STORE", ",");
  using client = Deno.createHttpClient({ caCerts: [ca], http2: false });
  const response = await fetch(url, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      accept: "application/json",
    },
    body: JSON.stringify(event),
    redirect: "manual",
    signal: AbortSignal.timeout(limitMs),
    client,
  });
  // What the server has to say is not read: nothing of it goes to a log.
  await response.body?.cancel();
  return response.status;
}

function explain(status: number, namespace: string): string {
  switch (status) {
    case 401:
      return "the API server does not accept the service account's token";
    case 403:
      return `the service account may not create events in ${namespace}: give it the role cloudtaser-events`;
    case 404:
      return `there is no namespace ${namespace}, or it has no events`;
    default:
      return `the API server answered ${status}`;
  }
}

/** Without its text, which might quote anything. */
function explainError(error: unknown, host: string): string {
  const isLate = error instanceof DOMException && error.name === "TimeoutError";
  return isLate
    ? `${host} did not answer in time`
    : `${host} cannot be reached, or its certificate is not the cluster's`;
}
