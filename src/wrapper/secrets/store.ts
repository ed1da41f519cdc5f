/**
 * Everything secret that the wrapper holds, in arenas: what it found in its own
 * environment (the bootstrap), and what the fetcher brought (the secret set). Other
 * rooms get views on blocks for the one call that needs them, never copies.
 */
import { equalBytes } from "@/base/bytes.ts";
import type { StoredVariable } from "@/protocol/fetcher/messages.ts";
import { Arena, arenaFd, type ArenaKind, FfiError } from "@ffi";

/** Shorter values are not looked for in memory: they are found everywhere by chance. */
const SHORTEST_PATTERN = 12;
const CONTROL_BYTES = 32;

/** A value that must not exist outside the arenas. */
export interface Pattern {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The content of an arena that the fetcher filled. */
export interface SecretSet {
  readonly arena: Arena;
  /** Block of the token, when the fetcher logged in or read it from a file. */
  readonly token?: number;
  /** Block of the secret id, when it came wrapped: it cannot be unwrapped again. */
  readonly secretId?: number;
  readonly variables: readonly StoredVariable[];
}

/** Why memfd_secret is not used. */
export interface SecretmemRefusal {
  readonly call: string;
  readonly code: string;
}

/** The one owner of arenas in the wrapper. */
export class SecretStore {
  readonly kind: ArenaKind;
  readonly refusal: SecretmemRefusal | undefined;
  readonly #bootstrap: Arena;
  readonly #found: ReadonlyMap<string, number>;
  readonly #room: number | undefined;
  /** A view on the room: a token that came after the start. */
  #received: Uint8Array | undefined;
  #secretSet: SecretSet | undefined;
  /** Names of variables whose values everyone knows anyway. */
  readonly #allowed = new Set<string>();

  private constructor(
    opened: { arena: Arena; refusal?: SecretmemRefusal },
    found: ReadonlyMap<string, number>,
    room: number | undefined,
  ) {
    this.#bootstrap = opened.arena;
    this.refusal = opened.refusal;
    this.kind = opened.refusal ? "ordinary" : "secretmem";
    this.#found = found;
    this.#room = room;
  }

  /**
   * Opens the store and takes in the named values. The caller wipes the originals.
   *
   * @param roomBytes place for what a token is received in later
   * @throws FfiError when not even ordinary memory can be locked (RLIMIT_MEMLOCK).
   */
  static open(
    values: ReadonlyMap<string, Uint8Array>,
    roomBytes = 0,
  ): SecretStore {
    const total = [...values.values()].reduce(
      (n, v) => n + v.length,
      CONTROL_BYTES + roomBytes,
    );
    const opened = openArena(Arena.need(values.size + 2, total));
    opened.arena.format();
    // Not a secret: scans of memory must find a planted copy of it.
    const control = opened.arena.add(CONTROL_BYTES);
    fillRandom(opened.arena.block(control));
    const found = new Map<string, number>();
    for (const [name, value] of values) {
      const index = opened.arena.add(value.length);
      opened.arena.block(index).set(value);
      found.set(name, index);
    }
    const room = roomBytes > 0 ? opened.arena.add(roomBytes) : undefined;
    return new SecretStore(opened, found, room);
  }

  /** Takes what the fetcher brought. What it replaces is returned: its arena is the caller's to close. */
  adopt(secretSet: SecretSet): SecretSet | undefined {
    const old = this.#secretSet;
    this.#secretSet = secretSet;
    this.#allowed.clear();
    return old;
  }

  /** A value that was found in our own environment, by the name of its setting. */
  found(name: string): Uint8Array | undefined {
    if (name === "VAULT_TOKEN" && this.#received) return this.#received;
    const index = this.#found.get(name);
    return index === undefined ? undefined : this.#bootstrap.block(index);
  }

  /** The place for what a token is received in. */
  room(): Uint8Array {
    if (this.#room === undefined) throw new TypeError("no room was asked for");
    return this.#bootstrap.block(this.#room);
  }

  /** A token lies in the room: it counts like one that was found. Undefined: it does not any more. */
  receive(token: Uint8Array | undefined): void {
    this.#received = token;
  }

  /** The token in force: the fetcher's, else the one that was found. */
  token(): Uint8Array | undefined {
    const held = this.#secretSet?.token;
    if (held !== undefined) return this.#secretSet?.arena.block(held);
    return this.found("VAULT_TOKEN");
  }

  /** The secret id that an earlier fetch unwrapped. */
  unwrapped(): Uint8Array | undefined {
    const held = this.#secretSet?.secretId;
    return held === undefined ? undefined : this.#secretSet?.arena.block(held);
  }

  /** `NAME=value\0` of every secret variable, for execve. */
  variables(): Uint8Array[] {
    const secretSet = this.#secretSet;
    if (!secretSet) return [];
    return secretSet.variables.map((v) => secretSet.arena.block(v.block));
  }

  /** Names of the secret variables. */
  names(): string[] {
    return this.#secretSet?.variables.map((v) => v.name) ?? [];
  }

  /** Every arena, the main one first. */
  arenas(): Arena[] {
    return this.#secretSet
      ? [this.#secretSet.arena, this.#bootstrap]
      : [this.#bootstrap];
  }

  /** A random value that exists only in the arena. */
  controlValue(): Uint8Array {
    return this.#bootstrap.block(0);
  }

  /** All values that must not exist outside the arenas. */
  patterns(): Pattern[] {
    const values = (this.#secretSet?.variables ?? [])
      .filter(({ name }) => !this.#allowed.has(name))
      .flatMap((variable) => this.#parts(variable));
    const found = [...this.#found].map(([name, index]) => ({
      name,
      bytes: this.#bootstrap.block(index),
    }));
    const token = this.token();
    const secretId = this.unwrapped();
    return [
      ...(token ? [{ name: "the token", bytes: token }] : []),
      ...(secretId ? [{ name: "the secret id", bytes: secretId }] : []),
      ...found,
      ...values,
    ].filter(({ bytes }) => bytes.length >= SHORTEST_PATTERN);
  }

  /** This variable's value is no secret: it is not looked for any more, until it changes. */
  allow(name: string): void {
    this.#allowed.add(name);
  }

  /** Names of variables in `other` whose bytes differ from those held here, or that are new. */
  changedIn(other: SecretSet): string[] {
    const mine = this.#secretSet;
    const byName = new Map(mine?.variables.map((v) => [v.name, v.block]));
    return other.variables.filter(({ name, block }) => {
      const twin = byName.get(name);
      return mine === undefined || twin === undefined ||
        !equalBytes(mine.arena.block(twin), other.arena.block(block));
    }).map((v) => v.name);
  }

  /** Wipes everything. */
  close(): void {
    this.#secretSet?.arena.close();
    this.#secretSet = undefined;
    this.#bootstrap.close();
  }

  #parts({ name, block, secretRanges }: StoredVariable): Pattern[] {
    const bytes = this.#secretSet?.arena.block(block);
    if (!bytes) return [];
    return secretRanges.map(({ start, length }) => ({
      name,
      bytes: bytes.subarray(start, start + length),
    }));
  }
}

/**
 * Fills an arena's block with random bytes that exist nowhere else. The runtime's
 * generator keeps a copy of what it gave out, so two gifts are mixed in place.
 */
function fillRandom(block: Uint8Array): void {
  crypto.getRandomValues(block);
  const other = crypto.getRandomValues(new Uint8Array(block.length));
  for (const [i, byte] of other.entries()) block[i] = (block[i] ?? 0) ^ byte;
}

function openArena(
  bytes: number,
): { arena: Arena; refusal?: SecretmemRefusal } {
  try {
    return { arena: Arena.map(arenaFd("secretmem"), bytes) };
  } catch (error) {
    if (!(error instanceof FfiError)) throw error;
    const refusal = { call: error.call, code: error.code };
    // Even unlocked memory is better than no start: the score tells, and the minimum decides.
    return { arena: Arena.map(-1, bytes, { lock: "wanted" }), refusal };
  }
}
