/** A monotonic clock that all processes of a machine share. */

/** Milliseconds since boot, with a resolution of 10 ms; undefined where /proc does not show it. */
export function readUptimeMs(): number | undefined {
  try {
    const [seconds = ""] = Deno.readTextFileSync("/proc/uptime").split(" ");
    return Number(seconds) * 1000;
  } catch {
    return undefined;
  }
}
