/** The enforcer's end of the channel, for tests: sends given messages and records commands. */
import { socketPair } from "@ffi";
import type { EnforcerProcess } from "@/agent/enforcer/enforcer.ts";
import { LineChannel } from "@/process/line_channel.ts";
import type { AttackEvent, Ready } from "@/protocol/enforcer.ts";

/** The first message on a kernel with BPF LSM. */
export function makeReady(changes: Partial<Ready> = {}): Ready {
  return {
    t: "ready",
    mode: "bpf lsm",
    enforcing: true,
    lock: false,
    exec: "allow",
    pinned: true,
    adopted: false,
    irrevocable: false,
    release: "6.12.117",
    processes: 0,
    backends: [
      { name: "bpf lsm", state: "passed", reason: "" },
      { name: "fmod_ret", state: "not needed", reason: "bpf lsm covers it" },
      { name: "kprobe override", state: "absent", reason: "not built" },
      { name: "reactive kill", state: "not needed", reason: "" },
    ],
    programs: HOOKS.map((name) => ({ name, backend: "bpf lsm" })),
    notes: [],
    ...changes,
  };
}

const HOOKS = [
  "ptrace_access_check",
  "ptrace_traceme",
  "task_kill",
  "task_setrlimit",
  "task_movememory",
  "file_open",
  "file_permission",
  "perf_event_alloc",
];

/** An attack by an unprotected process on process tree 3. */
export function makeEvent(
  changes: {
    readonly attacker?: Partial<AttackEvent["attacker"]>;
    readonly target?: Partial<AttackEvent["target"]>;
  } & Partial<Omit<AttackEvent, "attacker" | "target">> = {},
): AttackEvent {
  return {
    t: "event",
    time: 1_700_000_000_000,
    vector: "process_vm_readv",
    program: "ptrace_access_check",
    backend: "bpf lsm",
    action: "blocked",
    ownProbe: false,
    arg: 2,
    ...changes,
    attacker: {
      pid: 9,
      tid: 9,
      uid: 0,
      comm: "thief",
      exe: "thief",
      cgroup: 4711,
      tree: 0,
      ...changes.attacker,
    },
    target: { pid: 1234, tree: 3, comm: "app", ...changes.target },
  };
}

/** One fake enforcer process. */
export class FakeEnforcer {
  /** Every command that it got. */
  readonly heard: string[] = [];
  /** The agent's handle. */
  readonly process: EnforcerProcess;
  readonly #channel: LineChannel;
  readonly #ended = Promise.withResolvers<{ code: number; signal: number }>();
  readonly #listening: Promise<void>;
  #isOver = false;

  constructor() {
    const [theirs, ours] = socketPair();
    this.#channel = new LineChannel(ours);
    this.process = {
      channel: new LineChannel(theirs),
      ended: this.#ended.promise,
      end: () => this.end({ code: 143, signal: 15 }),
    };
    this.#listening = this.#listen();
  }

  /** Sends objects as JSON, and strings unchanged. */
  async send(...messages: (object | string)[]): Promise<void> {
    await this.#channel.send(
      ...messages.map((m) => typeof m === "string" ? m : JSON.stringify(m)),
    );
  }

  /** Ends it, as a process that exits. */
  end(how: { code: number; signal: number } = { code: 0, signal: 0 }): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#ended.resolve(how);
  }

  /** Every command except `stats`. */
  get commands(): string[] {
    return this.heard.filter((line) => line !== "stats");
  }

  /** Waits until both sides have closed. */
  async finished(): Promise<void> {
    await this.#listening;
  }

  /** Reads until it has ended or the agent closes. The short timeout notices the former. */
  async #listen(): Promise<void> {
    while (!this.#isOver) {
      try {
        const line = await this.#channel.receive(20);
        if (line === undefined) break;
        this.heard.push(line);
      } catch {
        // Timeout.
      }
    }
    this.#channel.close();
    this.end();
  }
}
