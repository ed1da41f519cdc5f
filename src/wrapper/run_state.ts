/** What the stages of a run share, and how each part of it is made. The story is told in run.ts. */
import { Application } from "@/wrapper/child/application.ts";
import type { Interposer } from "@/wrapper/child/interposer.ts";
import type { Log } from "@/base/log.ts";
import {
  type FetcherProcess,
  findEarlyFetcher,
} from "@/wrapper/secrets/fetcher_process.ts";
import { LeaseKeeper } from "@/wrapper/secrets/lease_keeper.ts";
import { VaultSession } from "@/wrapper/secrets/vault_session.ts";
import type { Children } from "@/process/children.ts";
import { SIGTERM } from "@/base/signals.ts";
import { ApplicationLife } from "@/wrapper/child/restarts.ts";
import {
  describePod,
  EventPublisher,
  findServer,
} from "@/wrapper/status/event_publisher.ts";
import { readIdentity } from "@/config/pod_identity.ts";
import type { Ingested } from "@/wrapper/secrets/ingest.ts";
import { listVariables } from "@/config/variables.ts";
import type { Protection } from "@/wrapper/checks/protection.ts";
import { openReporting } from "./open_status.ts";
import type { SealedStart } from "@/wrapper/unseal/sealed_start.ts";
import type { SignalRouter } from "@/wrapper/child/signal_router.ts";
import { makeEnvironment, readNofile } from "@/wrapper/child/target.ts";

/** What the stages share, and what the status server looks at. */
export interface Run {
  readonly ingested: Ingested;
  readonly children: Children;
  readonly router: SignalRouter;
  readonly protection: Protection;
  readonly log: Log;
  readonly startedAt: number;
  readonly interposer: Interposer;
  application?: Application;
  life?: ApplicationLife;
  session?: VaultSession;
  sealed?: SealedStart;
  keeper?: LeaseKeeper;
  /** In a cluster. */
  publisher?: EventPublisher;
}

/** The application and what becomes of it. */
export interface Life {
  readonly application: Application;
  readonly life: ApplicationLife;
}

/** The application's life, with what restarts and stops it. */
export function makeLife(run: Run, argv: Uint8Array[]): Life {
  const { children, router, ingested, log, interposer } = run;
  const { killGroup, stopGraceMs, stopSignals, interpose } = ingested.config;
  const options = {
    argv,
    killGroup,
    graceMs: stopGraceMs,
    stopSignal: stopSignals[0] ?? SIGTERM,
    nofileSoft: readNofile(),
  };
  const application = new Application(children, options, log);
  const environment = () => makeEnvironment(ingested);
  const life = new ApplicationLife({
    application,
    router,
    log,
    environment,
    interposer,
    mustInterpose: interpose === "require",
  });
  return { application, life };
}

/** Dealings with Vault, when any secret is asked for. */
export function openSession(run: Run): VaultSession | undefined {
  const { ingested, children, log } = run;
  const { store, config, readFrom } = ingested;
  const early = takeEarlyFetcher(run);
  if (!config.vault) return undefined;
  const { plan, tokenNames, vault: settings } = config;
  return new VaultSession({
    children,
    store,
    settings,
    plan,
    tokenNames,
    log,
    early,
    onFileRead: ({ path, fileSystem }) => {
      const types = readFrom.get(path) ?? new Set();
      readFrom.set(path, types.add(fileSystem));
    },
  });
}

/** Its files are older than our registration: where there is an agent, newer ones are better. */
function takeEarlyFetcher(run: Run): FetcherProcess | undefined {
  const { store, config } = run.ingested;
  const early = findEarlyFetcher(run.children);
  const isOfUse = config.vault && !config.sealed &&
    store.kind === "secretmem" &&
    !run.protection.agent.connected;
  if (isOfUse) return early;
  early?.dismiss();
  return undefined;
}

/** Who keeps alive what was fetched. */
export function keepLeases(run: Run, session: VaultSession): LeaseKeeper {
  const { log } = run;
  const { store, config } = run.ingested;
  return new LeaseKeeper({
    session,
    store,
    refreshMs: config.refreshMs,
    log,
    onRotated: async (names) =>
      await run.life?.rotate(config.onRotate, names) ?? false,
  });
}

/** The status server. @returns whether it listens */
export function openStatus(run: Run): boolean {
  return openReporting(
    {
      config: run.ingested.config,
      protection: run.protection,
      startedAt: run.startedAt,
      identity: readIdentity(listVariables(run.ingested.own.environment)),
      application: () => run.application,
      keeper: () => run.keeper,
      isSealed: () => run.sealed?.isSealed ?? false,
    },
    run.log,
    run.sealed?.route,
  );
}

/** Who tells Kubernetes; undefined outside of a cluster. */
export function openEventPublisher(run: Run): EventPublisher | undefined {
  const { own, config } = run.ingested;
  const variables = listVariables(own.environment);
  const server = config.events ? findServer(variables) : undefined;
  if (!server) return undefined;
  const pod = describePod(readIdentity(variables), variables);
  return new EventPublisher({
    children: run.children,
    server,
    pod,
    log: run.log,
  });
}
