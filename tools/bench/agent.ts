/**
 * Measures the cost of the node's agent: system calls without it, of an
 * unrelated process, of a protected process, and with 10,000 protected ones. A
 * virtual machine whose clock counts instructions measures them, because 3 % are
 * less than the noise of a busy machine. A second one with an ordinary clock
 * measures load time and memory.
 */
import { getKernel, type KernelName } from "../vm/kernels.ts";
import { Machine } from "../vm/machine.ts";
import type { MachineOptions } from "../vm/qemu.ts";
import { makeRootImage } from "../vm/root.ts";
import type { Workshop } from "./workshop.ts";

const KERNEL: KernelName = "debian-6.12";
const MANY = 10_000;
const MEMORY_MIB = 6144;
const MEASURE_MS = 400_000;
const READY_S = 60;
const SETTLE_S = 30;

/** Instructions (of the processor, in the kernel and outside) per call, by the call's name. */
export type Calls = Readonly<Record<string, number>>;

/** The results. */
export interface AgentFigures {
  readonly kernel: string;
  readonly without: Calls;
  /** An unrelated process, with the agent. */
  readonly beside: Calls;
  /** A protected process. */
  readonly protectedProcess: Calls;
  /** A protected process with 10,000 protected children. */
  readonly manyProtected: Calls;
  /** An unrelated process, with these. */
  readonly besideMany: Calls;
  /** MiB of agent and enforcer: resident anonymous memory. */
  readonly memoryMib: number;
  /** Milliseconds under software emulation, three to nine times slower than a processor. */
  readonly startMs: number;
  readonly removeMs: number;
}

/** Boots both machines, one after the other. @throws Error when a command in one fails */
export async function measureAgent(
  workshop: Workshop,
  binary: string,
): Promise<AgentFigures> {
  const kernel = await getKernel(KERNEL);
  const root = workshop.path("agent.cpio");
  const files = {
    "/bin/calls": workshop.path("calls"),
    "/bin/cloudtaser-wrapper": binary,
  };
  await makeRootImage(root, { kernel, files });
  const options = { kernel, root, memory: MEMORY_MIB };
  return {
    kernel: KERNEL,
    ...await measureCalls({ ...options, isCounting: true }),
    ...await measureTimes(options),
  };
}

async function measureCalls(options: MachineOptions) {
  await using machine = await Machine.start(options);
  // A kernel that has just booted is busy for a while.
  const without = await callsOf(machine, `sleep ${SETTLE_S} && calls`);
  await startAgent(machine);
  await command(machine, `sleep ${SETTLE_S}`);
  const beside = await callsOf(machine, "calls");
  const socket = "--protect /run/cloudtaser/agent.sock";
  const protectedProcess = await callsOf(machine, `calls ${socket}`);
  const both = await command(
    machine,
    `calls ${socket} ${MANY} 'calls >/tmp/beside' && echo && cat /tmp/beside`,
  );
  const [many = "", unrelated = ""] = both.split("\n\n");
  return {
    without,
    beside,
    protectedProcess,
    manyProtected: readCalls(many),
    besideMany: readCalls(unrelated),
  };
}

async function measureTimes(options: MachineOptions) {
  await using machine = await Machine.start(options);
  const startMs = await startAgent(machine);
  // The agent blocks reading its smaps, but not its status.
  const memory = await command(
    machine,
    `for p in $(cat /tmp/pid) $(pidof ct-enforcer); do cat /proc/$p/status; done`,
  );
  const kib = [...memory.matchAll(/^RssAnon:\s+(\d+) kB/gm)]
    .map(([, text]) => Number(text));
  if (kib.length !== 2) throw new Error(`Not two processes: ${memory}`);
  await command(machine, "kill $(cat /tmp/pid); sleep 2");
  const removed = await command(
    machine,
    `${CLOCK}; cloudtaser-wrapper agent --remove >/tmp/remove 2>&1; ${CLOCK}`,
  );
  return {
    startMs,
    memoryMib: Math.round(kib.reduce((sum, one) => sum + one) / 1024),
    removeMs: span(removed),
  };
}

const CLOCK = "cut -d' ' -f1 /proc/uptime";

/** Starts it and waits until it answers. @returns milliseconds until then */
async function startAgent(machine: Machine): Promise<number> {
  const times = await command(
    machine,
    `${CLOCK}; cloudtaser-wrapper agent >/tmp/agent.log 2>&1 & echo $! >/tmp/pid; ` +
      `for i in $(seq ${READY_S * 10}); do ` +
      `wget -qO /dev/null http://127.0.0.1:8198/readyz 2>/dev/null && break; sleep 0.1; done; ` +
      `${CLOCK}; grep -q 'vectors active' /tmp/agent.log || cat /tmp/agent.log >&2`,
  );
  return span(times);
}

/** Milliseconds between the two readings of /proc/uptime that a command printed. */
function span(text: string): number {
  const [from = NaN, to = NaN] = text.trim().split("\n").map(Number);
  if (Number.isNaN(to - from)) throw new Error(`No two times: ${text}`);
  return Math.round((to - from) * 1000);
}

async function callsOf(machine: Machine, line: string): Promise<Calls> {
  return readCalls(await command(machine, line));
}

function readCalls(text: string): Calls {
  const lines = text.trim().split("\n").map((line) => line.split(" "));
  return Object.fromEntries(
    lines.map(([name, count]) => [name, Number(count)]),
  );
}

async function command(machine: Machine, line: string): Promise<string> {
  const { code, output } = await machine.run(line, MEASURE_MS);
  if (code !== 0) throw new Error(`${line}: status ${code}: ${output}`);
  return output;
}
