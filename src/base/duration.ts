/** Durations as text: `500ms`, `30s`, `2m`, `1h`; a bare number is seconds. */

const UNITS_MS: Readonly<Record<string, number>> = {
  "": 1000,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** The longest timer (2^31 - 1 ms, 24 days); a longer one would fire at once. */
export const MAX_DURATION_MS = 2 ** 31 - 1;

/**
 * Parses a duration.
 *
 * @returns milliseconds; undefined when `text` is not a duration
 */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim());
  if (!match) return undefined;
  const factor = UNITS_MS[match[2] ?? ""] ?? 1000;
  const ms = Math.round(Number(match[1]) * factor);
  return ms <= MAX_DURATION_MS ? ms : undefined;
}

/** Renders milliseconds: `450ms`, `30s`, `2m`. */
export function renderDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 120_000) return `${Math.round(ms / 100) / 10}s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)}m`;
  return `${Math.round(ms / 3_600_000)}h`;
}
