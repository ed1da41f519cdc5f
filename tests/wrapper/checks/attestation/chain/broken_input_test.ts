/** Tables, quotes and certificates that are cut or have huge lengths: a verdict, soon. */
// The library finds its own parts through decorators.
import "reflect-metadata";
import assert from "node:assert/strict";
import fc from "fast-check";
import { ChainError } from "@/wrapper/checks/attestation/chain/chain_error.ts";
import { readCertificate } from "@/wrapper/checks/attestation/chain/certificate.ts";
import { readTable } from "@/wrapper/checks/attestation/chain/certificate_table.ts";
import {
  readElements,
  readUnsigned,
  TAGS,
} from "@/wrapper/checks/attestation/chain/der.ts";
import { verifyChain } from "@/wrapper/checks/attestation/chain/verify.ts";
import { certificateTable, flip, readSample } from "./samples.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const VCEK = readSample("snp_v2.vcek");
const REPORT = readSample("snp_v2.report");
const QUOTE = readSample("tdx_v4.quote");
const TABLE = certificateTable({ VCEK });
const LIMIT_MS = 5_000;

/** The error's words; undefined: none. Another error than ChainError fails the test. */
function refusal(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof ChainError, String(error));
    return error.message;
  }
}

function withNumber(bytes: Bytes, at: number, value: number): Bytes {
  const changed = bytes.slice();
  new DataView(changed.buffer).setUint32(at, value, true);
  return changed;
}

Deno.test("a table that is cut anywhere, or points out of itself", () => {
  const words = "the host's certificate table cannot be read";
  for (let length = 0; length < TABLE.length; length++) {
    assert.equal(refusal(() => readTable(TABLE.slice(0, length))), words);
  }
  for (const value of [TABLE.length + 1, 0x7fffffff, 0xffffffff]) {
    for (const at of [16, 20]) {
      const table = withNumber(TABLE, at, value);
      assert.equal(refusal(() => readTable(table)), words, `${at}: ${value}`);
    }
  }
  assert.equal(refusal(() => readTable(TABLE)), undefined, "control");
});

Deno.test("a table of 16 MiB without an end", () => {
  const start = performance.now();
  const endless = new Uint8Array(16 << 20).fill(1);
  for (let at = 16; at < endless.length; at += 24) {
    endless.fill(0, at, at + 8);
  }
  assert.ok(refusal(() => readTable(endless)));
  assert.ok(performance.now() - start < LIMIT_MS);
});

Deno.test("a certificate that is cut anywhere, or has any length of DER", () => {
  for (let length = 0; length < VCEK.length; length++) {
    assert.ok(
      refusal(() => readCertificate(VCEK.slice(0, length))),
      `${length}`,
    );
  }
  for (const first of [0x80, 0x83, 0x84, 0xff]) {
    const huge = VCEK.slice();
    huge[1] = first;
    assert.ok(refusal(() => readCertificate(huge)), `${first}`);
  }
  assert.equal(refusal(() => readCertificate(VCEK)), undefined, "control");
});

Deno.test("a certificate with another algorithm outside the signed part", () => {
  const outside = 4 + readCertificate(VCEK).signed.length;
  const changed = flip(VCEK, outside + 8);
  assert.equal(
    refusal(() => readCertificate(changed)),
    "a certificate cannot be read",
  );
});

Deno.test("bytes behind a certificate, and DER that certificates do not have", () => {
  const longer = new Uint8Array([...VCEK, 5, 0]);
  assert.ok(refusal(() => readCertificate(longer)));
  for (
    const [what, ...bytes] of [
      ["a tag of several bytes", 0x1f, 0],
      ["no definite length", 0x30, 0x80],
      ["a length of three bytes", 0x30, 0x83, 0, 0, 0],
      ["a negative number", 2, 1, 0x80],
      ["an empty number", 2, 0],
      ["a number that is too large", 2, 2, 1, 0],
    ] as const
  ) {
    const read = () => {
      const [element] = readElements(Uint8Array.from(bytes));
      // Only numbers are read further, so that the other rows test readElements.
      if (element?.tag === TAGS.INTEGER) readUnsigned(element, 1);
    };
    assert.equal(refusal(read), "a certificate cannot be read", what);
  }
  const number = readElements(Uint8Array.of(2, 2, 0, 200));
  assert.deepEqual(readUnsigned(number[0], 1), Uint8Array.of(200));
});

Deno.test("a certificate of 16 MiB of empty values", () => {
  const start = performance.now();
  const many = new Uint8Array(16 << 20);
  assert.ok(refusal(() => readCertificate(many)));
  many.set(VCEK.subarray(0, 4));
  assert.ok(refusal(() => readCertificate(many)));
  assert.ok(performance.now() - start < LIMIT_MS);
});

Deno.test("a quote that is cut anywhere is not verified", async () => {
  // Behind the signature data is padding.
  const end = 636 + new DataView(QUOTE.buffer).getUint32(632, true);
  for (let length = end - 1; length >= 0; length -= 13) {
    const report = QUOTE.slice(0, length);
    const { result } = await verifyChain({ kind: "Intel TDX", report });
    assert.equal(result, "unverified", `${length}`);
  }
});

Deno.test("any bytes of a certificate, a table or a quote have a verdict", async () => {
  const bytes = fc.uint8Array({ maxLength: 200 });
  const changes = fc.array(fc.tuple(fc.nat(6000), fc.nat(255)), {
    minLength: 1,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(changes, bytes, async (list, random) => {
      const alter = (from: Bytes) => {
        const to = from.slice();
        for (const [at, value] of list) to[at % to.length] = value;
        return to;
      };
      for (const vcek of [alter(VCEK), new Uint8Array(random)]) {
        const certificates = certificateTable({ VCEK: vcek });
        await verifyChain({
          kind: "AMD SEV-SNP",
          report: REPORT,
          certificates,
        });
      }
      const certificates = alter(TABLE);
      await verifyChain({ kind: "AMD SEV-SNP", report: REPORT, certificates });
      await verifyChain({ kind: "Intel TDX", report: alter(QUOTE) });
    }),
    { numRuns: 150 },
  );
});
