/** Opens the status server on what the rooms know, read anew for each request. */
import type { Log } from "@/base/log.ts";
import { readStartTicks } from "@/base/process_identity.ts";
import type { Application } from "@/wrapper/child/application.ts";
import type { Config } from "@/config/load.ts";
import { MAXIMUM_SCORE, WHOLE_SCORE } from "@/score/checks.ts";
import type { LeaseKeeper } from "@/wrapper/secrets/lease_keeper.ts";
import type { BodyRoute } from "@/http/server.ts";
import type { Identity } from "@/config/pod_identity.ts";
import type { ReportState, VaultState } from "@/wrapper/status/state.ts";
import { startServer } from "@/wrapper/status/serve.ts";
import { listOwnNames } from "@/config/pod_identity.ts";
import type { Protection } from "@/wrapper/checks/protection.ts";
import { listTransport } from "@/wrapper/status/vault_transport.ts";
import { VERSION } from "@/base/version.ts";

/** Where a report is taken from, at the moment it is asked for. */
export interface ReportSources {
  readonly config: Config;
  readonly identity: Identity;
  readonly protection: Protection;
  readonly application: () => Application | undefined;
  readonly keeper: () => LeaseKeeper | undefined;
  /** Whether a token is still waited for. */
  readonly isSealed: () => boolean;
  readonly startedAt: number;
}

/**
 * Starts to listen, unless that is off. A port that cannot be had is one warning.
 *
 * @param route what is not answered by a page
 * @returns whether it listens
 */
export function openReporting(
  sources: ReportSources,
  log: Log,
  route?: BodyRoute,
): boolean {
  const { config, identity } = sources;
  const { listen, allowedHosts } = config;
  if (listen === undefined) return false;
  const server = startServer({
    listen,
    hosts: [...listOwnNames(identity), ...allowedHosts],
    onError: (text) =>
      log.warn(`${text}: give CLOUDTASER_LISTEN another address, or off`),
    route,
  }, () => makeState(sources));
  if (server) log.debug(`Status on http://${server.address}/v1/status`);
  return server !== undefined;
}

/** One moment of the wrapper, as reports are made from. */
export function makeState(sources: ReportSources): ReportState {
  const { config, protection } = sources;
  const score = protection.score;
  return {
    version: VERSION.wrapper,
    build: { deno: VERSION.deno, glibc: VERSION.glibc },
    startedAt: sources.startedAt,
    now: Date.now(),
    process: {
      pid: Deno.pid,
      startTicks: readStartTicks("/proc/self") ?? 0,
    },
    identity: sources.identity,
    ...(score && { score }),
    maximum: config.scoreChecks === "all" ? WHOLE_SCORE : MAXIMUM_SCORE,
    minimum: config.minimum,
    required: config.required,
    facts: [...listTransport(config), ...protection.facts],
    application: sources.isSealed()
      ? { phase: "sealed" }
      : describeApplication(sources.application()),
    vault: sources.isSealed()
      ? { ...describeVault(config, undefined), phase: "sealed" }
      : describeVault(config, sources.keeper()),
    agent: protection.agent,
  };
}

function describeApplication(
  application: Application | undefined,
): ReportState["application"] {
  if (!application?.pid) return { phase: application ? "ended" : "waiting" };
  return {
    phase: application.isStopping ? "stopping" : "running",
    pid: application.pid,
  };
}

function describeVault(
  config: Config,
  keeper: LeaseKeeper | undefined,
): VaultState {
  if (!config.vault) return { phase: "unused" };
  const address = config.vault.address;
  if (!keeper) return { phase: "connecting", address };
  const leaseTtlSeconds = keeper.leaseTtlSeconds;
  return {
    phase: keeper.isHealthy ? "connected" : "unreachable",
    address,
    ...(leaseTtlSeconds !== undefined && { leaseTtlSeconds }),
  };
}
