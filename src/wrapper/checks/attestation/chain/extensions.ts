/** Extensions of certificates (RFC 5280, 4.2): who may sign which certificates. */
import {
  contentOf,
  type Element,
  readElements,
  readInside,
  readUnsigned,
  TAGS,
  unreadable,
} from "./der.ts";
import { missing } from "./chain_error.ts";

const BASIC_CONSTRAINTS = "551d13";
const KEY_USAGE = "551d0f";
/** Bit 5 of the key usage, counted from the highest bit of its first byte. */
const SIGNS_CERTIFICATES = 0x04;

/** Values by the object identifier in hex. */
export type Extensions = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

/** The extensions of this list. @throws ChainError, also for one that is critical and unknown */
export function readExtensions(list: Element | undefined): Extensions {
  const found = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const extension of readInside(list, TAGS.SEQUENCE)) {
    const [type, ...rest] = readInside(extension, TAGS.SEQUENCE);
    const id = contentOf(type, TAGS.OBJECT).toHex();
    // A second value of the same kind is invalid (RFC 5280, 4.2).
    if (found.has(id)) throw unreadable();
    const isKnown = id === BASIC_CONSTRAINTS || id === KEY_USAGE;
    if (!isKnown && rest[0]?.tag === TAGS.BOOLEAN) refuseCritical(rest[0]);
    found.set(id, contentOf(rest.at(-1), TAGS.OCTET_STRING));
  }
  return found;
}

/** How many authorities may be between this one and a leaf; -1: it is not an authority. */
export function readPathLimit(extensions: Extensions): number {
  const value = extensions.get(BASIC_CONSTRAINTS);
  if (!value || !signsCertificates(extensions.get(KEY_USAGE))) return -1;
  const [list] = readElements(value);
  const [flag, limit] = readInside(list, TAGS.SEQUENCE);
  if (flag?.tag !== TAGS.BOOLEAN || flag.content[0] !== 0xff) return -1;
  return limit ? readUnsigned(limit, 1)[0] ?? -1 : Infinity;
}

/** A certificate without key usage has no restriction. */
function signsCertificates(value: Uint8Array<ArrayBuffer> | undefined) {
  if (!value) return true;
  const [, first = 0] = contentOf(readElements(value)[0], TAGS.BIT_STRING);
  return (first & SIGNS_CERTIFICATES) !== 0;
}

function refuseCritical({ content }: Element): void {
  if (content[0] === 0) return;
  throw missing("a certificate has a critical extension that is unknown");
}
