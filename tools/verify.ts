/** Refuses bytes that are not the pinned ones. */
import { sha256 } from "./cache.ts";

/** What is pinned, and what to do when something else comes. */
export interface Pin {
  /** What the bytes are, for people: `Deno 2.9.6 for x86_64`. */
  readonly what: string;
  /** As hexadecimal text. */
  readonly sha256: string;
  /** The sentence that ends the message. */
  readonly remedy: string;
}

/** @throws {Error} one line: what, expected, got, remedy. */
export async function requireSha256(
  bytes: Uint8Array,
  pin: Pin,
): Promise<void> {
  const got = await sha256(bytes);
  if (got === pin.sha256) return;
  throw new Error(
    `${pin.what}: expected SHA-256 ${pin.sha256}, got ${got}; ${pin.remedy}`,
  );
}
