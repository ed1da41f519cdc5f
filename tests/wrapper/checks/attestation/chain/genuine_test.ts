/** Genuine reports verify up to the embedded roots, and not with a changed bit in a signed part. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  loadTrust,
  verifyChain,
} from "@/wrapper/checks/attestation/chain/verify.ts";
import { readCertificate } from "@/wrapper/checks/attestation/chain/certificate.ts";
import { verifyPath } from "@/wrapper/checks/attestation/chain/path.ts";
import { RSA_PSS } from "@/wrapper/checks/attestation/chain/signature.ts";
import { certificateTable, flip, readSample, SAMPLE_TIME } from "./samples.ts";

const ROOTS = new URL(
  "../../../../../src/wrapper/checks/attestation/chain/",
  import.meta.url,
);
const REPORT = readSample("snp_v2.report");
const VCEK = readSample("snp_v2.vcek");
const QUOTES = ["tdx_v4.quote", "tdx_v5.quote"].map(readSample);
const trust = loadTrust(SAMPLE_TIME);

const verifySnp = (report = REPORT, certificates = makeTable(), at = trust) =>
  verifyChain({ kind: "AMD SEV-SNP", report, certificates }, at);
const verifyTdx = (report: Uint8Array<ArrayBuffer>, at = trust) =>
  verifyChain({ kind: "Intel TDX", report }, at);
function makeTable(vcek = VCEK) {
  return certificateTable({ VCEK: vcek });
}

Deno.test("the embedded certificates have the fingerprints that two sources have", async () => {
  const found = new Map<string, string>();
  for (const file of ["amd.pem", "intel.pem"]) {
    const text = await Deno.readTextFile(new URL(file, ROOTS));
    for (const [, base64 = ""] of text.matchAll(/BEGIN.*\n([^-]+)/g)) {
      const bytes = Uint8Array.fromBase64(base64);
      const hash = await crypto.subtle.digest("SHA-256", bytes);
      found.set(
        readCertificate(bytes).name,
        new Uint8Array(hash).toHex().slice(0, 32),
      );
    }
  }
  // go-sev-guest 0.15.0 (with the VLEK's, which the ARKs sign) and the crate sev 8.0.0;
  // go-tdx-guest 0.3.1 and the crate dcap-qvl 0.7.1.
  assert.deepEqual(Object.fromEntries(found), {
    "ARK-Milan": "69d063b45344d26a2e94e1f4210de49e",
    "ARK-Genoa": "4c6598d19c18719c5dfd4a7d335f674e",
    "ARK-Turin": "1f084161a44bb6d93778a904877d4819",
    "SEV-Milan": "67d303bd3905fd38db8b20e079369987",
    "SEV-Genoa": "5464738c1546aed5f2cecf1dc98c5c96",
    "SEV-Turin": "5b77ef5fe7a7a004fd9032668fba9d0f",
    "SEV-VLEK-Milan": "c5e081f59b7efab1fe2f8b505e159704",
    "SEV-VLEK-Genoa": "197e610743a917d6b9bb982a5a9226cc",
    "SEV-VLEK-Turin": "104e10a8bd060a3c20a434261a57d058",
    "Intel SGX Root CA": "44a0196b2b99f889b8e149e95b807a35",
  });
});

Deno.test("every embedded authority of AMD has the signature of its root", async () => {
  for (const authority of trust.authorities) {
    const product = authority.name.split("-").at(-1);
    const root = trust.roots.find(({ name }) => name === `ARK-${product}`);
    assert.ok(root);
    await verifyPath([authority, root, root], RSA_PSS, SAMPLE_TIME);
  }
  assert.equal(trust.authorities.length, 6);
});

Deno.test("SEV-SNP: a genuine report of Milan, and a genuine key of Turin", async () => {
  const words = "ARK-Milan, SEV-Milan, SEV-VCEK";
  assert.deepEqual(await verifySnp(), { result: "verified", words });
  const turin = makeTable(readSample("turin.vcek"));
  assert.deepEqual(await verifySnp(REPORT, turin), {
    result: "invalid",
    words: "the report does not have the signature of its VCEK",
  });
});

Deno.test("SEV-SNP: a changed bit in the report, its signature or its key's certificate", async () => {
  for (let at = 0; at < REPORT.length; at += 7) {
    // Behind the signature are reserved bytes, which the parser demands to be zero.
    if (at >= 0x330) break;
    const { result } = await verifySnp(flip(REPORT, at, at % 8));
    assert.notEqual(result, "verified", `report, byte ${at}`);
  }
  for (const at of [0x2a0, 0x2a0 + 47, 0x2a0 + 60, 0x2e8, 0x2e8 + 60]) {
    const { words } = await verifySnp(flip(REPORT, at));
    assert.match(words, /the report does not have the signature/, `${at}`);
  }
  for (let at = 0; at < VCEK.length; at += 11) {
    const { result } = await verifySnp(REPORT, makeTable(flip(VCEK, at)));
    assert.notEqual(result, "verified", `certificate, byte ${at}`);
  }
});

Deno.test("SEV-SNP: an authority in the table is verified too", async () => {
  const pem = await Deno.readTextFile(new URL("amd.pem", ROOTS));
  const blocks = pem.match(/-----BEGIN[^]*?-----END CERTIFICATE-----/g) ?? [];
  const ask = blocks.map((text) =>
    Uint8Array.fromBase64(text.replace(/-----.*-----/g, ""))
  ).find((bytes) => readCertificate(bytes).name === "SEV-Milan");
  assert.ok(ask);
  const bare = { ...trust, authorities: [] };
  const table = (given: Uint8Array<ArrayBuffer>) =>
    certificateTable({ VCEK, ASK: given });
  const given = await verifySnp(REPORT, table(ask), bare);
  assert.equal(given.result, "verified", given.words);
  const none = await verifySnp(REPORT, makeTable(), bare);
  assert.deepEqual(none, {
    result: "unverified",
    words: 'unknown authority: "SEV-Milan"',
  });
  const changed = flip(ask, ask.length - 100);
  assert.deepEqual(await verifySnp(REPORT, table(changed)), {
    result: "invalid",
    words: "SEV-Milan does not have the signature of ARK-Milan",
  });
  const text = new TextEncoder().encode(blocks[3]);
  const asPem = await verifySnp(REPORT, table(text), bare);
  assert.equal(asPem.result, "verified", asPem.words);
});

Deno.test("TDX: genuine quotes of versions 4 and 5", async () => {
  for (const quote of QUOTES) {
    assert.deepEqual(await verifyTdx(quote), {
      result: "verified",
      words:
        "Intel SGX Root CA, Intel SGX PCK Platform CA, Intel SGX PCK Certificate",
    });
  }
});

Deno.test("TDX: a changed bit in each signed part", async () => {
  for (const [quote, end] of [[QUOTES[0], 632], [QUOTES[1], 702]] as const) {
    assert.ok(quote);
    const signature = end + 4;
    const key = signature + 64;
    const qe = key + 64 + 6;
    const auth = qe + 384 + 64 + 2;
    const parts = {
      "header": [20, /the quote does not have the signature of its key/],
      "TD report": [400, /the quote does not have the signature of its key/],
      "signature": [signature + 5, /the quote does not have the signature/],
      "attestation key": [key + 3, /attestation key is not the quoting/],
      "QE report": [qe + 100, /does not have the signature of the platform/],
      "QE signature": [qe + 390, /does not have the signature of the platform/],
      "auth data": [auth, /the attestation key is not the quoting enclave's/],
    } as const;
    for (const [part, [at, words]] of Object.entries(parts)) {
      const verdict = await verifyTdx(flip(quote, at));
      assert.equal(verdict.result, "invalid", part);
      assert.match(verdict.words, words, part);
    }
    // Base64 letters of the first two certificates; the third is not used.
    const text = new TextDecoder("latin1").decode(quote);
    const third = text.lastIndexOf("-----BEGIN");
    for (let at = auth + 100; at < third - 80; at += 37) {
      const letter = quote[at] === 0x41 ? 0x42 : 0x41;
      // Not the lines between the certificates.
      const line = text.slice(text.lastIndexOf("\n", at) + 1, at + 1);
      if (line.startsWith("-") || line.endsWith("\n")) continue;
      const changed = quote.slice();
      changed[at] = letter;
      const { result } = await verifyTdx(changed);
      assert.notEqual(result, "verified", `certificate, byte ${at}`);
    }
  }
});

Deno.test("a time outside the validity, a root that is not embedded, no certificates", async () => {
  const at = (date: string) => ({ ...trust, now: Date.parse(date) });
  const [quote = assert.fail()] = QUOTES;
  for (
    const [verdict, words] of [
      [
        await verifySnp(REPORT, makeTable(), at("2029-10-01")),
        /^SEV-VCEK expired on 2029-09-24$/,
      ],
      [
        await verifySnp(REPORT, makeTable(), at("2022-01-01")),
        /^SEV-VCEK is valid from 2022-09-24, but it is 2022-01-01 here$/,
      ],
      [
        await verifySnp(REPORT, makeTable(), { ...trust, roots: [] }),
        /^unknown root: "ARK-Milan"$/,
      ],
      [
        await verifySnp(REPORT, new Uint8Array()),
        /^the host gives no certificates$/,
      ],
      [
        await verifySnp(REPORT, certificateTable({ ARK: VCEK })),
        /^the host gives no VCEK certificate$/,
      ],
      [
        await verifySnp(REPORT, makeTable().subarray(0, 600)),
        /^the host's certificate table cannot be read$/,
      ],
      [
        await verifySnp(REPORT, new Uint8Array(24).fill(1)),
        /^the host's certificate table cannot be read$/,
      ],
      [
        await verifySnp(REPORT, makeTable(new Uint8Array(9))),
        /^a certificate cannot be read$/,
      ],
      [
        await verifyTdx(quote, at("2049-01-01")),
        /^Intel SGX PCK Certificate expired on /,
      ],
      [
        await verifyTdx(quote, { ...trust, roots: [] }),
        /^unknown root: "Intel SGX Root CA"$/,
      ],
      [await verifyTdx(quote.slice(0, 700)), /^the quote cannot be read$/],
      [
        await verifyTdx(setByte(quote, 1252, 3)),
        /^the quote has no certificates \(certification data of type 3\)$/,
      ],
    ] as const
  ) {
    assert.equal(verdict.result, "unverified", verdict.words);
    assert.match(verdict.words, words);
  }
});

Deno.test("no bytes make the verification reject", async () => {
  const change = fc.tuple(fc.nat(REPORT.length - 1), fc.nat(VCEK.length - 1));
  await fc.assert(
    fc.asyncProperty(change, fc.nat(255), async ([at, in_], value) => {
      const table = makeTable(setByte(VCEK, in_, value));
      await verifySnp(setByte(REPORT, at, value), table);
      await verifySnp(REPORT, setByte(table, in_ % 100, value));
      await verifySnp(REPORT, makeTable(VCEK.subarray(0, in_)));
    }),
    { numRuns: 300 },
  );
});

function setByte(bytes: Uint8Array<ArrayBuffer>, at: number, value: number) {
  const changed = bytes.slice();
  changed[at] = value;
  return changed;
}
