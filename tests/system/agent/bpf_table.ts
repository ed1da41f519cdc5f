/** A pinned BPF hash table with 32-bit keys, through bpftool: a test writes what the kernel's side would. */
import { findBpftool } from "../../../tools/build/enforcer.ts";
import { run, tryRun } from "../../../tools/run.ts";

const BPFTOOL = await findBpftool();

export class BpfTable {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async has(key: number): Promise<boolean> {
    const words = ["map", "lookup", "pinned", this.#path, "key"];
    return (await tryRun(BPFTOOL, [...words, ...bytesOf(key)])).code === 0;
  }

  /** Adds an entry of 32-bit words, or overwrites it. @throws Error with bpftool's message */
  async write(key: number, ...words: number[]): Promise<void> {
    const entry = ["key", ...bytesOf(key), "value", ...bytesOf(...words)];
    await run(BPFTOOL, ["map", "update", "pinned", this.#path, ...entry]);
  }
}

/** Little-endian, as the kernel's side has them (c/bpf/state.h). */
function bytesOf(...words: number[]): string[] {
  return [...new Uint8Array(Uint32Array.from(words).buffer)].map(String);
}
