/**
 * Facts without points, for the status: properties of the machine that strengthen or
 * weaken the protection. Reads about 25 small files. A missing file gives "unknown"
 * and a reason.
 */
import type { Fact } from "@/score/evidence.ts";
import { type Host, openHost } from "@/wrapper/checks/machine/host.ts";
import {
  parseCmdline,
  parseSmaps,
} from "@/wrapper/checks/machine/proc_text.ts";
import type { ProvenArena } from "@/wrapper/checks/proofs/subject.ts";

const VULNERABILITIES = "/sys/devices/system/cpu/vulnerabilities";
const LOCKDOWN = "/sys/kernel/security/lockdown";
const YAMA = "/proc/sys/kernel/yama/ptrace_scope";
const YAMA_SCOPES: Readonly<Record<string, string>> = {
  "0": "0: same user may trace",
  "1": "1: only ancestors may trace",
  "2": "2: only CAP_SYS_PTRACE may trace",
  "3": "3: no process may trace",
};

/** Reads all facts. Never throws. */
export function readFacts(
  arenas: readonly ProvenArena[],
  host: Host = openHost(),
): Fact[] {
  const table: [string, string, () => string][] = [
    ["guard pages", "/proc/self/smaps", () => readGuards(arenas, host)],
    ["canaries", "arena", () => readCanaries(arenas)],
    ["cpu mitigations", VULNERABILITIES, () => readMitigations(host)],
    ["swap", "/proc/swaps", () => readSwap(host)],
    ["lockdown", LOCKDOWN, () => readLockdown(host)],
    ["init_on_free", "/proc/cmdline", () => readInitOnFree(host)],
    ["yama ptrace_scope", YAMA, () => readYama(host)],
  ];
  return table.map(([name, source, read]) => ({
    name,
    value: orUnknown(read),
    source,
  }));
}

function orUnknown(read: () => string): string {
  try {
    return read();
  } catch (error) {
    return error instanceof Deno.errors.NotFound
      ? "unknown: not available here"
      : "unknown: no permission to read it";
  }
}

function readGuards(arenas: readonly ProvenArena[], host: Host): string {
  if (arenas.length === 0) return "no arena";
  const guards = arenas.map((arena) => arena.bounds()).flatMap((bounds) => [
    { start: bounds.start - 1n, bytes: 1 },
    { start: bounds.start + BigInt(bounds.bytes), bytes: 1 },
  ]);
  const mappings = parseSmaps(host.readSmaps(guards));
  const intact = guards.every(({ start }) =>
    mappings.some((one) =>
      one.start <= start && start < one.end && one.permissions.startsWith("---")
    )
  );
  return intact ? "in place around every arena" : "MISSING";
}

function readCanaries(arenas: readonly ProvenArena[]): string {
  let blocks = 0;
  try {
    for (const arena of arenas) blocks += arena.check();
  } catch {
    return "DAMAGED: protected memory was overwritten";
  }
  return `intact (${blocks} blocks)`;
}

function readMitigations(host: Host): string {
  const texts = host.list(VULNERABILITIES).map((name) => ({
    name,
    text: host.readText(`${VULNERABILITIES}/${name}`).trim(),
  }));
  const open = texts.filter(({ text }) => text.startsWith("Vulnerable"));
  return open.length === 0
    ? `none of ${texts.length} known vulnerabilities open`
    : `vulnerable: ${open.map(({ name }) => name).sort().join(", ")}`;
}

function readSwap(host: Host): string {
  const areas = host.readText("/proc/swaps").trim().split("\n").length - 1;
  return areas > 0 ? `on (${areas})` : "off";
}

function readLockdown(host: Host): string {
  const choice = /\[([a-z]+)\]/.exec(host.readText(LOCKDOWN))?.[1];
  return choice ?? "unknown: unexpected content";
}

function readInitOnFree(host: Host): string {
  const option = parseCmdline(host.readText("/proc/cmdline"))
    .get("init_on_free");
  if (option === undefined) return "not set (the kernel's default)";
  return /^(1|y|on)/i.test(option) ? "on" : "off";
}

function readYama(host: Host): string {
  const scope = host.readText(YAMA).trim();
  return YAMA_SCOPES[scope] ?? "unknown: unexpected content";
}
