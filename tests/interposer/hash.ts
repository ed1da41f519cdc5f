/** Like `hash` in guest.c. */
export function hashOf(text: string | Uint8Array): number {
  const bytes = typeof text === "string"
    ? new TextEncoder().encode(text)
    : text;
  let hash = 2166136261;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 16777619) >>> 0;
  return hash;
}

/** What guest.c's `hash DB_PASSWORD` prints for this value. */
export function lineOf(value: string): string {
  return `hash DB_PASSWORD is ${hashOf(value)}`;
}
