/**
 * Which machines, and which lives of the agent on each: the columns of
 * docs/ENFORCEMENT.md. One boot serves several agents, one after the other; the
 * lock is sealed until reboot, so it comes last.
 */
import type { Boot } from "./guest.ts";

/** One agent on a machine, from its start until its pins are removed. */
export interface Setup {
  /** Options of `cloudtaser-wrapper agent`. */
  readonly agent: readonly string[];
  /** Wrapper and application in PID and mount namespaces of their own, the wrapper as PID 1. */
  readonly isPidOne?: boolean;
  /** Ends the agent before the attacks: only what is pinned is left. */
  readonly kill?: boolean;
  /** Attacks that may end the agent or take its pins; they start it anew after each. */
  readonly onAgent?: boolean;
}

/** One boot. */
export interface Plan {
  readonly boot: Boot;
  readonly setups: readonly Setup[];
}

const AUTO: Setup = { agent: [] };
const LOCK: Setup = { agent: ["--lock=on"], onAgent: true };
const tiers = (...names: string[]): Setup => ({
  agent: [`--tiers=${names.join(",")}`],
});

/** In the order of the document. */
export const PLANS: readonly Plan[] = [
  {
    boot: { kernel: "debian-6.12", debuggers: true },
    setups: [
      { ...AUTO, onAgent: true },
      { ...AUTO, isPidOne: true },
      { ...AUTO, kill: true },
      LOCK,
    ],
  },
  {
    boot: { kernel: "override" },
    setups: [
      AUTO,
      tiers("fmod_ret"),
      tiers("kprobe"),
      tiers("reactive"),
      { agent: ["--mode=detect"] },
      LOCK,
    ],
  },
  {
    boot: { kernel: "override", parameters: ["lsm=lockdown,yama"] },
    setups: [AUTO, { agent: ["--tiers=fmod_ret", "--lock=on"], onAgent: true }],
  },
  {
    boot: {
      kernel: "override",
      parameters: ["lockdown=confidentiality"],
    },
    setups: [AUTO],
  },
  { boot: { kernel: "debian-6.18" }, setups: [AUTO, LOCK] },
  {
    boot: { kernel: "debian-6.1", parameters: ["secretmem.enable=1"] },
    setups: [AUTO, LOCK],
  },
  { boot: { kernel: "debian-6.1" }, setups: [AUTO] },
  {
    boot: { kernel: "debian-6.12", parameters: ["secretmem.enable=0"] },
    setups: [AUTO],
  },
  {
    boot: { kernel: "ubuntu-5.15" },
    setups: [AUTO, tiers("kprobe"), tiers("reactive"), LOCK],
  },
];
