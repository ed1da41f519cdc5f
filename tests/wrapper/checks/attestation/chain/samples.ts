/** Genuine reports (tests/testdata/attestation), and tables of certificates. */

const ROOT = new URL("../../../../testdata/attestation/", import.meta.url);

/** In this month every sample's certificates are valid. */
export const SAMPLE_TIME = Date.parse("2026-06-01T00:00:00Z");

/** GUIDs of the GHCB specification. */
const GUIDS = {
  VCEK: "63da758de6644564adc5f4b93be8accd",
  VLEK: "a8074bc2a25a483eaae639c045a0b8a1",
  ASK: "4ab7b379bbac4fe4a02f05aef327c782",
  ARK: "c0b406a4a803495297433fb6014cd0ae",
};

export function readSample(name: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(new URL(name, ROOT));
}

/** A certificate table: entries of GUID, offset and length, an entry of zeros, the certificates. */
export function certificateTable(
  certificates: Partial<Record<keyof typeof GUIDS, Uint8Array>>,
): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(certificates);
  const head = 24 * (entries.length + 1);
  const table: number[] = new Array(head).fill(0);
  for (const [i, [name, bytes]] of entries.entries()) {
    const guid = Uint8Array.fromHex(GUIDS[name as keyof typeof GUIDS]);
    const numbers = new Uint32Array([table.length, bytes.length]);
    const entry = [...guid, ...new Uint8Array(numbers.buffer)];
    table.splice(24 * i, 24, ...entry);
    table.push(...bytes);
  }
  return new Uint8Array(table);
}

/** A copy with one bit changed. */
export function flip(
  bytes: Uint8Array<ArrayBuffer>,
  at: number,
  bit = 0,
): Uint8Array<ArrayBuffer> {
  const changed = bytes.slice();
  changed[at] = (bytes[at] ?? 0) ^ 1 << bit;
  return changed;
}
