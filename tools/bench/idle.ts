/**
 * Measures running programs from outside: memory at rest, processor time when
 * idle, of a round of proofs, and of the renewal of a token.
 */
import { freePort } from "../free_port.ts";
import { messageOf } from "../progress.ts";
import { sleep } from "../until.ts";
import { IdleProcess, type Memory } from "./idle_process.ts";
import type { NotRun } from "./peers.ts";
import {
  productVariables,
  type Program,
  type Surroundings,
} from "./programs.ts";
import type { Secret } from "./server.ts";
import { round } from "./summary.ts";
import type { CommandLine } from "./workshop.ts";

const RENEWALS = /^cloudtaser_lease_renewals_total (\d+)$/m;
/** Renewed every two seconds. */
const TOKEN_PERIOD_S = 3;

/** A wrapper at rest. */
export interface IdleFigures {
  /** With 3 secrets, and with 100 and 1,000. */
  readonly memory: readonly [three: Memory, hundred: Memory, thousand: Memory];
  /** Percent of one processor, children included. */
  readonly cpuPercent: number;
  /** Without the proofs on an interval. */
  readonly cpuPercentUnproven: number;
  /** Processor time of one round of proofs on an interval of a second, milliseconds. */
  readonly proofsMs: number;
  /** Processor time of one renewal of a token, milliseconds. */
  readonly renewalMs: number;
  readonly seconds: number;
}

/** What is measured, and for how long. */
export interface IdleOptions extends Surroundings {
  /** A thousand, each in a path of its own. */
  readonly many: readonly Secret[];
  readonly settleMs: number;
  readonly idleMs: number;
}

/** Six wrappers at the same time, which differ in their secrets and in what they do. */
export async function measureIdle(
  options: IdleOptions,
  { path }: Program,
): Promise<IdleFigures> {
  const { server, many, settleMs, idleMs } = options;
  const page = `127.0.0.1:${freePort()}`;
  const start = startWrapper.bind(null, options, `${path}`);
  const unproven = { CLOUDTASER_SCORE_INTERVAL: "off" };
  await using rest = await start(server.three);
  await using silent = await start(server.three, unproven);
  await using proving = await start(server.three, {
    CLOUDTASER_SCORE_INTERVAL: "1s",
  });
  await using renewing = await start(server.three, {
    ...unproven,
    VAULT_TOKEN: await server.makePeriodicToken(TOKEN_PERIOD_S),
    CLOUDTASER_LISTEN: page,
  });
  await using hundred = await start(many.slice(0, 100));
  await using thousand = await start(many);
  await sleep(settleMs);
  const renewedBefore = await countRenewals(page);
  const all = [rest, silent, proving, renewing];
  const before = all.map((process) => process.readCpuMs());
  await sleep(idleMs);
  const spent = all.map((process, i) => process.readCpuMs() - (before[i] ?? 0));
  const renewals = await countRenewals(page) - renewedBefore;
  const [restMs = 0, silentMs = 0, provingMs = 0, renewingMs = 0] = spent;
  return {
    memory: [rest.readMemory(), hundred.readMemory(), thousand.readMemory()],
    cpuPercent: round(restMs / idleMs * 100),
    cpuPercentUnproven: round(silentMs / idleMs * 100),
    proofsMs: round((provingMs - silentMs) / (idleMs / 1000)),
    renewalMs: round((renewingMs - silentMs) / renewals),
    seconds: idleMs / 1000,
  };
}

async function startWrapper(
  { workshop, server }: Surroundings,
  path: string,
  secrets: readonly Secret[],
  more: Readonly<Record<string, string>> = {},
): Promise<IdleProcess> {
  const application = await workshop.application(secrets);
  return await IdleProcess.start({
    words: [path, "--", ...application, "-"],
    env: { ...productVariables(server, secrets), ...more },
  });
}

/** The page costs the wrapper memory and time, so that only this wrapper has one. */
async function countRenewals(page: string): Promise<number> {
  const answer = await fetch(`http://${page}/metrics`);
  return Number(RENEWALS.exec(await answer.text())?.[1]);
}

/** Another program with three secrets. */
export interface PeerFigures {
  readonly memory: Memory;
  /** Size of its file. */
  readonly bytes: number;
}

/** The other programs by name, one after the other. */
export async function measurePeers(
  { workshop, server, settleMs }: IdleOptions,
  peers: readonly Program[],
): Promise<Record<string, PeerFigures | NotRun>> {
  const secrets = server.three;
  const application = [...await workshop.application(secrets), "-"];
  const figures: Record<string, PeerFigures | NotRun> = {};
  for (const { name, path, compose } of peers) {
    if (typeof path !== "string") {
      figures[name] = path;
      continue;
    }
    const surroundings = { workshop, server };
    const command = await compose(surroundings, secrets, application);
    const { size: bytes } = await Deno.stat(path);
    figures[name] = await measureAtRest(command, settleMs).then(
      (memory) => ({ memory, bytes }),
      (error) => ({ notRun: messageOf(error) }),
    );
  }
  return figures;
}

async function measureAtRest(
  command: CommandLine,
  settleMs: number,
): Promise<Memory> {
  await using process = await IdleProcess.start(command);
  await sleep(settleMs);
  return process.readMemory();
}
