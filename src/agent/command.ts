/**
 * `cloudtaser-wrapper agent`, which runs once per node. The entry point of a
 * program of its own: it shares no module with its caller, which could not
 * recognize its errors, so it reports them itself.
 */
import { harden, startThreads } from "@ffi";
import { Agent } from "./agent.ts";
import { makePages } from "./pages.ts";
import { ServiceManager } from "./service_manager.ts";
import { PROC } from "@/agent/processes/process_files.ts";
import {
  EXIT,
  InternalError,
  KernelError,
  UsageError,
  WrapperError,
} from "@/base/errors.ts";
import type { Log } from "@/base/log.ts";
import { type AgentConfig, loadAgentConfig } from "@/config/agent.ts";
import type { OwnBlocks } from "@/process/own_blocks.ts";
import { Children } from "@/process/children.ts";
import { SIGINT, signalName, SIGQUIT, SIGTERM } from "@/base/signals.ts";
import { servePages } from "@/http/pages.ts";
import { EnforcerStarter } from "@/agent/enforcer/start.ts";
import { checkNode, exportSocket, removePins } from "./jobs.ts";
import { describeEnd } from "@/agent/enforcer/enforcer.ts";
import type { Invocation } from "@/config/reader.ts";
import { listOwnNames, readIdentity } from "@/config/pod_identity.ts";
import { findUnknownNames } from "@/config/unknown_names.ts";
import { listVariables } from "@/config/variables.ts";
import {
  describeInternalError,
  onInternalError,
} from "@/process/internal_error.ts";
import { trimIdleMemory } from "@/process/idle_trim.ts";
import { VERSION } from "@/base/version.ts";
import { every, Timer, within } from "@/base/timer.ts";

const REQUESTS_TO_END: readonly number[] = [SIGTERM, SIGINT, SIGQUIT];
/** The enforcer ends when its channel closes, so waiting longer is not needed. */
const STOP_LIMIT_MS = 700;
const TRIM_AFTER_MS = 2000;
const TRIM_EVERY_MS = 300_000;

/** Logs the error that ends the process. @returns the code */
export type Fail = (message: string, exitCode: number) => number;

/** The exports of this program. */
export interface AgentScript {
  /** Runs the agent until a signal, or one job; errors go to `fail`. @returns the exit status */
  runAgent(
    line: Invocation,
    own: OwnBlocks,
    log: Log,
    fail: Fail,
  ): Promise<number>;
}

export const runAgent: AgentScript["runAgent"] = async (
  line,
  own,
  log,
  fail,
) => {
  try {
    return await serveOrDoJob(line, own, log);
  } catch (error) {
    if (!(error instanceof WrapperError)) throw error;
    return fail(error.message, error.exitCode);
  }
};

async function serveOrDoJob(
  line: Invocation,
  own: OwnBlocks,
  log: Log,
): Promise<number> {
  const variables = listVariables(own.environment);
  const unknown = await findUnknownNames(variables, line.flags);
  const config = loadAgentConfig(line.flags, variables, unknown);
  refuseOperands(line);
  harden({ noDump: true, noNewPrivileges: true });
  const stopped = Promise.withResolvers<number>();
  const children = new Children(
    ({ signo }) => {
      if (REQUESTS_TO_END.includes(signo)) stopped.resolve(signo);
    },
    (text) => log.warn(text),
  );
  void children.watch();
  const starter = await EnforcerStarter.open(children, config);
  if (line.switches.has("check")) {
    return await checkNode(starter.start("check"));
  }
  if (line.switches.has("remove")) {
    return await removePins(starter.start("remove"), log);
  }
  if (line.switches.has("export")) {
    return await exportSocket(starter.start("export"), log);
  }
  return await serve({ config, own, log, starter, stopped: stopped.promise });
}

function refuseOperands({ operands, switches }: Invocation): void {
  if (operands.length > 0) {
    throw new UsageError("agent accepts only flags; see agent --help");
  }
  if (switches.size > 1) {
    throw new UsageError("use only one of --check, --remove and --export");
  }
}

interface Service {
  readonly config: AgentConfig;
  readonly own: OwnBlocks;
  readonly log: Log;
  readonly starter: EnforcerStarter;
  /** Resolves with the signal that ends the agent. */
  readonly stopped: Promise<number>;
}

async function serve(service: Service): Promise<number> {
  const { own, log, stopped } = service;
  const socket = listVariables(own.environment)
    .find(({ name }) => name === "NOTIFY_SOCKET");
  const manager = new ServiceManager(socket?.text(), log);
  const agent = makeAgent(service, manager);
  onInternalError((error) =>
    log.error(describeInternalError(error, "the agent continues"))
  );
  const ended = agent.run();
  openPages(agent, service);
  new Timer(TRIM_AFTER_MS, () => {
    trimIdleMemory();
    // A busy node keeps them; on an idle one they end.
    startThreads(0);
  });
  every(TRIM_EVERY_MS, trimIdleMemory);
  const first = await Promise.race([ended, stopped]);
  if (typeof first === "number") {
    const text = `Stopped by ${signalName(first)}; ${agent.remainder}`;
    log.info(text);
    const told = manager.stopping(text);
    agent.stop();
    await within(STOP_LIMIT_MS, Promise.all([ended, told]));
    return 0;
  }
  const end = first ?? { reason: "it ended", remedy: "", code: 0 };
  const text = `No enforcer: ${describeEnd(end)}`;
  // Only the agent writes the enforcer's command line.
  throw end.code === EXIT.usage
    ? new InternalError(text)
    : new KernelError(text);
}

function makeAgent(
  { config, own, log, starter }: Service,
  manager: ServiceManager,
): Agent {
  const { pod } = readIdentity(listVariables(own.environment));
  return new Agent({
    about: {
      version: VERSION.wrapper,
      name: pod ?? Deno.hostname(),
      mode: config.mode,
      startedAt: Date.now(),
    },
    start: () => starter.start("serve"),
    files: PROC,
    wantsPins: config.pins !== "none",
    log,
    manager,
  });
}

function openPages(agent: Agent, { config, own, log }: Service): void {
  const { listen, allowedHosts } = config;
  if (listen === undefined) return;
  const identity = readIdentity(listVariables(own.environment));
  const server = servePages({
    listen,
    hosts: [...listOwnNames(identity), ...allowedHosts],
    onError: (text) =>
      log.warn(
        `${text}; set CLOUDTASER_AGENT_LISTEN to another address or off`,
      ),
  }, makePages(() => agent.state()));
  if (server) log.debug(`Status on http://${server.address}/v1/status`);
}
