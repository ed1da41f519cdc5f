/**
 * Process trees: a registered process with its descendants. Holds where each one
 * runs, and recent attacks on it for the wrapper's next proof.
 */
import type { Container } from "./cgroup.ts";
import { MAX_ATTACKS, type SeenAttack } from "@/protocol/agent.ts";
import { AGENT_TREE, type AttackEvent } from "@/protocol/enforcer.ts";
import type { ProcessFiles } from "./process_files.ts";

/** Attacks older than this are not reported to the wrapper. */
const REPORTED_MS = 10_000;
/** Limit of the wrapper's own attacks in one answer, which others cannot displace. */
const MAX_OWN = 128;
/** As many as the kernel's map has processes. */
const MAX_TREES = 65_536;

/** One process tree. */
export interface ProcessTree {
  readonly id: number;
  /** The process that registered. For a tree from before this agent: the first one attacked. */
  readonly pid: number;
  readonly container: Container;
}

interface Entry extends ProcessTree {
  readonly own: RecentAttacks;
  readonly others: RecentAttacks;
}

/** All known process trees. */
export class ProcessTrees {
  readonly #files: ProcessFiles;
  readonly #entries = new Map<number, Entry>();

  constructor(files: ProcessFiles) {
    this.#files = files;
  }

  /** Records a registered process and its container, which /proc shows only while it lives. */
  register(id: number, pid: number): void {
    const known = this.#entries.get(id);
    if (known?.pid !== pid) this.#add(id, pid, known);
  }

  #add(id: number, pid: number, known?: Entry): Entry {
    const container = this.#files.container(pid) ?? {};
    const { own, others } = known ??
      { own: new RecentAttacks(), others: new RecentAttacks() };
    const entry = { id, pid, container, own, others };
    this.#entries.set(id, entry);
    // The event of an end may be lost: then the oldest entry makes room.
    if (this.#entries.size > MAX_TREES) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    return entry;
  }

  /** Records an attack. @returns the attacked tree; undefined for the machine or the agent */
  recordAttack(event: AttackEvent, nowMs: number): ProcessTree | undefined {
    const { tree, pid } = event.target;
    if (tree === 0 || tree === AGENT_TREE) return undefined;
    const entry = this.#entries.get(tree) ?? this.#add(tree, pid);
    (event.ownProbe ? entry.own : entry.others).add({
      comm: event.attacker.comm,
      vector: event.vector,
      blocked: event.action === "blocked",
    }, nowMs);
    return entry;
  }

  /** Attacks of the last ten seconds, newest last. */
  listAttacks(id: number, nowMs: number): SeenAttack[] {
    const entry = this.#entries.get(id);
    if (!entry) return [];
    const own = entry.own.since(nowMs - REPORTED_MS).slice(-MAX_OWN);
    const others = entry.others.since(nowMs - REPORTED_MS)
      .slice(-(MAX_ATTACKS - own.length));
    return [...own, ...others].sort((a, b) => a.at - b.at)
      .map(({ comm, vector, blocked }) => ({ comm, vector, blocked }));
  }

  has(id: number): boolean {
    return this.#entries.has(id);
  }

  /** The last process of the tree has ended. */
  end(id: number): void {
    this.#entries.delete(id);
  }

  list(): ProcessTree[] {
    return [...this.#entries.values()]
      .map(({ id, pid, container }) => ({ id, pid, container }));
  }
}

type Dated = SeenAttack & { readonly at: number };

/** The newest distinct attacks, each with the time of its last occurrence. */
class RecentAttacks {
  readonly #attacks = new Map<string, Dated>();

  add(attack: SeenAttack, at: number): void {
    const { comm, vector, blocked } = attack;
    const key = `${blocked} ${vector} ${comm}`;
    this.#attacks.delete(key);
    this.#attacks.set(key, { ...attack, at });
    if (this.#attacks.size <= MAX_ATTACKS) return;
    const [oldest] = this.#attacks.keys();
    if (oldest !== undefined) this.#attacks.delete(oldest);
  }

  since(time: number): Dated[] {
    return [...this.#attacks.values()].filter(({ at }) => at >= time);
  }
}
