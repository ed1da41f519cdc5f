/**
 * The two checks about the node's agent, from one round with it.
 *
 * The probe attack must land where the kernel alone would let it through, or a
 * refusal says nothing about the agent. Against a privileged wrapper that is the
 * wrapper itself. An unprivileged, non-dumpable wrapper is refused to its own
 * user by the kernel already (EPERM, before any security module is asked), so
 * there the attack goes to a decoy: a short-lived child of the wrapper that is
 * dumpable, lets itself be traced, holds no secret, and is protected with the
 * wrapper. Which of the two, and by which ways, is decided by a control: the same
 * attack, made just before this process was registered, must have succeeded.
 * Where none did, the check is unknown and never a pass.
 *
 * What is believed: the process that serves the socket is root's, or the user's
 * that the operator set; its report of the attack names what only the hooks can
 * see (probe_attack.ts); nobody was between us and the kernel meanwhile
 * (interference.ts). What that leaves open is in docs/SECURITY.md.
 */
import {
  absent,
  type Evidence,
  type Finding,
  inForce,
  unknown,
} from "@/score/evidence.ts";
import { type AgentTrial, synchronousTiers } from "@/protocol/agent.ts";
import type { ProofContext } from "./context.ts";
import {
  type KernelSupport,
  readKernelSupport,
} from "@/wrapper/checks/machine/kernel_support.ts";

/** The mode of an agent that was told to refuse nothing. */
const DETECT_ONLY = "detect only";
const OVERRIDE_MISSING = "CONFIG_BPF_KPROBE_OVERRIDE not set";

/** An agent answers, lists us, and saw an attack on us that nobody could have told it of. */
export async function proveAgent(context: ProofContext): Promise<Evidence> {
  const finding: Finding = {
    check: "ebpf_connected",
    source: `agent at ${context.subject.agentSocket}`,
  };
  const trial = await context.trial();
  const reason = trial.interference ?? trial.failure;
  if (reason !== undefined) return absent(finding, reason);
  if (!trial.listed) {
    return absent(finding, "agent does not list this process");
  }
  if (trial.invented) {
    return absent(finding, "agent reported attacks that were not made");
  }
  if (!trial.report) {
    return absent(finding, "probe attack was not reported within 500 ms");
  }
  if (isContradicted(trial)) {
    return absent(
      finding,
      "agent says it enforces, and the probe attack succeeded",
    );
  }
  const { name, version } = trial.hello ?? {};
  return inForce(
    finding,
    name
      ? `Agent pod ${name} on same node`
      : `Agent ${version ?? ""} on same node`,
  );
}

/** Who claims to enforce, or to have refused what was not refused, is believed in nothing else. */
function isContradicted({ attack, hello, report }: AgentTrial): boolean {
  const succeeded = attack?.errno === 0 && attack.signal === 0;
  return succeeded && (hello?.mode !== DETECT_ONLY || report?.blocked === true);
}

/** Attacks are refused before the system call runs. */
export async function proveSynchronous(
  context: ProofContext,
): Promise<Evidence> {
  const finding: Finding = {
    check: "kprobes_active",
    source: `agent at ${context.subject.agentSocket}, probe attack`,
  };
  const trial = await context.trial();
  if (trial.interference !== undefined) {
    return absent(finding, trial.interference);
  }
  if (trial.failure !== undefined) {
    const support = await readKernelSupport(context.host);
    return absent(
      { ...finding, source: support.source || "no source" },
      explainNoAgent(support, trial),
    );
  }
  const mode = trial.hello?.mode ?? "";
  if (mode === DETECT_ONLY) {
    return absent(finding, "agent only detects (--mode=detect)");
  }
  const tiers = synchronousTiers(mode);
  if (tiers.length === 0) {
    const support = await readKernelSupport(context.host);
    return absent(
      finding,
      support.kprobeOverride === false
        ? OVERRIDE_MISSING
        : "agent fell back to reactive kill",
    );
  }
  return judgeAttack(finding, trial, {
    tiers,
    eperm: (errno) => context.kernel.errnoName(errno) === "EPERM",
  });
}

function judgeAttack(
  finding: Finding,
  trial: AgentTrial,
  agent: { tiers: string[]; eperm(errno: number): boolean },
): Evidence {
  const { attack, report } = trial;
  if (!attack) return unknown(finding, "probe attack could not be made");
  if (attack.signal !== 0) {
    return absent(
      finding,
      "probe attack was killed after the fact, not refused",
    );
  }
  if (attack.errno === 0) {
    return absent(finding, "probe attack succeeded: the agent does not block");
  }
  if (!attack.control) {
    return unknown(
      finding,
      "cannot be proven: the kernel alone refuses the probe attack here",
    );
  }
  if (!agent.eperm(attack.errno)) {
    return unknown(
      finding,
      `cannot be proven: probe attack ended with errno ${attack.errno}, not EPERM`,
    );
  }
  if (!report?.blocked) {
    return unknown(
      finding,
      "cannot be proven: the agent did not report that it refused the probe attack",
    );
  }
  return inForce(
    finding,
    `Synchronous blocking enabled (${agent.tiers.join(" + ")})`,
  );
}

/** True whatever the kernel: what could block here, and that no agent uses it. */
export function explainNoAgent(
  support: KernelSupport,
  trial: Pick<AgentTrial, "unreachable">,
): string {
  const who = trial.unreachable ? "no agent" : "no working agent";
  const { kprobeOverride, bpfLsm } = support;
  // To the specification's letter; that there is no agent stands in the line before.
  if (kprobeOverride === false) return OVERRIDE_MISSING;
  if (kprobeOverride === true) {
    return `${who}; kernel supports kprobe override${
      bpfLsm ? " and BPF LSM" : ""
    }`;
  }
  return bpfLsm
    ? `${who}; kernel supports BPF LSM`
    : `${who}; kernel support for synchronous blocking is not known`;
}
