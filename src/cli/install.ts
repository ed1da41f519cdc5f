/**
 * `install DIR`: copies this binary into a volume that an init container shares
 * with the application. It streams, because init containers have tight memory
 * limits; the file appears complete or not at all; and it fails if another
 * process with access to the volume replaced the file.
 */
import { KernelError, UsageError } from "@/base/errors.ts";

const NAME = "cloudtaser-wrapper";
const SELF = "/proc/self/exe";
const CHUNK_BYTES = 256 * 1024;
/** Syncs after this much data, so that dirty pages stay within a tight memory limit. */
const SYNC_BYTES = 16 * 1024 * 1024;

/** Source and name of the copy; only tests set them. */
export interface InstallOptions {
  readonly source?: string;
  readonly name?: string;
}

/**
 * Copies the running binary to `dir/cloudtaser-wrapper`, mode 0755, replacing an older one.
 *
 * @throws {UsageError} when `dir` is not a directory
 * @throws {KernelError} when it cannot be written
 */
export function runInstall(dir: string, options: InstallOptions = {}): void {
  if (dir === "") {
    throw new UsageError("install needs a directory: install DIR");
  }
  requireDirectory(dir);
  const target = `${dir.replace(/\/+$/, "")}/${options.name ?? NAME}`;
  const partial = `${target}.${crypto.randomUUID()}.tmp`;
  try {
    using copy = makeCopy(options.source ?? SELF, partial);
    Deno.renameSync(partial, target);
    requireSame(copy, target);
  } catch (error) {
    removeQuietly(partial);
    throw explain(error, dir);
  }
}

function requireDirectory(dir: string): void {
  let found: Deno.FileInfo;
  try {
    found = Deno.statSync(dir);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) {
      throw new UsageError(
        `Cannot install into "${dir}": it does not exist; mount a volume there`,
        { cause },
      );
    }
    throw explain(cause, dir);
  }
  if (!found.isDirectory) {
    throw new UsageError(
      `Cannot install into "${dir}": it is not a directory; name the directory, not the file`,
    );
  }
}

/** Copies and syncs the file. @returns it, still open */
function makeCopy(source: string, target: string): Deno.FsFile {
  using from = Deno.openSync(source);
  const to = openNew(target);
  try {
    fill(to, from);
  } catch (error) {
    to.close();
    throw error;
  }
  return to;
}

/** Sets the mode when creating the file: a later chmod by path could change another file. */
function openNew(path: string): Deno.FsFile {
  // Another container's user must be able to execute it, whatever the umask.
  const before = Deno.umask(0);
  try {
    return Deno.openSync(path, { write: true, createNew: true, mode: 0o755 });
  } finally {
    Deno.umask(before);
  }
}

function fill(to: Deno.FsFile, from: Deno.FsFile): void {
  const chunk = new Uint8Array(CHUNK_BYTES);
  let unsynced = 0;
  for (;;) {
    const count = from.readSync(chunk);
    if (count === null) break;
    writeAll(to, chunk.subarray(0, count));
    unsynced += count;
    if (unsynced < SYNC_BYTES) continue;
    to.syncDataSync();
    unsynced = 0;
  }
  to.syncSync();
}

/** Another process may have replaced the file at either name. */
function requireSame(copy: Deno.FsFile, path: string): void {
  const [ours, there] = [copy.statSync(), Deno.lstatSync(path)];
  if (ours.dev === there.dev && ours.ino === there.ino && ours.nlink === 1) {
    return;
  }
  throw new KernelError(
    `Cannot install: another process replaced "${path}" during installation; allow only init containers to write to the volume`,
  );
}

function writeAll(to: Deno.FsFile, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    done += to.writeSync(bytes.subarray(done));
  }
}

function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It was not created, or cannot be removed; the caller reports the first error.
  }
}

function explain(error: unknown, dir: string): unknown {
  if (error instanceof KernelError) return error;
  const code = errorCode(error);
  const remedy = REMEDIES[code];
  if (remedy === undefined) {
    return new KernelError(
      `Cannot install into "${dir}": ${code || String(error)}`,
      { cause: error },
    );
  }
  return new KernelError(`Cannot install into "${dir}": ${remedy} (${code})`, {
    cause: error,
  });
}

const REMEDIES: Readonly<Record<string, string>> = {
  EACCES:
    "it is not writable for this user; run as its owner or set fsGroup on the pod",
  EPERM: "it is not writable for this user; run as its owner",
  EROFS: "it is mounted read-only; mount it writable in the init container",
  ENOSPC:
    "there is no space left; raise the volume's sizeLimit to at least 110 MB",
  EDQUOT: "the disk quota is exceeded; 110 MB are needed",
  EFBIG: "the file is larger than RLIMIT_FSIZE; raise it",
  EISDIR: `it contains a directory named ${NAME}; remove it`,
};

function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const code: unknown = "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "";
}
