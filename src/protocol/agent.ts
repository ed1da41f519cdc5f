/**
 * The protocol between wrapper and agent. The wrapper validates every answer
 * here, because any process that can bind the socket could be lying.
 *
 * A Unix stream socket; one JSON object per line, UTF-8, at most 64 KiB with its
 * line feed. The agent answers each request with exactly one line, in order.
 * Unknown fields are ignored. The agent takes the peer's identity from
 * SO_PEERCRED / SO_PEERPIDFD; no request names a process.
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
 * ← {"op":"error","reason":"…"}      the answer to a refused request
 * ```
 *
 * - `mode`: the backends that passed their self-test, joined by ` + ` (BACKENDS);
 *   or `detect only`.
 * - `name` (the agent's pod or host) and `uptime` (seconds) are optional.
 * - `protect` is idempotent. `pid` is the peer's pid in the peer's own PID
 *   namespace (last number of NSpid), so the peer can recognise itself.
 * - `attacks`: attacks on the peer and its descendants during the last ten
 *   seconds, newest last, at most 256, including attacks from the peer's own
 *   process tree: the probe attack comes from a child of the peer. `comm` is the
 *   attacker's name at that time; `blocked` means refused with an errno, not
 *   killed.
 * - Every access to a protected process from another process is refused, from
 *   protected processes too. The exception is a parent's access to its own
 *   children, as in the kernel's ptrace scope: it is the control of a proof.
 *
 * probe_attack.ts explains why a report is a proof.
 */
import { cleanText } from "@/base/text.ts";

/** Longest line in bytes, line feed included. */
export const MAX_LINE_BYTES = 65_536;
/** Version of this protocol, in both directions of `hello`. */
export const PROTOCOL = 1;
/** Most attacks in one answer to `proof`. */
export const MAX_ATTACKS = 256;

/** Refuses system calls by their arguments. */
export const KPROBE_OVERRIDE = "kprobe override";
/** Kills the attacker after the attempt. */
export const REACTIVE_KILL = "reactive kill";
/** Backends with the same programs, which refuse in the kernel's security hooks. */
export const HOOK_BACKENDS: readonly string[] = ["bpf lsm", "fmod_ret"];
/** All names, in the order of c/enforcer/event_names.c; a test compares. */
export const BACKENDS: readonly string[] = [
  ...HOOK_BACKENDS,
  KPROBE_OVERRIDE,
  REACTIVE_KILL,
];

/** Answer to `hello`. Text is cleaned and bounded. */
export interface AgentHello {
  readonly version: string;
  readonly mode: string;
  readonly vectors: number;
  readonly name?: string;
  readonly uptimeSeconds?: number;
}

/** One attack that the agent reports. */
export interface SeenAttack {
  readonly comm: string;
  readonly vector: string;
  readonly blocked: boolean;
}

/** Result of the probe attack, which the kernel alone would have allowed. */
export interface TrialAttack {
  /** The same attack succeeded before this process was protected. */
  readonly control: boolean;
  /** 0: an attempt succeeded, or was killed (signal). */
  readonly errno: number;
  readonly signal: number;
}

/** The agent's report of the probe attack, when it lists exactly the attempts that were made. */
export interface TrialReport {
  /** Every attempt was refused. */
  readonly blocked: boolean;
}

/** One round with the agent: the evidence for both checks. */
export interface AgentTrial {
  /** Why answers are missing; undefined when all arrived. */
  readonly failure?: string;
  /** What may have changed the results of system calls, which makes the round worthless. */
  readonly interference?: string;
  /** The connection failed. */
  readonly unreachable: boolean;
  readonly hello?: AgentHello;
  /** The agent lists this process. */
  readonly listed: boolean;
  readonly attack?: TrialAttack;
  readonly report?: TrialReport;
  /** The agent reported an attempt that did not happen. */
  readonly invented?: boolean;
}

/** Parses one line. Undefined when it is not an object. */
export function parseLine(line: string): Record<string, unknown> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  return isRecord(value) ? value : undefined;
}

/** Validates an answer to `hello`: undefined unless it has the nonce and all required fields. */
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

/** True when the answer to `protect` confirms process `pid`. */
export function parseProtected(
  answer: Record<string, unknown>,
  pid: number,
): boolean {
  return answer.op === "protect" && answer.pid === pid &&
    answer.protected === true;
}

/** Validates an answer to `proof`: undefined unless it has the nonce and is well-formed. */
export function parseProof(
  answer: Record<string, unknown>,
  nonce: string,
): { listed: boolean; attacks: SeenAttack[] } | undefined {
  if (answer.op !== "proof" || answer.nonce !== nonce) return undefined;
  if (!Array.isArray(answer.attacks)) return undefined;
  const attacks = answer.attacks.slice(-MAX_ATTACKS).flatMap(readAttack);
  return { listed: answer.protected === true, attacks };
}

/** The backends of a mode that refuse a system call before it runs. */
export function synchronousBackends(mode: string): string[] {
  return mode.split(" + ").filter((backend) =>
    BACKENDS.includes(backend) && backend !== REACTIVE_KILL
  );
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
