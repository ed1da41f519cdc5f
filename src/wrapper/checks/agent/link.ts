/**
 * The wrapper's connection to the node agent, for the life of the process. It never
 * throws to its callers: an agent that is absent, dies, lies or sends garbage makes a
 * check fail.
 */
import { probe, type ProbeRecord } from "@ffi";
import { pause } from "@/base/timer.ts";
import type { Config } from "@/config/load.ts";
import {
  type AgentHello,
  type AgentTrial,
  parseHello,
  parseProof,
  parseProtected,
  PROTOCOL,
  type TrialReport,
} from "@/protocol/agent.ts";
import { AgentFailure, AgentSocket } from "./socket.ts";
import { judgeReport, summarize } from "./probe_attack.ts";
import {
  ATTACK_TIMEOUT_MS,
  type Attacker,
  type Control,
  findControl,
  Interference,
  NO_CONTROL,
} from "./probe_control.ts";
import { openHost } from "@/wrapper/checks/machine/host.ts";
import { findInterference } from "./interference.ts";
import { refuseAgentOwner } from "./owner.ts";

const CONNECT_TIMEOUT_MS = 300;
const ANSWER_TIMEOUT_MS = 500;
const REPORT_TIMEOUT_MS = 500;
const REPORT_POLL_MS = 10;

/** Options of {@linkcode AgentLink}. */
export interface AgentLinkOptions extends Attacker {
  readonly socket: string;
  /** Our pid in our own PID namespace. */
  readonly pid: number;
  /** Why the agent cannot run as this user id; undefined: it can. */
  refuseOwner(uid: number): string | undefined;
}

/** For the status page. */
export interface AgentState {
  readonly connected: boolean;
  readonly protected: boolean;
  readonly hello?: AgentHello;
  readonly failure?: string;
}

/** The link. Concurrent calls run one after another. */
export class AgentLink {
  readonly #options: AgentLinkOptions;
  #socket: AgentSocket | undefined;
  #hello: AgentHello | undefined;
  #listed = false;
  #failure: AgentFailure | undefined;
  /** Undefined until the control attack ran. */
  #control: Control | undefined;
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: AgentLinkOptions) {
    this.#options = options;
  }

  /** The result of the last exchange. */
  get state(): AgentState {
    return {
      connected: this.#socket?.isOpen === true && this.#hello !== undefined,
      protected: this.#listed,
      ...(this.#hello && { hello: this.#hello }),
      ...(this.#failure && { failure: this.#failure.message }),
    };
  }

  /** Connects and registers this process, if not yet done. Call it before secrets are fetched. */
  connect(): Promise<AgentState> {
    return this.#inTurn(async () => {
      await this.#tryTo(() => this.#ensureRegistered());
      return this.state;
    });
  }

  /** Queries the agent, attacks, queries again. Reconnects if needed. Tries a second time if an answer or a report is late, as on a busy node. */
  exercise(): Promise<AgentTrial> {
    return this.#inTurn(async () => {
      const trial = await this.#try();
      const isUnseen = trial.listed && !trial.report && !trial.invented;
      const isDoubtful = isUnseen || trial.interference !== undefined;
      return isDoubtful || this.#failure?.late ? await this.#try() : trial;
    });
  }

  /** Closes the connection; the next exercise opens a new one. */
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

  /** Greets over the open connection, and reconnects once if the agent has closed it. */
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
    this.#control ??= await findControl(this.#options);
    const answer = await this.#ask({ op: "protect" });
    this.#listed = parseProtected(answer, this.#options.pid);
  }

  async #greet(): Promise<AgentHello> {
    const nonce = makeNonce();
    const answer = await this.#ask({ op: "hello", nonce, protocol: PROTOCOL });
    const hello = parseHello(answer, nonce);
    if (!hello) throw this.#broken("agent did not return the nonce");
    this.#hello = hello;
    return hello;
  }

  /** Polls until every attempt is reported or the time is up. */
  async #awaitReport(record: ProbeRecord): Promise<
    { listed: boolean; report: TrialReport | "missing" | "invented" }
  > {
    const end = performance.now() + REPORT_TIMEOUT_MS;
    while (true) {
      const nonce = makeNonce();
      const answer = await this.#ask({ op: "proof", nonce });
      const proof = parseProof(answer, nonce);
      if (!proof) throw this.#broken("agent did not return the nonce");
      const report = judgeReport(record, proof.attacks);
      if (report !== "missing" || performance.now() >= end) {
        return { listed: proof.listed, report };
      }
      await pause(REPORT_POLL_MS);
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
        : new AgentFailure("probe attack could not be carried out");
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

function makeNonce(): string {
  return crypto.randomUUID().replaceAll("-", "");
}

/** The link to the configured agent. Does not connect yet. */
export function openAgent(config: Config): AgentLink {
  const host = openHost();
  return new AgentLink({
    socket: config.agentSocket,
    pid: Deno.pid,
    refuseOwner: (uid) => refuseAgentOwner(uid, config.agentUid, host),
    attack: probe,
    findInterference: (record) => findInterference(record, host),
  });
}
