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

/** Signature and attestation key; the certification data follows. */
const SIGNATURE_AND_KEY = 128;
/** The quoting enclave's report and its signature; the enclave's data follows. */
const QE_REPORT_AND_SIGNATURE = 448;
const QE_REPORT_TYPE = [6];
/** The platform's key: its id, its certificate, or the chain. */
const PLATFORM_KEY_TYPES = [1, 2, 3, 4, 5];

export function parseTdx(bytes: Uint8Array): AttestationReport | undefined {
  const view = viewOf(bytes);
  const body = findBody(view);
  if (!body || !isSignedWhole(view, body.end)) return undefined;
  const data = body.start + REPORT_DATA;
  return {
    nonce: bytes.slice(data, data + NONCE_BYTES),
    // The byte TUD ("TD under debug"): any set bit means debug.
    mayBeDebugged: view.getUint8(body.start + TD_ATTRIBUTES) !== 0,
    detail: `quote version ${view.getUint16(0, true)}`,
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

/** Whether the signature data is complete. What follows it is padding. */
function isSignedWhole(view: DataView, at: number): boolean {
  if (at + 4 > view.byteLength) return false;
  const end = at + 4 + view.getUint32(at, true);
  const outer = at + 4 + SIGNATURE_AND_KEY;
  if (end > view.byteLength || !fills(view, outer, end, QE_REPORT_TYPE)) {
    return false;
  }
  const authData = outer + 6 + QE_REPORT_AND_SIGNATURE;
  if (authData + 2 > end) return false;
  const inner = authData + 2 + view.getUint16(authData, true);
  return fills(view, inner, end, PLATFORM_KEY_TYPES);
}

/** Whether certification data of one of these types starts at `at` and ends at `end`. */
function fills(
  view: DataView,
  at: number,
  end: number,
  types: readonly number[],
): boolean {
  return at + 6 <= end && types.includes(view.getUint16(at, true)) &&
    at + 6 + view.getUint32(at + 2, true) === end;
}
