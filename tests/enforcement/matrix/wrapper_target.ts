/**
 * The wrapper as the victim of the same attacks. It does not publish addresses,
 * so they look for a variable of its environment, whose address is learnt from
 * an unprotected wrapper (without address space randomization).
 */
import {
  type AttackRow,
  parseResults,
  type Results,
  succeeded,
} from "../../attacks/results.ts";
import { type Guest, type GuestWrapper, MARK, SCRATCH } from "../guest.ts";

const FACTS = "/tmp/facts_of_wrapper";
/** Of /proc/PID/stat, proc_pid_stat(5) counts from 1. */
const ENV_START = 50;
const ALL_MS = 120_000;

/** What attacks can do to a wrapper, and how to start them on another. */
export interface WrapperTarget {
  readonly facts: string;
  readonly controls: Results;
}

/** Attacks a wrapper that has no agent. */
export async function learnWrapper(
  guest: Guest,
  rows: readonly AttackRow[],
): Promise<WrapperTarget> {
  const wrapper = await guest.startWrapper();
  const facts = await writeFacts(guest, wrapper);
  const names = rows.filter(isFit).map(({ name }) => name);
  const controls = await attackWrapper(guest, wrapper, { facts, names });
  await guest.end(wrapper.pid, wrapper.application.pid);
  checkEnough(controls, succeeded);
  return { facts, controls };
}

/** Profilers wait long for samples of a process that sleeps; debuggers copy 100 MB, several times. */
const SLOW = new Set(["perf_task", "debugger"]);

function isFit(row: AttackRow): boolean {
  return !row.endsVictim && !row.hitsAgent && !row.hitsMachine &&
    !row.hitsEverybody && !row.holds && !SLOW.has(row.vector);
}

/** Attacks a wrapper with what was learnt. */
export async function attackTarget(
  guest: Guest,
  { facts, controls }: WrapperTarget,
  wrapper: GuestWrapper,
): Promise<Results> {
  const works = [...controls].filter(([, result]) => succeeded(result));
  const names = works.map(([name]) => name);
  const results = await attackWrapper(guest, wrapper, { facts, names });
  checkEnough(results, () => true);
  return results;
}

/** Half a matrix that is empty would be as green as a good one. About 90 succeed on Linux 6.18. */
const LEAST = 30;
const PLAINEST = ["vm_readv", "mem", "environ"];

/** @throws {Error} when these are too few to say anything of the wrapper. */
export function checkEnough(
  results: Results,
  counts: (result: string) => boolean,
): void {
  const names = [...results].filter(([, result]) => counts(result))
    .map(([name]) => name);
  const missing = PLAINEST.filter((name) => !names.includes(name));
  if (names.length >= LEAST && missing.length === 0) return;
  const lacks = missing.length > 0 ? `, without ${missing.join(", ")}` : "";
  throw new Error(`only ${names.length} attacks on the wrapper${lacks}`);
}

async function attackWrapper(
  guest: Guest,
  { pid }: GuestWrapper,
  { facts, names }: { facts: string; names: readonly string[] },
): Promise<Results> {
  const output = await guest.do(
    `cat >${FACTS} <<'END'
${facts}END
    for row in ${names.join(" ")}; do
      attack --no-check $row ${pid} ${FACTS}
    done`,
    ALL_MS,
  );
  return parseResults(output);
}

async function writeFacts(
  guest: Guest,
  { pid }: GuestWrapper,
): Promise<string> {
  const stat = await guest.do(`cat /proc/${pid}/stat`);
  // A name may have blanks in it; the fields behind it have none.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).trim().split(" ");
  const start = BigInt(fields[ENV_START - 3] ?? "0");
  const block = await guest.do(`base64 -w0 /proc/${pid}/environ`);
  const text = atob(block.trim());
  const find = (name: string) => text.indexOf(`\0${name}=`) + name.length + 2;
  const at = find(MARK);
  const value = text.slice(at, text.indexOf("\0", at));
  const address = (start + BigInt(at)).toString(16);
  const scratch = (start + BigInt(find(SCRATCH))).toString(16);
  const exe = (await guest.do(`readlink /proc/${pid}/exe`)).trim();
  const cwd = (await guest.do(`readlink /proc/${pid}/cwd`)).trim();
  const places = ["env", "heap", "stack", "shared"];
  return [
    ...[`pid ${pid}`, "length 32", `digest ${digest(value.slice(0, 32))}`],
    ...places.map((name) => `${name} ${address}`),
    `scratch ${scratch}`,
    ...["secretmem 0", "nap 0", "secretmem_fd -1", "memfd -1", "child 0"],
    ...["late 0", "protected 0", `exe ${exe}`, `cwd ${cwd}`, "end 1", ""],
  ].join("\n");
}

/** As ../../attacks/lib/digest.h. */
function digest(value: string): string {
  let digest = 0n;
  for (const byte of new TextEncoder().encode(value)) {
    const next = digest * 0x9e3779b97f4a7c15n + BigInt(byte) + 1n;
    digest = BigInt.asUintN(64, next);
  }
  return digest.toString(16);
}
