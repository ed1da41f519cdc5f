/**
 * Who an attacker was. Most live for a few milliseconds, so that /proc has
 * forgotten them when we look: then the id of the cgroup, which the kernel put
 * into the event, leads to the container by the cgroup's own directory.
 */
import { cleanText } from "@/base/text.ts";
import { type Container, parseCgroupPath } from "./cgroup.ts";
import type { AttackEvent } from "@/protocol/enforcer.ts";
import type { ProcessFiles } from "./process_files.ts";

/** Containers that are remembered by the ids of their cgroups. */
const MOST_REMEMBERED = 1024;
/** An id that is not found is not looked for again so soon: a look reads all directories. */
const LOOK_EVERY_MS = 5000;
const PATH_LENGTH = 256;

/** What is known of an attacker. */
export interface Attacker {
  readonly exe: string;
  readonly container: Container;
}

/** Looks into /proc and the cgroup file system. */
export class ProcessLookup {
  readonly #files: ProcessFiles;
  readonly #remembered = new Map<number, Container>();
  #lookedAt = -Infinity;

  constructor(files: ProcessFiles) {
    this.#files = files;
  }

  /** To be asked as soon as the event is there. */
  ask({ attacker }: AttackEvent, nowMs: number): Attacker {
    const path = this.#findExecutable(attacker);
    return {
      exe: cleanText(path ?? attacker.exe, PATH_LENGTH),
      // Whose executable is another's by now has another's cgroup too.
      container: this.#findContainer(
        attacker,
        path !== undefined || attacker.family !== 0,
        nowMs,
      ),
    };
  }

  #findExecutable(
    { pid, exe, family }: AttackEvent["attacker"],
  ): string | undefined {
    // Looking at a member is refused, to us as to everybody, and would be the next event.
    if (family !== 0) return undefined;
    const path = this.#files.executable(pid);
    const base = path?.replace(/ \(deleted\)$/, "").split("/").at(-1);
    // Its number may be another's by now.
    return exe !== "" && base?.startsWith(exe) ? path : undefined;
  }

  #findContainer(
    { pid, cgroup }: AttackEvent["attacker"],
    isAlive: boolean,
    nowMs: number,
  ): Container {
    const known = this.#remembered.get(cgroup);
    if (known) return known;
    const found = (isAlive ? this.#files.container(pid) : undefined) ??
      this.#look(cgroup, nowMs);
    if (cgroup !== 0 && found) this.#remember(cgroup, found);
    return found ?? {};
  }

  #look(cgroup: number, nowMs: number): Container | undefined {
    if (cgroup === 0 || nowMs - this.#lookedAt < LOOK_EVERY_MS) {
      return undefined;
    }
    this.#lookedAt = nowMs;
    const path = this.#files.cgroupPath(cgroup);
    return path === undefined ? undefined : parseCgroupPath(path);
  }

  #remember(cgroup: number, container: Container): void {
    this.#remembered.set(cgroup, container);
    if (this.#remembered.size <= MOST_REMEMBERED) return;
    const [oldest] = this.#remembered.keys();
    if (oldest !== undefined) this.#remembered.delete(oldest);
  }
}
