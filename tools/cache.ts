/**
 * Files and folders that builds and tests make once and keep, mostly in
 * `$XDG_CACHE_HOME/cloudtaser-wrapper` or `~/.cache/cloudtaser-wrapper`.
 * Everything there may be deleted at any time. Files appear complete or not at
 * all, also when two processes make the same one.
 */
import { messageOf, step } from "./progress.ts";

/** Makes and returns the cache directory for one purpose, `base` for example. */
export async function cacheDirectory(purpose: string): Promise<string> {
  const path = `${await cacheRoot()}/${purpose}`;
  await Deno.mkdir(path, { recursive: true });
  return path;
}

async function cacheRoot(): Promise<string> {
  const xdg = Deno.env.get("XDG_CACHE_HOME");
  // The base directory specification: relative paths are invalid and ignored.
  if (xdg?.startsWith("/")) return `${xdg}/cloudtaser-wrapper`;
  const home = Deno.env.get("HOME");
  if (home) return `${home}/.cache/cloudtaser-wrapper`;
  const path = `/tmp/cloudtaser-wrapper-cache-${Deno.uid() ?? 0}`;
  await requirePrivate(path);
  return path;
}

/** Another user may have made it first, in order to put programs into it. */
async function requirePrivate(path: string): Promise<void> {
  await Deno.mkdir(path, { mode: 0o700 }).catch((error) => {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  });
  const { isDirectory, uid, mode } = await Deno.lstat(path);
  const isOwn = isDirectory && uid === Deno.uid();
  if (isOwn && ((mode ?? 0) & 0o022) === 0) return;
  throw new Error(
    `${path}: expected a folder that only this user can change; delete it, or set HOME`,
  );
}

/** Whether there is something at the path. */
export async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** Distinguishes two writers of the same file in this process. */
let published = 0;

/**
 * Makes a file or folder appear complete.
 *
 * @param write makes it at the path that it is given.
 */
export async function publish(
  target: string,
  write: (partial: string) => Promise<unknown>,
): Promise<void> {
  const partial = `${target}.${Deno.pid}-${++published}.tmp`;
  try {
    await write(partial);
    await Deno.rename(partial, target);
  } finally {
    await Deno.remove(partial, { recursive: true }).catch(() => {});
  }
}

/** The folders that this process is making. */
const making = new Map<string, Promise<void>>();

/**
 * Makes a folder unless it exists, with a line of progress.
 *
 * @param fill puts the content into the folder that it is given.
 * @throws {Error} one line with the title and the reason.
 */
export async function makeOnce(
  folder: string,
  title: string,
  fill: (building: string) => Promise<void>,
): Promise<void> {
  const known = making.get(folder);
  if (known) return await known;
  const work = makeFolder(folder, title, fill);
  making.set(folder, work);
  await work.finally(() => making.delete(folder));
}

async function makeFolder(
  folder: string,
  title: string,
  fill: (building: string) => Promise<void>,
): Promise<void> {
  if (await exists(folder)) return;
  // The second process waits: a kernel takes minutes of all processors.
  using lock = await Deno.open(`${folder}.lock`, { create: true, write: true });
  await lock.lock(true);
  if (await exists(folder)) return;
  try {
    await publish(folder, async (building) => {
      await Deno.mkdir(building, { recursive: true });
      await step(title, () => fill(building));
    });
  } catch (cause) {
    const reason = messageOf(cause).replaceAll(/\s+/g, " ");
    throw new Error(`${title} failed: ${reason}`, { cause });
  }
}

/** Deletes all but the `keep` newest entries of a cache directory. */
export async function pruneCache(path: string, keep: number): Promise<void> {
  const entries: { path: string; time: number }[] = [];
  for await (const { name } of Deno.readDir(path)) {
    const found = await Deno.stat(`${path}/${name}`).catch(() => undefined);
    const time = found?.mtime?.getTime() ?? 0;
    entries.push({ path: `${path}/${name}`, time });
  }
  for (const { path } of entries.sort((a, b) => b.time - a.time).slice(keep)) {
    await Deno.remove(path, { recursive: true }).catch(() => {});
  }
}

/** SHA-256 as hexadecimal text. */
export async function sha256(bytes: Uint8Array | string): Promise<string> {
  const data = typeof bytes === "string"
    ? new TextEncoder().encode(bytes)
    : new Uint8Array(bytes);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", data)).toHex();
}
