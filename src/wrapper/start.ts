/**
 * One start, read from top to bottom: harden, read the configuration, connect
 * to the agent, ingest the secrets of the environment, fetch (or wait sealed for
 * a token), prove, decide, start, supervise, revoke. Once the application runs,
 * only its end ends this process.
 */
import { harden, startThreads } from "@ffi";
import { KernelError, PolicyError } from "@/base/errors.ts";
import type { Log } from "@/base/log.ts";
import { Timer } from "@/base/timer.ts";
import { readIdentity } from "@/config/pod_identity.ts";
import type { Invocation, Variable } from "@/config/reader.ts";
import type { SealedFrom } from "@/config/vault.ts";
import { Children, startSignalThread } from "@/process/children.ts";
import { trimIdleMemory } from "@/process/idle_trim.ts";
import {
  describeInternalError,
  onInternalError,
} from "@/process/internal_error.ts";
import type { OwnBlocks } from "@/process/own_blocks.ts";
import { renderScoreLines } from "@/score/score_lines.ts";
import { openAgent } from "@/wrapper/checks/agent/link.ts";
import { Protection } from "@/wrapper/checks/protection.ts";
import { Application } from "@/wrapper/child/application.ts";
import { ApplicationLife } from "@/wrapper/child/application_life.ts";
import { findArgv } from "@/wrapper/child/command.ts";
import { Interposer } from "@/wrapper/child/interposer.ts";
import { Interrupted, SignalRouter } from "@/wrapper/child/signal_router.ts";
import { claimEarlyFetcher } from "@/wrapper/secrets/fetcher_process.ts";
import { ingest, type Ingested } from "@/wrapper/secrets/ingest.ts";
import { readInput } from "@/wrapper/secrets/input.ts";
import { LeaseKeeper } from "@/wrapper/secrets/lease_keeper.ts";
import { warnOfUnnoticed } from "@/wrapper/secrets/unnoticed_changes.ts";
import { type Fetch, VaultSession } from "@/wrapper/secrets/vault_session.ts";
import { EventPublisher } from "@/wrapper/status/event_publisher.ts";
import { judgeTransport } from "@/wrapper/status/vault_transport.ts";
import { type Guard, SealedStart } from "@/wrapper/unseal/sealed_start.ts";
import { openStatus, type StatusSources } from "./open_status.ts";

/** Postponed work begins this long after the application's start. */
const SETTLE_MS = 500;
/** Longest wait for the event that says why the application is not started. */
const LAST_EVENT_MS = 2000;

/** The state of one start. Optional fields are set when their part exists. */
interface Run extends StatusSources {
  readonly ingested: Ingested;
  readonly children: Children;
  readonly router: SignalRouter;
  readonly interposer: Interposer;
  /** In a cluster. */
  readonly publisher: EventPublisher | undefined;
  readonly log: Log;
  life?: ApplicationLife;
  sealed?: SealedStart;
}

/**
 * Runs the application to its end.
 *
 * @returns the exit code of this process
 * @throws WrapperError when the application is not started
 */
export async function runApplication(
  invocation: Invocation,
  own: OwnBlocks,
  variables: readonly Variable[],
  log: Log,
): Promise<number> {
  const startedAt = Date.now();
  log.debug("Starting");
  const subreaper = Deno.pid !== 1;
  harden({ noDump: true, noNewPrivileges: true, subreaper });
  const input = await readInput(own, variables, invocation.flags);
  const { config } = input;
  for (const warning of config.warnings) log.warn(warning);
  const router = new SignalRouter(log, config.stopSignals);
  const children = watchChildren(router, log);
  // Connect before anything secret is opened: the agent protects only what comes later.
  const agent = openAgent(config);
  await agent.connect();
  const ingested = ingest(input);
  try {
    const argv = findArgv(invocation, config);
    const interposer = new Interposer(ingested, children, argv);
    const protection = new Protection(ingested, agent, log);
    protection.interposer = interposer;
    const identity = readIdentity(variables);
    const publisher = config.events
      ? EventPublisher.open(variables, identity, children, log)
      : undefined;
    const reporting = { config, identity, startedAt, publisher, log };
    const context = { ingested, children, router, interposer, protection };
    return await fetchAndSupervise({ ...reporting, ...context }, argv);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    log.info(`Stopped by ${error.message}`);
    return 128 + error.signo;
  } finally {
    ingested.store.close();
  }
}

/** Starts to receive signals, which are blocked until here. */
function watchChildren(router: SignalRouter, log: Log): Children {
  const children = new Children(
    (signal) => router.route(signal),
    (problem) => log.warn(problem),
  );
  void children.watch();
  return children;
}

async function fetchAndSupervise(
  run: Run,
  argv: readonly Uint8Array[],
): Promise<number> {
  const { config, children, ingested, log } = run;
  const weakness = judgeTransport(config)?.warning;
  if (weakness) log.warn(weakness);
  const session = openSession(run);
  const fetched = session && config.sealed
    ? await waitForToken(run, session, config.sealed)
    : await fetchSecrets(run, session);
  if (session && fetched) run.keeper = keepLeases(run, session, fetched);
  try {
    const application = new Application(children, argv, ingested, log);
    const life = new ApplicationLife({ ...run, application });
    await proveAndDecide(run, life);
    return await supervise(Object.assign(run, { application, life }));
  } finally {
    run.protection.stop();
    // Revoke leases and token, however the start or the application ended.
    await run.keeper?.end();
  }
}

/** Undefined when no secret is requested. */
function openSession(run: Run): VaultSession | undefined {
  const { config, children, ingested, protection, log } = run;
  // The early fetcher opened its files before this process registered with the
  // agent: with an agent, a fetcher that starts now is better protected.
  const isUsable = config.vault !== undefined && !config.sealed &&
    ingested.store.kind === "secretmem" && !protection.agent.connected;
  const early = claimEarlyFetcher(children, isUsable);
  if (!config.vault) return undefined;
  const settings = config.vault;
  return new VaultSession({ settings, ingested, children, early, log });
}

/** Starts the fetcher first and does everything else while it works. */
async function fetchSecrets(
  run: Run,
  session: VaultSession | undefined,
): Promise<Fetch | undefined> {
  const { router, log, ingested, protection, interposer } = run;
  const fetching = session?.fetch();
  // A failure is handled where it is awaited below, not as an unhandled rejection.
  fetching?.catch(() => {});
  if (session) log.debug("Fetcher started");
  startSignalThread();
  // A wrapping token is worthless once it is used.
  for (const name of ingested.wiped.filter((n) => !n.endsWith("_WRAPPED"))) {
    log.info(
      `${name} removed from the environment, but whatever set it (the pod's specification) still has it: use a file or a login method`,
    );
  }
  openStatus(run, log);
  if (!fetching) return undefined;
  interposer.prepare().catch(() => {});
  await protection.prepare();
  return adopt(run, await router.unlessInterrupted(fetching));
}

/** Waits for a token. Asks for one only if the application would be started. */
async function waitForToken(
  run: Run,
  session: VaultSession,
  from: SealedFrom,
): Promise<Fetch> {
  const { config, router, log, ingested, protection, publisher } = run;
  startSignalThread();
  const { store } = ingested;
  const guard = makeGuard(run);
  run.sealed = await SealedStart.begin({ store, session, from, guard, log });
  try {
    await router.unlessInterrupted(protection.prove());
    await refuseLowScore(run);
    if (!openStatus(run, log, run.sealed.route)) {
      throw new KernelError(
        `Cannot listen on ${config.listen}, so no unseal token can arrive: change CLOUDTASER_LISTEN`,
      );
    }
    log.info(
      `Sealed: waiting for a token at POST /v1/unseal on ${config.listen}, from ${from}`,
    );
    if (protection.score) publisher?.publish(protection.score);
    guard.resume();
    return adopt(run, await router.unlessInterrupted(run.sealed.opened));
  } finally {
    await run.sealed.end();
  }
}

/** Pauses the proofs while a token is tried: its memory changes meanwhile. */
function makeGuard({ config, protection, publisher }: Run): Guard {
  return {
    refuse: async () => {
      await protection.pause();
      await protection.prove();
      const decision = protection.decide();
      return decision.start ? undefined : decision.why;
    },
    resume: () =>
      protection.keepProving(config.scoreIntervalMs, {
        onScore: (score) => publisher?.publish(score),
      }),
  };
}

function adopt({ ingested, log }: Run, fetched: Fetch): Fetch {
  ingested.store.adopt(fetched.secretSet);
  const { variables, millis } = fetched.report;
  const times = Object.entries(millis)
    .map(([name, ms]) => `${name} ${Math.round(ms)} ms`);
  log.line({
    level: "info",
    message: `Secrets loaded: ${variables.length} (${times.join(", ")})`,
    fields: { secret_count: variables.length },
  });
  return fetched;
}

function keepLeases(
  run: Run,
  session: VaultSession,
  fetched: Fetch,
): LeaseKeeper {
  const { config, ingested, log } = run;
  const keeper = new LeaseKeeper({
    session,
    store: ingested.store,
    refreshMs: config.refreshMs,
    log,
    onRotated: async (names) => await run.life?.rotate(names) ?? false,
  });
  keeper.hold(fetched);
  warnOfUnnoticed(config, fetched.report.leases, log);
  return keeper;
}

/** An interposed application already exists here, stopped before its first instruction: the proofs examine it too. */
async function proveAndDecide(run: Run, life: ApplicationLife): Promise<void> {
  const { config, router, protection, interposer, log } = run;
  await router.unlessInterrupted(interposer.prepare());
  try {
    await life.prepare();
    const score = await router.unlessInterrupted(protection.prove());
    renderScoreLines(score).forEach(log.line);
    await refuseLowScore(run);
  } catch (error) {
    await life.abandon();
    throw error;
  }
  if (config.interpose !== "off") log.info(interposer.summary);
}

/** Flushes the event first, so that `kubectl describe` shows the reason. */
async function refuseLowScore({ protection, publisher }: Run): Promise<void> {
  const decision = protection.decide();
  if (decision.start) return;
  if (protection.score) publisher?.publish(protection.score);
  await publisher?.flush(LAST_EVENT_MS);
  throw new PolicyError(`The application is not started: ${decision.why}`);
}

/** Starts the application and waits for its end. @returns the exit code */
async function supervise(
  { config, life, keeper, protection, publisher, log }: Run & {
    readonly life: ApplicationLife;
  },
): Promise<number> {
  const ended = life.begin();
  log.debug("Application started");
  keeper?.begin();
  // PID 1 must not exit before the application, whatever fails in it.
  onInternalError((error) =>
    log.error(describeInternalError(error, "the application keeps running"))
  );
  new Timer(SETTLE_MS, () => {
    if (protection.score) publisher?.publish(protection.score);
    trimIdleMemory();
    startThreads(config.scoreIntervalMs);
  });
  protection.keepProving(config.scoreIntervalMs, {
    onScore: (score) => publisher?.publish(score),
    onDegraded: (why) => life.terminate(new PolicyError(why)),
  });
  return await ended;
}
