/**
 * Proof that the Vault token is nowhere but in the arena: not in the
 * environment block, not in a file on a disk, not in any other memory of ours.
 * Token bytes are compared in place and never become a string.
 */
import {
  absent,
  type Evidence,
  type Finding,
  inForce,
  unknown,
} from "@/evidence/mod.ts";
import type { ProofContext } from "./context.ts";
import { findMount, parseMountinfo } from "./proc_text.ts";
import { scanMemory } from "./scan_proof.ts";

const TOKEN_VARIABLES = ["VAULT_TOKEN", "BAO_TOKEN"];
const MEMORY_FILE_SYSTEMS = new Set(["tmpfs", "ramfs"]);
/** A wish, not a token: the application asks to be given ours. */
const LOGIN_MARKS = ["vault:login", "bao:login"];

/** Environment, files, memory, in this order: the cheap ones first. */
export async function proveToken(context: ProofContext): Promise<Evidence> {
  const finding: Finding = {
    check: "token_protected",
    source: "environment block, /proc/self/mountinfo, scan of private memory",
  };
  const { token } = context.subject;
  const left = findTokenVariable(context.kernel.environment());
  if (left) return absent(finding, `${left} was passed in the environment`);
  if (token.file !== undefined) {
    const complaint = judgeFile(context, token.file);
    if (complaint) return absent(finding, complaint);
  }
  if (token.handedOver) {
    return absent(
      finding,
      "token handed to the application by VAULT_TOKEN=vault:login",
    );
  }
  const scanned = await scanMemory(context);
  if (scanned.state === "unproven") return unknown(finding, scanned.reason);
  if (scanned.copies > 0) {
    const copies = scanned.copies === 1 ? "1 copy" : `${scanned.copies} copies`;
    return absent(
      finding,
      `${copies} of ${
        scanned.name ?? "the token or a secret"
      } in memory outside the arena`,
    );
  }
  return inForce(finding, describe(context));
}

/** The name of a variable in an environment block that still holds a token. */
export function findTokenVariable(block: Uint8Array): string | undefined {
  const marks = LOGIN_MARKS.map((mark) => new TextEncoder().encode(mark));
  let at = 0;
  while (at < block.length) {
    const zero = block.indexOf(0, at);
    const end = zero < 0 ? block.length : zero;
    const entry = block.subarray(at, end);
    for (const name of TOKEN_VARIABLES) {
      const value = valueOf(entry, name);
      const isWish = value && marks.some((mark) => isSame(value, mark));
      if (value && value.length > 0 && !isWish) return name;
    }
    at = end + 1;
  }
  return undefined;
}

/** The bytes behind `NAME=`, when the entry is that variable's. */
function valueOf(entry: Uint8Array, name: string): Uint8Array | undefined {
  if (entry.length <= name.length || entry[name.length] !== 61) {
    return undefined;
  }
  for (let i = 0; i < name.length; i++) {
    if (entry[i] !== name.charCodeAt(i)) return undefined;
  }
  return entry.subarray(name.length + 1);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Complains about a token file that lies on anything but memory. */
function judgeFile(context: ProofContext, file: string): string | undefined {
  const { host } = context;
  let path: string;
  try {
    path = host.realPath(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    return `token file ${file} cannot be looked at: its file system is unknown`;
  }
  const mount = findMount(
    parseMountinfo(host.readText("/proc/self/mountinfo")),
    path,
  );
  if (!mount) return `token file ${file} is on an unknown file system`;
  return MEMORY_FILE_SYSTEMS.has(mount.type)
    ? undefined
    : `token file ${file} is on ${mount.type}`;
}

function describe(context: ProofContext): string {
  const { token, secretmemRefusal } = context.subject;
  const place = secretmemRefusal ? "locked memory" : "memfd_secret";
  switch (token.origin) {
    case "none":
      return "No Vault token in use; none in environment or memory";
    case "environment":
      return `Vault token in ${place}, wiped from the environment block (the pod spec still holds it)`;
    case "file":
    case "login":
      return `Vault token in ${place}`;
  }
}
