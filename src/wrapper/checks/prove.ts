/**
 * The table of proofs, and how they run: one after another, each with a time limit. A
 * proof that fails does not stop the others.
 */
import { retainArenas } from "@ffi";
import { Counter, Duration } from "@/base/metric.ts";
import { within } from "@/base/timer.ts";
import { type CheckName, CHECKS } from "@/score/checks.ts";
import { type Evidence, unknown } from "@/score/evidence.ts";
import {
  proveAgent,
  proveSynchronous,
} from "@/wrapper/checks/proofs/agent_proofs.ts";
import { proveConfidential } from "@/wrapper/checks/proofs/confidential_proof.ts";
import {
  makeContext,
  type ProofContext,
} from "@/wrapper/checks/proofs/context.ts";
import {
  type Host,
  openHost,
  openProofKernel,
  type ProofKernel,
} from "@/wrapper/checks/machine/host.ts";
import { proveInterposer } from "@/wrapper/checks/proofs/interposer_proof.ts";
import { readKernelSupport } from "@/wrapper/checks/machine/kernel_support.ts";
import {
  proveDontDump,
  proveLocked,
  proveSecretMemory,
} from "@/wrapper/checks/proofs/memory_proofs.ts";
import { proveDumpable } from "@/wrapper/checks/proofs/process_proof.ts";
import type { ProofSubject } from "@/wrapper/checks/proofs/subject.ts";
import { proveToken } from "@/wrapper/checks/proofs/token_proof.ts";

const COUNT = new Counter(
  "cloudtaser_proofs_total",
  "Proofs, by check and result",
);
const TIMES = new Duration(
  "cloudtaser_proof_duration_seconds",
  "Time that proofs took, by check",
);

interface Proof {
  readonly check: CheckName;
  readonly limitMs: number;
  prove(context: ProofContext): Evidence | Promise<Evidence>;
}

/** The proofs, in the order of score/checks.ts. */
const PROOFS: readonly Proof[] = [
  { check: "memfd_secret", limitMs: 2000, prove: proveSecretMemory },
  { check: "mlock", limitMs: 2000, prove: proveLocked },
  { check: "madv_dontdump", limitMs: 2000, prove: proveDontDump },
  { check: "pr_set_dumpable", limitMs: 2000, prove: proveDumpable },
  { check: "token_protected", limitMs: 5000, prove: proveToken },
  { check: "ebpf_connected", limitMs: 5000, prove: proveAgent },
  { check: "kprobes_active", limitMs: 5000, prove: proveSynchronous },
  { check: "ld_preload_active", limitMs: 2000, prove: proveInterposer },
  { check: "confidential_computing", limitMs: 5000, prove: proveConfidential },
];

/** Receives how long each proof took. */
export type ProofTimer = (check: CheckName, milliseconds: number) => void;

const machine = openHost();

/**
 * Proves the given checks, by default the active ones. Runs one proof at a time,
 * because an attack of one proof may be what another one detects. A proof that throws
 * or takes too long is unknown. Never rejects.
 */
export async function proveAll(
  subject: ProofSubject,
  options: {
    readonly host?: Host;
    readonly kernel?: ProofKernel;
    readonly timer?: ProofTimer;
    readonly checks?: readonly CheckName[];
  } = {},
): Promise<Evidence[]> {
  const context = makeContext(
    subject,
    options.host ?? machine,
    options.kernel ?? openProofKernel(),
  );
  const found: { evidence: Evidence; ms: number }[] = [];
  const wanted = options.checks ?? CHECKS.map(({ name }) => name);
  for (const proof of PROOFS.filter(({ check }) => wanted.includes(check))) {
    const begin = performance.now();
    const evidence = await runAlone(proof, context);
    found.push({ evidence, ms: performance.now() - begin });
  }
  // At once, so that a scrape never sees half a round.
  for (const { evidence, ms } of found) {
    count(evidence, ms);
    options.timer?.(evidence.check, ms);
  }
  return found.map(({ evidence }) => evidence);
}

/**
 * Reads what the first round needs and what does not change. Call it while the wrapper
 * waits for the fetcher. Never rejects.
 */
export async function prepareProofs(
  options: { readonly agentConnected: boolean },
): Promise<void> {
  if (!options.agentConnected) await readKernelSupport(machine);
}

async function runAlone(
  proof: Proof,
  context: ProofContext,
): Promise<Evidence> {
  const finding = { check: proof.check, source: "proof" };
  try {
    const work = proveToItsEnd(proof, context);
    return await within(proof.limitMs, work) ??
      unknown(finding, `proof took longer than ${proof.limitMs} ms`);
  } catch (error) {
    const text = error instanceof Error ? error.message : "unknown error";
    return unknown(finding, `proof failed: ${text}`);
  }
}

/** It has views on arenas, also when it takes too long and this round has ended. */
async function proveToItsEnd(
  proof: Proof,
  context: ProofContext,
): Promise<Evidence> {
  using _retained = retainArenas();
  return await proof.prove(context);
}

/** Adds 0 to the other results too, so that each has a series. */
function count({ check, state }: Evidence, ms: number): void {
  for (const result of ["in_force", "absent", "unknown"] as const) {
    COUNT.add(Number(result === state), { check, result });
  }
  TIMES.add(ms, { check });
}
