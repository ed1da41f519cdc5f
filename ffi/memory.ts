/** Wipes memory, and returns what is unused to the kernel. */
import { unwrap } from "./errno.ts";
import { library } from "./library.ts";
import { buffer } from "./pointer.ts";

/** Overwrites a view's bytes with zeros; in the environment block they are gone from `/proc/PID/environ` too. */
export function wipe(view: Uint8Array): void {
  library().ct_wipe(buffer(view), BigInt(view.length));
}

/** Returns free heap and unused text pages to the kernel. */
export function trim(): void {
  unwrap("ct_trim", library().ct_trim());
}
