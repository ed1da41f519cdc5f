/**
 * The product's main story: harden, take in, fetch, prove, decide, start, mind,
 * give back. Read top to bottom. After the application runs, nothing of ours
 * ends the process but the application's own end.
 */
import { harden } from "@ffi";
import { Application, makeChildEnvironment, parseCommandLine } from "@/app/mod.ts";
import { EXIT, type Log, PolicyError, UsageError } from "@/base/mod.ts";
import type { Config } from "@/config/mod.ts";
import { LeaseKeeper, VaultSession } from "@/lease/mod.ts";
import type { FetchReport } from "@/courier/mod.ts";
import type { OwnImage } from "@/memory/mod.ts";
import { Children } from "@/process/mod.ts";
import { ApplicationLife } from "./application_life.ts";
import type { CommandLine } from "./command_line.ts";
import { type Intake, takeIn } from "./intake.ts";
import { Protection } from "./protection.ts";
import { tellTheWorld } from "./reporting.ts";
import { Interrupted, SignalDesk } from "./signal_desk.ts";

/** Everything that the stages share once configuration is read. */
interface Run {
  readonly intake: Intake;
  readonly config: Config;
  readonly own: OwnImage;
  readonly children: Children;
  readonly desk: SignalDesk;
  readonly log: Log;
}

/**
 * Runs the application to its end.
 *
 * @returns the exit status of this process
 * @throws WrapperError when the application is not started
 */
export async function run(line: CommandLine, own: OwnImage, log: Log): Promise<number> {
  harden({ noDump: true, noNewPrivileges: true, subreaper: Deno.pid !== 1 });
  const desk = new SignalDesk(() => log);
  const children = new Children((s) => desk.take(s), (text) => log.warn(text));
  void children.watch();
  const intake = takeIn(own.environment, line.flags);
  const stage: Run = { intake, config: intake.config, own, children, desk, log };
  try {
    const command = findCommand(line, intake.config);
    return await runStages(stage, command);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    log.info(`Stopped by ${error.message}`);
    return 128 + error.signo;
  } finally {
    intake.store.close();
  }
}

async function runStages(stage: Run, command: Uint8Array[]): Promise<number> {
  const { intake, config, desk, log } = stage;
  for (const name of intake.wiped) {
    log.info(`${name} was wiped from the environment; the pod's specification still holds it: prefer a file or a login`);
  }
  const session = openSession(stage);
  const fetching = session?.fetch();
  // Its failure is met below; until then it must not count as unhandled.
  fetching?.catch(() => {});
  const protection = new Protection(intake, log);
  await protection.connectAgent();
  const fetched = fetching && await desk.unlessInterrupted(fetching);
  if (fetched) {
    intake.store.adopt(fetched.holding);
    tellFetched(log, fetched.report);
  }
  await desk.unlessInterrupted(protection.prove());
  protection.tell();
  const decision = protection.decide();
  if (!decision.start) throw new PolicyError(`The application is not started: ${decision.why}`);

  const application = new Application(stage.children, {
    command,
    killGroup: config.killGroup,
    graceMs: config.stopGraceMs,
    nofileSoft: readNofile(),
  }, log);
  const life = new ApplicationLife({ application, desk, log, environment: () => makeEnvironment(stage) });
  const ended = life.begin();
  const keeper = session && fetched && keepLeases(stage, session, life);
  if (keeper && fetched) keeper.begin(fetched);
  const reporting = tellTheWorld({ config, protection, application, keeper, log });
  protection.keepProving(config.scoreIntervalMs, () => life.terminate(EXIT.policy));
  const status = await ended;
  protection.stop();
  await Promise.all([reporting.stop(), keeper?.end()]);
  return status;
}

function openSession({ intake, config, children, log }: Run): VaultSession | undefined {
  if (!config.vault) return undefined;
  const { plan, handToken, vault: settings } = config;
  return new VaultSession({ children, store: intake.store, settings, plan, handToken, log });
}

function keepLeases(stage: Run, session: VaultSession, life: ApplicationLife): LeaseKeeper {
  return new LeaseKeeper({
    session,
    store: stage.intake.store,
    refreshMs: stage.config.refreshMs,
    log: stage.log,
    onRotated: (names) => life.rotate(stage.config.onRotate, names),
  });
}

function makeEnvironment({ intake, config, own }: Run): Uint8Array[] {
  return makeChildEnvironment({
    original: own.environment,
    secrets: intake.store.variables(),
    secretNames: intake.store.names(),
    passthrough: config.passthrough,
  });
}

function findCommand(line: CommandLine, config: Config): Uint8Array[] {
  if (line.words.length > 0) return [...line.words];
  if (config.originalCommand !== undefined) {
    const encoder = new TextEncoder();
    return parseCommandLine(config.originalCommand).map((word) => encoder.encode(`${word}\0`));
  }
  throw new UsageError(
    "No application to start: give its command as arguments or in CLOUDTASER_ORIGINAL_CMD (see --help)",
  );
}

/** The soft RLIMIT_NOFILE before Deno raised it, as the entry stub saw it. */
function readNofile(): bigint | undefined {
  const text = Deno.env.get("CT_NOFILE_SOFT");
  return text === undefined ? undefined : BigInt(text);
}

function tellFetched(log: Log, { variables, millis }: FetchReport): void {
  const times = Object.entries(millis).map(([name, ms]) => `${name} ${Math.round(ms)} ms`);
  log.info(`Secrets loaded: ${variables.length} (${times.join(", ")})`, { secret_count: variables.length });
}
