/*
 * bootstrap.js - the first JavaScript of the static binary, minified in the
 * variable CT_BOOTSTRAP, which a data: URL evaluates (build_base.ts). Runs the
 * program that `deno compile` added, at the address that stub.c passes. It opens
 * no file.
 */
Deno.env.delete("CT_BOOTSTRAP");
const name = "cloudtaser-wrapper";

/**
 * PID 1 must report why it ends, and DENO_LOG=off silences Deno. Only the error's kind and
 * place are printed: its message may quote a secret.
 */
function fail(error) {
  const kind = error instanceof Error ? error.name : typeof error;
  const frames = String(error?.stack).match(/^\s+at .*$/gm) ?? [];
  const place = frames.slice(0, 4).map((frame) => ` ${frame.trim()}`).join("");
  const line = `[${name}] internal error: ${kind}${place}; please report it\n`;
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(line));
  } catch { /* without a reader only the exit code reports it */ }
  Deno.exit(70);
}

/** While an application runs, this is a function (src/process/internal_error.ts); true: go on. */
const HOOK = Symbol.for("cloudtaser.internalError");
function handle(event, error) {
  event.preventDefault();
  if (globalThis[HOOK]?.(error) !== true) fail(error);
}
addEventListener("error", (event) => handle(event, event.error));
addEventListener("unhandledrejection", (event) => handle(event, event.reason));

/** Deno's section: magic, metadata, npm snapshot, three counts, directory, files. A view, no copy. */
function readFile(bytes, name) {
  const view = new DataView(bytes);
  let at = 8;
  const chunk = () => {
    const size = Number(view.getBigUint64(at, true));
    at += 8 + size;
    return new Uint8Array(bytes, at - size, size);
  };
  chunk();
  chunk();
  at += 12;
  const entries = JSON.parse(new TextDecoder().decode(chunk()));
  const files = chunk();
  const found = findFile(entries, name);
  if (!found) throw new Error(`the program has no ${name}`);
  const [offset, length] = found.o;
  return files.subarray(offset, offset + length);
}

function findFile(entries, name) {
  for (const entry of entries) {
    if (entry.File?.n === name) return entry.File;
    const found = entry.Dir && findFile(entry.Dir.entries, name);
    if (found) return found;
  }
}

/** The stub sets it. The fetcher has a script of its own: the wrapper's takes 3 ms longer to parse. */
const isFetcher = Deno.env.get("CT_ROLE") === "fetcher";

/**
 * Makes the TLS library (AWS-LC) seed its random generator, which takes 29 ms of CPU once a
 * process. A key pair is generated on another thread, so the start of the fetcher, for which
 * every container's start waits, does not.
 */
if (isFetcher) {
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  crypto.subtle.generateKey(curve, false, ["sign"]).catch(() => {});
}

try {
  const [address, size] = Deno.env.get("CT_SECTION").split(",");
  const section = Deno.UnsafePointerView.getArrayBuffer(
    Deno.UnsafePointer.create(BigInt(address)),
    Number(size),
  );
  Deno.env.delete("CT_SECTION");
  // For ffi/embedded.ts. Files that are not requested are not read from disk.
  globalThis[Symbol.for("cloudtaser.embeddedFile")] = (name) =>
    readFile(section, name);
  // Not an import: Deno would parse it once more to look for imports, 10 ms for nothing.
  const evaluate = (name) =>
    (0, eval)(new TextDecoder().decode(readFile(section, name)));
  if (isFetcher) Deno.exit(await (await evaluate("fetcher.js")).serveJob());
  await evaluate("main.js");
} catch (error) {
  fail(error);
}
