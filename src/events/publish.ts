/**
 * Posts one event about this pod with the pod's service account. The account's
 * token is an ordinary string here, because the process ends after this job.
 */
import { eventsUrl, makeEvent, type PodName } from "./event.ts";
import type {
  PodReference,
  PublishRequest,
  PublishResult,
} from "@/protocol/events.ts";
import {
  readBinding,
  readServiceAccount,
  SERVICE_ACCOUNT,
} from "./service_account.ts";

const CREATED = [200, 201];

/** Posts the event. Never rejects; bounded by `limitMs`. */
export async function publishEvent(
  { event, server, pod: known, limitMs }: PublishRequest,
  folder = SERVICE_ACCOUNT,
): Promise<PublishResult> {
  const account = readServiceAccount(folder);
  if (!account) return fail(`no service account is mounted at ${folder}`);
  const pod = findPod(account.namespace, readBinding(account.token), known);
  if (!pod) return fail("the pod's name is unknown: set POD_NAME");
  const url = eventsUrl(server, pod.namespace);
  if (!url) return fail("KUBERNETES_SERVICE_HOST is not a valid address");
  const suffix = crypto.getRandomValues(new Uint8Array(8)).toHex();
  const body = makeEvent(pod, event, { at: new Date(), suffix });
  try {
    const status = await post(url, account, { body, limitMs });
    return CREATED.includes(status)
      ? { posted: true }
      : fail(explain(status, pod.namespace));
  } catch (error) {
    return fail(explainError(error, url.host));
  }
}

function fail(reason: string): PublishResult {
  return { posted: false, reason };
}

function findPod(
  mounted: string | undefined,
  bound: PodReference,
  known: PodReference,
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
  { body, limitMs }: { readonly body: unknown; readonly limitMs: number },
): Promise<number> {
  // Trust only the cluster's CA: an empty default store, plus caCerts.
  Deno.env.set("DENO_TLS_CA_STORE", ",");
  using client = Deno.createHttpClient({ caCerts: [ca], http2: false });
  const response = await fetch(url, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      accept: "application/json",
    },
    body: JSON.stringify(body),
    redirect: "manual",
    signal: AbortSignal.timeout(limitMs),
    client,
  });
  // The body is not read, so that none of it can reach the log.
  await response.body?.cancel();
  return response.status;
}

function explain(status: number, namespace: string): string {
  switch (status) {
    case 401:
      return "the API server does not accept the service account's token";
    case 403:
      return `the service account may not create events in ${namespace}: bind the role cloudtaser-events to it`;
    case 404:
      return `the API server has no events in namespace ${namespace}`;
    default:
      return `the API server answered ${status}`;
  }
}

/** The error's own text is omitted: it may quote the token. */
function explainError(error: unknown, host: string): string {
  const isLate = error instanceof DOMException && error.name === "TimeoutError";
  return isLate
    ? `${host} did not answer in time`
    : `${host} cannot be reached, or its certificate is not the cluster's`;
}
