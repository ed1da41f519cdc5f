/**
 * Queries one wrapper without a cluster: at an address (--url), or by a process
 * of its pod on this node (--pid).
 *
 * For --pid, /proc/PID/net of the process shows which sockets listen in its
 * network namespace. Its environment, command line and descriptors would show
 * its port directly, but the agent treats reading them as an attack. So this
 * queries the listeners of the same user, the default port first. A response
 * counts only when it names the process or one of its ancestors: the PID may be
 * the wrapper's or the application's. In the network namespace of this program,
 * usually the node's, other programs listen too: only the default port counts.
 */
import type { ProcessIdentity } from "@/base/process_identity.ts";
import { judge, type Probe, STATUS_BYTES } from "./probe.ts";
import { safeText } from "@/base/text.ts";
import { FleetError } from "@/fleet/command/errors.ts";
import { readLineage } from "./lineage.ts";
import { DEFAULT_PORT, type Target } from "@/fleet/kubernetes/pod.ts";
import {
  isAny,
  isLoopback,
  type Listener,
  readAddresses,
  readListeners,
  readUid,
} from "./sockets.ts";
import {
  FetchTransport,
  reasonOf,
  TOOL,
} from "@/fleet/kubernetes/transport.ts";

const ASK_MS = 5000;
const MOST_LISTENERS = 16;

/** Queries the wrapper at `--url`. @throws FleetError */
export async function probeUrl(
  text: string,
  signal: AbortSignal,
): Promise<Probe> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== "") {
    throw new FleetError("--url is not an address: use http://HOST:PORT");
  }
  if (url.pathname === "/") url.pathname = "/v1/status";
  return await ask(url, url.host, signal);
}

/** Queries the wrapper of `--pid`. @throws FleetError when none responds */
export async function probeProcess(
  pid: number,
  signal: AbortSignal,
  proc = "/proc",
): Promise<Probe> {
  const listeners = findListeners(pid, proc);
  const lineage = readLineage(pid, proc);
  const probes: Probe[] = [];
  for (const { address, port } of listeners) {
    const host = address.includes(":") ? `[${address}]` : address;
    const url = new URL(`http://${host}:${port}/v1/status`);
    const probe = await ask(url, `process ${pid}`, signal);
    if (isOf(probe, lineage)) return probe;
    probes.push(probe);
  }
  const [first] = probes;
  const tried = listeners.map(({ port }) => port).join(", ");
  throw new FleetError(
    `No wrapper responds for process ${pid}: tried port ${tried} (${
      first?.error ?? "the wrapper there belongs to another process"
    }); use --url`,
  );
}

function isOf({ status }: Probe, lineage: readonly ProcessIdentity[]): boolean {
  const said = status?.process;
  return lineage.some(({ pid, startTicks }) =>
    pid === said?.pid && startTicks === said.startTicks
  );
}

/** The listeners to query, in order. @throws FleetError */
function findListeners(pid: number, proc: string): Listener[] {
  const folder = `${proc}/${pid}`;
  const uid = readUid(folder);
  if (uid === undefined) throw new FleetError(`There is no process ${pid}`);
  const own = new Set(readListeners(`${proc}/self`).map(({ inode }) => inode));
  const outside = readAddresses(folder)[0];
  const all = readListeners(folder).filter((one) => one.uid === uid);
  const reachable = all.flatMap((listener) => {
    const isOurs = own.has(listener.inode);
    if (isOurs && listener.port !== DEFAULT_PORT) return [];
    const address = reach(listener, isOurs, outside);
    return address === undefined ? [] : [{ ...listener, address }];
  });
  if (reachable.length === 0) {
    const why = describeUnreachable(pid, all, own);
    throw new FleetError(`Cannot query a wrapper for process ${pid}: ${why}`);
  }
  return reachable.sort((a, b) => rank(a) - rank(b) || a.port - b.port)
    .slice(0, MOST_LISTENERS);
}

function describeUnreachable(
  pid: number,
  all: readonly Listener[],
  own: ReadonlySet<string>,
): string {
  const [first] = all;
  if (!first) return "no socket of its user listens there";
  if (own.has(first.inode)) {
    return `it shares this network namespace, where only port ${DEFAULT_PORT} is queried and nothing listens; if CLOUDTASER_LISTEN names another port, use --url http://127.0.0.1:PORT`;
  }
  return `it listens on loopback only: nsenter -n -t ${pid} cloudtaser-wrapper status --url http://127.0.0.1:${first.port}`;
}

/** The address to reach the listener; undefined for loopback in another namespace. */
function reach(
  { address }: Listener,
  isOurs: boolean,
  outside: string | undefined,
): string | undefined {
  if (isOurs) {
    return isAny(address) ? "127.0.0.1" : address;
  }
  if (isAny(address)) return outside;
  return isLoopback(address) ? undefined : address;
}

function rank({ port }: Listener): number {
  return port === DEFAULT_PORT ? 0 : 1;
}

async function ask(
  url: URL,
  name: string,
  signal: AbortSignal,
): Promise<Probe> {
  const transport = new FetchTransport({ http2: false });
  const target: Target = { namespace: "", pod: "" };
  try {
    const reply = await transport.get({
      url,
      headers: { accept: "application/json", ...TOOL },
      limitBytes: STATUS_BYTES,
      signal: AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]),
    });
    return nameProbe(judge(target, reply), name);
  } catch (error) {
    signal.throwIfAborted();
    const reason = safeText(reasonOf(error));
    return nameProbe({ target, error: reason }, name);
  }
}

/** Takes pod and namespace from the response; outside of Kubernetes, `name` is used. */
function nameProbe(probe: Probe, name: string): Probe {
  const { status } = probe;
  const target = {
    namespace: status?.namespace ?? "",
    pod: status?.pod ?? name,
    ...(status?.node && { node: status.node }),
  };
  return { ...probe, target };
}
