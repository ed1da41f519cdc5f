/**
 * SEV-SNP: AMD's root key (ARK) signs its signing key (ASK, ASVK), which signs the
 * chip's key (VCEK) or the cloud provider's (VLEK), which signs the report. VCEK
 * Certificate and KDS Interface Specification (57230), SEV-SNP Firmware ABI (56860).
 */
import { equalBytes } from "@/base/bytes.ts";
import { viewOf } from "../fields.ts";
import { type Certificate, readCertificate } from "./certificate.ts";
import { ENTRIES, readTable } from "./certificate_table.ts";
import { mismatch, missing } from "./chain_error.ts";
import { readElements, readUnsigned } from "./der.ts";
import { findRoot, type Trust, verifyPath } from "./path.ts";
import { isSignedBy, P384, RSA_PSS } from "./signature.ts";

const KEY_INFO = 0x48;
const REPORTED_TCB = 0x180;
const CHIP_ID = 0x1a0;
const CHIP_ID_BYTES = 64;
const SIGNATURE = 0x2a0;
/** R and S have 72 bytes each, little endian. */
const NUMBER_BYTES = 72;
const P384_BYTES = 48;

/** 1.3.6.1.4.1.3704.1.3.N: the version of a part of the firmware; 1.4: the chip. */
const FIRMWARE = "2b060104019c780103";
const HARDWARE_ID = "2b060104019c780104";
const PARTS = {
  "boot loader": "01",
  "TEE": "02",
  "SNP": "03",
  "microcode": "08",
  "FMC": "09",
};
type Part = keyof typeof PARTS;
/** Parts by their byte in a TCB version. Turin has a layout of its own. */
const LAYOUT: readonly [Part, number][] = [
  ["boot loader", 0],
  ["TEE", 1],
  ["SNP", 6],
  ["microcode", 7],
];
const TURIN_LAYOUT: readonly [Part, number][] = [
  ["FMC", 0],
  ["boot loader", 1],
  ["TEE", 2],
  ["SNP", 3],
  ["microcode", 7],
];

type Bytes = Uint8Array<ArrayBuffer>;

/** The names of the keys, root first. @throws ChainError */
export async function verifySnp(
  report: Bytes,
  table: Bytes | undefined,
  trust: Trust,
): Promise<string[]> {
  if (!table?.length) throw missing("the host gives no certificates");
  const certificates = readTable(table);
  const kind = (viewOf(report).getUint32(KEY_INFO, true) >>> 2 & 7) === 0
    ? "VCEK"
    : "VLEK";
  const bytes = certificates.get(ENTRIES[kind]);
  if (!bytes) throw missing(`the host gives no ${kind} certificate`);
  const leaf = readCertificate(bytes);
  if (leaf.name !== `SEV-${kind}`) {
    throw mismatch(`the ${kind} certificate is of "${leaf.name}"`);
  }
  const authority = findAuthority(leaf, certificates.get(ENTRIES.ASK), trust);
  const root = findRoot(authority, trust);
  await verifyPath([leaf, authority, root], RSA_PSS, trust.now);
  if (!await isReportSigned(report, leaf)) {
    throw mismatch(`the report does not have the signature of its ${kind}`);
  }
  checkFirmware(report, leaf, root);
  if (kind === "VCEK") checkChip(report, leaf);
  return [root.name, authority.name, leaf.name];
}

/** The issuer that the host gives, else the embedded one. */
function findAuthority(
  leaf: Certificate,
  given: Bytes | undefined,
  { authorities }: Trust,
): Certificate {
  const all = given ? [readCertificate(given), ...authorities] : authorities;
  const found = all.find(({ subject }) => subject === leaf.issuer);
  if (!found) throw missing(`unknown authority: "${leaf.issuerName}"`);
  return found;
}

async function isReportSigned(
  report: Bytes,
  { key }: Certificate,
): Promise<boolean> {
  const signature = new Uint8Array(2 * P384_BYTES);
  for (const index of [0, 1]) {
    const at = SIGNATURE + index * NUMBER_BYTES;
    const number = report.slice(at, at + NUMBER_BYTES).reverse();
    const unused = number.subarray(0, NUMBER_BYTES - P384_BYTES);
    if (unused.some((byte) => byte !== 0)) return false;
    signature.set(number.subarray(unused.length), index * P384_BYTES);
  }
  const signed = report.subarray(0, SIGNATURE);
  return await isSignedBy({ format: "spki", key }, P384, signed, signature);
}

/** The key belongs to one firmware: the certificate has its versions. */
function checkFirmware(
  report: Bytes,
  { name, extensions }: Certificate,
  root: Certificate,
): void {
  const layout = root.name === "ARK-Turin" ? TURIN_LAYOUT : LAYOUT;
  for (const [part, byte] of layout) {
    const value = extensions.get(FIRMWARE + PARTS[part]);
    if (!value) throw mismatch(`${name} has no version of the ${part}`);
    const [version] = readUnsigned(readElements(value)[0], 1);
    const reported = report[REPORTED_TCB + byte];
    if (version !== reported) {
      throw mismatch(
        `${name} is for ${part} ${version}, the report has ${reported}`,
      );
    }
  }
}

/** A host may hide the chip's id from guests: then it is zero. Turin's has 8 bytes. */
function checkChip(report: Bytes, { name, extensions }: Certificate): void {
  const reported = report.subarray(CHIP_ID, CHIP_ID + CHIP_ID_BYTES);
  const id = extensions.get(HARDWARE_ID);
  if (!id) throw mismatch(`${name} names no chip`);
  if (reported.every((byte) => byte === 0)) return;
  const rest = reported.subarray(id.length);
  const isSame = equalBytes(reported.subarray(0, id.length), id) &&
    rest.every((byte) => byte === 0);
  if (!isSame) throw mismatch(`${name} is for another chip than the report's`);
}
