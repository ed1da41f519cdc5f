/**
 * Which machines, and which lives of the agent on each: the columns of
 * docs/ENFORCEMENT-MATRIX.md and docs/ENFORCEMENT-ARM64.md. One boot serves
 * several agents, one after the other; the lock is irrevocable until reboot, so
 * it comes last.
 */
import type { Boot } from "../guest.ts";

/** One agent on a machine, from its start until its pins are removed. */
export interface Setup {
  /** Options of `cloudtaser-wrapper agent`. */
  readonly agent: readonly string[];
  /** Wrapper and application in PID and mount namespaces of their own, the wrapper as PID 1. */
  readonly isPidOne?: boolean;
  /** With attacks that may end the agent or remove its pins, and that start it again after each. */
  readonly onAgent?: boolean;
}

/** One boot. */
export interface Plan {
  readonly boot: Boot;
  readonly setups: readonly Setup[];
}

const AUTO: Setup = { agent: [] };
const LOCK: Setup = { agent: ["--lock=on"] };
const backends = (...names: string[]): Setup => ({
  agent: [`--backends=${names.join(",")}`],
});

const X86_64_PLANS: readonly Plan[] = [
  {
    boot: { kernel: "debian-6.12" },
    setups: [
      { ...AUTO, onAgent: true },
      { ...AUTO, isPidOne: true },
      { ...LOCK, onAgent: true },
    ],
  },
  {
    boot: { kernel: "override" },
    setups: [AUTO, backends("kprobe"), backends("reactive"), LOCK],
  },
  {
    boot: { kernel: "override", parameters: ["lsm=lockdown,yama"] },
    setups: [AUTO, { ...LOCK, onAgent: true }],
  },
  { boot: { kernel: "debian-6.18" }, setups: [AUTO, LOCK] },
  {
    boot: { kernel: "debian-6.1", parameters: ["secretmem.enable=1"] },
    setups: [AUTO, LOCK],
  },
  { boot: { kernel: "ubuntu-5.15" }, setups: [AUTO, LOCK] },
  { boot: { kernel: "debian-6.1" }, setups: [LOCK] },
  {
    boot: { kernel: "debian-6.12", parameters: ["secretmem.enable=0"] },
    setups: [LOCK],
  },
  // There BPF may not read the kernel: only what loads is of interest.
  {
    boot: { kernel: "override", parameters: ["lockdown=confidentiality"] },
    setups: [],
  },
];

/** In the order of the document. */
export const PLANS: readonly Plan[] = X86_64_PLANS.map((plan) => ({
  ...plan,
  boot: { arch: "x86_64", ...plan.boot },
}));

/** An arm64 machine. */
const arm64 = (kernel: Boot["kernel"], ...parameters: string[]): Boot => ({
  arch: "aarch64",
  kernel,
  parameters,
});

/** For arm64. The first is the sample that every test run attacks. */
export const ARM64_PLANS: readonly Plan[] = [
  {
    boot: arm64("debian-6.12"),
    setups: [
      AUTO,
      backends("fmod_ret"),
      backends("reactive"),
      { ...LOCK, onAgent: true },
    ],
  },
  {
    boot: arm64("override-64k"),
    setups: [AUTO, backends("kprobe"), backends("reactive"), LOCK],
  },
  {
    boot: arm64("override-64k", "lsm=lockdown,yama"),
    setups: [AUTO, { ...LOCK, onAgent: true }],
  },
  {
    boot: arm64("debian-6.18"),
    setups: [
      { ...AUTO, onAgent: true },
      { ...AUTO, isPidOne: true },
      { ...LOCK, onAgent: true },
    ],
  },
  { boot: arm64("debian-6.1", "secretmem.enable=1"), setups: [AUTO] },
];

/** The machine, in one line. */
export function titleOf({ boot }: Plan): string {
  return [boot.kernel, ...boot.parameters ?? []].join(" ");
}

/** How many columns the plans before it have. */
export function firstColumn(plans: readonly Plan[], plan: number): number {
  return plans.slice(0, plan).reduce((sum, one) => sum + one.setups.length, 0);
}

/** Its programs stay until reboot. */
export function isLocked({ agent }: Setup): boolean {
  return agent.includes("--lock=on");
}
