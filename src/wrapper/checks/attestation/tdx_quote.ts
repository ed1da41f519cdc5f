/**
 * Intel's TDX quote, versions 4 and 5: TDX DCAP Quoting Library API, appendix 3.
 * A quote is a header, a TD report, and the signature data for both.
 */
import { type AttestationReport, NONCE_BYTES, viewOf } from "./fields.ts";

const HEADER_BYTES = 48;
const ECDSA_P256 = 2;
const TEE_TDX = 0x81;

const TD_ATTRIBUTES = 120;
const REPORT_DATA = 520;
const BODY_BYTES = 584;
/** In version 5, by type: TDX 1.0, and 1.5 with 64 more bytes. */
const BODY_BYTES_BY_TYPE: ReadonlyMap<number, number> = new Map([
  [2, BODY_BYTES],
  [3, BODY_BYTES + 64],
]);

const SIGNATURE_BYTES = 64;
const KEY_BYTES = 64;
const QE_REPORT_BYTES = 384;
const QE_REPORT_TYPE = [6];
/** The platform's key: its id, its certificate, or the chain. */
const PLATFORM_KEY_TYPES = [1, 2, 3, 4, 5];

type Bytes = Uint8Array<ArrayBuffer>;

/** The parts of a quote, in its order. */
export interface TdxQuote {
  readonly version: number;
  /** Header and TD report. */
  readonly signed: Bytes;
  readonly body: Bytes;
  readonly signature: Bytes;
  /** The attestation key, as a point of P-256. */
  readonly key: Bytes;
  /** The report of the quoting enclave, which holds the attestation key. */
  readonly qeReport: Bytes;
  readonly qeSignature: Bytes;
  /** Hashed with the attestation key into the enclave's report. */
  readonly authData: Bytes;
  /** 5: the certificates of the platform's key, as PEM. */
  readonly certificationType: number;
  readonly certification: Bytes;
}

export function parseTdx(bytes: Bytes): AttestationReport | undefined {
  const quote = splitQuote(bytes);
  if (!quote) return undefined;
  const { version, body } = quote;
  return {
    nonce: body.slice(REPORT_DATA, REPORT_DATA + NONCE_BYTES),
    // The byte TUD ("TD under debug"): any set bit means debug.
    mayBeDebugged: body[TD_ATTRIBUTES] !== 0,
    detail: `quote version ${version}`,
  };
}

/** Undefined: not a whole quote. What follows the signature data is padding. */
export function splitQuote(bytes: Bytes): TdxQuote | undefined {
  const view = viewOf(bytes);
  const found = findBody(view);
  if (!found || found.end + 4 > bytes.length) return undefined;
  const start = found.end + 4;
  const end = start + view.getUint32(found.end, true);
  if (end > bytes.length) return undefined;
  const reader = new PartReader(bytes.subarray(start, end));
  const signature = reader.take(SIGNATURE_BYTES);
  const key = reader.take(KEY_BYTES);
  reader.takeCertification(QE_REPORT_TYPE);
  const qeReport = reader.take(QE_REPORT_BYTES);
  const qeSignature = reader.take(SIGNATURE_BYTES);
  const authData = reader.take(reader.takeNumber(2));
  const certificationType = reader.takeCertification(PLATFORM_KEY_TYPES);
  if (reader.isBroken) return undefined;
  return {
    version: view.getUint16(0, true),
    signed: bytes.subarray(0, found.end),
    body: bytes.subarray(found.start, found.end),
    ...{ signature, key, qeReport, qeSignature, authData, certificationType },
    certification: reader.rest,
  };
}

/** Where the body is. Version 5 has its type and size before it. */
function findBody(view: DataView): { start: number; end: number } | undefined {
  if (view.byteLength < HEADER_BYTES + 6) return undefined;
  if (view.getUint16(2, true) !== ECDSA_P256) return undefined;
  if (view.getUint32(4, true) !== TEE_TDX) return undefined;
  const version = view.getUint16(0, true);
  if (version === 4) {
    return { start: HEADER_BYTES, end: HEADER_BYTES + BODY_BYTES };
  }
  const start = HEADER_BYTES + 6;
  const size = view.getUint32(HEADER_BYTES + 2, true);
  const type = view.getUint16(HEADER_BYTES, true);
  const isKnown = version === 5 && BODY_BYTES_BY_TYPE.get(type) === size;
  return isKnown ? { start, end: start + size } : undefined;
}

/** Takes parts from the front. After a part that is cut or unknown, `isBroken` stays true. */
class PartReader {
  isBroken = false;

  constructor(public rest: Bytes) {}

  take(length: number): Bytes {
    this.isBroken ||= length > this.rest.length;
    const taken = this.rest.subarray(0, length);
    this.rest = this.rest.subarray(length);
    return taken;
  }

  takeNumber(size: number): number {
    return this.take(size).reduceRight((sum, byte) => sum * 256 + byte, 0);
  }

  /** The head of certification data: one of these types, and a length that fills the rest. */
  takeCertification(types: readonly number[]): number {
    const type = this.takeNumber(2);
    const length = this.takeNumber(4);
    this.isBroken ||= !types.includes(type) || length !== this.rest.length;
    return type;
  }
}
