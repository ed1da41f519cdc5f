/**
 * The audit log: one JSON line per attack on a protected process, with both
 * sides. It is rate-limited and holds only cleaned names, numbers and paths.
 */
import { cleanText } from "@/base/text.ts";
import type { Container } from "@/agent/processes/cgroup.ts";
import {
  type Action,
  AGENT_TREE,
  type AttackEvent,
} from "@/protocol/enforcer.ts";
import type { ProcessTree } from "@/agent/processes/process_trees.ts";
import { Deduplicator } from "./dedup.ts";
import { findVector } from "@/agent/vectors/coverage.ts";
import type { Attacker } from "@/agent/processes/process_lookup.ts";

const NAME_LENGTH = 32;

/** One side of an attack. */
export interface AuditParty {
  readonly pid: number;
  readonly comm: string;
  /** Missing outside of containers. */
  readonly pod_uid?: string;
  readonly container_id?: string;
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
  readonly backend: string;
  readonly program: string;
  /** Argument of the hook: access mode, signal, command. */
  readonly arg: number;
  /** Equal attacks since the previous line for them. */
  readonly repeated: number;
  readonly attacker: AuditParty & {
    readonly uid: number;
    readonly exe: string;
  };
  readonly target: AuditParty & { readonly process_tree: number };
}

/** What the audit needs. */
export interface AuditOptions {
  readonly write: (record: AuditRecord) => void;
  /** Called only for attacks that are written. */
  readonly lookup: (event: AttackEvent) => Attacker;
  /** Reports how many attacks got no line. */
  readonly reportSuppressed: (count: number) => void;
  readonly now: () => number;
}

interface Attack {
  readonly event: AttackEvent;
  readonly tree: ProcessTree | undefined;
}

/** Writes each attack that is not a wrapper's own proof. */
export class Audit {
  readonly #options: AuditOptions;
  readonly #dedup: Deduplicator<Attack>;
  #suppressed = 0;

  constructor(options: AuditOptions) {
    this.#options = options;
    this.#dedup = new Deduplicator(
      ({ event, tree }, repeated) =>
        options.write(makeRecord(event, tree, repeated, options.lookup(event))),
      options.now(),
    );
  }

  /** Attacks without a line, since the start. */
  get suppressed(): number {
    return this.#suppressed;
  }

  /** Adds one event. */
  add(event: AttackEvent, tree: ProcessTree | undefined): void {
    if (event.ownProbe) return;
    const { vector, action, attacker, target } = event;
    const victim = target.pid || target.tree;
    // An attacker chooses its name, but not its cgroup.
    const { uid, cgroup, exe } = attacker;
    const key = [vector, action, victim, uid, cgroup, exe].join(" ");
    const group = `${vector} ${victim}`;
    this.#dedup.add(key, group, { event, tree }, this.#options.now());
  }

  /** Writes repetitions. Call it about once a second. */
  flush(): void {
    this.#dedup.flush(this.#options.now());
    const suppressed = this.#dedup.drainSuppressed();
    if (suppressed === 0) return;
    this.#suppressed += suppressed;
    this.#options.reportSuppressed(suppressed);
  }
}

function makeRecord(
  event: AttackEvent,
  tree: ProcessTree | undefined,
  repeated: number,
  { exe, container }: Attacker,
): AuditRecord {
  const { attacker, target, vector, action, backend, program, arg } = event;
  const title = findVector(vector)?.title ?? vector;
  const attackerName = cleanText(attacker.comm, NAME_LENGTH);
  const victim = target.pid === 0 ? "" : ` on process ${target.pid}`;
  return {
    time: new Date(event.time).toISOString(),
    level: "warning",
    logger: "cloudtaser-agent",
    message:
      `${action}: ${title}${victim} by process ${attacker.pid} (${attackerName})`,
    audit: "attack",
    vector,
    title,
    action,
    backend,
    program,
    arg,
    repeated,
    attacker: {
      pid: attacker.pid,
      uid: attacker.uid,
      comm: attackerName,
      exe,
      ...nameContainer(container),
    },
    target: {
      pid: target.pid,
      process_tree: target.tree === AGENT_TREE ? 0 : target.tree,
      comm: cleanText(target.comm, NAME_LENGTH),
      ...nameContainer(tree?.container),
    },
  };
}

function nameContainer({ podUid, containerId }: Container = {}) {
  return {
    ...(podUid !== undefined && { pod_uid: podUid }),
    ...(containerId !== undefined && { container_id: containerId }),
  };
}
