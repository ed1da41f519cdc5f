/** Each step of the verification of TDX refuses a quote in which all other steps pass. */
// The library finds its own parts through decorators.
import "reflect-metadata";
import assert from "node:assert/strict";
import * as x509 from "@peculiar/x509";
import { OTHER_KEYS, SGX, type TdxCase, verifyTdxCase } from "./tdx_vendor.ts";

const { cRLSign } = x509.KeyUsageFlags;
const IS_ENCLAVE = /^the quoting enclave is not Intel's$/;
const IS_MODULE = /^the TDX module is not Intel's$/;
const NO_KEY = /^the attestation key is not the quoting enclave's$/;

/** Quotes that verify: without them a refusal proves nothing. */
const VERIFIED: Readonly<Record<string, TdxCase>> = {
  "version 4": {},
  "version 5": { version: 5 },
  "an enclave with MODE64 off": { enclave: { 48: 0x11 } },
  "an enclave with another XFRM": { enclave: { 56: 3 } },
  "TD attributes of another value": { body: { 121: 1, 63: 1 } },
};

for (const [what, one] of Object.entries(VERIFIED)) {
  Deno.test(`verified: ${what}`, async () => {
    const { result, words } = await verifyTdxCase(one);
    assert.equal(result, "verified", words);
  });
}

/** What is wrong, and the words. */
const INVALID: Readonly<Record<string, readonly [TdxCase, RegExp]>> = {
  "an authority without the CA flag": [
    { authority: { isAuthority: false, pathLength: undefined } },
    /^Synthetic CA is not the authority that issued Platform$/,
  ],
  "an authority that may not sign certificates": [
    { authority: { usage: cRLSign } },
    /^Synthetic CA is not the authority that issued Platform$/,
  ],
  "a root whose path is too short": [
    { root: { pathLength: 0 } },
    /^Synthetic Root is not the authority that issued Synthetic CA$/,
  ],
  "an authority that did not issue the platform's key": [
    { leaf: { issuer: "Another CA" } },
    /^Synthetic CA is not the authority that issued Platform$/,
  ],
  "a platform's key that another key signed": [
    { leaf: { signer: OTHER_KEYS } },
    /^Platform does not have the signature of Synthetic CA$/,
  ],
  "an authority that another key signed": [
    { authority: { signer: OTHER_KEYS } },
    /^Synthetic CA does not have the signature of Synthetic Root$/,
  ],
  "a certificate that is not of a platform": [
    { leaf: { extensions: [] } },
    /^"Platform" is not the certificate of a platform$/,
  ],
  "an enclave's report that another key signed": [
    { enclaveSigner: OTHER_KEYS },
    /^the quoting enclave's report does not have the signature of the platform$/,
  ],
  "MRSIGNER": [{ enclave: { 159: 0 } }, IS_ENCLAVE],
  "ISVPRODID": [{ enclave: { 256: 1 } }, IS_ENCLAVE],
  "upper byte of ISVPRODID": [{ enclave: { 257: 1 } }, IS_ENCLAVE],
  "MISCSELECT": [{ enclave: { 19: 1 } }, IS_ENCLAVE],
  "an enclave under debug": [{ enclave: { 48: 0x17 } }, IS_ENCLAVE],
  "an enclave without PROVISION_KEY": [{ enclave: { 48: 0x05 } }, IS_ENCLAVE],
  "an attestation key of another enclave": [
    { hashed: new Uint8Array(96) },
    NO_KEY,
  ],
  "report data with more than the hash": [{ enclave: { 383: 1 } }, NO_KEY],
  "the hash at another place": [{ hashAt: 32 }, NO_KEY],
  "a quote that another key signed": [
    { quoteSigner: OTHER_KEYS },
    /^the quote does not have the signature of its key$/,
  ],
  "a TD report that changed": [
    { after: { 300: 1 } },
    /^the quote does not have the signature of its key$/,
  ],
  "MRSIGNERSEAM, first byte": [{ body: { 64: 1 } }, IS_MODULE],
  "MRSIGNERSEAM, last byte": [{ body: { 111: 1 } }, IS_MODULE],
  "SEAMATTRIBUTES, first byte": [{ body: { 112: 1 } }, IS_MODULE],
  "SEAMATTRIBUTES, last byte": [{ body: { 119: 1 } }, IS_MODULE],
  "the TDX module of version 5": [{ version: 5, body: { 112: 1 } }, IS_MODULE],
};

const UNVERIFIED: Readonly<Record<string, readonly [TdxCase, RegExp]>> = {
  "an authority of another root": [
    { authority: { issuer: "Another Root" } },
    /^unknown root: "Another Root"$/,
  ],
  "an expired platform's key": [
    { leaf: { from: -3, until: -2, extensions: [] } },
    /^Platform expired on 2026-05-30$/,
  ],
  "an authority of the future": [
    { authority: { from: 1, until: 2 } },
    /^Synthetic CA is valid from 2026-06-02, but it is 2026-06-01 here$/,
  ],
  "an extension that comes twice": [
    { leaf: { extensions: [SGX, SGX] } },
    /^a certificate cannot be read$/,
  ],
  "no PEM": [{ pem: "no certificates" }, /^the quote has no certificates$/],
};

for (
  const [result, cases] of [
    ["invalid", INVALID],
    ["unverified", UNVERIFIED],
  ] as const
) {
  for (const [what, [one, words]] of Object.entries(cases)) {
    Deno.test(`${result}: ${what}`, async () => {
      const verdict = await verifyTdxCase(one);
      assert.equal(verdict.result, result, verdict.words);
      assert.match(verdict.words, words);
    });
  }
}
