/**
 * The subset of DER (X.690) that certificates need: tags of one byte, definite lengths.
 * A library costs more than the binary has left (docs/DEPENDENCIES.md).
 */
import { missing } from "./chain_error.ts";

export const TAGS = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  OBJECT: 0x06,
  SEQUENCE: 0x30,
  SET: 0x31,
} as const;

/** One value: its tag, its content, and both with the length. */
export interface Element {
  readonly tag: number;
  readonly content: Uint8Array<ArrayBuffer>;
  readonly whole: Uint8Array<ArrayBuffer>;
}

/** The values in a row that fill these bytes. @throws ChainError */
export function readElements(bytes: Uint8Array<ArrayBuffer>): Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length;) {
    const element = readElement(bytes.subarray(at));
    elements.push(element);
    at += element.whole.length;
  }
  return elements;
}

/** The values inside one of this tag. @throws ChainError if there is none, or another tag */
export function readInside(
  element: Element | undefined,
  tag: number,
): Element[] {
  return readElements(contentOf(element, tag));
}

/** The content of a value of this tag. @throws ChainError if there is none, or another tag */
export function contentOf(
  element: Element | undefined,
  tag: number,
): Uint8Array<ArrayBuffer> {
  if (element?.tag !== tag) throw unreadable();
  return element.content;
}

/** A number without sign, in `size` bytes. @throws ChainError if it is larger or negative */
export function readUnsigned(
  element: Element | undefined,
  size: number,
): Uint8Array<ArrayBuffer> {
  const content = contentOf(element, TAGS.INTEGER);
  const isNegative = (content[0] ?? 0x80) >= 0x80;
  const zeros = content.findIndex((byte) => byte !== 0);
  const digits = content.subarray(zeros < 0 ? content.length : zeros);
  if (isNegative || digits.length > size) throw unreadable();
  const number = new Uint8Array(size);
  number.set(digits, size - digits.length);
  return number;
}

/** The error for bytes that are not a certificate. */
export function unreadable(): Error {
  return missing("a certificate cannot be read");
}

function readElement(bytes: Uint8Array<ArrayBuffer>): Element {
  const [tag = 0, first = 0] = bytes;
  const more = first < 0x80 ? 0 : first & 0x7f;
  const start = 2 + more;
  // 64 KiB are more than any certificate has.
  if (more > 2 || first === 0x80 || start > bytes.length) throw unreadable();
  const length = more === 0
    ? first
    : bytes.subarray(2, start).reduce((sum, byte) => sum * 256 + byte, 0);
  const end = start + length;
  if ((tag & 0x1f) === 0x1f || end > bytes.length) throw unreadable();
  return {
    tag,
    content: bytes.subarray(start, end),
    whole: bytes.subarray(0, end),
  };
}
