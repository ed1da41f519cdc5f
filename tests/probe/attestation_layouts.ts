/**
 * Attestation reports as the vendors publish their layouts, field by field; offsets
 * agree with go-sev-guest, go-tdx-guest and TF-RMM, which were looked up. Every
 * byte that a test does not set is noise, so that a wrong offset reads nonsense.
 */

type Field = readonly [
  offset: number,
  size: number,
  value: bigint | Uint8Array,
];

/** Little endian fields in so many bytes of noise. */
function layOut(length: number, fields: readonly Field[]): Uint8Array {
  const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + 11) & 0xff);
  for (const [offset, size, value] of fields) {
    const field = typeof value === "bigint" ? littleEndian(value, size) : value;
    if (field.length !== size) throw new TypeError(`field at ${offset}`);
    bytes.set(field, offset);
  }
  return bytes;
}

function littleEndian(value: bigint, size: number): Uint8Array {
  return Uint8Array.from(
    { length: size },
    (_, i) => Number((value >> BigInt(8 * i)) & 0xffn),
  );
}

/** AMD 56860, table "ATTESTATION_REPORT structure": 0x4A0 bytes. */
export function snpReport(
  nonce: Uint8Array,
  { policy = 0x30000n, version = 2n, vmpl = 0n, algorithm = 1n } = {},
): Uint8Array {
  return layOut(0x4a0, [
    [0x00, 4, version],
    [0x04, 4, 1n], // GUEST_SVN
    [0x08, 8, policy],
    [0x30, 4, vmpl],
    [0x34, 4, algorithm],
    [0x50, 64, nonce], // REPORT_DATA
    [0x90, 48, new Uint8Array(48).fill(0x4d)], // MEASUREMENT
  ]);
}

/** Intel's DCAP quote: header, for version 5 type and size of the body, TD report. */
export function tdxQuote(
  nonce: Uint8Array,
  { version = 4n, attributes = 0n, tee = 0x81n, type = 3n } = {},
): Uint8Array {
  const body = version === 5n ? 54 : 48;
  const size = type === 3n && version === 5n ? 648n : 584n;
  const before: Field[] = version === 5n ? [[48, 2, type], [50, 4, size]] : [];
  return layOut(body + Number(size) + 600, [
    [0, 2, version],
    [2, 2, 2n], // ECDSA-256
    [4, 4, tee],
    ...before,
    [body + 120, 8, attributes], // TDATTRIBUTES
    [body + 136, 48, new Uint8Array(48).fill(0x4d)], // MRTD
    [body + 520, 64, nonce], // REPORTDATA
  ]);
}

/** draft-ffm-rats-cca-token: 399({44234: COSE_Sign1, 44241: COSE_Sign1}). */
export function ccaToken(
  nonce: Uint8Array,
  { lifecycle = 0x3003 } = {},
): Uint8Array {
  const platform = new Map<number, unknown>([
    [265, "http://arm.com/CCA-SSD/1.0.0"],
    [10, new Uint8Array(32).fill(7)],
    [2395, lifecycle],
    [2399, [new Map<number, unknown>([[1, "BL"], [2, new Uint8Array(32)]])]],
  ]);
  const realm = new Map<number, unknown>([
    [10, nonce],
    [44235, new Uint8Array(64)],
    [44238, new Uint8Array(32)],
    [44240, "sha-256"],
  ]);
  const token = new Map([
    [44234, encodeCbor(sign1(platform))],
    [44241, encodeCbor(sign1(realm))],
  ]);
  return encodeCbor({ tag: 399, value: token });
}

function sign1(claims: unknown) {
  const parts = [
    Uint8Array.of(0xa1, 1, 0x38, 0x22),
    new Map(),
    encodeCbor(claims),
    new Uint8Array(96),
  ];
  return { tag: 18, value: parts };
}

/** CBOR of numbers, text, bytes, lists, maps and tags. */
export function encodeCbor(value: unknown): Uint8Array<ArrayBuffer> {
  if (typeof value === "number") return head(0, value);
  if (typeof value === "string") {
    const text = new TextEncoder().encode(value);
    return join([head(3, text.length), text]);
  }
  if (value instanceof Uint8Array) return join([head(2, value.length), value]);
  if (Array.isArray(value)) {
    return join([head(4, value.length), ...value.map(encodeCbor)]);
  }
  if (value instanceof Map) {
    return join([head(5, value.size), ...[...value].flat().map(encodeCbor)]);
  }
  const { tag, value: inner } = value as { tag: number; value: unknown };
  return join([head(6, tag), encodeCbor(inner)]);
}

function head(major: number, argument: number): Uint8Array<ArrayBuffer> {
  if (argument < 24) return Uint8Array.of(major << 5 | argument);
  if (argument < 256) return Uint8Array.of(major << 5 | 24, argument);
  return Uint8Array.of(major << 5 | 25, argument >> 8, argument & 255);
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}
