/**
 * The audit: one line of the log per attack on a protected process, with both
 * sides. It is rate-limited and holds only cleaned names, numbers and paths.
 */
import type { LogFields } from "@/base/log.ts";
import { safeText } from "@/base/text.ts";
import type { Container } from "@/agent/processes/cgroup.ts";
import { AGENT_TREE, type AttackEvent } from "@/protocol/enforcer.ts";
import type { ProcessTree } from "@/agent/processes/process_trees.ts";
import { Deduplicator } from "./dedup.ts";
import { findVector } from "@/agent/vectors/coverage.ts";
import type { Attacker } from "@/agent/processes/process_lookup.ts";

const NAME_LENGTH = 32;

/** One line. */
export interface AuditRecord {
  /** When it happened, in milliseconds since 1970. */
  readonly time: number;
  readonly message: string;
  /** Their names are a contract (docs/AGENT.md). */
  readonly fields: LogFields;
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
  const attackerName = safeText(attacker.comm, NAME_LENGTH);
  const victim = target.pid === 0 ? "" : ` on process ${target.pid}`;
  // In a line of text the message must not look like fields.
  const shown = attackerName.replace(/["=]/g, "?");
  return {
    time: event.time,
    message:
      `${action}: ${title}${victim} by process ${attacker.pid} (${shown})`,
    fields: {
      audit: "attack",
      vector,
      title,
      action,
      backend,
      program,
      // Argument of the hook: access mode, signal, command.
      arg,
      // Equal attacks since the previous line for them.
      repeated,
      attacker_pid: attacker.pid,
      attacker_uid: attacker.uid,
      attacker_comm: attackerName,
      attacker_exe: exe,
      ...nameContainer("attacker", container),
      target_pid: target.pid,
      target_process_tree: target.tree === AGENT_TREE ? 0 : target.tree,
      target_comm: safeText(target.comm, NAME_LENGTH),
      ...nameContainer("target", tree?.container),
    },
  };
}

/** Empty outside of containers. */
function nameContainer(
  side: "attacker" | "target",
  { podUid, containerId }: Container = {},
): LogFields {
  return {
    ...(podUid !== undefined && { [`${side}_pod_uid`]: podUid }),
    ...(containerId !== undefined && { [`${side}_container_id`]: containerId }),
  };
}
