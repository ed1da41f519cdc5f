/**
 * The agent: what the enforcer says becomes answers to wrappers, audit lines,
 * counts and log lines. It enforces nothing itself, and nothing protected needs
 * it to live.
 */
import type { Log } from "@/base/log.ts";
import { Audit, type AuditRecord } from "@/agent/audit/audit.ts";
import { AttackCounts } from "./counts.ts";
import type {
  EnforcerEnd,
  EnforcerProcess,
} from "@/agent/enforcer/enforcer.ts";
import { EnforcerKeeper, type KeeperOptions } from "@/agent/enforcer/keeper.ts";
import {
  type AttackEvent,
  type FromEnforcer,
  type Ready,
  type Stats,
  tell,
} from "@/protocol/enforcer.ts";
import { Families } from "@/agent/processes/protected_processes.ts";
import { Gate } from "@/agent/enforcer/admission.ts";
import type { ProcessFiles } from "@/agent/processes/process_files.ts";
import {
  listEnforced,
  listPartly,
  refusesAtOnce,
  renderEnforcement,
  renderLockGaps,
  renderState,
  renderTiers,
} from "@/agent/vectors/report.ts";
import { type AgentAbout, type AgentState, NO_STATS } from "./state.ts";
import { REACTIVE_TIER } from "@/agent/vectors/vector.ts";
import { ProcessLookup } from "@/agent/processes/process_lookup.ts";

const STATS_EVERY_MS = 5000;
const SETTLE_EVERY_MS = 1000;

/** What the agent needs. */
export interface AgentOptions {
  readonly about: AgentAbout;
  readonly start: () => EnforcerProcess;
  readonly files: ProcessFiles;
  /** Programs shall outlive the agent: that they do not is worth a warning. */
  readonly wantsPins: boolean;
  readonly log: Log;
  readonly writeAudit: (record: AuditRecord) => void;
  readonly pauseMs?: KeeperOptions["pauseMs"];
}

/** One agent. */
export class Agent {
  readonly #options: AgentOptions;
  readonly #families: Families;
  readonly #gate: Gate;
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
    this.#families = new Families(files);
    this.#gate = new Gate({
      families: this.#families,
      say: (...lines) => this.#keeper.say(...lines),
      about: () => this.#describe(),
      now,
    });
    this.#audit = new Audit({
      write: options.writeAudit,
      lookup: (event) => lookup.ask(event, now()),
      tellHeldBack: (count) =>
        log.warn(
          `${count} attacks are not written one by one (limit 10 a second); cloudtaser_agent_attacks_total counts them`,
        ),
      now,
    });
    this.#keeper = new EnforcerKeeper({
      start,
      take: (message) => this.#take(message),
      onEnd: () => this.#forget(),
      log,
      statsEveryMs: STATS_EVERY_MS,
      ...(pauseMs && { pauseMs }),
    });
  }

  /**
   * Works until it is stopped.
   *
   * @returns why the enforcer never became ready; undefined when stopped
   */
  async run(): Promise<EnforcerEnd | undefined> {
    const settling = setInterval(() => this.#audit.settle(), SETTLE_EVERY_MS);
    try {
      return await this.#keeper.keep();
    } finally {
      clearInterval(settling);
      this.#audit.settle();
    }
  }

  /** Ends the enforcer; what is pinned stays in force. */
  stop(): void {
    this.#keeper.stop();
  }

  /** What stays when the enforcer ends, in words. */
  get rest(): string {
    return this.#keeper.rest;
  }

  /** This moment, for the pages. */
  state(): AgentState {
    return {
      ...this.#options.about,
      now: Date.now(),
      ready: this.#ready,
      active: this.#active,
      families: this.#families.list(),
      members: this.#stats.members,
      familyCount: this.#stats.families,
      connections: this.#gate.size,
      counts: this.#counts.list(),
      eventsLost: this.#lost,
      auditSuppressed: this.#audit.suppressed,
      restarts: this.#keeper.restarts,
    };
  }

  #take(message: FromEnforcer): void {
    switch (message.t) {
      case "ready":
        return this.#takeReady(message);
      case "event":
        return this.#takeEvent(message);
      case "stats":
        this.#stats = message;
        return this.#counts.takeKernel(message.counts);
      case "lost":
        this.#lost += message.count;
        return;
      case "ended":
        return this.#families.end(message.family);
      case "open":
      case "line":
      case "closed":
      case "protected":
        return this.#gate.take(message);
    }
  }

  #takeReady(ready: Ready): void {
    const { log } = this.#options;
    this.#ready = ready;
    const active = this.#active = listEnforced(ready);
    this.#counts.begin(
      active,
      ready.mode === REACTIVE_TIER ? "killed" : "blocked",
      listPartly(ready),
    );
    this.#keeper.say(tell.stats());
    this.#stats = { ...this.#stats, members: ready.members };
    const say = ready.mode === ""
      ? log.error
      : ready.enforcing && !refusesAtOnce(ready)
      ? log.warn
      : log.info;
    say(renderEnforcement(ready));
    for (const line of renderTiers(ready)) log.info(line);
    for (const note of ready.notes) log.info(note);
    const isUnpinned = this.#options.wantsPins && !ready.pinned;
    (isUnpinned ? log.warn : log.info)(renderState(ready));
    const gaps = renderLockGaps(ready);
    if (gaps !== undefined) log.warn(gaps);
  }

  #takeEvent(event: AttackEvent): void {
    const family = this.#families.takeAttack(event, performance.now());
    this.#counts.takeEvent(event);
    this.#audit.take(event, family);
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

  #forget(): void {
    this.#ready = undefined;
    this.#active = [];
    this.#gate.reset();
  }
}
