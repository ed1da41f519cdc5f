/**
 * The certificate table that the host adds to an SEV-SNP report: GHCB specification
 * (56421, revision 2.03), SNP Extended Guest Request. Entries of GUID, offset and
 * length, up to one that is zero; the certificates follow.
 */
import { viewOf } from "../fields.ts";
import { missing } from "./chain_error.ts";

const ENTRY_BYTES = 24;
const GUID_BYTES = 16;
/** GUIDs, in hex without dashes. */
export const ENTRIES = {
  VCEK: "63da758de6644564adc5f4b93be8accd",
  VLEK: "a8074bc2a25a483eaae639c045a0b8a1",
  /** AMD's signing key, of chips (ASK) or of loaded keys (ASVK). */
  ASK: "4ab7b379bbac4fe4a02f05aef327c782",
} as const;

type Bytes = Uint8Array<ArrayBuffer>;

/** The certificates by GUID; the first of each counts. @throws ChainError */
export function readTable(bytes: Bytes): ReadonlyMap<string, Bytes> {
  const view = viewOf(bytes);
  const found = new Map<string, Bytes>();
  for (let at = 0;; at += ENTRY_BYTES) {
    if (at + ENTRY_BYTES > bytes.length) throw unreadable();
    const entry = bytes.subarray(at, at + ENTRY_BYTES);
    if (entry.every((byte) => byte === 0)) return found;
    const start = view.getUint32(at + GUID_BYTES, true);
    const end = start + view.getUint32(at + GUID_BYTES + 4, true);
    if (end > bytes.length) throw unreadable();
    const guid = entry.subarray(0, GUID_BYTES).toHex();
    if (!found.has(guid)) found.set(guid, bytes.subarray(start, end));
  }
}

function unreadable(): Error {
  return missing("the host's certificate table cannot be read");
}
