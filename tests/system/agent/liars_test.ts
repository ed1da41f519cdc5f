/**
 * Agents that enforce nothing and try to be believed by the compiled wrapper:
 * some trace it, some know every name of its attackers, one supervises its
 * system calls. None may earn a point. Version 0.1.0 gave each of them one or
 * both.
 */
import assert from "node:assert/strict";
import { inFolder } from "../../support/agent/node_agent.ts";
import { FakeAgent, FakeWorld } from "../../wrapper/checks/agent/fake_agent.ts";
import { CommWatch } from "./comm_watch.ts";
import { eventually } from "../../support/eventually.ts";
import { compileProgram } from "../../support/programs.ts";
import { Output } from "../../support/output.ts";
import {
  runWrapper,
  WRAPPER,
  type WrapperOptions,
} from "../../support/wrapper.ts";

/** A liar on a socket of its own; `await using` ends it. */
class Liar implements AsyncDisposable {
  readonly socket: string;
  readonly output: Output;
  readonly #process: Deno.ChildProcess;

  constructor(folder: string, args: string[], options: { uid?: number } = {}) {
    this.socket = `${folder}/agent.sock`;
    this.#process = new Deno.Command(compileProgram("liar"), {
      args: [this.socket, ...args],
      stdout: "piped",
      stderr: "inherit",
      clearEnv: true,
      env: environment(this.socket),
      ...(options.uid !== undefined && { uid: options.uid, gid: options.uid }),
    }).spawn();
    this.output = new Output(this.#process.stdout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#process.status;
  }
}

function environment(socket: string) {
  return {
    PATH: "/usr/bin:/bin",
    CLOUDTASER_AGENT_SOCKET: socket,
    CLOUDTASER_SCORE_INTERVAL: "off",
    CLOUDTASER_LISTEN: "off",
  };
}

/** The log of a start that asks for all points. */
async function startAgainst(
  socket: string,
  options: Partial<WrapperOptions> = {},
): Promise<{ code: number; log: string }> {
  const { code, stderr, stdout } = await runWrapper({
    args: ["--min-protection-score=75", "--", "echo", "started"],
    env: environment(socket),
    ...options,
  });
  assert.equal(stdout, "");
  return { code, log: stderr };
}

function assertNoPoint(log: string, reason: RegExp): void {
  for (const check of ["ebpf_connected", "kprobes_active"]) {
    const [, found] = new RegExp(`${check}: FAIL \\(\\+0\\) (.*)`).exec(log) ??
      [];
    assert.ok(found, log);
    if (check === "ebpf_connected") assert.match(found, reason);
  }
}

for (const when of ["seize", "seize-before"]) {
  Deno.test(`an agent that traces the wrapper earns no point, and is named: ${when}`, () =>
    inFolder(async (folder) => {
      await using liar = new Liar(folder, [when]);
      await liar.output.until(/ready/);
      const { code, log } = await startAgainst(liar.socket);
      assert.equal(code, 77);
      assertNoPoint(log, /^this process is traced by process \d+ \("liar"\)$/);
      assert.match(log, /kprobes_active: FAIL \(\+0\) this process is traced/);
    }));
}

Deno.test("a tracer outside the PID namespace is found without its number", () =>
  inFolder(async (folder) => {
    await using liar = new Liar(folder, ["seize"]);
    await liar.output.until(/ready/);
    const { code, log } = await startAgainst(liar.socket, {
      pidNamespace: true,
    });
    assert.equal(code, 77);
    assertNoPoint(
      log,
      /^this process is traced from outside its PID namespace$/,
    );
  }));

Deno.test("names that were read from /proc are worth nothing", () =>
  inFolder(async (folder) => {
    await using liar = new Liar(folder, ["poll"]);
    await liar.output.until(/ready/);
    for (let i = 0; i < 5; i++) {
      const { log } = await startAgainst(liar.socket);
      assertNoPoint(
        log,
        /^(agent reported attacks that did not happen: take the node out of service|probe attack was not reported within 500 ms: see the agent's log)$/,
      );
    }
  }));

Deno.test("who knows every name does not know what it was used for", async () => {
  await using watch = await CommWatch.start();
  await using agent = new FakeAgent({
    world: new FakeWorld(),
    pid: 1,
    mode: "detect only",
    twist: (answer) =>
      answer.op === "proof"
        ? {
          ...answer,
          attacks: watch.names.map((comm) => ({
            comm,
            vector: "process_vm_readv",
            blocked: false,
          })),
        }
        : answer,
  });
  const { log } = await startAgainst(agent.path, { pidNamespace: true });
  assertNoPoint(
    log,
    /^(agent reported attacks that did not happen: take the node out of service|probe attack was not reported within 500 ms: see the agent's log)$/,
  );
  assert.ok(watch.names.length >= 48, `it learned ${watch.names.length}`);
});

Deno.test("an agent of another user than root is not spoken to", () =>
  inFolder(async (folder) => {
    Deno.chmodSync(folder, 0o777);
    await using liar = new Liar(folder, ["poll"], { uid: 65532 });
    await liar.output.until(/ready/);
    const { log } = await startAgainst(liar.socket);
    assertNoPoint(log, /is served by user 65532, not by root; /);
  }));

const LISTENER = /^another process holds a seccomp listener of this process/;
for (
  const [how, reason, memory] of [
    ["supervise", LISTENER, LISTENER],
    [
      "supervise-einval",
      /^cannot rule out a seccomp listener: seccomp\(2\) fails with EINVAL/,
      /^cannot rule out a seccomp listener/,
    ],
    [
      "supervise-fake",
      /^seccomp\(2\) claims success and does nothing/,
      /^seccomp\(2\) claims success/,
    ],
    // Who lets go of the listener leaves a filter that answers ENOSYS.
    [
      "supervise-gone",
      /^cannot rule out a seccomp listener: seccomp\(2\) fails with ENOSYS/,
      /^blocked by seccomp$/,
    ],
  ] as const
) {
  Deno.test(`a supervisor of the wrapper's system calls earns no point: ${how}`, () =>
    inFolder(async (folder) => {
      const log = `${folder}/log`;
      Deno.writeTextFileSync(log, "");
      const start =
        `exec ${WRAPPER} --min-protection-score=55 -- echo started 2>>${log} >&2`;
      await using liar = new Liar(folder, [how, "/bin/sh", "-c", start]);
      await liar.output.until(/ready/);
      const text = await eventually(
        () => Deno.readTextFileSync(log),
        (text) => /started/.test(text),
      );
      assertNoPoint(text, reason);
      const [, why = ""] = /memfd_secret: FAIL \(\+0\) (.*)/.exec(text) ?? [];
      assert.match(why, memory, text);
      assert.match(text, /error: The application is not started/);
    }));
}
