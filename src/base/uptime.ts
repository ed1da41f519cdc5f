/** A clock that all processes of a machine share, and that nobody sets. */

/** Milliseconds since the machine's start, 10 ms fine; undefined where /proc does not show it. */
export function readUptimeMs(): number | undefined {
  try {
    const [seconds = ""] = Deno.readTextFileSync("/proc/uptime").split(" ");
    return Number(seconds) * 1000;
  } catch {
    return undefined;
  }
}
