/** An agent with fake enforcers, and everything that it logs. */
import { Agent } from "@/agent/agent.ts";
import type { ProcessFiles } from "@/agent/processes/process_files.ts";
import type { Log, LogFields } from "@/base/log.ts";
import { FakeEnforcer, makeReady } from "./fake_enforcer.ts";

/** Processes without container and path. */
export const NO_FILES: ProcessFiles = {
  container: () => undefined,
  executable: () => undefined,
  cgroupPath: () => undefined,
};

/** A running agent. */
export class RunningAgent implements AsyncDisposable {
  readonly agent: Agent;
  readonly enforcers: FakeEnforcer[] = [];
  readonly log: string[] = [];
  readonly audit: LogFields[] = [];
  /** What the service manager was told. */
  readonly told: string[] = [];
  readonly ended: ReturnType<Agent["run"]>;

  constructor(files: ProcessFiles = NO_FILES) {
    this.agent = new Agent({
      about: {
        version: "0.1.0",
        name: "cloudtaser-agent-x",
        mode: "enforce",
        startedAt: Date.now() - 60_000,
      },
      wantsPins: true,
      start: () => {
        const enforcer = new FakeEnforcer();
        this.enforcers.push(enforcer);
        return enforcer.process;
      },
      files,
      log: makeLog(this.log, this.audit),
      manager: {
        ready: (status) => this.told.push(`ready: ${status}`),
        status: (status) => this.told.push(status),
      },
      pauseMs: { min: 10, max: 40 },
    });
    this.ended = this.agent.run();
  }

  /** The newest one. */
  get enforcer(): FakeEnforcer {
    const enforcer = this.enforcers.at(-1);
    if (!enforcer) throw new Error("no enforcer was started");
    return enforcer;
  }

  /** Sends `ready`, and waits until the agent has it. */
  async ready(changes: Parameters<typeof makeReady>[0] = {}): Promise<void> {
    await this.enforcer.send(makeReady(changes));
    await soon(() => this.agent.state().ready !== undefined);
  }

  /** Sends one request on a connection. @returns the answer */
  async ask(id: number, line: string | object): Promise<unknown> {
    const text = typeof line === "string" ? line : JSON.stringify(line);
    const before = this.#answers(id).length;
    await this.enforcer.send({ t: "line", id, line: text });
    await soon(() => this.#answers(id).length > before);
    return JSON.parse(this.#answers(id)[before] ?? "");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.agent.stop();
    await this.ended;
    await Promise.all(this.enforcers.map((enforcer) => enforcer.finished()));
  }

  #answers(id: number): string[] {
    const start = `answer ${id} `;
    return this.enforcer.heard.filter((line) => line.startsWith(start))
      .map((line) => line.slice(start.length));
  }
}

/** Polls a condition. @throws Error after five seconds */
export async function soon(isThere: () => boolean): Promise<void> {
  const limit = performance.now() + 5000;
  while (!isThere()) {
    if (performance.now() > limit) throw new Error(`never: ${isThere}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

function makeLog(lines: string[], audit: LogFields[]): Log {
  const at = (level: string) => (message: string, _fields?: LogFields) => {
    lines.push(level === "info" ? message : `${level}: ${message}`);
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warning"),
    error: at("error"),
    line: ({ message }) => lines.push(message),
    audit: (_time, _message, fields) => audit.push(fields),
  };
}
