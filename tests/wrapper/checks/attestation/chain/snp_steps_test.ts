/** Each step of the verification of SEV-SNP refuses a chain in which all other steps pass. */
import assert from "node:assert/strict";
// The library finds its own parts through decorators.
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import {
  CHIP,
  OTHER_KEYS,
  type SnpCase,
  TCB,
  verifySnpCase,
} from "./snp_vendor.ts";

const { cRLSign, digitalSignature } = x509.KeyUsageFlags;
const CRITICAL = new x509.Extension("1.2.3", true, Uint8Array.of(5, 0));
const NOT_CRITICAL = new x509.Extension("1.2.3", false, Uint8Array.of(5, 0));
const zeroChip = new Uint8Array(64);
const longer = CHIP.slice();
longer.fill(0, 8);
longer[8] = 1;

/** Chains that verify: without them a refusal proves nothing. */
const VERIFIED: Readonly<Record<string, SnpCase>> = {
  "Milan": {},
  "Turin": { product: "Turin" },
  "VLEK": { kind: "VLEK" },
  "VLEK of Turin, which has no chip": { kind: "VLEK", product: "Turin" },
  "a chip that the host hides": { reportedChip: zeroChip },
  "an authority without a limit of the path": {
    authority: { pathLength: undefined },
  },
  "a root with the least path": { root: { pathLength: 1 } },
  "an unknown extension that is not critical": {
    authority: { extensions: [NOT_CRITICAL] },
  },
  "a part that the other layout does not have": { versions: { 9: 77 } },
};

for (const [what, one] of Object.entries(VERIFIED)) {
  Deno.test(`verified: ${what}`, async () => {
    const { result, words } = await verifySnpCase(one);
    assert.equal(result, "verified", words);
  });
}

const swap = (tcb: readonly number[], at: number) =>
  tcb.map((value, i) => i === at ? value + 1 : value);
const forTcb = (product: "Milan" | "Turin", at: number): SnpCase => ({
  product,
  tcb: swap(TCB[product], at),
});

/** What is wrong, and the words. */
const INVALID: Readonly<Record<string, readonly [SnpCase, RegExp]>> = {
  "a leaf of another name": [
    { leaf: { name: "SEV-VLEK" } },
    /^the VCEK certificate is of "SEV-VLEK"$/,
  ],
  "a VLEK with the name of a chip": [
    { kind: "VLEK", leaf: { name: "SEV-VCEK" } },
    /^the VLEK certificate is of "SEV-VCEK"$/,
  ],
  "an authority without the CA flag": [
    { authority: { isAuthority: false, pathLength: undefined } },
    /^SEV-Milan is not the authority that issued SEV-VCEK$/,
  ],
  "a root without the CA flag": [
    { root: { isAuthority: false } },
    /^ARK-Milan is not the authority that issued SEV-Milan$/,
  ],
  "an authority that may not sign certificates": [
    { authority: { usage: cRLSign } },
    /^SEV-Milan is not the authority that issued SEV-VCEK$/,
  ],
  "a root that may not sign certificates": [
    { root: { usage: digitalSignature } },
    /^ARK-Milan is not the authority that issued SEV-Milan$/,
  ],
  "a root whose path is too short": [
    { root: { pathLength: 0 } },
    /^ARK-Milan is not the authority that issued SEV-Milan$/,
  ],
  "a leaf that another key signed": [
    { leaf: { signer: OTHER_KEYS } },
    /^SEV-VCEK does not have the signature of SEV-Milan$/,
  ],
  "an authority that another key signed": [
    { authority: { signer: OTHER_KEYS } },
    /^SEV-Milan does not have the signature of ARK-Milan$/,
  ],
  "a leaf of another key": [
    { leaf: { keys: OTHER_KEYS } },
    /^the report does not have the signature of its VCEK$/,
  ],
  "a report that changed": [
    { after: { 0x60: 9 } },
    /^the report does not have the signature of its VCEK$/,
  ],
  "upper bytes of R": [
    { after: { [0x2a0 + 48]: 1 } },
    /signature of its VCEK$/,
  ],
  "last byte of R": [{ after: { [0x2a0 + 71]: 1 } }, /signature of its VCEK$/],
  "upper bytes of S": [
    { after: { [0x2e8 + 48]: 1 } },
    /signature of its VCEK$/,
  ],
  "boot loader": [
    forTcb("Milan", 0),
    /is for boot loader 3, the report has 4$/,
  ],
  "TEE": [forTcb("Milan", 1), /is for TEE 1, the report has 2$/],
  "SNP": [forTcb("Milan", 6), /is for SNP 8, the report has 9$/],
  "microcode": [
    forTcb("Milan", 7),
    /is for microcode 115, the report has 116$/,
  ],
  "FMC of Turin": [forTcb("Turin", 0), /is for FMC 2, the report has 3$/],
  "boot loader of Turin": [
    forTcb("Turin", 1),
    /boot loader 3, the report has 4$/,
  ],
  "TEE of Turin": [forTcb("Turin", 2), /is for TEE 1, the report has 2$/],
  "SNP of Turin": [forTcb("Turin", 3), /is for SNP 8, the report has 9$/],
  "microcode of Turin": [
    forTcb("Turin", 7),
    /microcode 115, the report has 116$/,
  ],
  "firmware of a VLEK": [
    { ...forTcb("Milan", 6), kind: "VLEK" },
    /^SEV-VLEK is for SNP 8, the report has 9$/,
  ],
  "the layout of Turin in Milan": [
    { tcb: TCB.Turin },
    /is for boot loader 3, the report has 2$/,
  ],
  "no version of a part": [
    { versions: { 3: undefined } },
    /^SEV-VCEK has no version of the SNP$/,
  ],
  "another chip": [
    { reportedChip: CHIP.with(63, 0) },
    /^SEV-VCEK is for another chip than the report's$/,
  ],
  "a chip that is longer than Turin's": [
    { product: "Turin", reportedChip: longer },
    /^SEV-VCEK is for another chip than the report's$/,
  ],
  "an empty id of the chip": [
    { chip: new Uint8Array() },
    /^SEV-VCEK is for another chip than the report's$/,
  ],
  "no id of the chip": [{ chip: undefined }, /^SEV-VCEK names no chip$/],
  "no id of the chip, and one that the host hides": [
    { chip: undefined, reportedChip: zeroChip },
    /^SEV-VCEK names no chip$/,
  ],
};

const UNVERIFIED: Readonly<Record<string, readonly [SnpCase, RegExp]>> = {
  "the key of a chip where the report has a loaded key": [
    { kind: "VLEK", entry: "VCEK" },
    /^the host gives no VLEK certificate$/,
  ],
  "the key of another issuer": [
    { leaf: { issuer: "SEV-Genoa" } },
    /^unknown authority: "SEV-Genoa"$/,
  ],
  "an authority of another root": [
    { authority: { issuer: "ARK-Genoa" } },
    /^unknown root: "ARK-Genoa"$/,
  ],
  "an expired leaf": [
    { leaf: { from: -3, until: -2 } },
    /^SEV-VCEK expired on 2026-05-30$/,
  ],
  "an expired authority": [
    { authority: { from: -3, until: -2 } },
    /^SEV-Milan expired on 2026-05-30$/,
  ],
  "an expired root": [
    { root: { from: -3, until: -2 } },
    /^ARK-Milan expired on 2026-05-30$/,
  ],
  "a leaf of the future": [
    { leaf: { from: 1, until: 2 } },
    /^SEV-VCEK is valid from 2026-06-02, but it is 2026-06-01 here$/,
  ],
  ...Object.fromEntries(
    ["leaf", "authority"].map((part) =>
      [`a critical extension of the ${part}`, [
        { [part]: { extensions: [CRITICAL] } },
        /^a certificate has a critical extension that is unknown$/,
      ]] as const
    ),
  ),
};

for (
  const [result, cases] of [["invalid", INVALID], [
    "unverified",
    UNVERIFIED,
  ]] as const
) {
  for (const [what, [one, words]] of Object.entries(cases)) {
    Deno.test(`${result}: ${what}`, async () => {
      const verdict = await verifySnpCase(one);
      assert.equal(verdict.result, result, verdict.words);
      assert.match(verdict.words, words);
    });
  }
}
