/** What is fuzzed: one parser, with valid inputs and what must hold for every input. */

/** One parser in TypeScript. */
export interface Target {
  readonly name: string;
  /** Share of all inputs. */
  readonly weight: number;
  /** Valid inputs, always the same ones: a saved input is replayed without them. */
  readonly samples: readonly (string | Uint8Array)[];
  /** Words of its language, which mutations insert. */
  readonly words?: readonly string[];
  /** Throws when something does not hold. */
  readonly check: (input: Uint8Array) => void | Promise<void>;
}

const ENCODER = new TextEncoder();

export function encode(text: string | Uint8Array): Uint8Array {
  return typeof text === "string" ? ENCODER.encode(text) : text;
}

export function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** One character a byte. TextDecoder's "latin1" is windows-1252. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** Something that must hold does not. */
export class Finding extends Error {}

/** @throws {Finding} */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Finding(what);
}

/** @throws {Finding} when their JSON differs */
export function mustEqual(is: unknown, wanted: unknown, what: string): void {
  const [left, right] = [is, wanted].map((value) =>
    JSON.stringify(value, show)
  );
  if (left !== right) throw new Finding(`${what}: ${left} instead of ${right}`);
}

function show(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Uint8Array) return latin1(value);
  return value instanceof Map ? [...value] : value;
}
