/** The numbers of system calls in the BPF programs, compared with libseccomp's tables. */
import assert from "node:assert/strict";
import { ensurePackages } from "../../../tools/packages.ts";
import { run, words } from "../../../tools/run.ts";

const BPF = new URL("../../../c/bpf/", import.meta.url);
const X32_BIT = 0x40000000;

/** The header of a processor, and libseccomp's names of its tables. */
const ARCHES = [
  { file: "x86", native: ["x86_64", "x32"], compat: ["x86"] },
  { file: "arm64", native: ["aarch64"], compat: ["arm"] },
] as const;

/** The calls of the vectors that the number of a call tells. */
const CALLS_OF_VECTORS: Readonly<Record<string, string>> = {
  ptrace_attach: "ptrace",
  process_vm_readv: "process_vm_readv",
  process_vm_writev: "process_vm_writev",
  kcmp: "kcmp get_robust_list",
  pidfd_getfd: "pidfd_getfd",
  namespace_entry: "setns ioctl",
  page_move: "process_madvise move_pages migrate_pages",
  perf_task: "perf_event_open",
  io_uring: "io_uring_setup io_uring_enter io_uring_register",
  proc_links: "readlink readlinkat",
};

/** The numbers of a call in tables; none where a table lacks the call. */
async function resolve(
  tables: readonly string[],
  calls: readonly string[],
): Promise<number[]> {
  const numbers = new Set<number>();
  for (const table of tables) {
    for (const call of calls) {
      const text = await run("scmp_sys_resolver", ["-a", table, call]);
      if (Number(text) >= 0) numbers.add(Number(text) & ~X32_BIT);
    }
  }
  return [...numbers].sort((a, b) => a - b);
}

/** `case 1: case 2: return CT_X_name;` of a function, by name. */
function readSwitch(source: string, name: string): Map<string, number[]> {
  const [, body = ""] =
    new RegExp(`\\b${name}\\(u32 number\\)\\n\\{(.*?)\\n\\}`, "s")
      .exec(source) ?? [];
  const found = new Map<string, number[]>();
  for (const [line, result = ""] of body.matchAll(/.*return CT_[VP]_(\w+);/g)) {
    const numbers = [...line.matchAll(/case (\d+):/g)].map((m) => Number(m[1]));
    if (numbers.length === 0) continue;
    const all = [...found.get(result) ?? [], ...numbers];
    found.set(result, all.sort((a, b) => a - b));
  }
  return found;
}

function readHeader(file: string): string {
  return Deno.readTextFileSync(new URL(`arch/${file}.inc.h`, BPF));
}

/** The numbers that a macro of the header compares with. */
function readMacro(source: string, name: string): number[] {
  const [, text = ""] = new RegExp(`#define ${name}\\b(?:\\(\\w+\\))?(.*)`)
    .exec(source) ?? [];
  return [...text.matchAll(/\b\d+\b/g)].map(Number).sort((a, b) => a - b);
}

for (const { file, ...tables } of ARCHES) {
  const source = readHeader(file);
  for (const kind of ["native", "compat"] as const) {
    const title = `${file}, ${kind}: `;

    Deno.test(`${title}calls that backends without hooks refuse`, async () => {
      await ensurePackages(["seccomp"]);
      const text = Deno.readTextFileSync(new URL("syscalls.bpf.c", BPF));
      const calls = [...text.matchAll(/^CALL\((\w+)\)/gm)].map((m) => m[1]!);
      assert.ok(calls.length > 20);
      const found = readSwitch(source, `call_of_${kind}`);
      for (const call of calls) {
        const numbers = await resolve(tables[kind], [call]);
        assert.deepEqual(found.get(`sys_${call}`) ?? [], numbers, call);
        found.delete(`sys_${call}`);
      }
      assert.deepEqual([...found.keys()], []);
    });

    Deno.test(`${title}vectors by call`, async () => {
      await ensurePackages(["seccomp"]);
      const found = readSwitch(source, `vector_of_${kind}`);
      for (const [vector, calls] of Object.entries(CALLS_OF_VECTORS)) {
        const numbers = await resolve(tables[kind], words(calls));
        assert.deepEqual(found.get(vector), numbers, vector);
        found.delete(vector);
      }
      assert.deepEqual([...found.keys()], []);
    });

    Deno.test(`${title}calls that open a namespace without a check`, async () => {
      await ensurePackages(["seccomp"]);
      for (const call of ["ioctl", "open_by_handle_at"]) {
        const macro = `IS_${call.toUpperCase()}${
          kind === "compat" ? "_COMPAT" : ""
        }`;
        const numbers = await resolve(tables[kind], [call]);
        assert.deepEqual(readMacro(source, macro), numbers, macro);
      }
    });
  }
}
