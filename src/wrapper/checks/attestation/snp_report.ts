/**
 * AMD's SEV-SNP attestation report: SEV-SNP Firmware ABI (56860, revision 1.58),
 * tables ATTESTATION_REPORT and GUEST_POLICY.
 */
import { type AttestationReport, NONCE_BYTES, viewOf } from "./fields.ts";

const REPORT_BYTES = 0x4a0;
const ECDSA_P384 = 1;
const VLEK = 1;
const DEBUG = 1n << 19n;
const RESERVED_ONE = 1n << 17n;
const FIRST_RESERVED_POLICY = 26n;

type Range = readonly [from: number, to: number];
/** The last range is the unused part of the signature's 512 bytes. */
const RESERVED: readonly Range[] = [
  [0x04c, 0x050],
  [0x18b, 0x1a0],
  [0x1eb, 0x1ec],
  [0x1ef, 0x1f0],
  [0x208, 0x2a0],
  [0x330, REPORT_BYTES],
];
const CPUID: Range = [0x188, 0x18b];
const MITIGATION_VECTORS: Range = [0x1f8, 0x208];

/**
 * Bytes that must be zero, by version. Version 4 is not published, but firmware 1.55
 * produces it, and go-sev-guest reads it as version 3.
 */
const ZERO: ReadonlyMap<number, readonly Range[]> = new Map([
  [2, [...RESERVED, CPUID, MITIGATION_VECTORS]],
  [3, [...RESERVED, MITIGATION_VECTORS]],
  [4, [...RESERVED, MITIGATION_VECTORS]],
  [5, RESERVED],
]);

export function parseSnp(bytes: Uint8Array): AttestationReport | undefined {
  if (bytes.length < REPORT_BYTES) return undefined;
  const view = viewOf(bytes);
  const version = view.getUint32(0, true);
  const policy = view.getBigUint64(0x08, true);
  const vmpl = view.getUint32(0x30, true);
  const isKnown = isZero(bytes, ZERO.get(version)) && isPolicy(policy) &&
    vmpl <= 3 && isSigned(view);
  if (!isKnown) return undefined;
  return {
    nonce: bytes.slice(0x50, 0x50 + NONCE_BYTES),
    mayBeDebugged: (policy & DEBUG) !== 0n,
    detail: `report version ${version}, VMPL ${vmpl}`,
  };
}

/** Whether all ranges are zero. False without ranges: the version is unknown. */
function isZero(bytes: Uint8Array, ranges?: readonly Range[]): boolean {
  return ranges?.every(([from, to]) =>
    bytes.subarray(from, to).every((byte) => byte === 0)
  ) ?? false;
}

function isPolicy(policy: bigint): boolean {
  return (policy & RESERVED_ONE) !== 0n &&
    policy >> FIRST_RESERVED_POLICY === 0n;
}

/** Signed by a key of the chip or of the cloud provider (bits 2-4); the higher bits are reserved. */
function isSigned(view: DataView): boolean {
  const signer = view.getUint32(0x48, true) >>> 2;
  return view.getUint32(0x34, true) === ECDSA_P384 && signer <= VLEK;
}
