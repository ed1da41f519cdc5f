/**
 * The score over time: proven before the start, then at an interval. Logs changes and
 * calls listeners; the consequences are up to the caller.
 */
import { retainArenas } from "@ffi";
import type { Log } from "@/base/log.ts";
import { Timer } from "@/base/timer.ts";
import type { Interposer } from "@/wrapper/child/interposer.ts";
import {
  ALL_CHECKS,
  type CheckName,
  CHECKS,
  isCheckName,
} from "@/score/checks.ts";
import { type Fact, inForce } from "@/score/evidence.ts";
import type { AgentLink, AgentState } from "@/wrapper/checks/agent/link.ts";
import { prepareProofs, proveAll } from "./prove.ts";
import { readFacts } from "./facts.ts";
import { renderScoreChange } from "@/score/score_lines.ts";
import { decideStart, type StartDecision } from "@/score/decide.ts";
import { makeScore, type Score } from "@/score/score.ts";
import type { Ingested } from "@/wrapper/secrets/ingest.ts";
import { makeSubject } from "./proof_subject.ts";
import { trimIdleMemory } from "@/process/idle_trim.ts";
import { describeInternalError } from "@/process/internal_error.ts";

/**
 * Rounds of proofs between two garbage collections. With 16 instead of 4, a round takes
 * the same 8 ms of processor time, because V8 then collects on its own, and 0.5 MB more
 * stay in use.
 */
const TRIM_EVERY = 4;

/** Callbacks of later rounds. */
interface Listeners {
  readonly onScore: (score: Score) => void;
  /** Called if the score is insufficient and CLOUDTASER_ON_DEGRADE=terminate. Undefined: no application runs yet. */
  readonly onDegraded?: (why: string) => void;
}

/** The proofs of this process, and their last results. */
export class Protection {
  readonly #ingested: Ingested;
  readonly #log: Log;
  readonly #agent: AgentLink;
  /** Set when the application is known. */
  interposer: Interposer | undefined;
  #score: Score | undefined;
  #facts: readonly Fact[] | undefined;
  #timer: Timer | undefined;
  /** Incremented by `stop`: a round of an earlier turn has no consequences. */
  #turn = 0;
  #round: Promise<void> = Promise.resolve();
  #rounds = 0;

  constructor(ingested: Ingested, agent: AgentLink, log: Log) {
    this.#ingested = ingested;
    this.#agent = agent;
    this.#log = log;
  }

  /** The score of the last round; undefined before the first. */
  get score(): Score | undefined {
    return this.#score;
  }

  /** Facts without points. Read only when asked for, and once between two rounds. */
  get facts(): readonly Fact[] {
    return this.#facts ??= readFacts(this.#ingested.store.arenas());
  }

  /** State of the connection to the node agent. */
  get agent(): AgentState {
    return this.#agent.state;
  }

  /** Prepares the proofs, see {@linkcode prepareProofs}. */
  async prepare(): Promise<void> {
    await prepareProofs({ agentConnected: this.#agent.state.connected });
  }

  /** Runs all proofs once. */
  async prove(): Promise<Score> {
    const millis: Partial<Record<CheckName, number>> = {};
    // A rotation may replace secrets meanwhile: keep the arenas of this round mapped.
    using _retained = retainArenas();
    const subject = makeSubject(this.#ingested, this.#agent, this.interposer);
    const evidence = await proveAll(subject, {
      timer: (check, ms) => millis[check] = Math.round(ms * 100) / 100,
      checks: this.#listChecks(),
    });
    this.#facts = undefined;
    this.#log.debug("Proved all checks; milliseconds for each", millis);
    return this.#score = makeScore(evidence, this.#counted);
  }

  get #counted() {
    return this.#ingested.config.scoreChecks === "all" ? ALL_CHECKS : CHECKS;
  }

  /** Checks with points, and required checks without points. */
  #listChecks(): CheckName[] {
    const { required } = this.#ingested.config;
    const names = this.#counted.map(({ name }) => name);
    return [...new Set([...names, ...required.filter(isCheckName)])];
  }

  /** Whether the application may start with the current score. */
  decide(): StartDecision {
    const { minimum, required } = this.#ingested.config;
    const policy = { minimum, required: required.filter(isCheckName) };
    return decideStart(this.#expected(), policy);
  }

  /** The score, with ld_preload_active as a pass while the interposer has not run: a sealed start decides early. */
  #expected(): Score {
    const score = this.#score ?? makeScore([], this.#counted);
    if (!this.interposer?.isPending) return score;
    const evidence = [...score.checks, ...score.uncounted]
      .map((check) => check.evidence)
      .filter(({ check }) => check !== "ld_preload_active");
    const finding = { check: "ld_preload_active", source: "" } as const;
    return makeScore([...evidence, inForce(finding, "")], this.#counted);
  }

  /** Proves again every `intervalMs`; undefined: never. */
  keepProving(intervalMs: number | undefined, listeners: Listeners): void {
    if (intervalMs === undefined) return;
    const turn = this.#turn;
    this.#timer = new Timer(intervalMs, async () => {
      this.#round = this.#tryAgain(turn, listeners);
      await this.#round;
      if (turn === this.#turn) this.keepProving(intervalMs, listeners);
    });
  }

  /** Stops the rounds; a round in progress has no consequences. */
  stop(): void {
    this.#turn++;
    this.#timer?.cancel();
  }

  /** Stops the rounds, and waits for a round in progress. */
  async pause(): Promise<void> {
    this.stop();
    await this.#round;
  }

  async #tryAgain(turn: number, listeners: Listeners): Promise<void> {
    try {
      await this.#proveAgain(turn, listeners);
    } catch (error) {
      this.#log.error(
        describeInternalError(error, "the next round proves again"),
      );
    }
  }

  async #proveAgain(
    turn: number,
    { onScore, onDegraded }: Listeners,
  ): Promise<void> {
    const before = this.#score;
    let after = await this.prove();
    // A proof can fail because the node is busy: confirm it before the application is ended.
    if (!this.decide().start) after = await this.prove();
    if (++this.#rounds % TRIM_EVERY === 0) trimIdleMemory();
    if (turn !== this.#turn || !before) return;
    onScore(after);
    renderScoreChange(before, after).forEach(this.#log.line);
    const decision = this.decide();
    const isWanted = onDegraded && this.#ingested.config.onDegrade !== "warn";
    if (decision.start || !isWanted) return;
    const why = `${decision.why} (CLOUDTASER_ON_DEGRADE=terminate)`;
    this.#log.error(`Terminating the application: ${why}`);
    onDegraded(`The application was terminated: ${why}`);
  }
}
