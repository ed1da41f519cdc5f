/**
 * The agent turns the enforcer's messages into answers to wrappers, audit lines,
 * counts and log lines. Enforcement happens in the kernel and does not depend on
 * the agent.
 */
import { every } from "@/base/timer.ts";
import type { Log } from "@/base/log.ts";
import { Audit } from "@/agent/audit/audit.ts";
import { AttackCounts } from "./counts.ts";
import type {
  EnforcerEnd,
  EnforcerProcess,
} from "@/agent/enforcer/enforcer.ts";
import { EnforcerKeeper, type KeeperOptions } from "@/agent/enforcer/keeper.ts";
import {
  type AttackEvent,
  COMMANDS,
  type FromEnforcer,
  type Ready,
  type Stats,
} from "@/protocol/enforcer.ts";
import { ProcessTrees } from "@/agent/processes/process_trees.ts";
import { WrapperRequests } from "./wrapper_requests.ts";
import type { ProcessFiles } from "@/agent/processes/process_files.ts";
import type { ServiceManager } from "./service_manager.ts";
import {
  blocksSynchronously,
  listEnforced,
  listPartly,
  renderBackends,
  renderEnforcement,
  renderLockGaps,
  renderState,
} from "@/agent/vectors/report.ts";
import { type AgentAbout, type AgentState, NO_STATS } from "./status.ts";
import { REACTIVE_KILL } from "@/protocol/agent.ts";
import { ProcessLookup } from "@/agent/processes/process_lookup.ts";

const STATS_EVERY_MS = 5000;
const FLUSH_EVERY_MS = 1000;

/** What the agent needs. */
export interface AgentOptions {
  readonly about: AgentAbout;
  readonly start: () => EnforcerProcess;
  readonly files: ProcessFiles;
  /** Pins are configured, so their absence is worth a warning. */
  readonly wantsPins: boolean;
  readonly log: Log;
  readonly manager: Pick<ServiceManager, "ready" | "status">;
  readonly pauseMs?: KeeperOptions["pauseMs"];
}

/** One agent. */
export class Agent {
  readonly #options: AgentOptions;
  readonly #trees: ProcessTrees;
  readonly #requests: WrapperRequests;
  readonly #audit: Audit;
  readonly #keeper: EnforcerKeeper;
  readonly #counts = new AttackCounts();
  #ready: Ready | undefined;
  #active: readonly string[] = [];
  #stats: Stats = NO_STATS;
  #lost = 0;

  constructor(options: AgentOptions) {
    const { files, start, log, pauseMs } = options;
    const now = () => performance.now();
    const lookup = new ProcessLookup(files);
    this.#options = options;
    this.#trees = new ProcessTrees(files);
    this.#requests = new WrapperRequests({
      trees: this.#trees,
      send: (...lines) => this.#keeper.send(...lines),
      about: () => this.#describe(),
      now,
    });
    this.#audit = new Audit({
      write: ({ time, message, fields }) => log.audit(time, message, fields),
      lookup: (event) => lookup.find(event, now()),
      reportSuppressed: (count) =>
        log.warn(
          `Wrote no audit line for ${count} attacks (limit 10 a second); cloudtaser_agent_attacks_total counts them`,
        ),
      now,
    });
    this.#keeper = new EnforcerKeeper({
      start,
      handle: (message) => this.#handle(message),
      onEnd: () => this.#reset(),
      log,
      statsEveryMs: STATS_EVERY_MS,
      ...(pauseMs && { pauseMs }),
    });
  }

  /**
   * Runs until it is stopped.
   *
   * @returns why the enforcer never became ready; undefined when stopped
   */
  async run(): Promise<EnforcerEnd | undefined> {
    const flushing = every(FLUSH_EVERY_MS, () => this.#audit.flush());
    try {
      return await this.#keeper.run();
    } finally {
      flushing.cancel();
      this.#audit.flush();
    }
  }

  /** Ends the enforcer; pinned programs stay in force. */
  stop(): void {
    this.#keeper.stop();
  }

  /** Says what stays in force without the enforcer. */
  get remainder(): string {
    return this.#keeper.remainder;
  }

  /** The state now, for the pages. */
  state(): AgentState {
    return {
      ...this.#options.about,
      now: Date.now(),
      ready: this.#ready,
      active: this.#active,
      trees: this.#trees.list(),
      processes: this.#stats.processes,
      treeCount: this.#stats.trees,
      connections: this.#requests.size,
      counts: this.#counts.list(),
      eventsLost: this.#lost,
      auditSuppressed: this.#audit.suppressed,
      restarts: this.#keeper.restarts,
    };
  }

  #handle(message: FromEnforcer): void {
    switch (message.t) {
      case "ready":
        return this.#handleReady(message);
      case "event":
        return this.#handleEvent(message);
      case "stats":
        this.#stats = message;
        return this.#counts.addKernelCounts(message.counts);
      case "lost":
        this.#lost += message.count;
        return;
      case "ended":
        return this.#trees.end(message.tree);
      case "open":
      case "line":
      case "closed":
      case "protected":
        return this.#requests.handle(message);
    }
  }

  #handleReady(ready: Ready): void {
    this.#ready = ready;
    this.#active = listEnforced(ready);
    this.#counts.begin(
      this.#active,
      ready.mode === REACTIVE_KILL ? "killed" : "blocked",
      listPartly(ready),
    );
    this.#keeper.send(COMMANDS.stats());
    this.#stats = { ...this.#stats, processes: ready.processes };
    this.#logReady(ready);
    // The enforcer listens by now: who starts after the agent can connect.
    this.#options.manager.ready(renderEnforcement(ready));
  }

  #logReady(ready: Ready): void {
    const { log, wantsPins } = this.#options;
    const write = ready.mode === ""
      ? log.error
      : ready.enforcing && !blocksSynchronously(ready)
      ? log.warn
      : log.info;
    write(renderEnforcement(ready));
    for (const line of renderBackends(ready)) log.info(line);
    for (const note of ready.notes) log.info(note);
    (wantsPins && !ready.pinned ? log.warn : log.info)(renderState(ready));
    const gaps = renderLockGaps(ready);
    if (gaps !== undefined) log.warn(gaps);
  }

  #handleEvent(event: AttackEvent): void {
    const tree = this.#trees.recordAttack(event, performance.now());
    this.#counts.addEvent(event);
    this.#audit.add(event, tree);
  }

  #describe(): Readonly<Record<string, unknown>> {
    const { version, name, startedAt } = this.#options.about;
    return {
      version,
      mode: this.#ready?.mode ?? "",
      vectors: this.#active.length,
      name,
      uptime: Math.max(0, Math.floor((Date.now() - startedAt) / 1000)),
      kernel: { release: this.#ready?.release ?? "" },
    };
  }

  #reset(): void {
    this.#ready = undefined;
    this.#active = [];
    this.#requests.reset();
    this.#options.manager.status(`No enforcer; ${this.remainder}`);
  }
}
