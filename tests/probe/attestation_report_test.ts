/** Attestation reports by their published layouts; whatever else is none, and throws nothing. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseReport } from "@/probe/attestation_report.ts";
import { decodeCbor } from "@/probe/cbor.ts";
import {
  ccaToken,
  encodeCbor,
  snpReport,
  tdxQuote,
} from "./attestation_layouts.ts";

const NONCE = Uint8Array.from({ length: 64 }, (_, i) => 200 - i);
const KINDS = ["AMD SEV-SNP", "Intel TDX", "Arm CCA"] as const;

Deno.test("SEV-SNP: nonce, debug policy, level", () => {
  for (const version of [2n, 3n, 5n]) {
    const found = parseReport(
      KINDS[0],
      snpReport(NONCE, { version, vmpl: 2n }),
    );
    assert.deepEqual(found, {
      nonce: NONCE,
      mayBeDebugged: false,
      detail: `report version ${version}, VMPL 2`,
    });
  }
  const debug = snpReport(NONCE, { policy: 0x30000n | 1n << 19n });
  assert.equal(parseReport(KINDS[0], debug)?.mayBeDebugged, true);
  for (const odd of [{ version: 1n }, { vmpl: 4n }, { algorithm: 0n }]) {
    assert.equal(parseReport(KINDS[0], snpReport(NONCE, odd)), undefined);
  }
});

Deno.test("TDX: versions 4 and 5, debug attribute", () => {
  const cases = [{ version: 4n }, { version: 5n, type: 2n }, {
    version: 5n,
    type: 3n,
  }];
  for (const options of cases) {
    assert.deepEqual(parseReport(KINDS[1], tdxQuote(NONCE, options)), {
      nonce: NONCE,
      mayBeDebugged: false,
      detail: `quote version ${options.version}`,
    });
    const debug = tdxQuote(NONCE, { ...options, attributes: 1n });
    assert.equal(parseReport(KINDS[1], debug)?.mayBeDebugged, true);
  }
  // An SGX quote, an unknown version, an unknown body.
  for (const odd of [{ tee: 0n }, { version: 3n }, { version: 5n, type: 1n }]) {
    assert.equal(parseReport(KINDS[1], tdxQuote(NONCE, odd)), undefined);
  }
});

Deno.test("CCA: challenge of the realm's token, life cycle of the platform's", () => {
  assert.deepEqual(parseReport(KINDS[2], ccaToken(NONCE)), {
    nonce: NONCE,
    mayBeDebugged: false,
    detail: "platform life cycle 0x3003",
  });
  for (const lifecycle of [0x0000, 0x2000, 0x4000, 0x5003]) {
    const found = parseReport(KINDS[2], ccaToken(NONCE, { lifecycle }));
    assert.equal(found?.mayBeDebugged, true);
  }
});

Deno.test("a report of one kind is none of another, nor is a part of one", () => {
  const reports = [snpReport(NONCE), tdxQuote(NONCE), ccaToken(NONCE)];
  reports.forEach((report, i) => {
    KINDS.forEach((kind, k) => {
      if (i !== k) assert.equal(parseReport(kind, report), undefined);
    });
    for (
      const length of [0, 1, 47, 400, report.length - 700, report.length - 1]
    ) {
      const kind = KINDS[i];
      // A quote's signature is not looked at: only what lies before may not be missing.
      if (!kind || kind === "Intel TDX" && length > 631) continue;
      const part = report.subarray(0, Math.max(0, length));
      assert.equal(parseReport(kind, part), undefined, `${kind} ${length}`);
    }
  });
});

Deno.test("no bytes make a parser throw", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 1500 }), (bytes) => {
    for (const kind of KINDS) parseReport(kind, bytes);
    decodeCbor(bytes);
  }));
  const token = ccaToken(NONCE);
  fc.assert(fc.property(fc.nat(token.length - 1), fc.nat(255), (at, byte) => {
    const changed = token.slice();
    changed[at] = byte;
    parseReport("Arm CCA", changed);
  }));
});

Deno.test("CBOR: examples of RFC 8949, and its limits", () => {
  const hex = (text: string) =>
    Uint8Array.from(text.match(/../g) ?? [], (two) => parseInt(two, 16));
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
      ["f5", true],
    ] as const
  ) assert.deepEqual(decodeCbor(hex(text)), value, text);
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
    ]
  ) {
    const value = decodeCbor(hex(text));
    assert.ok(value === undefined, text);
  }
  assert.equal(decodeCbor(new Uint8Array(100).fill(0x81)), undefined);
  assert.deepEqual(decodeCbor(encodeCbor([1, "a"])), [1, "a"]);
});
