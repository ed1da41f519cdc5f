/** Attestation reports by their published layouts; other bytes are rejected and never throw. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseReport } from "@/wrapper/checks/attestation/report.ts";
import { decodeCbor } from "@/wrapper/checks/attestation/cbor.ts";
import {
  ccaToken,
  ccaTokenOfRecords,
  encodeCbor,
  snpReport,
  snpReserved,
  tdxQuote,
} from "./layouts.ts";

const NONCE = Uint8Array.from({ length: 64 }, (_, i) => 200 - i);
const KINDS = ["AMD SEV-SNP", "Intel TDX", "Arm CCA"] as const;
const [SNP, TDX, CCA] = KINDS;
const SNP_VERSIONS = [2n, 3n, 4n, 5n];
const QUOTES = [
  { version: 4n },
  { version: 5n, type: 2n },
  { version: 5n, type: 3n },
];
/** One of every layout that is understood. */
const REPORTS = [
  ...SNP_VERSIONS.map((version) => [SNP, snpReport(NONCE, { version })]),
  ...QUOTES.map((options) => [TDX, tdxQuote(NONCE, options)]),
  [CCA, ccaToken(NONCE)],
  [CCA, ccaTokenOfRecords(NONCE)],
] as readonly (readonly [typeof KINDS[number], Uint8Array<ArrayBuffer>])[];

Deno.test("SEV-SNP: nonce, debug policy, level", () => {
  for (const version of SNP_VERSIONS) {
    assert.deepEqual(
      parseReport(SNP, snpReport(NONCE, { version, vmpl: 2n })),
      {
        nonce: NONCE,
        mayBeDebugged: false,
        detail: `report version ${version}, VMPL 2`,
      },
    );
  }
  const debug = snpReport(NONCE, { policy: 0x30000n | 1n << 19n });
  assert.equal(parseReport(SNP, debug)?.mayBeDebugged, true);
  for (const key of [0n, 1n, 2n, 4n, 7n]) {
    assert.ok(parseReport(SNP, snpReport(NONCE, { key })), `key info ${key}`);
  }
});

Deno.test("SEV-SNP: rejects unknown versions with valid fields", () => {
  for (const version of [0n, 1n, 6n, 7n, 0x102n, 0x20000n, 0xffffffffn]) {
    const found = parseReport(SNP, snpReport(NONCE, { version }));
    assert.equal(found, undefined, `version ${version}`);
  }
});

Deno.test("SEV-SNP: rejects missing signatures, unknown keys, algorithms, levels and policies", () => {
  for (
    const odd of [
      { vmpl: 4n },
      { vmpl: 0xffffffffn },
      { algorithm: 0n },
      { algorithm: 2n },
      ...[2n, 3n, 4n, 5n, 6n, 7n].map((key) => ({ key: key << 2n })),
      ...Array.from({ length: 27 }, (_, i) => ({ key: 1n << BigInt(5 + i) })),
      { policy: 0x10000n }, // bit 17 must be one
      ...Array.from(
        { length: 38 },
        (_, i) => ({ policy: 0x30000n | 1n << BigInt(26 + i) }),
      ),
    ]
  ) {
    const found = parseReport(SNP, snpReport(NONCE, odd));
    assert.equal(found, undefined, Object.entries(odd).join());
  }
});

Deno.test("SEV-SNP: rejects any set reserved bit, accepts any other byte", () => {
  for (const version of SNP_VERSIONS) {
    const report = snpReport(NONCE, { version });
    const reserved = new Set(snpReserved(version));
    for (let at = 0; at < report.length; at++) {
      if (at < 0x10 || at >= 0x30 && at < 0x38 || at >= 0x48 && at < 0x4c) {
        continue; // version, policy, level, algorithm, key: judged above
      }
      for (const bit of [1, 0x80]) {
        const changed = report.slice();
        changed[at] = (report[at] ?? 0) ^ bit;
        const isRead = parseReport(SNP, changed) !== undefined;
        assert.equal(isRead, !reserved.has(at), `version ${version}, ${at}`);
      }
    }
  }
});

Deno.test("TDX: versions 4 and 5, any bit of the byte TUD", () => {
  for (const options of QUOTES) {
    assert.deepEqual(parseReport(TDX, tdxQuote(NONCE, options)), {
      nonce: NONCE,
      mayBeDebugged: false,
      detail: `quote version ${options.version}`,
    });
    for (let bit = 0n; bit < 64n; bit++) {
      const quote = tdxQuote(NONCE, { ...options, attributes: 1n << bit });
      const found = parseReport(TDX, quote);
      assert.equal(found?.mayBeDebugged, bit < 8n, `bit ${bit}`);
    }
  }
});

Deno.test("TDX: rejects SGX quotes and unknown versions, bodies, keys and certifications", () => {
  for (
    const odd of [
      { tee: 0n },
      { version: 3n },
      { version: 6n },
      { version: 5n, type: 0n },
      { version: 5n, type: 1n },
      { version: 5n, type: 4n },
      { keyType: 3n },
      { outer: 5n },
      { inner: 0n },
      { inner: 6n },
      { inner: 7n },
    ]
  ) {
    const found = parseReport(TDX, tdxQuote(NONCE, odd));
    assert.equal(found, undefined, Object.entries(odd).join());
  }
  for (const inner of [1n, 2n, 3n, 4n, 5n]) {
    assert.ok(parseReport(TDX, tdxQuote(NONCE, { inner })));
  }
});

Deno.test("TDX: every length in a quote agrees with its bytes; padding may follow", () => {
  for (const options of QUOTES) {
    const quote = tdxQuote(NONCE, options);
    const padded = new Uint8Array(quote.length + 100);
    padded.set(quote);
    assert.ok(parseReport(TDX, padded));
    const signed = options.version === 4n
      ? 632
      : options.type === 2n
      ? 638
      : 702;
    // Of the signature, of the certification data, of the enclave's own, of the chain.
    const lengths = [[signed, 4], [signed + 134, 4], [signed + 586, 2], [
      signed + 622,
      4,
    ]];
    if (options.version === 5n) lengths.push([50, 4]);
    for (const [at = 0, size = 0] of lengths) {
      for (let bit = 0; bit < 8 * size; bit++) {
        const changed = padded.slice();
        const byte = at + (bit >> 3);
        changed[byte] = (padded[byte] ?? 0) ^ 1 << (bit & 7);
        const found = parseReport(TDX, changed);
        assert.equal(found, undefined, `length at ${at}, bit ${bit}`);
      }
    }
  }
});

Deno.test("CCA: challenge of the realm's token, life cycle of the platform's, in both collections", () => {
  for (const make of [ccaToken, ccaTokenOfRecords]) {
    assert.deepEqual(parseReport(CCA, make(NONCE)), {
      nonce: NONCE,
      mayBeDebugged: false,
      detail: "platform life cycle 0x3003",
    });
    const judge = (lifecycle: number) =>
      parseReport(CCA, make(NONCE, { lifecycle }))?.mayBeDebugged;
    for (const secured of [0x3000, 0x30ff]) assert.equal(judge(secured), false);
    for (
      const other of [
        ...[0, 0x1000, 0x2000, 0x2fff, 0x3100, 0x4000, 0x5003, 0x6000],
        ...[0x13003, 0x100003003, 2 ** 48 + 0x3003],
      ]
    ) assert.equal(judge(other), true, `0x${other.toString(16)}`);
  }
});

Deno.test("CCA: the new collection byte for byte, as the draft's CDDL has it", () => {
  const token = fromHex(
    "d9038b" + // tag 907
      "a2" + // two entries
      "19acca" + "82" + "190107" + // 44234: [263,
      "52" + "d2" + "84" + "43a10126" + "a0" + // 18([<<{1: -7}>>, {},
      "47" + "a119095b193003" + "42beef" + // <<{2395: 0x3003}>>, h'beef'])]
      "19acd1" + "82" + "190107" + // 44241: [263,
      "52" + "d2" + "84" + "43a10126" + "a0" +
      "47" + "a10a4401020304" + "42beef", // <<{10: h'01020304'}>>
  );
  assert.deepEqual(parseReport(CCA, token), {
    nonce: Uint8Array.of(1, 2, 3, 4),
    mayBeDebugged: false,
    detail: "platform life cycle 0x3003",
  });
});

Deno.test("CCA: rejects collections of another form or tag", () => {
  const record = (token: Uint8Array<ArrayBuffer>) => [263, token];
  for (
    const [what, options] of Object.entries({
      "bare tokens under 907": { tag: 907 },
      "records under 399": { tag: 399, wrap: record },
      "another tag": { tag: 908 },
      "records under another tag": { tag: 906, wrap: record },
      "another content": {
        tag: 907,
        wrap: (token: Uint8Array<ArrayBuffer>) => [601, token],
      },
      "content by name": {
        tag: 907,
        wrap: (
          token: Uint8Array<ArrayBuffer>,
        ) => ["application/eat+cwt", token],
      },
      "a third element": {
        tag: 907,
        wrap: (token: Uint8Array<ArrayBuffer>) => [263, token, 4],
      },
      "no token": { tag: 907, wrap: () => [263] },
      "a map": {
        tag: 907,
        wrap: (token: Uint8Array<ArrayBuffer>) =>
          new Map<number, unknown>([[0, 263], [1, token]]),
      },
      "not signed": {
        wrap: (token: Uint8Array<ArrayBuffer>) =>
          join(token.subarray(0, -98), Uint8Array.of(0x40)),
      },
    })
  ) assert.equal(parseReport(CCA, ccaToken(NONCE, options)), undefined, what);
  const wrap = (token: Uint8Array<ArrayBuffer>) =>
    join(token.subarray(0, -98), Uint8Array.of(0x41, 9));
  assert.ok(parseReport(CCA, ccaToken(NONCE, { wrap })), "control");
  assert.equal(
    parseReport(CCA, encodeCbor({ tag: 907, value: [] })),
    undefined,
  );
});

Deno.test("a report of one kind is rejected as another kind", () => {
  for (const [kind, report] of REPORTS) {
    for (const other of KINDS) {
      const isRead = parseReport(other, report) !== undefined;
      assert.equal(isRead, other === kind, `${kind} as ${other}`);
    }
  }
});

Deno.test("a report truncated at any byte is rejected", () => {
  for (const [kind, report] of REPORTS) {
    for (let length = 0; length < report.length; length++) {
      const found = parseReport(kind, report.subarray(0, length));
      assert.equal(found, undefined, `${kind}, ${length} bytes`);
    }
  }
});

Deno.test("a report is read from a view of a larger buffer", () => {
  for (const [kind, report] of REPORTS) {
    const buffer = new Uint8Array(report.length + 13);
    buffer.set(report, 13);
    assert.deepEqual(parseReport(kind, buffer.subarray(13))?.nonce, NONCE);
  }
});

Deno.test("no bytes make a parser throw", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 1500 }), (bytes) => {
    for (const kind of KINDS) parseReport(kind, bytes);
    decodeCbor(bytes);
  }));
  const change = fc.record({
    which: fc.nat(REPORTS.length - 1),
    at: fc.nat(4000),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
    cut: fc.nat(4000),
  });
  fc.assert(
    fc.property(change, ({ which, at, bytes, cut }) => {
      const [kind, report] = REPORTS[which] ?? assert.fail();
      const changed = report.slice();
      changed.set(bytes, at % (report.length - bytes.length));
      parseReport(kind, changed);
      const part = changed.subarray(0, cut % report.length);
      assert.equal(parseReport(kind, part), undefined);
    }),
    { numRuns: 2000 },
  );
});

function fromHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (two) => parseInt(two, 16));
}

function join(
  ...parts: readonly Uint8Array<ArrayBuffer>[]
): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

Deno.test("CBOR: examples of RFC 8949, and its limits", () => {
  for (
    const [text, value] of [
      ["00", 0],
      ["1903e8", 1000],
      ["1a000f4240", 1000000],
      ["3863", -100],
      ["4401020304", Uint8Array.of(1, 2, 3, 4)],
      ["6449455446", "IETF"],
      ["8301820203820405", [1, [2, 3], [4, 5]]],
      ["a201020304", new Map([[1, 2], [3, 4]])],
      ["1b001fffffffffffff", 2 ** 53 - 1],
      ["f5", true],
    ] as const
  ) assert.deepEqual(decodeCbor(fromHex(text)), value, text);
  for (
    const text of [
      "",
      "0000",
      "18",
      "5f",
      "ff",
      "1bffffffffffffffff00",
      "9bffffffffffffffff",
      "f97e00",
      "1b0020000000000000", // 2^53
      "a201020103", // a key twice
    ]
  ) {
    const value = decodeCbor(fromHex(text));
    assert.ok(value === undefined, text);
  }
  assert.equal(decodeCbor(new Uint8Array(100).fill(0x81)), undefined);
  assert.deepEqual(decodeCbor(encodeCbor([1, "a"])), [1, "a"]);
});
