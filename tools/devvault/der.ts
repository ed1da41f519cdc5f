/**
 * The few ASN.1 types that a certificate needs, encoded as DER. It writes
 * only; nothing here reads what somebody else has sent.
 */
import { Buffer } from "node:buffer";

/** One element: tag, length, then the parts one after the other. */
export function element(tag: number, ...parts: Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  return Buffer.concat([
    Uint8Array.of(tag, ...lengthOctets(content.length)),
    content,
  ]);
}

function lengthOctets(length: number): number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) {
    octets.unshift(rest % 256);
  }
  return [0x80 | octets.length, ...octets];
}

/** SEQUENCE of elements. */
export function sequence(...parts: Uint8Array[]): Uint8Array {
  return element(0x30, ...parts);
}

/** SET of elements; the caller keeps DER's order. */
export function set(...parts: Uint8Array[]): Uint8Array {
  return element(0x31, ...parts);
}

/** INTEGER out of its unsigned big-endian octets. */
export function integer(octets: Uint8Array): Uint8Array {
  const first = octets[0] ?? 0;
  return first >= 0x80
    ? element(0x02, Uint8Array.of(0), octets)
    : element(0x02, octets);
}

/** BOOLEAN. */
export function boolean(value: boolean): Uint8Array {
  return element(0x01, Uint8Array.of(value ? 0xff : 0));
}

/** OCTET STRING. */
export function octetString(octets: Uint8Array): Uint8Array {
  return element(0x04, octets);
}

/** BIT STRING whose last octet leaves `unused` bits unused. */
export function bitString(octets: Uint8Array, unused = 0): Uint8Array {
  return element(0x03, Uint8Array.of(unused), octets);
}

/** UTF8String. */
export function utf8(text: string): Uint8Array {
  return element(0x0c, new TextEncoder().encode(text));
}

/** GeneralizedTime, whole seconds, UTC. */
export function time(at: Date): Uint8Array {
  const digits = at.toISOString().slice(0, 19).replace(/[-:T]/g, "");
  return element(0x18, new TextEncoder().encode(`${digits}Z`));
}

/** OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const octets = [first * 40 + second, ...rest.flatMap(base128)];
  return element(0x06, Uint8Array.from(octets));
}

function base128(arc: number): number[] {
  const octets = [arc & 0x7f];
  for (let rest = arc >>> 7; rest > 0; rest >>>= 7) {
    octets.unshift(0x80 | (rest & 0x7f));
  }
  return octets;
}
