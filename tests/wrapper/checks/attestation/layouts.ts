/**
 * Attestation reports by the vendors' published layouts, field by field. Offsets were
 * compared with go-sev-guest, go-tdx-guest and TF-RMM. Bytes that a test does not set
 * are noise, so that a wrong offset reads wrong values.
 */

type Field = readonly [
  offset: number,
  size: number,
  value: bigint | Uint8Array<ArrayBuffer>,
];

/** `length` bytes of noise with little endian fields. */
function layOut(
  length: number,
  fields: readonly Field[],
): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + 11) & 0xff);
  for (const [offset, size, value] of fields) {
    const field = typeof value === "bigint" ? littleEndian(value, size) : value;
    if (field.length !== size) throw new TypeError(`field at ${offset}`);
    bytes.set(field, offset);
  }
  return bytes;
}

function littleEndian(value: bigint, size: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    { length: size },
    (_, i) => Number((value >> BigInt(8 * i)) & 0xffn),
  );
}

/** Reserved ranges in every version. */
const SNP_RESERVED: readonly (readonly [at: number, size: number])[] = [
  [0x4c, 4],
  [0x18b, 21],
  [0x1eb, 1],
  [0x1ef, 1],
  [0x208, 152],
  [0x330, 368],
];
/** CPUID_FAM_ID, _MOD_ID and _STEP since version 3; two mitigation vectors since 5. */
const SNP_ADDED:
  readonly (readonly [at: number, size: number, since: bigint])[] = [[
    0x188,
    3,
    3n,
  ], [0x1f8, 16, 5n]];

/** Offsets that must be zero in this version (AMD 56860). */
export function snpReserved(version: bigint): number[] {
  return [
    ...SNP_RESERVED,
    ...SNP_ADDED.filter(([, , since]) => version < since),
  ].flatMap(([at, size]) => Array.from({ length: size }, (_, i) => at + i));
}

/** AMD 56860, table "ATTESTATION_REPORT structure": 0x4A0 bytes. */
export function snpReport(
  nonce: Uint8Array<ArrayBuffer>,
  { policy = 0x30000n, version = 2n, vmpl = 0n, algorithm = 1n, key = 0n } = {},
): Uint8Array<ArrayBuffer> {
  return layOut(0x4a0, [
    [0x00, 4, version],
    [0x04, 4, 1n], // GUEST_SVN
    [0x08, 8, policy],
    [0x30, 4, vmpl],
    [0x34, 4, algorithm],
    [0x48, 4, key], // AUTHOR_KEY_EN, MASK_CHIP_KEY, SIGNING_KEY
    [0x50, 64, nonce], // REPORT_DATA
    [0x90, 48, new Uint8Array(48).fill(0x4d)], // MEASUREMENT
    ...snpReserved(version).map((at): Field => [at, 1, 0n]),
  ]);
}

/** Intel's DCAP quote: header, for version 5 type and size of the body, TD report, signature data. */
export function tdxQuote(
  nonce: Uint8Array<ArrayBuffer>,
  {
    version = 4n,
    attributes = 0n,
    tee = 0x81n,
    type = 3n,
    keyType = 2n,
    outer = 6n,
    inner = 5n,
  } = {},
): Uint8Array<ArrayBuffer> {
  const body = version === 5n ? 54 : 48;
  const size = type === 3n && version === 5n ? 648 : 584;
  const before: Field[] = version === 5n
    ? [[48, 2, type], [50, 4, BigInt(size)]]
    : [];
  const signed = body + size;
  const [authData, chain] = [32, 90];
  const certification = signed + 4 + 64 + 64; // length, signature, key
  const report = certification + 6;
  const auth = report + 384 + 64; // QE report, its signature
  const pck = auth + 2 + authData;
  const end = pck + 6 + chain;
  return layOut(end, [
    [0, 2, version],
    [2, 2, keyType], // ECDSA-256
    [4, 4, tee],
    ...before,
    [body + 120, 8, attributes], // TDATTRIBUTES
    [body + 136, 48, new Uint8Array(48).fill(0x4d)], // MRTD
    [body + 520, 64, nonce], // REPORTDATA
    [signed, 4, BigInt(end - signed - 4)],
    [certification, 2, outer], // QE report certification data
    [certification + 2, 4, BigInt(end - report)],
    [auth, 2, BigInt(authData)],
    [pck, 2, inner], // PCK certificate chain
    [pck + 2, 4, BigInt(chain)],
  ]);
}

interface CcaOptions {
  readonly lifecycle?: number;
  readonly tag?: number;
  /** How the collection holds a token. */
  readonly wrap?: (token: Uint8Array<ArrayBuffer>) => unknown;
}

/** draft-ffm-rats-cca-token-01 and RMM 1.0: 399({44234: COSE_Sign1, 44241: COSE_Sign1}). */
export function ccaToken(
  nonce: Uint8Array<ArrayBuffer>,
  { lifecycle = 0x3003, tag = 399, wrap = (token) => token }: CcaOptions = {},
): Uint8Array<ArrayBuffer> {
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
  const value = new Map([
    [44234, wrap(encodeCbor(sign1(platform)))],
    [44241, wrap(encodeCbor(sign1(realm)))],
  ]);
  return encodeCbor({ tag, value });
}

/** Since draft-ffm-rats-cca-token-02 and RMM 2.0: 907({44234: [263, COSE_Sign1], …}). */
export function ccaTokenOfRecords(
  nonce: Uint8Array<ArrayBuffer>,
  options: CcaOptions = {},
): Uint8Array<ArrayBuffer> {
  return ccaToken(nonce, {
    tag: 907,
    wrap: (token) => [263, token],
    ...options,
  });
}

function sign1(claims: unknown) {
  const parts = [
    Uint8Array.of(0xa1, 1, 0x38, 0x22),
    new Map(),
    encodeCbor(claims),
    new Uint8Array(96).fill(9),
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
  if (value instanceof Uint8Array) {
    return join([head(2, value.length), new Uint8Array(value)]);
  }
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
  if (argument < 65536) {
    return Uint8Array.of(major << 5 | 25, argument >> 8, argument & 255);
  }
  const bytes = new Uint8Array(9).fill(major << 5 | 27, 0, 1);
  new DataView(bytes.buffer).setBigUint64(1, BigInt(argument));
  return bytes;
}

function join(
  parts: readonly Uint8Array<ArrayBuffer>[],
): Uint8Array<ArrayBuffer> {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}
