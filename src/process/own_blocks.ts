/**
 * The arguments and the environment as the kernel placed them at execve: views,
 * not copies. So a token in the environment is not duplicated, and bytes that are
 * not UTF-8 reach the application unchanged.
 */
import { containsBytes } from "@/base/bytes.ts";
import { readExecBlocks } from "@ffi";

const EQUALS = 0x3d;
const NUL = 0;

/** One `NAME=value` string of the environment block, as views on the block itself. */
export interface EnvironmentEntry {
  /** As Latin-1, one character per byte, so that different bytes have different strings. "" for none. */
  readonly name: string;
  /** `NAME=value` and its NUL, ready for execve. */
  readonly entry: Uint8Array;
  /** The value without its NUL. */
  readonly value: Uint8Array;
}

/** The two blocks, split into strings. */
export interface OwnBlocks {
  /** argv, each with its NUL. */
  readonly args: Uint8Array[];
  readonly environment: EnvironmentEntry[];
  /** Both blocks. Everybody who may list processes can read them. */
  readonly blocks: readonly Uint8Array[];
}

/** Reads the blocks of this process. */
export function readOwnBlocks(): OwnBlocks {
  const { args, env } = readExecBlocks();
  return {
    args: splitStrings(args),
    environment: parseEnvironment(env),
    blocks: [args, env],
  };
}

/** Splits a block after each NUL. A rest without NUL is dropped. */
function splitStrings(block: Uint8Array): Uint8Array[] {
  const strings: Uint8Array[] = [];
  let start = 0;
  while (start < block.length) {
    const end = block.indexOf(NUL, start);
    if (end < 0) break;
    strings.push(block.subarray(start, end + 1));
    start = end + 1;
  }
  return strings;
}

/** Splits an environment block into entries. Strings without `=` or without a name have name "" and no value. */
export function parseEnvironment(block: Uint8Array): EnvironmentEntry[] {
  return splitStrings(block).map((entry) => {
    const equals = entry.indexOf(EQUALS);
    if (equals < 1) return { name: "", entry, value: entry.subarray(0, 0) };
    const name = decodeLatin1(entry.subarray(0, equals));
    return { name, entry, value: entry.subarray(equals + 1, -1) };
  });
}

/** Decodes bytes, one character per byte. */
export function decodeLatin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** The inverse of {@link decodeLatin1}, with a NUL at the end. */
export function encodeCString(latin1: string): Uint8Array {
  const bytes = new Uint8Array(latin1.length + 1);
  for (let i = 0; i < latin1.length; i++) bytes[i] = latin1.charCodeAt(i);
  return bytes;
}

/** True when `bytes` hold the ASCII text `wanted`. Nothing is decoded. */
export function holdsText(bytes: Uint8Array, wanted: string): boolean {
  return containsBytes(bytes, encodeCString(wanted).subarray(0, -1));
}
