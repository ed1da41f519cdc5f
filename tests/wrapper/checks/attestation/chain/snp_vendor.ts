/** A synthetic AMD: root, signing key, chip, and the report that the chip signs. */
// The library finds its own parts through decorators.
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import {
  type ChainVerdict,
  verifyChain,
} from "@/wrapper/checks/attestation/chain/verify.ts";
import { snpReport } from "../layouts.ts";
import {
  type Content,
  issue,
  issueRoot,
  makeKeys,
  NOW,
  P384,
  RSA,
} from "./authority.ts";
import { certificateTable } from "./samples.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const AMD = "1.3.6.1.4.1.3704.1";
const REPORTED_TCB = 0x180;
const CHIP_ID = 0x1a0;
const SIGNATURE = 0x2a0;

/** The version of each part, by the last number of its object identifier. */
const VERSIONS = { 1: 3, 2: 1, 3: 8, 8: 115, 9: 2 };
/** The reported TCB versions with the versions above. */
export const TCB = {
  Milan: [3, 1, 0, 0, 0, 0, 8, 115],
  Turin: [2, 3, 1, 8, 0, 0, 0, 115],
};
export const CHIP = Uint8Array.from({ length: 64 }, (_, i) => i + 1);
const TURIN_CHIP = CHIP.slice(0, 8);

const keys = {
  root: await makeKeys(RSA),
  authority: await makeKeys(RSA),
  leaf: await makeKeys(P384),
  other: await makeKeys(RSA),
};
export const OTHER_KEYS = keys.other;

/** What differs from a chain that verifies. */
export interface SnpCase {
  readonly product?: "Milan" | "Turin";
  readonly kind?: "VCEK" | "VLEK";
  readonly root?: Partial<Content>;
  readonly authority?: Partial<Content>;
  readonly leaf?: Partial<Content>;
  /** Undefined as a value: the certificate does not have it. */
  readonly versions?: Readonly<Record<number, number | undefined>>;
  readonly chip?: Bytes | undefined;
  readonly tcb?: readonly number[];
  readonly reportedChip?: Bytes;
  /** Bytes that change before the signature, and after it. */
  readonly before?: Readonly<Record<number, number>>;
  readonly after?: Readonly<Record<number, number>>;
  /** Which entry of the table has the leaf. */
  readonly entry?: "VCEK" | "VLEK";
  readonly now?: number;
}

export async function verifySnpCase(one: SnpCase = {}): Promise<ChainVerdict> {
  const { product = "Milan", kind = "VCEK", entry = kind } = one;
  const root = `ARK-${product}`;
  const authority = `${kind === "VLEK" ? "SEV-VLEK" : "SEV"}-${product}`;
  const content = { keys: keys.authority, signer: keys.root };
  const given = await issue({
    ...{ name: authority, issuer: root, pathLength: 0 },
    ...content,
    ...one.authority,
  });
  const trusted = await issueRoot({ name: root, keys: keys.root, ...one.root });
  const leaf = await issue({
    ...{ name: `SEV-${kind}`, issuer: authority, isAuthority: false, usage: 1 },
    ...{ keys: keys.leaf, signer: keys.authority },
    extensions: describeChip(one),
    ...one.leaf,
  });
  const certificates = certificateTable({ [entry]: leaf, ASK: given });
  return await verifyChain(
    { kind: "AMD SEV-SNP", report: await makeReport(one), certificates },
    { roots: [trusted], authorities: [], now: one.now ?? NOW },
  );
}

function describeChip(one: SnpCase): x509.Extension[] {
  const isTurin = one.product === "Turin";
  const { kind, chip = isTurin ? TURIN_CHIP : CHIP } = one;
  const versions = Object.entries({ ...VERSIONS, ...one.versions });
  const id = kind === "VLEK" || "chip" in one && !one.chip
    ? []
    : [new x509.Extension(`${AMD}.4`, false, chip)];
  return [
    ...versions.flatMap(([part, value]) =>
      value === undefined ? [] : [
        new x509.Extension(
          `${AMD}.3.${part}`,
          false,
          Uint8Array.of(2, 1, value),
        ),
      ]
    ),
    ...id,
  ];
}

async function makeReport(one: SnpCase): Promise<Bytes> {
  const { product = "Milan", kind } = one;
  const own = new Uint8Array(64);
  own.set(product === "Turin" ? TURIN_CHIP : CHIP);
  const report = snpReport(new Uint8Array(64), {
    key: kind === "VLEK" ? 1n << 2n : 0n,
  });
  report.set(one.tcb ?? TCB[product], REPORTED_TCB);
  report.set(one.reportedChip ?? own, CHIP_ID);
  change(report, one.before);
  report.fill(0, SIGNATURE);
  const pair = new Uint8Array(
    await crypto.subtle.sign(
      P384,
      keys.leaf.privateKey,
      report.subarray(0, SIGNATURE),
    ),
  );
  report.set(pair.slice(0, 48).reverse(), SIGNATURE);
  report.set(pair.slice(48).reverse(), SIGNATURE + 72);
  change(report, one.after);
  return report;
}

function change(bytes: Bytes, changes: Readonly<Record<number, number>> = {}) {
  for (const [at, value] of Object.entries(changes)) bytes[Number(at)] = value;
}
