/**
 * What wrapper and agent say to each other. Pure: meaning and form of the
 * messages, no socket. Everything that comes from the agent is judged here,
 * because whoever can bind the socket could be lying.
 *
 * A Unix stream socket; one JSON object a line, UTF-8, at most 64 KiB with its
 * line feed. The wrapper asks, the agent answers each request with exactly one
 * line, in order. Unknown fields are ignored. The agent takes the peer's
 * identity from SO_PEERCRED / SO_PEERPIDFD; no request names a process.
 *
 * ```
 * → {"op":"hello","nonce":"<32 hex>","protocol":1}
 * ← {"op":"hello","nonce":"<the same>","protocol":1,"version":"0.1.0",
 *    "mode":"bpf lsm + kprobe override","vectors":23,
 *    "name":"cloudtaser-ebpf-4f7a","uptime":50400,"kernel":{"release":"6.12.118"}}
 * → {"op":"protect"}
 * ← {"op":"protect","pid":1,"protected":true}
 * → {"op":"proof","nonce":"<32 hex>"}
 * ← {"op":"proof","nonce":"<the same>","protected":true,
 *    "attacks":[{"comm":"ct3f9a0c1b7d2e","vector":"process_vm_readv","blocked":true}]}
 * ← {"op":"error","reason":"…"}      to any request that is refused
 * ```
 *
 * - `mode`: the tiers whose self-test passed, joined by ` + `: `bpf lsm`,
 *   `fmod_ret`, `kprobe override`, `reactive kill`; or `detect only`.
 * - `name` (the agent's pod or host) and `uptime` (seconds) are optional.
 * - `protect` is idempotent. `pid` is the peer's pid in the peer's own PID
 *   namespace (last number of NSpid), so the peer can recognise itself.
 * - `attacks`: attacks on the peer and on its descendants during the last ten
 *   seconds, newest last, at most 256, by members of the peer's own family too:
 *   the probe attack comes from a child of the peer. `comm` is the attacker's
 *   name when it attacked; `blocked` means refused with an errno, not killed.
 * - Refused is every access to a member from any other process, other members
 *   included. The one exception is a process and the children it made itself,
 *   which the kernel's own ptrace scope allows too: proofs have controls there.
 *
 * Why a report proves anything: probe_attack.ts.
 */
import { cleanText } from "@/base/text.ts";

/** Longest line in bytes, line feed included. */
export const MAX_LINE_BYTES = 65_536;
const MAX_ATTACKS = 256;
const SYNCHRONOUS = ["bpf lsm", "fmod_ret", "kprobe override"];

/** What the agent says of itself. Text is cleaned and bounded. */
export interface AgentHello {
  readonly version: string;
  readonly mode: string;
  readonly vectors: number;
  readonly name?: string;
  readonly uptimeSeconds?: number;
}

/** One attack that the agent says it saw. */
export interface SeenAttack {
  readonly comm: string;
  readonly vector: string;
  readonly blocked: boolean;
}

/** How the probe attack ended where the kernel alone would have let it through. */
export interface TrialAttack {
  /** Whether the same attack succeeded before this process was protected. */
  readonly control: boolean;
  /** 0: an attempt succeeded, or was killed (signal). */
  readonly errno: number;
  readonly signal: number;
}

/** The agent's report of the probe attack, where every attempt stands in it and nothing else does. */
export interface TrialReport {
  /** It says that it refused every attempt. */
  readonly blocked: boolean;
}

/** One round with the agent: everything both checks need. */
export interface AgentTrial {
  /** Why there is no answer to go by; undefined when all answers came. */
  readonly failure?: string;
  /** Who may have changed what system calls answered, so that nothing here proves anything. */
  readonly interference?: string;
  /** No agent was reached at all. */
  readonly unreachable: boolean;
  readonly hello?: AgentHello;
  /** The agent lists this process. */
  readonly listed: boolean;
  readonly attack?: TrialAttack;
  readonly report?: TrialReport;
  /** The agent reported an attempt that was not made. */
  readonly invented?: boolean;
}

/** Reads one line. Undefined when it is not an object. */
export function parseLine(line: string): Record<string, unknown> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  return isRecord(value) ? value : undefined;
}

/** Judges an answer to `hello`: undefined unless it has our nonce and all it must have. */
export function parseHello(
  answer: Record<string, unknown>,
  nonce: string,
): AgentHello | undefined {
  const { op, version, mode, vectors, name, uptime } = answer;
  if (op !== "hello" || answer.nonce !== nonce) return undefined;
  if (typeof version !== "string" || typeof mode !== "string") return undefined;
  if (!isCount(vectors)) return undefined;
  return {
    version: cleanText(version, 40),
    mode: cleanText(mode, 80),
    vectors,
    ...(typeof name === "string" && { name: cleanText(name, 80) }),
    ...(isCount(uptime) && { uptimeSeconds: uptime }),
  };
}

/** True when the answer to `protect` says that process `pid`, ours, is protected. */
export function parseProtected(
  answer: Record<string, unknown>,
  pid: number,
): boolean {
  return answer.op === "protect" && answer.pid === pid &&
    answer.protected === true;
}

/** Judges an answer to `proof`: undefined unless it is for our nonce and well formed. */
export function parseProof(
  answer: Record<string, unknown>,
  nonce: string,
): { listed: boolean; attacks: SeenAttack[] } | undefined {
  if (answer.op !== "proof" || answer.nonce !== nonce) return undefined;
  if (!Array.isArray(answer.attacks)) return undefined;
  const attacks = answer.attacks.slice(-MAX_ATTACKS).flatMap(readAttack);
  return { listed: answer.protected === true, attacks };
}

/** The tiers of a mode that refuse before the system call runs. */
export function synchronousTiers(mode: string): string[] {
  return mode.split(" + ").filter((tier) => SYNCHRONOUS.includes(tier));
}

function readAttack(value: unknown): SeenAttack[] {
  if (!isRecord(value)) return [];
  const { comm, vector, blocked } = value;
  if (typeof comm !== "string" || typeof vector !== "string") return [];
  return [{ comm, vector: cleanText(vector, 60), blocked: blocked === true }];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
