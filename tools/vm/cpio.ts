/**
 * Writes an initramfs: an archive in cpio's `newc` format, uncompressed,
 * because unpacking 100 MB costs an emulated processor more than reading it.
 * https://docs.kernel.org/driver-api/early-userspace/buffer-format.html
 */

/** One entry; folders above it are made when they are missing. */
export type Entry =
  | { readonly kind: "folder"; readonly path: string }
  | { readonly kind: "link"; readonly path: string; readonly to: string }
  | {
    readonly kind: "file";
    readonly path: string;
    readonly content: Uint8Array<ArrayBuffer>;
    readonly executable?: boolean;
  };

const MODES = { folder: 0o040755, link: 0o120777, file: 0o100644 };
const EXECUTABLE = 0o111;
const encoder = new TextEncoder();

/** Writes `entries` to the file `path`; paths have no leading slash. */
export async function writeCpio(
  path: string,
  entries: readonly Entry[],
): Promise<void> {
  using file = await Deno.open(path, {
    write: true,
    create: true,
    truncate: true,
  });
  const writer = file.writable.getWriter();
  let inode = 0;
  for (const entry of withFolders(entries)) {
    await writer.write(header(entry, ++inode));
    const content = contentOf(entry);
    await writer.write(content);
    await writer.write(padding(content.length));
  }
  await writer.write(trailer());
  await writer.close();
}

/** The kernel makes no folders by itself. */
function withFolders(entries: readonly Entry[]): Entry[] {
  const known = new Set<string>();
  const all: Entry[] = [];
  const add = (entry: Entry) => {
    if (known.has(entry.path)) return;
    known.add(entry.path);
    all.push(entry);
  };
  for (const entry of entries) {
    const parts = entry.path.split("/").slice(0, -1);
    parts.forEach((_, i) =>
      add({ kind: "folder", path: parts.slice(0, i + 1).join("/") })
    );
    add(entry);
  }
  return all;
}

function contentOf(entry: Entry): Uint8Array<ArrayBuffer> {
  if (entry.kind === "file") return entry.content;
  return encoder.encode(entry.kind === "link" ? entry.to : "");
}

function header(entry: Entry, inode: number): Uint8Array<ArrayBuffer> {
  const executable = entry.kind === "file" && entry.executable;
  const mode = MODES[entry.kind] | (executable ? EXECUTABLE : 0);
  return fields(entry.path, inode, mode, contentOf(entry).length);
}

function trailer(): Uint8Array<ArrayBuffer> {
  return fields("TRAILER!!!", 0, 0, 0);
}

function fields(
  path: string,
  inode: number,
  mode: number,
  size: number,
): Uint8Array<ArrayBuffer> {
  const name = encoder.encode(`${path}\0`);
  // ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
  const numbers = [inode, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, name.length, 0];
  const hex = numbers.map((n) => n.toString(16).padStart(8, "0")).join("");
  const head = encoder.encode(`070701${hex}`);
  const pad = padding(head.length + name.length);
  return new Uint8Array([...head, ...name, ...pad]);
}

/** Zeros up to the next multiple of four. */
function padding(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array((4 - length % 4) % 4);
}
