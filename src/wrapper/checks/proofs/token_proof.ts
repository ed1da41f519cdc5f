/**
 * Proof that the Vault token is only in the arena: not in the environment block, not
 * in a file on disk, not in other memory of this process. Credentials that can log in
 * (JWT, secret id, client key) count as tokens. Token bytes are compared in place and
 * never become a string.
 */
import {
  absent,
  type Evidence,
  type Finding,
  inForce,
  unknown,
} from "@/score/evidence.ts";
import { equalBytes } from "@/base/bytes.ts";
import { TOKEN_REQUESTS } from "@/config/variables.ts";
import type { ProofContext } from "./context.ts";
import type { CredentialFile } from "./subject.ts";
import { scanMemory } from "./scan.ts";

const TOKEN_VARIABLES = ["VAULT_TOKEN", "BAO_TOKEN"];
/** Magic numbers of statfs(2): file systems in memory. */
const MEMORY_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0x01021994, // tmpfs
  0x858458f6, // ramfs
]);
/** Their types in /proc/self/mountinfo. */
const MEMORY_TYPES: ReadonlySet<string> = new Set([
  "tmpfs",
  "ramfs",
  "devtmpfs",
  "rootfs",
]);
/** Names of common file systems. */
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
const REQUESTS = TOKEN_REQUESTS.map((text) => new TextEncoder().encode(text));

/** Checks environment, files and memory, the cheap ones first. */
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
    const reason = judgePath(context, file) ?? judgeReadings(file);
    if (reason) return absent(finding, reason);
  }
  if (token.passedThrough) {
    return absent(
      finding,
      "token passed to the application (VAULT_TOKEN=vault:login)",
    );
  }
  // A process that answers memfd_secret(2) for the kernel can read our secret memory.
  const listener = token.origin === "none"
    ? undefined
    : await context.seccompListener();
  if (listener) return absent(finding, listener);
  const found = await scanMemory(context);
  if (!found) {
    return unknown(
      finding,
      "cannot be proven: the scan did not find the planted control value",
    );
  }
  const { count, name = "the token or a secret" } = found;
  if (count > 0) {
    const copies = count === 1 ? "1 copy" : `${count} copies`;
    return absent(finding, `${copies} of ${name} in memory outside the arena`);
  }
  return inForce(finding, describe(context));
}

/** Name of a variable with a token in an environment block. */
export function findTokenVariable(block: Uint8Array): string | undefined {
  let at = 0;
  while (at < block.length) {
    const zero = block.indexOf(0, at);
    const end = zero < 0 ? block.length : zero;
    const entry = block.subarray(at, end);
    for (const name of TOKEN_VARIABLES) {
      const value = valueOf(entry, name);
      const isRequest = value && REQUESTS.some((one) => equalBytes(value, one));
      if (value && value.length > 0 && !isRequest) return name;
    }
    at = end + 1;
  }
  return undefined;
}

/** The value of a `NAME=value` entry; undefined: another variable. */
function valueOf(entry: Uint8Array, name: string): Uint8Array | undefined {
  if (entry.length <= name.length || entry[name.length] !== 61) {
    return undefined;
  }
  for (let i = 0; i < name.length; i++) {
    if (entry[i] !== name.charCodeAt(i)) return undefined;
  }
  return entry.subarray(name.length + 1);
}

/** A reason if the path currently leads to a file outside memory. Missing files are fine. */
function judgePath(
  { kernel }: ProofContext,
  { what, path }: CredentialFile,
): string | undefined {
  let magic: number;
  try {
    magic = kernel.fileSystem(path);
  } catch (error) {
    if (Reflect.get(Object(error), "code") === "ENOENT") return undefined;
    return `cannot determine the file system of ${what} ${path}`;
  }
  if (MEMORY_FILE_SYSTEMS.has(magic)) return undefined;
  const name = FILE_SYSTEMS.get(magic) ??
    `a file system of type 0x${magic.toString(16)}`;
  return `${what} ${path} is on ${name}`;
}

/** A reason if the file was outside memory when it was read: another link to it may still exist. */
function judgeReadings(
  { what, path, readFrom = [] }: CredentialFile,
): string | undefined {
  const [bad] = readFrom.filter((type) => !type || !MEMORY_TYPES.has(type))
    .map((type) =>
      type || "an unknown file system (not in /proc/self/mountinfo)"
    );
  return bad && `${what} ${path} was read from ${bad}`;
}

function describe(context: ProofContext): string {
  const { token, secretmemRefusal } = context.subject;
  const place = secretmemRefusal ? "locked memory" : "memfd_secret";
  switch (token.origin) {
    case "none":
      return "No Vault token in use; none in environment or memory";
    case "environment":
      return `Vault token in ${place}, wiped from the environment block (the pod spec still has it)`;
    case "file":
    case "login":
      return `Vault token in ${place}`;
  }
}
