/** X.509 certificates (RFC 5280), as far as the vendors' chains need them. */
import { safeText } from "@/base/text.ts";
import {
  contentOf,
  type Element,
  readElements,
  readInside,
  TAGS,
  unreadable,
} from "./der.ts";
import {
  type Extensions,
  readExtensions,
  readPathLimit,
} from "./extensions.ts";

/** The parts of a certificate. Nothing is verified yet. */
export interface Certificate {
  /** What the issuer signed. */
  readonly signed: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
  /** Distinguished names, in hex. */
  readonly issuer: string;
  readonly subject: string;
  /** The common names, for messages and for the role of a key. */
  readonly issuerName: string;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly until: number;
  /** SubjectPublicKeyInfo. */
  readonly key: Uint8Array<ArrayBuffer>;
  /** How many authorities may be between this one and a leaf; -1: it is not an authority. */
  readonly pathLimit: number;
  readonly extensions: Extensions;
}

/** Genuine certificates have at most 2.5 KB, as PEM. */
const MAX_BYTES = 0xffff;
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
const COMMON_NAME = "550403";
const UTC_TIME = 0x17;
const PEM = /-----BEGIN CERTIFICATE-----([\sA-Za-z0-9+/=]+?)-----END/g;

/** The certificates of a PEM text, in its order. @throws ChainError */
export function readPem(text: string): Certificate[] {
  return Array.from(text.matchAll(PEM), ([, base64 = ""]) => {
    try {
      return readCertificate(Uint8Array.fromBase64(base64));
    } catch (error) {
      throw error instanceof SyntaxError ? unreadable() : error;
    }
  });
}

/** A certificate in DER, or in PEM. @throws ChainError */
export function readCertificate(bytes: Uint8Array<ArrayBuffer>): Certificate {
  // A table may have megabytes of empty values, which take seconds to read.
  if (bytes.length > MAX_BYTES) throw unreadable();
  if (bytes[0] === 0x2d) {
    const [first] = readPem(new TextDecoder().decode(bytes));
    if (!first) throw unreadable();
    return first;
  }
  const [outer, ...rest] = readElements(bytes);
  if (rest.length > 0) throw unreadable();
  const [signed, outside, signature] = readInside(outer, TAGS.SEQUENCE);
  const [version, , inside, issuer, validity, subject, key, ...more] =
    readInside(signed, TAGS.SEQUENCE);
  // The algorithm outside is not signed, and must be the same (RFC 5280, 4.1.1.2).
  if (outside?.whole.toHex() !== inside?.whole.toHex()) throw unreadable();
  if (!signed || !issuer || !subject || !key || version?.tag !== VERSION) {
    throw unreadable();
  }
  const [from, until] = readInside(validity, TAGS.SEQUENCE).map(readTime);
  if (from === undefined || until === undefined) throw unreadable();
  const field = more.find(({ tag }) => tag === EXTENSIONS);
  const extensions: Extensions = field
    ? readExtensions(readElements(field.content)[0])
    : new Map();
  return {
    signed: signed.whole,
    signature: readBits(signature),
    issuer: issuer.whole.toHex(),
    subject: subject.whole.toHex(),
    issuerName: readCommonName(issuer),
    name: readCommonName(subject),
    from,
    until,
    key: key.whole,
    pathLimit: readPathLimit(extensions),
    extensions,
  };
}

/** The first byte counts unused bits, which keys and signatures do not have. */
function readBits(element: Element | undefined): Uint8Array<ArrayBuffer> {
  const content = contentOf(element, TAGS.BIT_STRING);
  if (content[0] !== 0) throw unreadable();
  return content.subarray(1);
}

/** Longest name in evidence. */
const NAME_LENGTH = 64;

function readCommonName(name: Element): string {
  for (const set of readInside(name, TAGS.SEQUENCE)) {
    for (const pair of readInside(set, TAGS.SET)) {
      const [type, value] = readInside(pair, TAGS.SEQUENCE);
      if (contentOf(type, TAGS.OBJECT).toHex() !== COMMON_NAME) continue;
      // For evidence: nothing is known of it yet.
      return safeText(new TextDecoder().decode(value?.content), NAME_LENGTH)
        .replaceAll('"', "");
    }
  }
  return "";
}

/** UTCTime has two digits of the year, from 1950 (RFC 5280, 4.1.2.5.1); GeneralizedTime four. */
function readTime({ tag, content }: Element): number {
  const digits = new TextDecoder().decode(content);
  const century = Number(digits.slice(0, 2)) < 50 ? "20" : "19";
  const text = tag === UTC_TIME ? `${century}${digits}` : digits;
  const iso = text.replace(
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\dZ)$/,
    "$1-$2-$3T$4:$5:$6",
  );
  const time = Date.parse(iso);
  if (iso === text || Number.isNaN(time)) throw unreadable();
  return time;
}
