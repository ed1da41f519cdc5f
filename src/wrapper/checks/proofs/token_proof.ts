/**
 * Proof that the Vault token is nowhere but in the arena: not in the
 * environment block, not in a file on a disk, not in any other memory of ours.
 * What one logs in with (JWT, secret id, client key) is as good as a token.
 * Token bytes are compared in place and never become a string.
 */
import {
  absent,
  type Evidence,
  type Finding,
  inForce,
  unknown,
} from "@/score/evidence.ts";
import type { ProofContext } from "./context.ts";
import type { CredentialFile } from "@/wrapper/checks/machine/subject.ts";
import { scanMemory } from "./scan.ts";

const TOKEN_VARIABLES = ["VAULT_TOKEN", "BAO_TOKEN"];
/** Magic numbers of statfs(2): these two lie in memory. */
const MEMORY_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0x01021994, // tmpfs
  0x858458f6, // ramfs
]);
/** The same in /proc/self/mountinfo. */
const MEMORY_TYPES: ReadonlySet<string> = new Set([
  "tmpfs",
  "ramfs",
  "devtmpfs",
  "rootfs",
]);
/** Names of those that are met most. */
const FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0xef53, "ext4"],
  [0x58465342, "xfs"],
  [0x9123683e, "btrfs"],
  [0x794c7630, "overlay"],
  [0x6969, "nfs"],
  [0x01021997, "9p"],
  [0x65735546, "fuse"],
  [0x9fa0, "proc"],
]);
/** A wish, not a token: the application asks to be given ours. */
const LOGIN_MARKS = ["vault:login", "bao:login"];

/** Environment, files, memory, in this order: the cheap ones first. */
export async function proveToken(context: ProofContext): Promise<Evidence> {
  const finding: Finding = {
    check: "token_protected",
    source:
      "environment block, fstatfs of credential files, scan of private memory",
  };
  const { token } = context.subject;
  const left = findTokenVariable(context.kernel.environment());
  if (left) return absent(finding, `${left} was passed in the environment`);
  for (const file of token.files ?? []) {
    const complaint = judgePath(context, file) ?? judgeReadings(file);
    if (complaint) return absent(finding, complaint);
  }
  if (token.handedOver) {
    return absent(
      finding,
      "token handed to the application by VAULT_TOKEN=vault:login",
    );
  }
  // Whoever gave us our secret memory can read it.
  const supervisor = token.origin === "none" ? undefined : context.supervisor();
  if (supervisor) return absent(finding, supervisor);
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

/** Complains about a path that leads to anything but memory now. One that is gone leads nowhere. */
function judgePath(
  { kernel }: ProofContext,
  { what, path }: CredentialFile,
): string | undefined {
  let magic: number;
  try {
    magic = kernel.fileSystem(path);
  } catch (error) {
    if (Reflect.get(Object(error), "code") === "ENOENT") return undefined;
    return `${what} ${path} cannot be looked at: its file system is unknown`;
  }
  if (MEMORY_FILE_SYSTEMS.has(magic)) return undefined;
  const name = FILE_SYSTEMS.get(magic) ??
    `a file system of type 0x${magic.toString(16)}`;
  return `${what} ${path} is on ${name}`;
}

/** Complains about a file that did not lie in memory when it was read: a link of it may lie there still. */
function judgeReadings(
  { what, path, readFrom = [] }: CredentialFile,
): string | undefined {
  const [bad] = readFrom.filter((type) => !type || !MEMORY_TYPES.has(type))
    .map((type) => type || "a file system that /proc/self/mountinfo lacks");
  return bad && `${what} ${path} was read from ${bad}`;
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
