/** Comparing and searching bytes in place, without copies or strings. */

/** Whether both have the same bytes. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Whether `bytes` contains `wanted` as a contiguous sequence. */
export function containsBytes(bytes: Uint8Array, wanted: Uint8Array): boolean {
  const first = wanted[0];
  if (first === undefined) return true;
  const last = bytes.length - wanted.length;
  for (
    let at = bytes.indexOf(first);
    at >= 0 && at <= last;
    at = bytes.indexOf(first, at + 1)
  ) {
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return true;
  }
  return false;
}

/** "64 KiB", or "2 MiB" for whole mebibytes. Rounds down. */
export function formatBytes(bytes: number): string {
  const kib = Math.floor(bytes / 1024);
  return kib > 0 && kib % 1024 === 0 ? `${kib / 1024} MiB` : `${kib} KiB`;
}
