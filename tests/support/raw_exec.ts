/**
 * Starts a program with arguments and an environment of raw bytes, in a given
 * order and with duplicates: python3 calls execve for us, because neither
 * Deno nor env(1) can say such things.
 */

/** Text, or bytes that need not be UTF-8. */
export type Raw = string | Uint8Array;

/** One `NAME=value`, or anything else that a caller may pass to execve. */
export type RawEnvironment = readonly Raw[];

const SCRIPT = `
import ctypes, json, sys
args, env = json.loads(sys.argv[1])
def block(items):
    items = [bytes.fromhex(item) for item in items]
    return (ctypes.c_char_p * (len(items) + 1))(*items, None)
path = bytes.fromhex(args[0])
libc = ctypes.CDLL(None, use_errno=True)
libc.execve(path, block(args), block(env))
sys.exit("execve: errno %d" % ctypes.get_errno())
`;

/** The words of a command that becomes `args[0]` with exactly this. */
export function rawExec(
  args: readonly Raw[],
  environment: RawEnvironment,
): string[] {
  const plan = JSON.stringify([args.map(hex), environment.map(hex)]);
  return ["python3", "-I", "-c", SCRIPT, plan];
}

function hex(value: Raw): string {
  const bytes = typeof value === "string"
    ? new TextEncoder().encode(value)
    : value;
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, "0"))
    .join("");
}
