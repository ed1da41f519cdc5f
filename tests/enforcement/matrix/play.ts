/**
 * Plays one plan: the controls without an agent, then every setup. It attacks
 * and records, and judges nothing.
 */
import {
  attack,
  attackAgent,
  attackFresh,
  holdAttacks,
  startFresh,
} from "../attackers.ts";
import {
  type AttackRow,
  parseResults,
  parseRows,
  type Results,
  settle,
  worst,
} from "../../attacks/results.ts";
import { type Boot, Guest, SOCKET, type Victim } from "../guest.ts";
import type { GuestVault } from "../guest_vault.ts";
import { isLocked, type Plan, type Setup } from "./plan.ts";
import {
  attackTarget,
  learnWrapper,
  type WrapperTarget,
} from "./wrapper_target.ts";

/** One column of the document. */
export interface Column {
  readonly plan: Plan;
  readonly setup: Setup;
  readonly rows: ReadonlyMap<string, AttackRow>;
  /** As the agent says it. */
  readonly mode: string;
  /** Ids of the vectors that the agent counts as closed. */
  readonly active: readonly string[];
  /** Processes can be registered, and attacks on them are refused, not only reported. */
  readonly isEnforcing: boolean;
  /** What the wrapper logs of its score. */
  readonly score: readonly string[];
  /** The worse result of wrapper and application. */
  readonly results: Results;
}

/** Everything that a plan showed. */
export interface Played {
  readonly plan: Plan;
  readonly boot: Boot;
  /** The state of each backend when all are requested. */
  readonly backends: ReadonlyMap<string, string>;
  readonly rows: readonly AttackRow[];
  readonly columns: readonly Column[];
}

interface Controls {
  readonly backends: ReadonlyMap<string, string>;
  readonly rows: readonly AttackRow[];
  readonly application: Results;
  readonly wrapper: WrapperTarget;
}

/** As `agent --check` names them. */
export const BACKENDS = [
  "bpf lsm",
  "fmod_ret",
  "kprobe override",
  "reactive kill",
];
const LINE = new RegExp(`^(${BACKENDS.join("|")}) +(\\w+) *(.*)$`, "gm");

/** One row registers its own victim with the agent. */
const OPTIONS = ["--disposable", `--agent=${SOCKET}`];

/** The longest that all attacks in a row may take. */
const ALL_MS = 240_000;

/** Boots and attacks. */
export async function play(plan: Plan, vault: GuestVault): Promise<Played> {
  await using guest = await Guest.boot(plan.boot, vault);
  const controls = await playControls(guest);
  const columns: Column[] = [];
  for (const setup of plan.setups) {
    columns.push({ plan, setup, ...await playSetup(guest, setup, controls) });
  }
  const { rows, backends } = controls;
  return { plan, boot: plan.boot, backends, rows, columns };
}

/** Every attack on unprotected processes. */
async function playControls(guest: Guest): Promise<Controls> {
  const rows = parseRows(await guest.do("attack --list"));
  const wrapper = await learnWrapper(guest, rows);
  const backends = await checkBackends(guest);
  const output = await guest.do("attack --control --disposable", ALL_MS);
  return { backends, rows, wrapper, application: parseResults(output) };
}

/** Reactive kill apart, because it has nothing to kill where another backend refuses. */
const ASKED = ["lsm,fmod_ret,kprobe", "reactive"];

/** Loads everything once. */
async function checkBackends(guest: Guest): Promise<Map<string, string>> {
  const backends = new Map<string, string>();
  for (const asked of ASKED) await checkThese(guest, asked, backends);
  // The table of an agent that finds no backend has none of them.
  if (!backends.has("bpf lsm")) {
    await checkThese(guest, ASKED.join(), backends);
  }
  return backends;
}

async function checkThese(
  guest: Guest,
  asked: string,
  backends: Map<string, string>,
): Promise<void> {
  const check = `cloudtaser-wrapper agent --check --backends=${asked}`;
  const { output } = await guest.try(check);
  for (const [, name = "", state = "", reason = ""] of output.matchAll(LINE)) {
    if (state === "off") continue;
    backends.set(name, reason === "" ? state : `${state}: ${reason}`);
  }
}

async function playSetup(
  guest: Guest,
  setup: Setup,
  controls: Controls,
): Promise<Omit<Column, "plan" | "setup">> {
  await guest.startAgent(...setup.agent);
  const { enforcer, vectors } = await guest.agentStatus();
  const wrapper = await guest.startWrapper(setup);
  const isRegistering = await guest.canRegister();
  const onApplication = isRegistering
    ? await attackRegistered(guest, controls.rows, wrapper.application)
    : await attack(guest, "--all", wrapper.application, "--disposable");
  const onWrapper = await attackTarget(guest, controls.wrapper, wrapper);
  const onAgent = setup.onAgent ? await attackNode(guest, setup, controls) : [];
  const log = await guest.do(`cat ${wrapper.log}`);
  await guest.end(wrapper.pid, wrapper.application.pid);
  if (!isLocked(setup)) await guest.removeAgent();
  return {
    rows: new Map(controls.rows.map((row) => [row.name, row])),
    mode: enforcer.mode,
    active: vectors.ids,
    isEnforcing: enforcer.enforcing && isRegistering,
    score: scoreLines(log),
    results: worst(
      settle(controls.application, worst(onApplication, new Map(onAgent))),
      onWrapper,
    ),
  };
}

/** Every attack; an agent that cannot register processes would take none of these victims. */
async function attackRegistered(
  guest: Guest,
  rows: readonly AttackRow[],
  application: Victim,
): Promise<Results> {
  const held = await holdAttacks(guest, rows);
  const fresh = await startFresh(guest, rows);
  return worst(
    await held.finish(),
    await attack(guest, "--all", application, ...OPTIONS),
    await attackFresh(guest, fresh),
  );
}

async function attackNode(
  guest: Guest,
  setup: Setup,
  { rows }: Controls,
): Promise<Results> {
  return await attackAgent(guest, rows, async (row) => {
    if (isLocked(setup)) await guest.stopAgent();
    else if (PINNED.has(row.vector)) await guest.removeAgent();
    else await guest.killAgent();
    await guest.startAgent(...setup.agent);
  });
}

/** Another agent does not repair what these damage. */
const PINNED = new Set(["agent_pins", "bpf_tamper"]);

/** The eight lines of the score, from a wrapper's log, without the time. */
export function scoreLines(log: string): string[] {
  const lines = log.split("\n").map((line) => line.replace(/^\S+Z /, ""));
  const at = lines.findIndex((line) => line.includes("Protection score:"));
  return at < 0 ? [] : lines.slice(at, at + 8);
}
