/**
 * The score over time: proven before the start, then on an interval. It knows
 * what is to be proven and tells changes; what follows from them is the caller's.
 */
import { retainArenas } from "@ffi";
import { kindOf } from "@/base/errors.ts";
import type { Log } from "@/base/log.ts";
import { Counter } from "@/base/metric.ts";
import type { Interposer } from "@/wrapper/child/interposer.ts";
import {
  ALL_CHECKS,
  type CheckName,
  CHECKS,
  isCheckName,
} from "@/score/checks.ts";
import { type Evidence, type Fact, inForce } from "@/score/evidence.ts";
import type { AgentLink, AgentState } from "@/wrapper/checks/agent/link.ts";
import { prepareProofs, proveAll } from "./prove.ts";
import { readFacts } from "@/wrapper/checks/machine/facts.ts";
import { renderScoreChange, renderScoreLines } from "@/score/score_lines.ts";
import { decideStart, type StartDecision } from "@/score/decide.ts";
import { makeScore, type Score } from "@/score/score.ts";
import type { Ingested } from "@/wrapper/secrets/ingest.ts";
import { makeSubject } from "./proof_subject.ts";
import { trimIdleMemory } from "@/process/idle_trim.ts";

const PROOFS = new Counter(
  "cloudtaser_proofs_total",
  "Proofs, by check and result",
);
const PROOF_SECONDS = new Counter(
  "cloudtaser_proof_seconds_total",
  "Time that proofs took, by check",
);

/** Rounds of proofs between two collections of their garbage. */
const TRIM_EVERY = 4;

/** Who is told of later rounds. */
interface Listeners {
  readonly onScore: (score: Score) => void;
  /** Called when an end is what the operator wants then; left out where nothing runs yet. */
  readonly onDegraded?: () => void;
}

/** The proofs of one process, and what they have shown last. */
export class Protection {
  readonly #ingested: Ingested;
  readonly #log: Log;
  readonly #agent: AgentLink;
  /** Set once it is known which application there will be. */
  interposer: Interposer | undefined;
  #score: Score | undefined;
  #facts: readonly Fact[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Rounds of an earlier turn have no consequences. */
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

  /** What was seen beside the points, as of the last round. */
  get facts(): readonly Fact[] {
    return this.#facts;
  }

  /** How the node's agent stands to us. */
  get agent(): AgentState {
    return this.#agent.state;
  }

  /** Does what costs once a process, while there is nothing else to do. */
  async prepare(): Promise<void> {
    await prepareProofs({ agentConnected: this.#agent.state.connected });
  }

  /** Looks at the machine for what is shown beside the points; some 25 small files. */
  lookAround(): void {
    this.#facts = readFacts(this.#ingested.store.arenas());
  }

  /** One round of all proofs. */
  async prove(): Promise<Score> {
    const millis: Partial<Record<CheckName, number>> = {};
    // Secrets may be replaced meanwhile: a round looks at the same arenas from its begin to its end.
    using _held = retainArenas();
    const subject = makeSubject(this.#ingested, this.#agent, this.interposer);
    const evidence = await proveAll(subject, {
      timer: (check, ms) => millis[check] = Math.round(ms * 100) / 100,
      checks: this.#listChecks(),
    });
    countProofs(evidence, millis);
    this.#log.debug("Proved all checks; milliseconds for each", millis);
    return this.#score = makeScore(evidence, this.#counted);
  }

  get #counted() {
    return this.#ingested.config.scoreChecks === "all" ? ALL_CHECKS : CHECKS;
  }

  /** What is counted, and what is required though it is not. */
  #listChecks(): CheckName[] {
    const { required } = this.#ingested.config;
    const names = this.#counted.map(({ name }) => name);
    return [...new Set([...names, ...required.filter(isCheckName)])];
  }

  /** The lines of the specification, and the sum before them. */
  tell(): void {
    if (this.#score) {
      renderScoreLines(this.#score).forEach((line) => this.#log.info(line));
    }
  }

  /** Whether the score of now satisfies the operator. */
  decide(): StartDecision {
    const { minimum, required } = this.#ingested.config;
    const policy = { minimum, required: required.filter(isCheckName) };
    return decideStart(this.#expected(), policy);
  }

  /** What is still to come does not fail before it was tried: a sealed start asks early. */
  #expected(): Score {
    const score = this.#score ?? makeScore([], this.#counted);
    if (!this.interposer?.isPending) return score;
    const evidence = [...score.checks, ...score.beside]
      .map((check) => check.evidence)
      .filter(({ check }) => check !== "ld_preload_active");
    const finding = { check: "ld_preload_active", source: "" } as const;
    return makeScore([...evidence, inForce(finding, "")], this.#counted);
  }

  /** Proves again every `intervalMs`. */
  keepProving(intervalMs: number | undefined, heard: Listeners): void {
    if (intervalMs === undefined) return;
    const turn = this.#turn;
    this.#timer = setTimeout(async () => {
      this.#round = this.#tryAgain(turn, heard);
      await this.#round;
      if (turn === this.#turn) this.keepProving(intervalMs, heard);
    }, intervalMs);
  }

  /** Ends the rounds; one that is under way has no consequences. */
  stop(): void {
    this.#turn++;
    clearTimeout(this.#timer);
  }

  /** Ends the rounds, and waits for one that is under way. */
  async pause(): Promise<void> {
    this.stop();
    await this.#round;
  }

  async #tryAgain(turn: number, heard: Listeners): Promise<void> {
    try {
      await this.#proveAgain(turn, heard);
    } catch (error) {
      this.#log.error(
        `Cannot prove the protections: ${kindOf(error)}, trying again`,
      );
    }
  }

  async #proveAgain(
    turn: number,
    { onScore, onDegraded }: Listeners,
  ): Promise<void> {
    const before = this.#score;
    let after = await this.prove();
    // A proof may fail for want of time or of processes: what can end an application is seen twice.
    if (!this.decide().start) after = await this.prove();
    this.lookAround();
    // It costs more than the proofs do: 14 ms of processor time against 10.
    if (++this.#rounds % TRIM_EVERY === 0) trimIdleMemory();
    if (turn !== this.#turn || !before) return;
    onScore(after);
    const tell = after.points < before.points ? this.#log.warn : this.#log.info;
    renderScoreChange(before, after).forEach((line) => tell(line));
    const decision = this.decide();
    const isWanted = onDegraded && this.#ingested.config.onDegrade !== "warn";
    if (decision.start || !isWanted) return;
    this.#log.error(
      `The application is ended: ${decision.why} (CLOUDTASER_ON_DEGRADE=terminate)`,
    );
    onDegraded();
  }
}

/** Counts one round; `millis` holds how long each proof took. */
function countProofs(
  evidence: readonly Evidence[],
  millis: Readonly<Partial<Record<CheckName, number>>>,
): void {
  for (const { check, state } of evidence) {
    for (const result of ["in_force", "absent", "unknown"] as const) {
      PROOFS.add(Number(result === state), { check, result });
    }
    PROOF_SECONDS.add((millis[check] ?? 0) / 1000, { check });
  }
}
