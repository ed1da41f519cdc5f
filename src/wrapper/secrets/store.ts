/**
 * All secrets of the wrapper, in arenas: those from its own environment (the
 * bootstrap arena) and those that the fetcher returned (the secret set). Callers
 * receive views for the duration of a call, never copies.
 */
import { equalBytes } from "@/base/bytes.ts";
import type { StoredVariable } from "@/protocol/fetcher/messages.ts";
import { Arena, arenaFd, type ArenaKind, FfiError, wipe } from "@ffi";

/** Shorter values occur in memory by chance, so scans ignore them. */
const SHORTEST_PATTERN = 12;
const CONTROL_BYTES = 32;

/** Codes of mlock(2) beyond RLIMIT_MEMLOCK. */
const NO_ROOM: readonly string[] = ["EAGAIN", "ENOMEM"];

/** A value that must not exist outside the arenas. */
export interface Pattern {
  /** Name of its variable, or for example "the token". */
  readonly name: string;
  /** View of an arena. */
  readonly bytes: Uint8Array;
}

/** An arena that the fetcher filled, and its index. */
export interface SecretSet {
  readonly arena: Arena;
  /** Block of the token, if the fetcher logged in or read it from a file. */
  readonly token?: number;
  /** Block of an unwrapped secret id, which cannot be unwrapped again. */
  readonly secretId?: number;
  readonly variables: readonly StoredVariable[];
}

/** How a store opens. */
interface StoreOptions {
  /** Capacity for an unseal request; 0: none is expected. */
  readonly requestBytes: number;
  /** What to wipe once the values are in the arena. */
  readonly originals: readonly Uint8Array[];
}

/** Why memfd_secret is not used. */
export interface SecretmemRefusal {
  readonly call: string;
  readonly code: string;
}

/** Owns the arenas of the wrapper. */
export class SecretStore {
  readonly kind: ArenaKind;
  readonly refusal: SecretmemRefusal | undefined;
  readonly #bootstrap: Arena;
  readonly #found: ReadonlyMap<string, number>;
  /** Block for an unseal request. */
  readonly #request: number | undefined;
  /** A token in that block, accepted after the start. */
  #received: Uint8Array | undefined;
  #secretSet: SecretSet | undefined;
  /** Names of variables whose values are public. */
  readonly #allowed = new Set<string>();

  private constructor(
    opened: { arena: Arena; refusal?: SecretmemRefusal },
    found: ReadonlyMap<string, number>,
    request: number | undefined,
  ) {
    this.#bootstrap = opened.arena;
    this.refusal = opened.refusal;
    this.kind = opened.refusal ? "ordinary" : "secretmem";
    this.#found = found;
    this.#request = request;
  }

  /**
   * Opens the store with the named values, and wipes the originals.
   *
   * @throws FfiError when not even ordinary memory can be locked (RLIMIT_MEMLOCK)
   */
  static open(
    values: ReadonlyMap<string, Uint8Array>,
    { requestBytes, originals }: StoreOptions,
  ): SecretStore {
    const total = [...values.values()].reduce(
      (n, v) => n + v.length,
      CONTROL_BYTES + requestBytes,
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
    originals.forEach(wipe);
    const request = requestBytes > 0
      ? opened.arena.add(requestBytes)
      : undefined;
    return new SecretStore(opened, found, request);
  }

  /** Replaces the secret set. @returns the old one, which the caller closes */
  adopt(secretSet: SecretSet): SecretSet | undefined {
    const old = this.#secretSet;
    this.#secretSet = secretSet;
    this.#allowed.clear();
    return old;
  }

  /** A value from the wrapper's own environment, by the name of its setting. */
  found(name: string): Uint8Array | undefined {
    if (name === "VAULT_TOKEN" && this.#received) return this.#received;
    const index = this.#found.get(name);
    return index === undefined ? undefined : this.#bootstrap.block(index);
  }

  /** Secret memory for an unseal request. */
  requestBuffer(): Uint8Array {
    if (this.#request === undefined) throw new TypeError("not a sealed start");
    return this.#bootstrap.block(this.#request);
  }

  /** Sets the token of an unseal request, as a view on the request buffer; undefined removes it. */
  setReceivedToken(token: Uint8Array | undefined): void {
    this.#received = token;
  }

  /** The current token: the fetcher's, else the one from the environment. */
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

  /** All arenas, the secret set first. */
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
      .flatMap((variable) => this.#listPatterns(variable));
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

  /** The variable's value is public: scans ignore it until it changes. */
  allow(name: string): void {
    this.#allowed.add(name);
  }

  /** Names of variables in `other` that are new or have another value here. */
  changedIn(other: SecretSet): string[] {
    const mine = this.#secretSet;
    const byName = new Map(mine?.variables.map((v) => [v.name, v.block]));
    return other.variables.filter(({ name, block }) => {
      const current = byName.get(name);
      return mine === undefined || current === undefined ||
        !equalBytes(mine.arena.block(current), other.arena.block(block));
    }).map((v) => v.name);
  }

  /** Wipes everything. */
  close(): void {
    this.#secretSet?.arena.close();
    this.#secretSet = undefined;
    this.#received = undefined;
    this.#bootstrap.close();
  }

  #listPatterns({ name, block, secretRanges }: StoredVariable): Pattern[] {
    const bytes = this.#secretSet?.arena.block(block);
    if (!bytes) return [];
    return secretRanges.map(({ start, length }) => ({
      name,
      bytes: bytes.subarray(start, start + length),
    }));
  }
}

/**
 * Fills a block with random bytes that exist nowhere else. The runtime's
 * generator keeps a copy of its output, so two outputs are combined in place.
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
    return { arena: openSecretmem(bytes) };
  } catch (error) {
    if (!(error instanceof FfiError)) throw error;
    const refusal = { call: error.call, code: error.code };
    // Ordinary memory is better than no start: the score shows it, and the minimum decides.
    return { arena: Arena.map(-1, bytes, { lock: "wanted" }), refusal };
  }
}

/** @throws FfiError also when RLIMIT_MEMLOCK has no room for the secret set and an inbox, with which leases are renewed */
function openSecretmem(bytes: number): Arena {
  const arena = Arena.map(arenaFd("secretmem"), bytes);
  try {
    using _secretSet = Arena.map(-1, 1);
    using _inbox = Arena.map(-1, 1);
  } catch (error) {
    // Another code: a filter forbids mlock(2), without which secret memory is locked all the same.
    if (!(error instanceof FfiError) || !NO_ROOM.includes(error.code)) {
      return arena;
    }
    arena.close();
    throw error;
  }
  return arena;
}
