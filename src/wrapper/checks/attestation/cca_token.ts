/**
 * Arm's CCA attestation token: a platform token and a realm token in a collection.
 * RMM 1.0 and draft-ffm-rats-cca-token-01 use tag 399 with plain tokens. RMM 2.0 and
 * the drafts since 02 use tag 907 with records of type and value (RFC 9999).
 */
import type { AttestationReport } from "./fields.ts";
import { decodeCbor, isBytes, isMap, untag } from "./cbor.ts";

const COLLECTION = 399;
const COLLECTION_OF_RECORDS = 907;
/** CoAP's number of application/eat+cwt. */
const EAT_CWT = 263;
const COSE_SIGN1 = 18;
const [PLATFORM, REALM, CHALLENGE, LIFECYCLE] = [44234, 44241, 10, 2395];
const [SECURED, SECURED_LAST] = [0x3000, 0x30ff];

export function parseCca(bytes: Uint8Array): AttestationReport | undefined {
  const token = decodeCbor(bytes);
  const platform = readClaims(takeToken(token, PLATFORM));
  const nonce = readClaims(takeToken(token, REALM))?.get(CHALLENGE);
  const lifecycle = platform?.get(LIFECYCLE);
  if (!isBytes(nonce) || typeof lifecycle !== "number") return undefined;
  return {
    nonce,
    // In any other state the platform can be debugged or is not sealed.
    mayBeDebugged: lifecycle < SECURED || lifecycle > SECURED_LAST,
    detail: `platform life cycle 0x${lifecycle.toString(16)}`,
  };
}

function takeToken(collection: unknown, label: number): unknown {
  const plain = untag(collection, COLLECTION);
  if (isMap(plain)) return plain.get(label);
  const records = untag(collection, COLLECTION_OF_RECORDS);
  const record = isMap(records) ? records.get(label) : undefined;
  const isToken = Array.isArray(record) && record.length === 2 &&
    record[0] === EAT_CWT;
  return isToken ? record[1] : undefined;
}

/** The payload of a COSE_Sign1: protected, unprotected, payload, signature. */
function readClaims(
  signed: unknown,
): ReadonlyMap<unknown, unknown> | undefined {
  const parts = isBytes(signed)
    ? untag(decodeCbor(signed), COSE_SIGN1)
    : undefined;
  if (!Array.isArray(parts) || parts.length !== 4) return undefined;
  const [, , payload, signature] = parts;
  const isWhole = isBytes(payload) && isBytes(signature) &&
    signature.length > 0;
  const claims = isWhole ? decodeCbor(payload) : undefined;
  return isMap(claims) ? claims : undefined;
}
