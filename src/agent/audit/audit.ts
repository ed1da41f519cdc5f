/**
 * The audit: one JSON object a line for what somebody tried on a protected
 * process, who and whom. Bounded in rate, and nothing of it is a secret: names,
 * numbers and paths only, cleaned.
 */
import { cleanText } from "@/base/text.ts";
import type { Container } from "@/agent/processes/cgroup.ts";
import {
  type Action,
  AGENT_FAMILY,
  type AttackEvent,
} from "@/protocol/enforcer.ts";
import type { Family } from "@/agent/processes/protected_processes.ts";
import { Fold } from "./dedup.ts";
import { findVector } from "@/agent/vectors/vectors.ts";
import type { Attacker } from "@/agent/processes/process_lookup.ts";

const NAME_LENGTH = 32;

/** One side of an attack, as a person needs it to find out more. */
export interface AuditParty extends Container {
  readonly pid: number;
  readonly comm: string;
}

/** One line. Field names are a contract (docs/AGENT.md). */
export interface AuditRecord {
  readonly time: string;
  readonly level: "warning";
  readonly logger: "cloudtaser-agent";
  readonly message: string;
  readonly audit: "attack";
  readonly vector: string;
  readonly title: string;
  readonly action: Action;
  readonly tier: string;
  readonly program: string;
  /** What the hook was asked: access mode, signal, command. */
  readonly arg: number;
  /** How many equal ones came since the last such line. */
  readonly repeated: number;
  readonly attacker: AuditParty & {
    readonly uid: number;
    readonly exe: string;
  };
  readonly target: AuditParty & { readonly family: number };
}

/** What the audit needs. */
export interface AuditOptions {
  readonly write: (record: AuditRecord) => void;
  /** Is asked for what is told only. */
  readonly lookup: (event: AttackEvent) => Attacker;
  /** Says how many were held back. */
  readonly tellHeldBack: (count: number) => void;
  readonly now: () => number;
}

interface Attack {
  readonly event: AttackEvent;
  readonly family: Family | undefined;
}

/** Takes every event, and tells of those that are no proofs. */
export class Audit {
  readonly #options: AuditOptions;
  readonly #fold: Fold<Attack>;
  #suppressed = 0;

  constructor(options: AuditOptions) {
    this.#options = options;
    this.#fold = new Fold(
      ({ event, family }, repeated) =>
        options.write(
          makeRecord({ event, family, repeated, who: options.lookup(event) }),
        ),
      options.now(),
    );
  }

  /** Events that no line tells of, in all. */
  get suppressed(): number {
    return this.#suppressed;
  }

  /** Takes one event. */
  take(event: AttackEvent, family: Family | undefined): void {
    if (event.self) return;
    const { vector, action, attacker, target } = event;
    const victim = target.pid || target.family;
    // Names are the attacker's to choose, its container is not.
    const { uid, cgroup, exe } = attacker;
    const key = [vector, action, victim, uid, cgroup, exe].join(" ");
    const group = `${vector} ${victim}`;
    this.#fold.take(key, group, { event, family }, this.#options.now());
  }

  /** To be called about every second. */
  settle(): void {
    this.#fold.settle(this.#options.now());
    const heldBack = this.#fold.takeHeldBack();
    if (heldBack === 0) return;
    this.#suppressed += heldBack;
    this.#options.tellHeldBack(heldBack);
  }
}

function makeRecord(
  { event, family, repeated, who }: Attack & {
    readonly repeated: number;
    readonly who: Attacker;
  },
): AuditRecord {
  const { attacker, target, vector, action, tier, program, arg } = event;
  const title = findVector(vector)?.title ?? vector;
  const attackerName = cleanText(attacker.comm, NAME_LENGTH);
  return {
    time: new Date(event.time).toISOString(),
    level: "warning",
    logger: "cloudtaser-agent",
    message: describe(event, title, attackerName),
    audit: "attack",
    vector,
    title,
    action,
    tier,
    program,
    arg,
    repeated,
    attacker: {
      pid: attacker.pid,
      uid: attacker.uid,
      comm: attackerName,
      exe: who.exe,
      ...who.container,
    },
    target: {
      pid: target.pid,
      // The agent itself is nobody's family.
      family: target.family === AGENT_FAMILY ? 0 : target.family,
      comm: cleanText(target.comm, NAME_LENGTH),
      ...family?.container,
    },
  };
}

function describe(
  { action, attacker, target }: AttackEvent,
  title: string,
  name: string,
): string {
  const whom = target.pid === 0 ? "" : ` on process ${target.pid}`;
  return `${action}: ${title}${whom} by process ${attacker.pid} (${name})`;
}
