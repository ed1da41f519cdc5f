/**
 * Intel TDX: Intel's root signs the authority of platforms, which signs a platform's
 * key (PCK), which signs the report of the quoting enclave (QE). The report has the
 * hash of the attestation key, which signs the quote. TDX DCAP Quoting Library API,
 * appendix 3; SGX PCK Certificate and CRL Profile Specification.
 */
import { equalBytes } from "@/base/bytes.ts";
import { splitQuote, type TdxQuote } from "../tdx_quote.ts";
import { type Certificate, readPem } from "./certificate.ts";
import { mismatch, missing } from "./chain_error.ts";
import { findRoot, type Trust, verifyPath } from "./path.ts";
import { isSignedBy, P256 } from "./signature.ts";

const PCK_CHAIN = 5;
/** 1.2.840.113741.1.13.1: only certificates of platforms have it. */
const SGX_EXTENSION = "2a864886f84d010d01";
const UNCOMPRESSED_POINT = 4;

/**
 * Intel's quoting enclave for TDX, as in Intel's QE identity. The platform's key also
 * signs reports of other enclaves, which could hold any attestation key.
 */
const SIGNER =
  "dc9e2a7c6f948f17474e34a7fc43ed030f7c1563f1babddf6340c82e0e54a8c5";
const PRODUCT = 2;
/** INIT and PROVISION_KEY; MODE64 is not compared. DEBUG is off. */
const ATTRIBUTES = "11000000000000000000000000000000";
const ATTRIBUTES_MASK = "fbffffffffffffff0000000000000000";

/** In the TD report, MRSIGNERSEAM and SEAMATTRIBUTES: zero for Intel's TDX module. */
const MODULE: readonly [from: number, to: number] = [64, 120];

/** The names of the keys, root first. @throws ChainError */
export async function verifyTdx(
  bytes: Uint8Array<ArrayBuffer>,
  trust: Trust,
): Promise<string[]> {
  const quote = splitQuote(bytes);
  if (!quote) throw missing("the quote cannot be read");
  const { certificationType } = quote;
  if (certificationType !== PCK_CHAIN) {
    throw missing(
      `the quote has no certificates (certification data of type ${certificationType})`,
    );
  }
  const text = new TextDecoder().decode(quote.certification);
  const [leaf, authority] = readPem(text);
  if (!leaf || !authority) throw missing("the quote has no certificates");
  const root = findRoot(authority, trust);
  await verifyPath([leaf, authority, root], P256, trust.now);
  if (!leaf.extensions.has(SGX_EXTENSION)) {
    throw mismatch(`"${leaf.name}" is not the certificate of a platform`);
  }
  await checkEnclave(quote, leaf);
  await checkQuote(quote);
  return [root.name, authority.name, leaf.name];
}

/** The platform's key signed the report of Intel's enclave, which holds the attestation key. */
async function checkEnclave(
  { qeReport, qeSignature, key, authData }: TdxQuote,
  platform: Certificate,
): Promise<void> {
  const signer = { format: "spki", key: platform.key } as const;
  if (!await isSignedBy(signer, P256, qeReport, qeSignature)) {
    throw mismatch(
      "the quoting enclave's report does not have the signature of the platform",
    );
  }
  if (!isIntelsEnclave(qeReport)) {
    throw mismatch("the quoting enclave is not Intel's");
  }
  const both = Uint8Array.from([...key, ...authData]);
  const expected = new Uint8Array(64);
  expected.set(new Uint8Array(await crypto.subtle.digest("SHA-256", both)));
  if (!equalBytes(qeReport.subarray(320), expected)) {
    throw mismatch("the attestation key is not the quoting enclave's");
  }
}

/** The layout is sgx_report_body_t of Intel's SGX SDK. */
function isIntelsEnclave(report: Uint8Array<ArrayBuffer>): boolean {
  const mask = Uint8Array.fromHex(ATTRIBUTES_MASK);
  const attributes = report.slice(48, 64)
    .map((byte, i) => byte & (mask[i] ?? 0));
  return report.subarray(16, 20).every((byte) => byte === 0) &&
    attributes.toHex() === ATTRIBUTES &&
    report.subarray(128, 160).toHex() === SIGNER &&
    report[256] === PRODUCT && report[257] === 0;
}

async function checkQuote(
  { key, signed, body, signature }: TdxQuote,
): Promise<void> {
  const point = Uint8Array.from([UNCOMPRESSED_POINT, ...key]);
  const signer = { format: "raw", key: point } as const;
  if (!await isSignedBy(signer, P256, signed, signature)) {
    throw mismatch("the quote does not have the signature of its key");
  }
  if (body.subarray(...MODULE).some((byte) => byte !== 0)) {
    throw mismatch("the TDX module is not Intel's");
  }
}
