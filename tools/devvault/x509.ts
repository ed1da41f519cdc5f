/**
 * Makes certificates for development and tests: an authority and what it
 * signs, P-256 keys, in memory. Not for production: keys are not protected.
 */
import { Buffer } from "node:buffer";
import {
  createHash,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";
import * as der from "./der.ts";

/** A certificate and its key, both PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** What a certificate says; `days` may be negative: then it has expired. */
export interface Subject {
  readonly commonName: string;
  /** DNS names and IPv4 addresses that a server answers for. */
  readonly names?: readonly string[];
  /** How long it is valid from now; negative makes an expired one. Default 2. */
  readonly days?: number;
}

const DAY_MS = 86_400_000;
const ECDSA_WITH_SHA256 = der.sequence(der.oid("1.2.840.10045.4.3.2"));

/** An authority that signs others. */
export class Authority {
  /** The authority's own certificate, PEM. */
  readonly cert: string;
  readonly #key: KeyObject;
  readonly #name: string;
  readonly #keyId: Uint8Array;

  constructor(commonName: string) {
    const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
    this.#name = commonName;
    this.#key = pair.privateKey;
    this.#keyId = keyId(pair.publicKey);
    this.cert = this.#sign({ commonName }, pair.publicKey, [
      extension("2.5.29.19", true, der.sequence(der.boolean(true))),
      extension("2.5.29.15", true, der.bitString(Uint8Array.of(0x06), 1)),
      extension("2.5.29.14", false, der.octetString(this.#keyId)),
    ]);
  }

  /** A new key and its certificate, good for both server and client. */
  issue(subject: Subject): Identity {
    const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const usages = ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"].map(der.oid);
    const extensions = [
      extension("2.5.29.19", true, der.sequence()),
      extension("2.5.29.15", true, der.bitString(Uint8Array.of(0x80), 7)),
      extension("2.5.29.37", false, der.sequence(...usages)),
      extension("2.5.29.14", false, der.octetString(keyId(pair.publicKey))),
      extension(
        "2.5.29.35",
        false,
        der.sequence(der.element(0x80, this.#keyId)),
      ),
    ];
    const names = (subject.names ?? []).map(generalName);
    if (names.length > 0) {
      extensions.push(extension("2.5.29.17", false, der.sequence(...names)));
    }
    return {
      cert: this.#sign(subject, pair.publicKey, extensions),
      key: pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    };
  }

  #sign(subject: Subject, key: KeyObject, extensions: Uint8Array[]): string {
    const end = Date.now() + (subject.days ?? 2) * DAY_MS;
    const start = Math.min(Date.now(), end) - DAY_MS;
    const body = der.sequence(
      der.element(0xa0, der.integer(Uint8Array.of(2))),
      der.integer(serial()),
      ECDSA_WITH_SHA256,
      distinguishedName(this.#name),
      der.sequence(der.time(new Date(start)), der.time(new Date(end))),
      distinguishedName(subject.commonName),
      key.export({ type: "spki", format: "der" }),
      der.element(0xa3, der.sequence(...extensions)),
    );
    const signature = sign("sha256", body, this.#key);
    return pem(
      der.sequence(body, ECDSA_WITH_SHA256, der.bitString(signature)),
    );
  }
}

function serial(): Uint8Array {
  const octets = randomBytes(12);
  octets[0] = 0x40 | ((octets[0] ?? 0) & 0x3f);
  return octets;
}

function keyId(key: KeyObject): Uint8Array {
  const spki = key.export({ type: "spki", format: "der" });
  return createHash("sha256").update(spki).digest().subarray(0, 20);
}

function distinguishedName(commonName: string): Uint8Array {
  const attribute = der.sequence(der.oid("2.5.4.3"), der.utf8(commonName));
  return der.sequence(der.set(attribute));
}

function extension(id: string, critical: boolean, value: Uint8Array) {
  const flag = critical ? [der.boolean(true)] : [];
  return der.sequence(der.oid(id), ...flag, der.octetString(value));
}

function generalName(name: string): Uint8Array {
  const ipv4 = /^\d+\.\d+\.\d+\.\d+$/.test(name);
  return ipv4
    ? der.element(0x87, Uint8Array.from(name.split(".").map(Number)))
    : der.element(0x82, new TextEncoder().encode(name));
}

function pem(octets: Uint8Array): string {
  const lines = Buffer.from(octets).toString("base64").match(/.{1,64}/g) ?? [];
  return [
    "-----BEGIN CERTIFICATE-----",
    ...lines,
    "-----END CERTIFICATE-----",
    "",
  ].join("\n");
}
