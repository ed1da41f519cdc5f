/**
 * Families: a registered process with its descendants. Who they are, as long
 * as they live, and which attacks on them are to be told to them.
 */
import type { Container } from "./cgroup.ts";
import { AGENT_FAMILY, type AttackEvent } from "@/protocol/enforcer.ts";
import type { ProcessFiles } from "./process_files.ts";

/** Attacks older than this are no news. */
const NEWS_MS = 10_000;
/** Most that one answer holds, and of these by the wrapper itself, which others must not push out. */
const MOST_ATTACKS = 256;
const MOST_OWN = 128;
/** No more than the kernel's map holds members. */
const MOST_FAMILIES = 65_536;

/** One attack as wrappers are told of it. */
export interface ToldAttack {
  readonly comm: string;
  readonly vector: string;
  readonly blocked: boolean;
}

/** One family. */
export interface Family {
  readonly id: number;
  /** The process that registered; the first that was attacked, where none did while we were here. */
  readonly pid: number;
  readonly container: Container;
}

interface Entry extends Family {
  readonly own: News;
  readonly others: News;
}

/** All families that are known. */
export class Families {
  readonly #files: ProcessFiles;
  readonly #entries = new Map<number, Entry>();

  constructor(files: ProcessFiles) {
    this.#files = files;
  }

  /** A process has registered: takes note of it, and of its container while that can be read. */
  register(id: number, pid: number): void {
    const known = this.#entries.get(id);
    if (known?.pid !== pid) this.#add(id, pid, known);
  }

  #add(id: number, pid: number, known?: Entry): Entry {
    const container = this.#files.container(pid) ?? {};
    const { own, others } = known ?? { own: new News(), others: new News() };
    const entry = { id, pid, container, own, others };
    this.#entries.set(id, entry);
    // The news of an end may be lost: then the oldest makes room.
    if (this.#entries.size > MOST_FAMILIES) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    return entry;
  }

  /** Takes note of an attack; a family from before this agent is met by it. */
  takeAttack(event: AttackEvent, nowMs: number): Family | undefined {
    const { family, pid } = event.target;
    if (family === 0 || family === AGENT_FAMILY) return undefined;
    const entry = this.#entries.get(family) ?? this.#add(family, pid);
    (event.self ? entry.own : entry.others).add({
      comm: event.attacker.comm,
      vector: event.vector,
      blocked: event.action === "blocked",
    }, nowMs);
    return entry;
  }

  /** Attacks of the last ten seconds, newest last. */
  listAttacks(id: number, nowMs: number): ToldAttack[] {
    const entry = this.#entries.get(id);
    if (!entry) return [];
    const own = entry.own.since(nowMs - NEWS_MS).slice(-MOST_OWN);
    const others = entry.others.since(nowMs - NEWS_MS)
      .slice(-(MOST_ATTACKS - own.length));
    return [...own, ...others].sort((a, b) => a.at - b.at)
      .map(({ comm, vector, blocked }) => ({ comm, vector, blocked }));
  }

  has(id: number): boolean {
    return this.#entries.has(id);
  }

  /** Its last member has ended. */
  end(id: number): void {
    this.#entries.delete(id);
  }

  list(): Family[] {
    return [...this.#entries.values()]
      .map(({ id, pid, container }) => ({ id, pid, container }));
  }
}

type Dated = ToldAttack & { readonly at: number };

/** The newest attacks of a kind; one that is repeated is kept once, with its newest time. */
class News {
  readonly #attacks = new Map<string, Dated>();

  add(attack: ToldAttack, at: number): void {
    const { comm, vector, blocked } = attack;
    const key = `${blocked} ${vector} ${comm}`;
    this.#attacks.delete(key);
    this.#attacks.set(key, { ...attack, at });
    if (this.#attacks.size <= MOST_ATTACKS) return;
    const [oldest] = this.#attacks.keys();
    if (oldest !== undefined) this.#attacks.delete(oldest);
  }

  since(time: number): Dated[] {
    return [...this.#attacks.values()].filter(({ at }) => at >= time);
  }
}
