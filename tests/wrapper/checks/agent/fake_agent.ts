/**
 * A fake node agent on a real Unix socket: honest by default; `twist` makes it lie,
 * send garbage, flood or stay silent. It enforces nothing; FakeWorld replaces the
 * kernel for both sides.
 */
import type { ProbeRecord, ProbeStep, ProbeWay } from "@ffi";
import type { AttackEnd } from "@/wrapper/checks/agent/probe_attack.ts";

const VECTORS = {
  mem: "proc_mem",
  readv: "process_vm_readv",
  getfd: "pidfd_getfd",
} as const;
const STEPS = 24;

/** How attempts on the wrapper and on its decoy process end. */
export interface AttackEnds {
  readonly wrapper: AttackEnd;
  readonly decoy: AttackEnd;
}

const OPEN: AttackEnd = { errno: 0, signal: 0 };
const REFUSED: AttackEnd = { errno: 1, signal: 0 };

/** Runs fake attacks, and records what an agent could have seen. */
export class FakeWorld {
  /** Every attempt since protection. */
  readonly attempts: ProbeStep[] = [];
  readonly records: ProbeRecord[] = [];
  readonly asked: { ways: readonly ProbeWay[]; onDecoy: boolean }[] = [];
  isProtected = false;
  /** How attacks end before and after protection. */
  before: AttackEnds = { wrapper: OPEN, decoy: OPEN };
  after: AttackEnds = { wrapper: REFUSED, decoy: REFUSED };
  /** Changes to the record besides the attempts. */
  found: Partial<ProbeRecord> = {};

  attack(ways: readonly ProbeWay[], onDecoy: boolean): Promise<ProbeRecord> {
    this.asked.push({ ways, onDecoy });
    const ends = this.isProtected ? this.after : this.before;
    const { errno, signal } = onDecoy ? ends.decoy : ends.wrapper;
    const end = signal === 0 ? errno : -signal;
    const steps = Array.from({ length: STEPS }, (_, index) => {
      const atVictim = index % 3 !== 0;
      const way = ways[index % ways.length] ?? "mem";
      return { name: makeName(), way, atVictim, end: atVictim ? end : 0 };
    });
    if (this.isProtected) {
      this.attempts.push(...steps.filter(({ atVictim }) => atVictim));
    }
    const record = makeRecord({ steps, ...this.found });
    this.records.push(record);
    return Promise.resolve(record);
  }
}

/** A record without interference. */
export function makeRecord(changes: Partial<ProbeRecord>): ProbeRecord {
  return {
    steps: [],
    tracers: [0, 0, 0],
    traceme: 0,
    inherited: 0,
    filtered: 3,
    listener: 0,
    ...changes,
  };
}

/** The kernel alone protects the wrapper from an unprivileged attacker. */
export function refusedByKernel(decoy: AttackEnd): AttackEnds {
  return { wrapper: REFUSED, decoy };
}

function makeName(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(15)).map((b) => 97 + b % 26);
}

/** An attempt as an agent reports it. */
export function describeAttempt({ name, way }: ProbeStep, blocked: boolean) {
  const comm = new TextDecoder().decode(name);
  return { comm, vector: VECTORS[way], blocked };
}

export type Message = Record<string, unknown>;
/** Changes an honest answer. Strings and bytes are sent as they are; undefined: no answer. */
export type Twist = (
  answer: Message,
  request: Message,
) => Message | string | Uint8Array | undefined | Promise<Message>;

export interface FakeAgentOptions {
  readonly world: FakeWorld;
  readonly pid: number;
  readonly mode?: string;
  readonly twist?: Twist;
  readonly path?: string;
}

/** Listens until it is disposed of. */
export class FakeAgent implements AsyncDisposable {
  readonly path: string;
  readonly requests: Message[] = [];
  readonly #options: FakeAgentOptions;
  /** Undefined: the caller owns the socket's folder. */
  readonly #folder: string | undefined;
  readonly #listener: Deno.Listener;
  readonly #connections = new Set<Deno.Conn>();
  readonly #work: Promise<unknown>[] = [];

  constructor(options: FakeAgentOptions) {
    this.#options = options;
    this.#folder = options.path ? undefined : Deno.makeTempDirSync();
    this.path = options.path ?? `${this.#folder}/agent.sock`;
    this.#listener = Deno.listen({ transport: "unix", path: this.path });
    this.#work.push(this.#accept());
  }

  /** Closes all connections, and continues to listen. */
  hangUp(): void {
    for (const connection of this.#connections) connection.close();
    this.#connections.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.hangUp();
    await Promise.allSettled(this.#work);
    try {
      Deno.removeSync(this.path);
    } catch {
      // The listener removed it.
    }
    if (this.#folder) Deno.removeSync(this.#folder);
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#listener) {
      this.#connections.add(connection);
      this.#work.push(this.#serve(connection));
    }
  }

  async #serve(connection: Deno.Conn): Promise<void> {
    try {
      let text = "";
      const buffer = new Uint8Array(65_536);
      while (true) {
        const count = await connection.read(buffer);
        if (!count) return;
        text += new TextDecoder().decode(buffer.subarray(0, count));
        const lines = text.split("\n");
        text = lines.pop() ?? "";
        for (const line of lines) await this.#answer(connection, line);
      }
    } catch {
      // The wrapper hung up.
    }
  }

  async #answer(connection: Deno.Conn, line: string): Promise<void> {
    const request: Message = JSON.parse(line);
    this.requests.push(request);
    const honest = this.#honest(request);
    const twist = this.#options.twist;
    const answer = twist ? await twist(honest, request) : honest;
    if (answer === undefined) return;
    let bytes: Uint8Array;
    if (answer instanceof Uint8Array) bytes = answer;
    else {
      bytes = new TextEncoder().encode(
        typeof answer === "string" ? answer : `${JSON.stringify(answer)}\n`,
      );
    }
    while (bytes.length > 0) {
      bytes = bytes.subarray(await connection.write(bytes));
    }
  }

  #honest({ op, nonce }: Message): Message {
    const { world, pid, mode = "bpf lsm" } = this.#options;
    if (op === "protect") {
      world.isProtected = true;
      return { op, pid, protected: true };
    }
    if (op === "proof") {
      const blocked = mode !== "reactive kill" && mode !== "detect only";
      const attacks = world.attempts
        .map((attempt) => describeAttempt(attempt, blocked));
      return { op, nonce, protected: world.isProtected, attacks };
    }
    return {
      op,
      nonce,
      protocol: 1,
      version: "0.1.0",
      mode,
      vectors: 23,
      name: "cloudtaser-ebpf-4f7a",
      uptime: 50_400,
      kernel: { release: "6.12.118" },
    };
  }
}
