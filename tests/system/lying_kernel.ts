/**
 * Runs a program under a seccomp filter that answers system calls with success
 * without carrying them out, as a careless or hostile container profile can.
 */

/** One system call; with `advice`, only where its third argument is that number. */
export interface Lie {
  readonly call: keyof typeof NUMBERS;
  readonly advice?: number;
}

const IS_X86 = Deno.build.arch === "x86_64";
const NUMBERS = {
  madvise: IS_X86 ? 28 : 233,
  memfd_create: IS_X86 ? 319 : 279,
  memfd_secret: 447,
} as const;

const SCRIPT = `
import ctypes, json, os, struct, sys
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
program = []
def add(code, yes, no, value):
    program.append(struct.pack("HBBI", code, yes, no, value))
for number, advice in json.loads(sys.argv[1]):
    add(LOAD, 0, 0, 0)
    if advice is None:
        add(EQUAL, 0, 1, number)
    else:
        add(EQUAL, 0, 3, number)
        add(LOAD, 0, 0, 16 + 8 * 2)
        add(EQUAL, 0, 1, advice)
    add(RETURN, 0, 0, 0x00050000)
add(RETURN, 0, 0, 0x7fff0000)
code = ctypes.create_string_buffer(b"".join(program))
class Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]
libc = ctypes.CDLL(None, use_errno=True)
given = Filter(len(program), ctypes.addressof(code))
if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.byref(given), 0, 0):
    sys.exit("seccomp: errno %d" % ctypes.get_errno())
if sys.argv[2]:
    os.dup2(os.open(sys.argv[2], os.O_RDWR), 0)
os.execv(sys.argv[3], sys.argv[3:])
`;

/** Words of a command that becomes what follows them. `stdin`: a file to be read and written as standard input. */
export function amongLies(lies: readonly Lie[], stdin = ""): string[] {
  const plan = lies.map(({ call, advice }) => [NUMBERS[call], advice ?? null]);
  return ["python3", "-I", "-c", SCRIPT, JSON.stringify(plan), stdin];
}
