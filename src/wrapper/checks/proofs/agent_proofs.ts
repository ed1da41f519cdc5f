/**
 * The two checks about the node agent, from one probe attack.
 *
 * The target must be one that the kernel alone would not protect; otherwise a blocked
 * attack proves nothing about the agent. For a privileged wrapper the target is the
 * wrapper itself. The kernel already protects an unprivileged, non-dumpable wrapper
 * from its own user (EPERM, before security modules run), so there the target is a
 * decoy process: a short-lived child of the wrapper that is dumpable, traceable, holds
 * no secret, and is protected with the wrapper. A control selects the target and the
 * ways: the same attack must have succeeded before this process was registered. If
 * none succeeded, the check is unknown and never a pass.
 *
 * The proof trusts the agent's answers if the process that serves the socket belongs
 * to root or the configured user, if its report contains what only the hooks can see
 * (probe_attack.ts), and if no process intercepted our system calls meanwhile
 * (interference.ts). docs/THREAT-MODEL.md lists what remains open.
 */
import {
  absent,
  type Evidence,
  type Finding,
  inForce,
  unknown,
} from "@/score/evidence.ts";
import { type AgentTrial, synchronousBackends } from "@/protocol/agent.ts";
import type { ProofContext } from "./context.ts";
import {
  type KernelSupport,
  readKernelSupport,
} from "@/wrapper/checks/machine/kernel_support.ts";

/** The mode of an agent that is configured to block nothing. */
const DETECT_ONLY = "detect only";
/** The specification's text, for a kernel that has neither kprobe override nor BPF LSM. */
const OVERRIDE_MISSING = "CONFIG_BPF_KPROBE_OVERRIDE not set";

/** An agent answers, lists this process, and reported an attack that it could only know from its hooks. */
export async function proveAgent(context: ProofContext): Promise<Evidence> {
  const finding: Finding = {
    check: "ebpf_connected",
    source: `agent at ${context.subject.agentSocket}`,
  };
  const trial = await context.trial();
  const reason = trial.interference ?? trial.failure;
  if (reason !== undefined) return absent(finding, reason);
  if (!trial.listed) {
    return absent(finding, "agent does not list this process: see its log");
  }
  if (trial.invented) {
    return absent(
      finding,
      "agent reported attacks that did not happen: take the node out of service",
    );
  }
  if (!trial.report) {
    return absent(
      finding,
      "probe attack was not reported within 500 ms: see the agent's log",
    );
  }
  if (isContradicted(trial)) {
    return absent(
      finding,
      "agent claims to enforce, but the probe attack succeeded: take the node out of service",
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

/** Whether the attack succeeded although the agent claims to enforce or to have blocked it. */
function isContradicted({ attack, hello, report }: AgentTrial): boolean {
  const succeeded = attack?.errno === 0 && attack.signal === 0;
  return succeeded && (hello?.mode !== DETECT_ONLY || report?.blocked === true);
}

/** The agent blocks attacks before the system call runs. */
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
  const backends = synchronousBackends(mode);
  if (backends.length === 0) {
    const support = await readKernelSupport(context.host);
    return absent(
      finding,
      lacksBoth(support)
        ? OVERRIDE_MISSING
        : "agent fell back to reactive kill: see its log",
    );
  }
  return judgeAttack(finding, trial, {
    backends,
    eperm: (errno) => context.kernel.errnoName(errno) === "EPERM",
  });
}

function judgeAttack(
  finding: Finding,
  trial: AgentTrial,
  agent: { backends: string[]; eperm(errno: number): boolean },
): Evidence {
  const { attack, report } = trial;
  if (!attack) return unknown(finding, "probe attack could not be carried out");
  if (attack.signal !== 0) {
    return absent(
      finding,
      "probe attack was killed after the fact, not refused: see the agent's log",
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
    `Synchronous blocking enabled (${agent.backends.join(" + ")})`,
  );
}

/** Why nothing blocks without an agent, and what this kernel would support. */
export function explainNoAgent(
  support: KernelSupport,
  trial: Pick<AgentTrial, "unreachable">,
): string {
  const agent = trial.unreachable ? "no agent" : "no working agent";
  const { kprobeOverride, bpfLsm } = support;
  // The line of ebpf_connected names the missing agent.
  if (lacksBoth(support)) return OVERRIDE_MISSING;
  if (kprobeOverride === true) {
    return `${agent}; kernel supports kprobe override${
      bpfLsm ? " and BPF LSM" : ""
    }`;
  }
  if (bpfLsm) return `${agent}; kernel supports BPF LSM`;
  return kprobeOverride === false
    ? `${agent}; kernel supports BPF LSM if its lsm= option has bpf`
    : `${agent}; kernel support for synchronous blocking is unknown`;
}

function lacksBoth({ kprobeOverride, bpfLsm }: KernelSupport): boolean {
  return kprobeOverride === false && bpfLsm === false;
}
