/** The BTF parser: generated sections, garbage, and this machine's kernel. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  BTF_KIND,
  findBtfStrings,
  hasBtfType,
  parseBtfHeader,
} from "@/wrapper/checks/machine/btf.ts";

const REAL = "/sys/kernel/btf/vmlinux";

interface FakeType {
  readonly kind: number;
  readonly count?: number;
  readonly name: number;
  readonly extra?: number;
}

function encodeTypes(types: readonly FakeType[], little: boolean): Uint8Array {
  const bytes: number[] = [];
  const word = (value: number) => {
    const four = [
      value & 255,
      value >>> 8 & 255,
      value >>> 16 & 255,
      value >>> 24,
    ];
    bytes.push(...(little ? four : four.reverse()));
  };
  for (const { kind, count = 0, name, extra = 0 } of types) {
    word(name);
    word((kind << 24 | count) >>> 0);
    word(0);
    for (let i = 0; i < extra / 4; i++) word(name);
  }
  return new Uint8Array(bytes);
}

Deno.test("hasBtfType() skips types of every kind", () => {
  const before: FakeType[] = [
    { kind: 1, name: 1, extra: 4 },
    { kind: 3, name: 0, extra: 12 },
    { kind: 4, count: 2, name: 9, extra: 24 },
    { kind: 6, count: 3, name: 9, extra: 24 },
    { kind: 13, count: 1, name: 0, extra: 8 },
    { kind: 15, count: 1, name: 9, extra: 12 },
    { kind: 17, name: 9, extra: 4 },
    { kind: 19, count: 2, name: 9, extra: 24 },
  ];
  const kinds = [BTF_KIND.typedef, BTF_KIND.func];
  for (const little of [true, false]) {
    const types = encodeTypes([...before, { kind: 8, name: 9 }], little);
    assert.equal(hasBtfType(types, little, { name: 9, kinds }), true);
    const without = encodeTypes([...before, { kind: 2, name: 9 }], little);
    assert.equal(hasBtfType(without, little, { name: 9, kinds }), false);
  }
});

Deno.test("hasBtfType() is undefined for a damaged section", () => {
  const kinds = [BTF_KIND.func];
  const types = encodeTypes(
    [{ kind: 30, name: 1 }, { kind: 12, name: 2 }],
    true,
  );
  assert.equal(hasBtfType(types, true, { name: 2, kinds }), undefined);
  const cut = encodeTypes([{ kind: 12, name: 1 }], true).subarray(0, 7);
  assert.equal(hasBtfType(cut, true, { name: 2, kinds }), undefined);
});

Deno.test("findBtfStrings() finds whole names only", () => {
  const strings = new TextEncoder().encode("\0abc\0abcd\0x\0");
  const found = findBtfStrings(strings, ["abc", "bcd", "abcd", "x", "q"]);
  assert.deepEqual([...found], [["abc", 1], ["abcd", 5], ["x", 10]]);
});

Deno.test("no bytes make the BTF parser throw or loop", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 400 }),
      fc.boolean(),
      (bytes, little) => {
        parseBtfHeader(bytes, bytes.length);
        findBtfStrings(bytes, ["a", ""]);
        hasBtfType(bytes, little, { name: 1, kinds: [8, 12] });
      },
    ),
    { numRuns: 1000 },
  );
});

Deno.test("parseBtfHeader() rejects sections outside the file", () => {
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
});

Deno.test({
  name: "the parser walks this machine's BTF to its end",
  ignore: !exists(REAL),
  fn() {
    const bytes = Deno.readFileSync(REAL);
    const header = parseBtfHeader(bytes, bytes.length);
    assert.ok(header);
    const { types, strings, littleEndian } = header;
    const found = findBtfStrings(
      bytes.subarray(strings.at, strings.at + strings.bytes),
      ["bpf_get_current_pid_tgid", "task_struct", "no_such_name_at_all"],
    );
    assert.equal(found.has("no_such_name_at_all"), false);
    const section = bytes.subarray(types.at, types.at + types.bytes);
    const has = (name: string, kind: number) =>
      hasBtfType(section, littleEndian, {
        name: found.get(name) ?? -1,
        kinds: [kind],
      });
    assert.equal(has("bpf_get_current_pid_tgid", BTF_KIND.func), true);
    assert.equal(has("task_struct", 4), true);
    assert.equal(has("task_struct", BTF_KIND.func), false);
  },
});

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).size > 0;
  } catch {
    return false;
  }
}
