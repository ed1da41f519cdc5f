/**
 * The product's main story: harden, meet the agent, take in, fetch, prove,
 * decide, start, mind, give back. Read top to bottom. After the application runs, nothing of ours
 * ends the process but the application's own end.
 */
import { harden } from "@ffi";
import { EXIT, KernelError, PolicyError } from "@/base/errors.ts";
import type { Log } from "@/base/log.ts";
import type { SealedFrom } from "@/config/sealed.ts";
import type { Fetch, VaultSession } from "@/wrapper/secrets/vault_session.ts";
import type { OwnImage } from "@/process/own_image.ts";
import { Children } from "@/process/children.ts";
import { openAgent } from "@/wrapper/checks/agent/link.ts";
import type { Invocation } from "@/config/invocation.ts";
import { onInternalError } from "@/process/internal_error.ts";
import {
  openInterposer,
  tellInterposer,
} from "@/wrapper/child/interposition.ts";
import { trimIdleMemory } from "@/process/idle_trim.ts";
import { ingest, readInput } from "@/wrapper/secrets/ingest.ts";
import { Protection } from "@/wrapper/checks/protection.ts";
import {
  keepLeases,
  type Life,
  makeLife,
  openEventPublisher,
  openSession,
  openStatus,
  type Run,
} from "./run_state.ts";
import { type Guard, SealedStart } from "@/wrapper/unseal/sealed_start.ts";
import { Interrupted, SignalRouter } from "@/wrapper/child/signal_router.ts";
import { startSignalThread } from "@/wrapper/child/signal_thread.ts";
import { findArgv } from "@/wrapper/child/target.ts";
import { judgeTransport } from "@/wrapper/status/vault_transport.ts";

/** The application's own start comes first. */
const SETTLE_MS = 500;
/** An event about an application that is not started is worth this much time. */
const LAST_WORDS_MS = 2000;

/**
 * Runs the application to its end.
 *
 * @returns the exit status of this process
 * @throws WrapperError when the application is not started
 */
export async function runApplication(
  invocation: Invocation,
  own: OwnImage,
  log: Log,
): Promise<number> {
  const startedAt = Date.now();
  log.debug("Starting");
  harden({
    noDump: true,
    noNewPrivileges: true,
    subreaper: Deno.pid !== 1,
  });
  // Signals wait until now: all are blocked.
  const input = readInput(own, invocation.flags);
  const router = new SignalRouter(log, input.config.stopSignals);
  const children = new Children(
    (s) => router.take(s),
    (text) => log.warn(text),
  );
  void children.watch();
  // Before anything is fetched: what is opened earlier an agent cannot protect.
  const agent = openAgent(input.config);
  await agent.connect();
  const ingested = ingest(input);
  const protection = new Protection(ingested, agent, log);
  try {
    const argv = findArgv(invocation, ingested.config);
    const interposer = openInterposer(ingested, children, argv);
    protection.interposer = interposer;
    return await runStages(
      { ingested, children, router, protection, log, startedAt, interposer },
      argv,
    );
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    log.info(`Stopped by ${error.message}`);
    return 128 + error.signo;
  } finally {
    ingested.store.close();
  }
}

async function runStages(run: Run, argv: Uint8Array[]): Promise<number> {
  const weakness = judgeTransport(run.ingested.config)?.warning;
  if (weakness) run.log.warn(weakness);
  const session = openSession(run);
  if (session) run.session = session;
  const publisher = openEventPublisher(run);
  if (publisher) run.publisher = publisher;
  const fetched = session && run.ingested.config.sealed
    ? await sealedStage(run, session, run.ingested.config.sealed)
    : await fetchStage(run, session);
  if (session && fetched) {
    run.keeper = keepLeases(run, session);
    run.keeper.hold(fetched);
  }
  try {
    const life = makeLife(run, argv);
    await proveStage(run, life);
    return await liveStage(run, life);
  } finally {
    run.protection.stop();
    // However it ended: what Vault gave is given back.
    await run.keeper?.end();
  }
}

async function liveStage(run: Run, parts: Life): Promise<number> {
  const { life } = Object.assign(run, parts);
  const ended = life.begin();
  run.log.debug("Application started");
  run.keeper?.begin();
  survive(run.log);
  afterStart(run);
  const { scoreIntervalMs } = run.ingested.config;
  run.protection.keepProving(scoreIntervalMs, {
    onScore: (score) => run.publisher?.tell(score),
    onDegraded: () => life.terminate(EXIT.policy),
  });
  return await ended;
}

/** From here on a mistake of ours is told and lived with: PID 1's end would be the application's. */
function survive(log: Log): void {
  onInternalError((kind) => {
    log.error(
      `Internal error: ${kind}; the application runs on, please report it`,
    );
  });
}

/** What can wait until the application runs. */
function afterStart({ protection, publisher }: Run): void {
  setTimeout(() => {
    if (protection.score) publisher?.tell(protection.score);
    protection.readFacts();
    trimIdleMemory();
  }, SETTLE_MS);
}

/** The fetcher goes out first; everything else happens while it is away. */
async function fetchStage(
  run: Run,
  session: VaultSession | undefined,
): Promise<Fetch | undefined> {
  const { router, log, ingested, protection } = run;
  const fetching = session?.fetch();
  if (session) log.debug("Fetcher sent out");
  startSignalThread();
  // Its failure is met below; until then it must not count as unhandled.
  fetching?.catch(() => {});
  // A wrapping token is worth nothing once it is used.
  for (const name of ingested.wiped.filter((n) => !n.endsWith("_WRAPPED"))) {
    log.info(
      `${name} was wiped from the environment, but the pod's specification still holds it: prefer a file or a login`,
    );
  }
  openStatus(run);
  if (!fetching) return undefined;
  // Both while the fetcher is away; a mistake of the second is met when it is needed.
  run.interposer.prepare().catch(() => {});
  await protection.prepare();
  return take(run, await router.unlessInterrupted(fetching));
}

/** There is no token: somebody brings one. Who may not start asks for none. */
async function sealedStage(
  run: Run,
  session: VaultSession,
  from: SealedFrom,
): Promise<Fetch> {
  const { router, log, ingested, protection } = run;
  startSignalThread();
  const { store, config } = ingested;
  const guard = makeGuard(run);
  run.sealed = await SealedStart.begin({ store, session, from, guard, log });
  try {
    await router.unlessInterrupted(protection.prove());
    protection.readFacts();
    await refuseLowScore(run);
    if (!openStatus(run)) {
      throw new KernelError(
        `Sealed, and nobody could bring a token: ${config.listen} cannot be listened on`,
      );
    }
    log.info(
      `Sealed: waiting for a token by POST /v1/unseal on ${config.listen}, from ${from}`,
    );
    if (protection.score) run.publisher?.tell(protection.score);
    guard.resume();
    return take(run, await router.unlessInterrupted(run.sealed.opened));
  } finally {
    await run.sealed.end();
  }
}

/** Proofs go on while a token is waited for, and not while one is tried: its place in memory changes then. */
function makeGuard({ protection, ingested, publisher }: Run): Guard {
  return {
    refuse: async () => {
      await protection.pause();
      await protection.prove();
      const decision = protection.decide();
      return decision.start ? undefined : decision.why;
    },
    resume: () =>
      protection.keepProving(ingested.config.scoreIntervalMs, {
        onScore: (score) => publisher?.tell(score),
      }),
  };
}

function take({ ingested, log }: Run, fetched: Fetch): Fetch {
  ingested.store.adopt(fetched.secretSet);
  const { variables, millis } = fetched.report;
  const times = Object.entries(millis)
    .map(([name, ms]) => `${name} ${Math.round(ms)} ms`);
  log.info(`Secrets loaded: ${variables.length} (${times.join(", ")})`, {
    secret_count: variables.length,
  });
  return fetched;
}

/** An application that takes its secrets over stands ready meanwhile: the proofs look at it, too. */
async function proveStage(run: Run, { life }: Life): Promise<void> {
  const { router, protection, interposer, ingested, log } = run;
  await router.unlessInterrupted(interposer.prepare());
  try {
    await life.prepare();
    await router.unlessInterrupted(protection.prove());
    protection.logScore();
    await refuseLowScore(run);
  } catch (error) {
    await life.abandon();
    throw error;
  }
  tellInterposer(ingested.config, interposer, log);
}

/** Whoever looks at the pod shall see why; nothing else is waited for. */
async function refuseLowScore({ protection, publisher }: Run): Promise<void> {
  const decision = protection.decide();
  if (decision.start) return;
  if (protection.score) publisher?.tell(protection.score);
  await publisher?.settle(LAST_WORDS_MS);
  throw new PolicyError(`The application is not started: ${decision.why}`);
}
