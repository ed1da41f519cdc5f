/**
 * Folders that are fetched once a machine: made beside their place, and moved
 * there when complete, whoever else does the same at the same time. It knows
 * nothing of what is in them.
 */
import { step } from "../progress.ts";

/** What this process is fetching; two machines may want the same kernel. */
const fetching = new Map<string, Promise<void>>();

/**
 * Makes `folder` with `fill` unless it is there.
 *
 * @throws {Error} one line that says what could not be fetched, and why.
 */
export async function fetchOnce(
  folder: string,
  title: string,
  fill: (building: string) => Promise<void>,
): Promise<void> {
  const known = fetching.get(folder);
  if (known) return await known;
  const work = fetch(folder, title, fill);
  fetching.set(folder, work);
  await work.finally(() => fetching.delete(folder));
}

async function fetch(
  folder: string,
  title: string,
  fill: (building: string) => Promise<void>,
): Promise<void> {
  if (await isThere(folder)) return;
  const building = `${folder}.${Deno.pid}.tmp`;
  try {
    await Deno.mkdir(building, { recursive: true });
    await step(`fetching ${title}`, () => fill(building));
    await Deno.rename(building, folder);
  } catch (cause) {
    // Another process was faster, and what it made is as good.
    if (await isThere(folder)) return;
    throw new Error(`Cannot fetch ${title}: ${reason(cause)}`, { cause });
  } finally {
    await Deno.remove(building, { recursive: true }).catch(() => {});
  }
}

function reason(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.replaceAll(/\s+/g, " ");
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
