/**
 * The wrapper's side of its one connection to the node's agent, for as long as
 * the process lives. Nothing here throws to its caller: an agent that is absent,
 * dies, lies or stammers only makes a check fail.
 */
import { PROBE_WAYS, type ProbeRecord, type ProbeWay } from "@ffi";
import {
  type AgentHello,
  type AgentTrial,
  parseHello,
  parseProof,
  parseProtected,
  type TrialReport,
} from "./agent_protocol.ts";
import { AgentFailure, AgentSocket } from "./agent_socket.ts";
import { findOpenWays, judgeReport, summarize } from "./probe_attack.ts";
import type { ProvenAgent } from "./subject.ts";

const CONNECT_TIMEOUT_MS = 300;
const ANSWER_TIMEOUT_MS = 500;
const REPORT_TIMEOUT_MS = 500;
const REPORT_POLL_MS = 10;
const ATTACK_TIMEOUT_MS = 1000;

/** What the link needs. */
export interface AgentLinkOptions {
  readonly socket: string;
  /** Our pid in our own PID namespace. */
  readonly pid: number;
  /** Why this user id may not be the agent's; undefined: it may. */
  refuseOwner(uid: number): string | undefined;
  /** Attacks this process, or a decoy. */
  attack(
    ways: readonly ProbeWay[],
    onDecoy: boolean,
    timeoutMs: number,
  ): Promise<ProbeRecord>;
  /** Who may have changed what an attack found. */
  findInterference(record: ProbeRecord): string | undefined;
}

/** The attack that the kernel alone lets through, as found before we were protected. */
interface Control {
  readonly ways: readonly ProbeWay[];
  readonly onDecoy: boolean;
  /** False: nothing got through, so a refusal says nothing. */
  readonly works: boolean;
}

/** For the status page. */
export interface AgentState {
  readonly connected: boolean;
  readonly protected: boolean;
  readonly hello?: AgentHello;
  readonly failure?: string;
}

/** The link. One at a time: calls that overlap share one round. */
export class AgentLink implements ProvenAgent {
  readonly #options: AgentLinkOptions;
  #socket: AgentSocket | undefined;
  #hello: AgentHello | undefined;
  #listed = false;
  #failure: AgentFailure | undefined;
  /** Undefined until it was tried. */
  #control: Control | undefined;
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: AgentLinkOptions) {
    this.#options = options;
  }

  /** What was last heard. */
  get state(): AgentState {
    return {
      connected: this.#socket?.isOpen === true && this.#hello !== undefined,
      protected: this.#listed,
      ...(this.#hello && { hello: this.#hello }),
      ...(this.#failure && { failure: this.#failure.message }),
    };
  }

  /** Connects and registers this process, unless that is done. To be called before secrets are fetched. */
  connect(): Promise<AgentState> {
    return this.#inTurn(async () => {
      await this.#tryTo(() => this.#ensureRegistered());
      return this.state;
    });
  }

  /** Asks, attacks, asks again: reconnects when the link has died. What does not come in time on a busy node is tried twice. */
  exercise(): Promise<AgentTrial> {
    return this.#inTurn(async () => {
      const trial = await this.#try();
      const isUnseen = trial.listed && !trial.report && !trial.invented;
      return isUnseen || this.#failure?.late ? await this.#try() : trial;
    });
  }

  /** Lets go of the connection; the next exercise makes a new one. */
  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  async #try(): Promise<AgentTrial> {
    const trial = await this.#tryTo(() => this.#exerciseOnce());
    return trial ?? {
      failure: this.#failure?.message ?? "agent did not answer",
      ...(this.#failure instanceof Interference && {
        interference: this.#failure.message,
      }),
      unreachable: this.#failure?.unreachable ?? true,
      listed: false,
      ...(this.#hello && { hello: this.#hello }),
    };
  }

  async #exerciseOnce(): Promise<AgentTrial> {
    await this.#ensureRegistered();
    const hello = await this.#greet();
    const { ways, onDecoy, works } = this.#control ?? NO_CONTROL;
    const record = await this.#options.attack(ways, onDecoy, ATTACK_TIMEOUT_MS);
    const interference = this.#options.findInterference(record);
    const attack = { control: works, ...summarize(record) };
    const { listed, report } = await this.#awaitReport(record);
    this.#listed = this.#listed && listed;
    return {
      unreachable: false,
      hello,
      listed: this.#listed,
      attack,
      ...(interference !== undefined && { interference }),
      ...(typeof report === "object" && { report }),
      ...(report === "invented" && { invented: true }),
    };
  }

  /** A connection that was closed while nobody looked is noticed by the greeting, and made anew once. */
  async #ensureRegistered(): Promise<void> {
    if (this.#socket?.isOpen && this.#listed) {
      try {
        await this.#greet();
        return;
      } catch (error) {
        if (!(error instanceof AgentFailure) || !error.unreachable) throw error;
      }
    }
    this.close();
    this.#listed = false;
    this.#hello = undefined;
    const { socket, refuseOwner } = this.#options;
    this.#socket = await AgentSocket.open(socket, {
      timeoutMs: CONNECT_TIMEOUT_MS,
      refuseOwner,
    });
    await this.#greet();
    this.#control ??= await this.#findControl();
    const answer = await this.#ask({ op: "protect" });
    this.#listed = parseProtected(answer, this.#options.pid);
  }

  /** On ourselves where that succeeds (we are privileged); else on a decoy, whom the kernel alone does not protect. */
  async #findControl(): Promise<Control> {
    for (const onDecoy of [false, true]) {
      const { attack, findInterference } = this.#options;
      const record = await attack(PROBE_WAYS, onDecoy, ATTACK_TIMEOUT_MS);
      const ways = findOpenWays(record);
      const found = findInterference({
        ...record,
        steps: record.steps.filter(({ way }) => ways.includes(way)),
      });
      if (found !== undefined) throw new Interference(found);
      if (ways.length > 0) return { ways, onDecoy, works: true };
    }
    return NO_CONTROL;
  }

  async #greet(): Promise<AgentHello> {
    const nonce = makeNonce();
    const answer = await this.#ask({ op: "hello", nonce, protocol: 1 });
    const hello = parseHello(answer, nonce);
    if (!hello) throw this.#broken("agent did not answer a fresh nonce");
    this.#hello = hello;
    return hello;
  }

  /** Asks until every attempt is reported or time is up. */
  async #awaitReport(
    record: ProbeRecord,
  ): Promise<
    { listed: boolean; report: TrialReport | "missing" | "invented" }
  > {
    const end = performance.now() + REPORT_TIMEOUT_MS;
    while (true) {
      const nonce = makeNonce();
      const answer = await this.#ask({ op: "proof", nonce });
      const proof = parseProof(answer, nonce);
      if (!proof) throw this.#broken("agent did not answer a fresh nonce");
      const report = judgeReport(record, proof.attacks);
      if (report !== "missing" || performance.now() >= end) {
        return { listed: proof.listed, report };
      }
      await new Promise((resolve) => setTimeout(resolve, REPORT_POLL_MS));
    }
  }

  #ask(
    request: Readonly<Record<string, unknown>>,
  ): Promise<Record<string, unknown>> {
    if (!this.#socket) {
      throw new AgentFailure("not connected", { unreachable: true });
    }
    return this.#socket.ask(request, ANSWER_TIMEOUT_MS);
  }

  #broken(why: string): AgentFailure {
    this.close();
    return new AgentFailure(why);
  }

  async #tryTo<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await work();
      this.#failure = undefined;
      return result;
    } catch (error) {
      this.#failure = error instanceof AgentFailure
        ? error
        : new AgentFailure("probe attack could not be made");
      this.#listed = false;
      return undefined;
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#running.then(work);
    this.#running = mine.catch(() => {});
    return mine;
  }
}

/** Nothing got through before protection: the decoy is attacked in the plain ways, for the agent to report. */
const NO_CONTROL: Control = {
  ways: ["mem", "readv"],
  onDecoy: true,
  works: false,
};

/** The control attack cannot be believed. */
class Interference extends AgentFailure {}

function makeNonce(): string {
  return crypto.randomUUID().replaceAll("-", "");
}
