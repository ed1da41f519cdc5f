/** Opens the status server, which reads the wrapper's parts for each request. */
import type { Log } from "@/base/log.ts";
import { readStartTicks } from "@/base/process_identity.ts";
import { VERSION } from "@/base/version.ts";
import type { Config } from "@/config/load.ts";
import { type Identity, listOwnNames } from "@/config/pod_identity.ts";
import type { BodyRoute } from "@/http/server.ts";
import { MAXIMUM_SCORE, WHOLE_SCORE } from "@/score/checks.ts";
import type { Protection } from "@/wrapper/checks/protection.ts";
import type { Application } from "@/wrapper/child/application.ts";
import type { LeaseKeeper } from "@/wrapper/secrets/lease_keeper.ts";
import { startServer } from "@/wrapper/status/serve.ts";
import type { ReportState } from "@/wrapper/status/state.ts";
import { listTransport } from "@/wrapper/status/vault_transport.ts";

/** What a report is made from. An optional part is missing until it exists. */
export interface StatusSources {
  readonly config: Config;
  readonly identity: Identity;
  readonly protection: Protection;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  application?: Application;
  keeper?: LeaseKeeper;
  /** A wait for a token. */
  sealed?: { readonly isSealed: boolean };
}

/**
 * Starts to listen, unless CLOUDTASER_LISTEN is off. A failure is one warning.
 *
 * @param route answers requests that are not for a page
 * @returns whether it listens
 */
export function openStatus(
  sources: StatusSources,
  log: Log,
  route?: BodyRoute,
): boolean {
  const { listen, allowedHosts } = sources.config;
  if (listen === undefined) return false;
  const server = startServer({
    listen,
    hosts: [...listOwnNames(sources.identity), ...allowedHosts],
    onError: (text) => log.warn(`${text}: change CLOUDTASER_LISTEN`),
    route,
  }, () => makeReport(sources));
  if (server) log.debug(`Status on http://${server.address}/v1/status`);
  return server !== undefined;
}

/** The wrapper at this moment. */
export function makeReport(sources: StatusSources): ReportState {
  const { config, protection, startedAt, identity } = sources;
  const score = protection.score;
  return {
    version: VERSION.wrapper,
    build: { deno: VERSION.deno, glibc: VERSION.glibc },
    startedAt,
    now: Date.now(),
    process: { pid: Deno.pid, startTicks: readStartTicks("/proc/self") ?? 0 },
    identity,
    ...(score && { score }),
    maximum: config.scoreChecks === "all" ? WHOLE_SCORE : MAXIMUM_SCORE,
    minimum: config.minimum,
    required: config.required,
    get facts() {
      return [...listTransport(config), ...protection.facts];
    },
    application: describeApplication(sources),
    vault: describeVault(sources),
    agent: protection.agent,
  };
}

function describeApplication(
  { application, sealed }: StatusSources,
): ReportState["application"] {
  if (sealed?.isSealed) return { phase: "sealed" };
  if (!application?.pid) return { phase: application ? "ended" : "waiting" };
  return {
    phase: application.isStopping ? "stopping" : "running",
    pid: application.pid,
  };
}

function describeVault(
  { config, keeper, sealed }: StatusSources,
): ReportState["vault"] {
  const address = config.vault?.address;
  if (sealed?.isSealed) {
    return { phase: "sealed", ...(address !== undefined && { address }) };
  }
  if (address === undefined) return { phase: "unused" };
  if (!keeper) return { phase: "connecting", address };
  const { leaseTtlSeconds, leaseExpirySeconds } = keeper;
  return {
    phase: keeper.isHealthy ? "connected" : "unreachable",
    address,
    ...(leaseTtlSeconds !== undefined && { leaseTtlSeconds }),
    ...(leaseExpirySeconds !== undefined && { leaseExpirySeconds }),
  };
}
