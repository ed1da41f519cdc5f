/**
 * Identifies attackers. Most live for milliseconds, so /proc has often lost them
 * by now. Then the cgroup id, which the kernel put into the event, leads to the
 * container through the cgroup's directory.
 */
import { cleanText } from "@/base/text.ts";
import { type Container, parseCgroupPath } from "./cgroup.ts";
import type { AttackEvent } from "@/protocol/enforcer.ts";
import type { ProcessFiles } from "./process_files.ts";

/** Containers cached by cgroup id. */
const MAX_CACHED = 1024;
/** A search reads every cgroup directory, so it runs at most this often. */
const SEARCH_EVERY_MS = 5000;
const PATH_LENGTH = 256;

/** What is known of an attacker. */
export interface Attacker {
  readonly exe: string;
  readonly container: Container;
}

/** Looks into /proc and the cgroup file system. */
export class ProcessLookup {
  readonly #files: ProcessFiles;
  readonly #containers = new Map<number, Container>();
  #searchedAt = -Infinity;

  constructor(files: ProcessFiles) {
    this.#files = files;
  }

  /** Call it as soon as the event arrives. */
  find({ attacker }: AttackEvent, nowMs: number): Attacker {
    const path = this.#findExecutable(attacker);
    return {
      exe: cleanText(path ?? attacker.exe, PATH_LENGTH),
      // A process with another executable may be another one with the same pid.
      container: this.#findContainer(
        attacker,
        path !== undefined || attacker.tree !== 0,
        nowMs,
      ),
    };
  }

  #findExecutable(
    { pid, exe, tree }: AttackEvent["attacker"],
  ): string | undefined {
    // Reading a protected process is refused to the agent too, and would cause the next event.
    if (tree !== 0) return undefined;
    const path = this.#files.executable(pid);
    const base = path?.replace(/ \(deleted\)$/, "").split("/").at(-1);
    return exe !== "" && base?.startsWith(exe) ? path : undefined;
  }

  #findContainer(
    { pid, cgroup }: AttackEvent["attacker"],
    isAlive: boolean,
    nowMs: number,
  ): Container {
    const known = this.#containers.get(cgroup);
    if (known) return known;
    const found = (isAlive ? this.#files.container(pid) : undefined) ??
      this.#search(cgroup, nowMs);
    if (cgroup !== 0 && found) this.#cache(cgroup, found);
    return found ?? {};
  }

  #search(cgroup: number, nowMs: number): Container | undefined {
    if (cgroup === 0 || nowMs - this.#searchedAt < SEARCH_EVERY_MS) {
      return undefined;
    }
    this.#searchedAt = nowMs;
    const path = this.#files.cgroupPath(cgroup);
    return path === undefined ? undefined : parseCgroupPath(path);
  }

  #cache(cgroup: number, container: Container): void {
    this.#containers.set(cgroup, container);
    if (this.#containers.size <= MAX_CACHED) return;
    const [oldest] = this.#containers.keys();
    if (oldest !== undefined) this.#containers.delete(oldest);
  }
}
