/** The BTF parser: generated files, garbage, and this machine's kernel. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { findInFile } from "@ffi";
import {
  BTF_HEADER_BYTES,
  encodeBtfName,
  encodeBtfTypes,
  parseBtfHeader,
} from "@/wrapper/checks/machine/btf.ts";

const REAL = "/sys/kernel/btf/vmlinux";

Deno.test("no bytes make parseBtfHeader() throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      parseBtfHeader(bytes, bytes.length);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("parseBtfHeader() rejects sections outside the file, and other bytes", () => {
  const bytes = new Uint8Array(24);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xeb9f, true);
  bytes[2] = 1;
  view.setUint32(4, 24, true);
  view.setUint32(12, 100, true);
  view.setUint32(16, 100, true);
  view.setUint32(20, 50, true);
  assert.equal(parseBtfHeader(bytes, 174)?.strings.at, 124);
  assert.equal(parseBtfHeader(bytes, 173), undefined);
  assert.equal(parseBtfHeader(bytes.subarray(0, 23), 174), undefined);
  view.setUint16(0, 0xeb9f, false);
  assert.equal(parseBtfHeader(bytes, 174), undefined);
});

Deno.test("encodeBtfTypes() is how typedefs and functions begin", () => {
  const words = encodeBtfTypes(0x1234).map((one) => [...one]);
  assert.deepEqual(words, [
    [0x34, 0x12, 0, 0, 0, 0, 0, 8],
    [0x34, 0x12, 0, 0, 0, 0, 0, 12],
    [0x34, 0x12, 0, 0, 1, 0, 0, 12],
    [0x34, 0x12, 0, 0, 2, 0, 0, 12],
  ]);
});

Deno.test({
  name: "names and types are found in this machine's BTF",
  ignore: !exists(REAL),
  async fn() {
    const { size } = Deno.statSync(REAL);
    using file = Deno.openSync(REAL);
    const first = new Uint8Array(BTF_HEADER_BYTES);
    file.readSync(first);
    const header = parseBtfHeader(first, size);
    assert.ok(header);
    const { types, strings } = header;
    const names = ["bpf_get_current_pid_tgid", "task_struct", "no_such_name"];
    const [func, struct, none] = await findInFile(
      REAL,
      strings,
      names.map(encodeBtfName),
    );
    assert.equal(none, undefined);
    const hasType = async (place = 0) => {
      const wanted = encodeBtfTypes(place + 1 - strings.at);
      const found = await findInFile(REAL, types, wanted);
      return found.some((at) => at !== undefined);
    };
    assert.equal(await hasType(func), true);
    assert.equal(await hasType(struct), false);
  },
});

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).size > 0;
  } catch {
    return false;
  }
}
