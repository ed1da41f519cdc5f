/**
 * Asks one wrapper without a cluster: at an address, or by the number of a
 * process on this node.
 *
 * A process is found by its network namespace, from /proc/PID/net alone. Its
 * environment, command line and descriptors would say more directly which port
 * is its own, but reading them is what the agent takes for an attack, and
 * rightly. So those who listen there under its user are asked, the default port
 * first, and believed only when they say that they are that process, or one that
 * it comes from: the number may be the wrapper's or the application's. In the
 * namespace that we are in ourselves, the node's, strangers listen too: there
 * only the default port is asked.
 */
import type { ProcessIdentity } from "@/base/process_identity.ts";
import { type Finding, judge, STATUS_BYTES } from "./ask.ts";
import { safeText } from "@/fleet/command/clean.ts";
import { FleetError } from "@/fleet/command/failure.ts";
import { readLineage } from "./lineage.ts";
import { DEFAULT_PORT, type Subject } from "@/fleet/kubernetes/pod.ts";
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

/** Asks at `--url`. @throws FleetError */
export async function askUrl(
  text: string,
  signal: AbortSignal,
): Promise<Finding> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== "") {
    throw new FleetError("--url is no address: give http://HOST:PORT");
  }
  if (url.pathname === "/") url.pathname = "/v1/status";
  return await ask(url, url.host, signal);
}

/** Asks the wrapper of `--pid`. @throws FleetError when none answers */
export async function askProcess(
  pid: number,
  signal: AbortSignal,
  proc = "/proc",
): Promise<Finding> {
  const listeners = findListeners(pid, proc);
  const lineage = readLineage(pid, proc);
  const findings: Finding[] = [];
  for (const { address, port } of listeners) {
    const host = address.includes(":") ? `[${address}]` : address;
    const url = new URL(`http://${host}:${port}/v1/status`);
    const finding = await ask(url, `process ${pid}`, signal);
    if (isOf(finding, lineage)) return finding;
    findings.push(finding);
  }
  const [first] = findings;
  const tried = listeners.map(({ port }) => port).join(", ");
  throw new FleetError(
    `No wrapper answers for process ${pid}: asked port ${tried} (${
      first?.silence ?? "it is another's wrapper"
    }). Give its --url`,
  );
}

function isOf(
  { status }: Finding,
  lineage: readonly ProcessIdentity[],
): boolean {
  const said = status?.process;
  return lineage.some(({ pid, startTicks }) =>
    pid === said?.pid && startTicks === said.startTicks
  );
}

/** Where to ask, in order. @throws FleetError */
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
    throw new FleetError(`No wrapper can be asked for process ${pid}: ${why}`);
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
  if (!first) return "nobody listens there under its user";
  if (own.has(first.inode)) {
    return `it shares this network, and nobody listens on ${DEFAULT_PORT}. Give its --url`;
  }
  return `it listens on loopback only: nsenter -n -t ${pid} cloudtaser-wrapper status --url http://127.0.0.1:${first.port}`;
}

/** The address at which we reach it; undefined for loopback of somebody else's namespace. */
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
): Promise<Finding> {
  const transport = new FetchTransport({ http2: false });
  const subject: Subject = { namespace: "", pod: "" };
  try {
    const reply = await transport.get({
      url,
      headers: { accept: "application/json", ...TOOL },
      limitBytes: STATUS_BYTES,
      signal: AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]),
    });
    return nameFinding(judge(subject, reply), name);
  } catch (error) {
    signal.throwIfAborted();
    const silence = safeText(reasonOf(error));
    return nameFinding({ subject, silence }, name);
  }
}

/** It says itself who it is; outside of Kubernetes it is called by how we found it. */
function nameFinding(finding: Finding, name: string): Finding {
  const { status } = finding;
  const subject = {
    namespace: status?.namespace ?? "",
    pod: status?.pod ?? name,
    ...(status?.node && { node: status.node }),
  };
  return { ...finding, subject };
}
