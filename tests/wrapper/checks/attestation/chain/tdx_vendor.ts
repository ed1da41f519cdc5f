/** A synthetic Intel: root, authority, platform, quoting enclave, and the quote. */
// The library finds its own parts through decorators.
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import {
  type ChainVerdict,
  verifyChain,
} from "@/wrapper/checks/attestation/chain/verify.ts";
import {
  type Content,
  issue,
  issueRoot,
  makeKeys,
  NOW,
  P256,
  toPem,
} from "./authority.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const keys = {
  root: await makeKeys(P256),
  authority: await makeKeys(P256),
  leaf: await makeKeys(P256),
  quote: await makeKeys(P256),
};
export const OTHER_KEYS = await makeKeys(P256);
export const SGX = new x509.Extension(
  "1.2.840.113741.1.13.1",
  false,
  Uint8Array.of(0x30, 0),
);
/** MRSIGNER of Intel's quoting enclave. */
const SIGNER =
  "dc9e2a7c6f948f17474e34a7fc43ed030f7c1563f1babddf6340c82e0e54a8c5";

type Changes = Readonly<Record<number, number>>;

/** What differs from a quote that verifies. */
export interface TdxCase {
  readonly version?: 4 | 5;
  readonly root?: Partial<Content>;
  readonly authority?: Partial<Content>;
  readonly leaf?: Partial<Content>;
  /** Bytes that change before the signature: of the enclave's report, of the TD's. */
  readonly enclave?: Changes;
  readonly body?: Changes;
  /** Bytes that change after all signatures. */
  readonly after?: Changes;
  /** Who signs the enclave's report, and the quote. */
  readonly enclaveSigner?: CryptoKeyPair;
  readonly quoteSigner?: CryptoKeyPair;
  /** What the enclave's report has the hash of, in place of key and data. */
  readonly hashed?: Bytes;
  /** Where in the enclave's report data the hash is. */
  readonly hashAt?: number;
  /** The certification data, in place of the certificates. */
  readonly pem?: string;
}

export async function verifyTdxCase(one: TdxCase = {}): Promise<ChainVerdict> {
  const root = "Synthetic Root";
  const authority = "Synthetic CA";
  const trusted = await issueRoot({ name: root, keys: keys.root, ...one.root });
  const second = await issue({
    ...{ name: authority, issuer: root, pathLength: 0 },
    ...{ keys: keys.authority, signer: keys.root },
    ...one.authority,
  });
  const leaf = await issue({
    ...{ name: "Platform", issuer: authority, isAuthority: false, usage: 1 },
    ...{ keys: keys.leaf, signer: keys.authority },
    extensions: [SGX],
    ...one.leaf,
  });
  const report = await makeQuote(one, one.pem ?? toPem(leaf, second));
  return await verifyChain({ kind: "Intel TDX", report }, {
    roots: [trusted],
    authorities: [],
    now: NOW,
  });
}

export async function makeQuote(one: TdxCase, pem: string): Promise<Bytes> {
  const { version = 4 } = one;
  const start = version === 5 ? 54 : 48;
  const signed = new Uint8Array(start + 584);
  signed.set([version, 0, 2, 0, 0x81]);
  if (version === 5) signed.set([2, 0, ...little(584, 4)], 48);
  for (const [at, value] of Object.entries(one.body ?? {})) {
    signed[start + Number(at)] = value;
  }
  const raw = await crypto.subtle.exportKey("raw", keys.quote.publicKey);
  const key = new Uint8Array(raw).slice(1);
  const authData = Uint8Array.from({ length: 32 }, (_, i) => i);
  const enclave = await makeEnclave(one, join(key, authData));
  const platform = join(
    enclave,
    await sign(one.enclaveSigner ?? keys.leaf, enclave),
    little(authData.length, 2),
    authData,
    little(5, 2),
    little(pem.length, 4),
    new TextEncoder().encode(pem),
  );
  const signature = await sign(one.quoteSigner ?? keys.quote, signed);
  const data = join(signature, key, little(6, 2), little(platform.length, 4));
  const length = little(data.length + platform.length, 4);
  const quote = join(signed, length, data, platform);
  for (const [at, value] of Object.entries(one.after ?? {})) {
    quote[Number(at)] = value;
  }
  return quote;
}

/** sgx_report_body_t with Intel's identity: ATTRIBUTES, MRSIGNER, ISVPRODID, report data. */
async function makeEnclave(one: TdxCase, both: Bytes): Promise<Bytes> {
  const report = new Uint8Array(384);
  report.set([0x15], 48);
  report.set([0xe7], 56);
  report.set(Uint8Array.fromHex(SIGNER), 128);
  report.set([2, 0], 256);
  const hash = await crypto.subtle.digest("SHA-256", one.hashed ?? both);
  report.set(new Uint8Array(hash), 320 + (one.hashAt ?? 0));
  for (const [at, value] of Object.entries(one.enclave ?? {})) {
    report[Number(at)] = value;
  }
  return report;
}

async function sign({ privateKey }: CryptoKeyPair, bytes: Bytes) {
  return new Uint8Array(await crypto.subtle.sign(P256, privateKey, bytes));
}

function little(value: number, size: number): Bytes {
  return Uint8Array.from({ length: size }, (_, i) => value >>> 8 * i & 0xff);
}

function join(...parts: readonly Bytes[]): Bytes {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
