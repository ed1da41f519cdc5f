/**
 * What attestation reports say, by their published layouts: AMD's SEV-SNP
 * Firmware ABI (56860, ATTESTATION_REPORT), Intel's TDX DCAP quote versions 4 and
 * 5, Arm's CCA attestation token (draft-ffm-rats-cca-token). Only what the
 * proof needs is read; no signature is checked.
 */
import { decodeCbor, isBytes, isMap, untag } from "./cbor.ts";

/** The three kinds of confidential guests. */
export type ConfidentialKind = "AMD SEV-SNP" | "Intel TDX" | "Arm CCA";

/** The part that is looked at. */
export interface AttestationReport {
  /** Up to 64 bytes that whoever asked has given: our nonce. */
  readonly nonce: Uint8Array;
  /** The host may look into the guest's memory. */
  readonly mayBeDebugged: boolean;
  /** A few words for the status. */
  readonly detail: string;
}

const NONCE_BYTES = 64;

/** Undefined: it is not such a report. */
export function parseReport(
  kind: ConfidentialKind,
  bytes: Uint8Array,
): AttestationReport | undefined {
  switch (kind) {
    case "AMD SEV-SNP":
      return parseSnp(bytes);
    case "Intel TDX":
      return parseTdx(bytes);
    case "Arm CCA":
      return parseCca(bytes);
  }
}

const SNP_BYTES = 0x4a0;
const SNP_DEBUG = 1n << 19n;

function parseSnp(bytes: Uint8Array): AttestationReport | undefined {
  if (bytes.length < SNP_BYTES) return undefined;
  const view = viewOf(bytes);
  const version = view.getUint32(0, true);
  const policy = view.getBigUint64(0x08, true);
  const vmpl = view.getUint32(0x30, true);
  // Signed with a key of the chip's maker, and from one of the four levels.
  if (version < 2 || view.getUint32(0x34, true) !== 1 || vmpl > 3) {
    return undefined;
  }
  return {
    nonce: bytes.slice(0x50, 0x50 + NONCE_BYTES),
    mayBeDebugged: (policy & SNP_DEBUG) !== 0n,
    detail: `report version ${version}, VMPL ${vmpl}`,
  };
}

const TDX_HEADER = 48;
const TDX_TEE = 0x81;
const TDX_BODY = 584;
const TDX_ATTRIBUTES = 120;
const TDX_REPORT_DATA = 520;

function parseTdx(bytes: Uint8Array): AttestationReport | undefined {
  if (bytes.length < TDX_HEADER + TDX_BODY) return undefined;
  const view = viewOf(bytes);
  const version = view.getUint16(0, true);
  if (view.getUint32(4, true) !== TDX_TEE) return undefined;
  const body = findTdxBody(view, version);
  if (body === undefined || body + TDX_BODY > bytes.length) return undefined;
  const data = body + TDX_REPORT_DATA;
  return {
    nonce: bytes.slice(data, data + NONCE_BYTES),
    mayBeDebugged: (view.getUint8(body + TDX_ATTRIBUTES) & 1) !== 0,
    detail: `quote version ${version}`,
  };
}

/** Version 5 says what its body is (2: TD report 1.0, 3: 1.5, which only adds) and how long. */
function findTdxBody(view: DataView, version: number): number | undefined {
  if (version === 4) return TDX_HEADER;
  if (version !== 5) return undefined;
  const type = view.getUint16(TDX_HEADER, true);
  const size = view.getUint32(TDX_HEADER + 2, true);
  const isKnown = (type === 2 || type === 3) && size >= TDX_BODY;
  return isKnown ? TDX_HEADER + 6 : undefined;
}

const CCA_TOKEN = 399;
const COSE_SIGN1 = 18;
const [PLATFORM, REALM, CHALLENGE, LIFECYCLE] = [44234, 44241, 10, 2395];

function parseCca(bytes: Uint8Array): AttestationReport | undefined {
  const token = untag(decodeCbor(bytes), CCA_TOKEN);
  if (!isMap(token)) return undefined;
  const platform = readClaims(token.get(PLATFORM));
  const nonce = readClaims(token.get(REALM))?.get(CHALLENGE);
  const lifecycle = platform?.get(LIFECYCLE);
  if (!isBytes(nonce) || typeof lifecycle !== "number") return undefined;
  return {
    nonce,
    // 0x3000-0x30ff: secured. Everything else may be debugged, or is not yet sealed.
    mayBeDebugged: lifecycle >> 8 !== 0x30,
    detail: `platform life cycle 0x${lifecycle.toString(16)}`,
  };
}

/** The payload of a COSE_Sign1: protected, unprotected, payload, signature. */
function readClaims(
  signed: unknown,
): ReadonlyMap<unknown, unknown> | undefined {
  const parts = isBytes(signed)
    ? untag(decodeCbor(signed), COSE_SIGN1)
    : undefined;
  const payload = Array.isArray(parts) ? parts[2] : undefined;
  const claims = isBytes(payload) ? decodeCbor(payload) : undefined;
  return isMap(claims) ? claims : undefined;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
