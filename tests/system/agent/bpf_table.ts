/** A pinned BPF table, by bpftool: to put into it what the kernel's side would have. */

import { findBpftool } from "../../../tools/build/enforcer.ts";

const BPFTOOL = await findBpftool();

/** A hash table with keys of 32 bits. */
export class BpfTable {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** The bytes of an entry; undefined: there is none. */
  read(key: number): Uint8Array | undefined {
    const words = [
      "map",
      "lookup",
      "pinned",
      this.#path,
      "key",
      ...bytesOf(key),
    ];
    const { success, stdout } = bpftool("-j", ...words);
    if (!success) return undefined;
    const { value } = JSON.parse(new TextDecoder().decode(stdout));
    return Uint8Array.from(value.map(Number));
  }

  /** Adds an entry, or overwrites it. @throws Error with bpftool's words */
  write(key: number, value: Uint8Array): void {
    const words = ["key", ...bytesOf(key), "value", ...[...value].map(String)];
    const { success, stdout, stderr } = bpftool(
      ...["map", "update", "pinned", this.#path, ...words],
    );
    if (success) return;
    const said = [stdout, stderr].map((bytes) =>
      new TextDecoder().decode(bytes)
    );
    throw new Error(`bpftool map update ${this.#path}: ${said.join("")}`);
  }
}

/** Little-endian, as bpftool takes them. */
function bytesOf(word: number): string[] {
  return [...new Uint8Array(Uint32Array.of(word).buffer)].map(String);
}

function bpftool(...args: string[]) {
  return new Deno.Command(BPFTOOL, { args }).outputSync();
}
