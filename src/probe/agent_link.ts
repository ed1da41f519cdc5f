/**
 * The wrapper's side of its one connection to the node's agent, for as long as
 * the process lives. Nothing here throws to its caller: an agent that is absent,
 * dies, lies or stammers only makes a check fail.
 */
import {
  type AgentHello,
  type AgentTrial,
  parseHello,
  parseProof,
  parseProtected,
  type SeenAttack,
  type TrialAttack,
} from "./agent_protocol.ts";
import { AgentFailure, AgentSocket } from "./agent_socket.ts";
import type { AttackEnd, AttackResult } from "./host.ts";
import type { ProvenAgent } from "./subject.ts";

const CONNECT_TIMEOUT_MS = 300;
const ANSWER_TIMEOUT_MS = 500;
const REPORT_TIMEOUT_MS = 500;
const REPORT_POLL_MS = 10;
const ATTACK_TIMEOUT_MS = 1000;

/** What the link needs. `attack` is {@linkcode attackOurselves} on protected memory. */
export interface AgentLinkOptions {
  readonly socket: string;
  /** Our pid in our own PID namespace. */
  readonly pid: number;
  attack(name: string, timeoutMs: number): Promise<AttackResult>;
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
  /** The same attack before we were protected: undefined until it was tried. */
  #control: AttackResult | undefined;
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
      const isUnseen = trial.listed && !trial.seen;
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
      unreachable: this.#failure?.unreachable ?? true,
      listed: false,
      ...(this.#hello && { hello: this.#hello }),
    };
  }

  async #exerciseOnce(): Promise<AgentTrial> {
    await this.#ensureRegistered();
    const hello = await this.#greet();
    const name = makeComm();
    const result = await this.#options.attack(name, ATTACK_TIMEOUT_MS);
    const report = await this.#awaitReport(name);
    this.#listed = this.#listed && report.listed;
    return {
      unreachable: false,
      hello,
      listed: this.#listed,
      attack: compare(this.#control, result),
      ...(report.seen && { seen: report.seen }),
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
    this.#socket = await AgentSocket.open(
      this.#options.socket,
      CONNECT_TIMEOUT_MS,
    );
    await this.#greet();
    this.#control ??= await this.#options.attack(makeComm(), ATTACK_TIMEOUT_MS);
    const answer = await this.#ask({ op: "protect" });
    this.#listed = parseProtected(answer, this.#options.pid);
  }

  async #greet(): Promise<AgentHello> {
    const nonce = makeNonce();
    const answer = await this.#ask({ op: "hello", nonce, protocol: 1 });
    const hello = parseHello(answer, nonce);
    if (!hello) throw this.#broken("agent did not answer a fresh nonce");
    this.#hello = hello;
    return hello;
  }

  /** Asks until the attack is reported or time is up. */
  async #awaitReport(
    comm: string,
  ): Promise<{ listed: boolean; seen?: SeenAttack }> {
    const end = performance.now() + REPORT_TIMEOUT_MS;
    while (true) {
      const nonce = makeNonce();
      const answer = await this.#ask({ op: "proof", nonce });
      const proof = parseProof(answer, nonce);
      if (!proof) throw this.#broken("agent did not answer a fresh nonce");
      const seen = proof.attacks.filter((attack) => attack.comm === comm);
      const best = seen.find((attack) => attack.blocked) ?? seen[0];
      if (best) return { listed: proof.listed, seen: best };
      if (performance.now() >= end) return { listed: proof.listed };
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

/**
 * Which end of the attack tells something. On ourselves when that succeeded
 * before we were protected (we are privileged); else on our dumpable twin; else
 * the kernel refuses by itself and the agent's part cannot be seen.
 */
export function compare(
  before: AttackResult | undefined,
  after: AttackResult,
): TrialAttack {
  if (succeeded(before)) return { control: true, ...pick(after) };
  if (succeeded(before?.twin) && after.twin) {
    return { control: true, ...pick(after.twin) };
  }
  return { control: false, ...pick(after) };
}

function succeeded(end: AttackEnd | undefined): boolean {
  return end?.errno === 0 && end.signal === 0;
}

function pick({ errno, signal }: AttackEnd): AttackEnd {
  return { errno, signal };
}

/** 15 characters, the most that a comm holds: `ct` and 13 random ones (62 bits). */
function makeComm(): string {
  const letters = "abcdefghijklmnopqrstuvwxyz012345";
  const bytes = crypto.getRandomValues(new Uint8Array(13));
  return `ct${Array.from(bytes, (byte) => letters[byte & 31]).join("")}`;
}

function makeNonce(): string {
  return crypto.randomUUID().replaceAll("-", "");
}
