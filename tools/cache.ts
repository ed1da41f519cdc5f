/**
 * Where builds and tests keep what is slow to make or to fetch, outside the
 * tree: `$XDG_CACHE_HOME/cloudtaser-wrapper` or `~/.cache/cloudtaser-wrapper`.
 * Everything there may be deleted at any time.
 */

/** Makes and answers the cache directory for one purpose, `base` for example. */
export async function cacheDirectory(purpose: string): Promise<string> {
  const path = `${cacheRoot()}/${purpose}`;
  await Deno.mkdir(path, { recursive: true });
  return path;
}

function cacheRoot(): string {
  const xdg = Deno.env.get("XDG_CACHE_HOME");
  // The base directory specification: relative paths are invalid and ignored.
  if (xdg?.startsWith("/")) return `${xdg}/cloudtaser-wrapper`;
  const home = Deno.env.get("HOME");
  if (home) return `${home}/.cache/cloudtaser-wrapper`;
  return `/tmp/cloudtaser-wrapper-cache-${Deno.uid() ?? 0}`;
}

/** Deletes all but the `keep` newest entries of a cache directory. */
export async function pruneCache(path: string, keep: number): Promise<void> {
  const entries: { path: string; time: number }[] = [];
  for await (const entry of Deno.readDir(path)) {
    const item = `${path}/${entry.name}`;
    const found = await Deno.stat(item).catch(() => undefined);
    entries.push({ path: item, time: found?.mtime?.getTime() ?? 0 });
  }
  entries.sort((a, b) => b.time - a.time);
  for (const { path } of entries.slice(keep)) {
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
