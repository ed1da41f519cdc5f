/**
 * The product's main story: harden, meet the agent, take in, fetch, prove,
 * decide, start, mind, give back. Read top to bottom. After the application runs, nothing of ours
 * ends the process but the application's own end.
 */
import { harden } from "@ffi";
import type { Application, Interposer } from "@/app/mod.ts";
import { EXIT, type Log, PolicyError } from "@/base/mod.ts";
import { type CourierProcess, findEarlyCourier } from "@/courier/mod.ts";
import { type Fetch, LeaseKeeper, VaultSession } from "@/lease/mod.ts";
import type { OwnImage } from "@/memory/mod.ts";
import { Children } from "@/process/mod.ts";
import { openAgent } from "./agent.ts";
import type { ApplicationLife } from "./application_life.ts";
import type { CommandLine } from "./command_line.ts";
import { onInternalError } from "./internal_error.ts";
import { openInterposer, tellInterposer } from "./interposition.ts";
import { giveBackMemory } from "./memory_rest.ts";
import { readIdentity } from "./identity.ts";
import { type Intake, listVariables, readGiven, takeIn } from "./intake.ts";
import { Protection } from "./protection.ts";
import { openLife } from "./open_life.ts";
import { openReporting } from "./reporting.ts";
import { Interrupted, SignalDesk } from "./signal_desk.ts";
import { startSignalThread } from "./signal_thread.ts";
import { findCommand } from "./target.ts";

/** The application's own start comes first. */
const SETTLE_MS = 500;

/** What the stages share, and what the status server looks at. */
interface Run {
  readonly intake: Intake;
  readonly children: Children;
  readonly desk: SignalDesk;
  readonly protection: Protection;
  readonly log: Log;
  readonly startedAt: number;
  readonly interposer: Interposer;
  application?: Application;
  life?: ApplicationLife;
  session?: VaultSession;
  keeper?: LeaseKeeper;
}

/**
 * Runs the application to its end.
 *
 * @returns the exit status of this process
 * @throws WrapperError when the application is not started
 */
export async function run(
  line: CommandLine,
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
  const desk = new SignalDesk(log);
  const children = new Children((s) => desk.take(s), (text) => log.warn(text));
  void children.watch();
  const given = readGiven(own, line.flags);
  // Before there is anything to steal: what is opened earlier an agent cannot protect.
  const agent = openAgent(given.config.agentSocket);
  await agent.connect();
  const intake = takeIn(given);
  const protection = new Protection(intake, agent, log);
  try {
    const command = findCommand(line, intake.config);
    const interposer = openInterposer(intake, children, command);
    protection.interposer = interposer;
    return await runStages(
      { intake, children, desk, protection, log, startedAt, interposer },
      command,
    );
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    log.info(`Stopped by ${error.message}`);
    return 128 + error.signo;
  } finally {
    intake.store.close();
  }
}

async function runStages(run: Run, command: Uint8Array[]): Promise<number> {
  const session = openSession(run);
  if (session) run.session = session;
  const fetched = await fetchStage(run, session);
  if (session && fetched) {
    run.keeper = keepLeases(run, session);
    run.keeper.hold(fetched);
  }
  try {
    const { application, life } = openLife(run, command);
    Object.assign(run, { application, life });
    await proveStage(run, life);
    return await liveStage(run, life);
  } finally {
    run.protection.stop();
    // However it ended: what Vault gave is given back.
    await run.keeper?.end();
  }
}

async function liveStage(run: Run, life: ApplicationLife): Promise<number> {
  const ended = life.begin();
  run.log.debug("Application started");
  run.keeper?.begin();
  survive(run.log);
  afterStart(run.protection);
  const { scoreIntervalMs } = run.intake.config;
  run.protection.keepProving(
    scoreIntervalMs,
    () => life.terminate(EXIT.policy),
  );
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
function afterStart(protection: Protection): void {
  setTimeout(() => {
    protection.lookAround();
    giveBackMemory();
  }, SETTLE_MS);
}

/** The courier goes out first; everything else happens while it is away. */
async function fetchStage(
  run: Run,
  session: VaultSession | undefined,
): Promise<Fetch | undefined> {
  const { desk, log, intake, protection } = run;
  const fetching = session?.fetch();
  if (session) log.debug("Courier sent out");
  startSignalThread();
  // Its failure is met below; until then it must not count as unhandled.
  fetching?.catch(() => {});
  for (const name of intake.wiped) {
    log.info(
      `${name} was wiped from the environment, but the pod's specification still holds it: prefer a file or a login`,
    );
  }
  openStatus(run);
  if (!fetching) return undefined;
  await protection.prepare();
  const fetched = await desk.unlessInterrupted(fetching);
  intake.store.adopt(fetched.holding);
  const { variables, millis } = fetched.report;
  const times = Object.entries(millis)
    .map(([name, ms]) => `${name} ${Math.round(ms)} ms`);
  log.info(`Secrets loaded: ${variables.length} (${times.join(", ")})`, {
    secret_count: variables.length,
  });
  return fetched;
}

/** An application that takes its secrets over stands ready meanwhile; the proofs look at it, too. */
async function proveStage(run: Run, life: ApplicationLife): Promise<void> {
  const { desk, protection, interposer, log } = run;
  await desk.unlessInterrupted(interposer.prepare());
  await life.prepare();
  try {
    await desk.unlessInterrupted(protection.prove());
    protection.tell();
    const decision = protection.decide();
    if (!decision.start) {
      throw new PolicyError(`The application is not started: ${decision.why}`);
    }
  } catch (error) {
    await life.abandon();
    throw error;
  }
  tellInterposer(run.intake.config, interposer, log);
}

function openSession(run: Run): VaultSession | undefined {
  const { intake, children, log } = run;
  const { store, config } = intake;
  const early = takeEarlyCourier(run);
  if (!config.vault) return undefined;
  const { plan, handToken, vault: settings } = config;
  return new VaultSession({
    children,
    store,
    settings,
    plan,
    handToken,
    log,
    early,
  });
}

/** Its files are older than our registration: where there is an agent, newer ones are better. */
function takeEarlyCourier(run: Run): CourierProcess | undefined {
  const { store, config } = run.intake;
  const early = findEarlyCourier(run.children);
  const isOfUse = config.vault && store.kind === "secretmem" &&
    !run.protection.agent.connected;
  if (isOfUse) return early;
  early?.dismiss();
  return undefined;
}

function keepLeases(run: Run, session: VaultSession): LeaseKeeper {
  const { log } = run;
  const { store, config } = run.intake;
  return new LeaseKeeper({
    session,
    store,
    refreshMs: config.refreshMs,
    log,
    onRotated: async (names) =>
      await run.life?.rotate(config.onRotate, names) ?? false,
  });
}

function openStatus(run: Run): void {
  openReporting({
    config: run.intake.config,
    protection: run.protection,
    startedAt: run.startedAt,
    identity: readIdentity(listVariables(run.intake.own.environment)),
    application: () => run.application,
    keeper: () => run.keeper,
    counts: () => ({
      errands: run.session?.errands ?? [],
      restarts: run.life?.restarts ?? 0,
      orphans: run.children.orphans,
    }),
  }, run.log);
}
