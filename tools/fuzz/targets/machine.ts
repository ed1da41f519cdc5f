/** What kernel, firmware and files say: /proc, BTF, ELF, attestation reports. */
import { decodeCbor } from "@/wrapper/checks/attestation/cbor.ts";
import {
  type ConfidentialKind,
  parseReport,
} from "@/wrapper/checks/attestation/report.ts";
import {
  BTF_HEADER_BYTES,
  parseBtfHeader,
} from "@/wrapper/checks/machine/btf.ts";
import {
  hasCapability,
  parseCmdline,
  parseKernelVersion,
  parseMemlock,
  parseSmaps,
  parseStatus,
} from "@/wrapper/checks/machine/proc_text.ts";
import {
  ccaToken,
  snpReport,
  tdxQuote,
} from "../../../tests/wrapper/checks/attestation/layouts.ts";
import {
  ElfError,
  encodePrograms,
  loads,
  readDynamicNames,
  readElf,
  readInterpreter,
} from "../../base/elf.ts";
import {
  decode,
  encode,
  latin1,
  must,
  mustEqual,
  type Target,
} from "../target.ts";
import { makeElf } from "../samples.ts";

const SMAPS =
  `7f0000000000-7f0000002000 rw-p 00000000 00:00 0                          [heap]
Size:                  8 kB
Rss:                   4 kB
Pss:                   4 kB
Locked:                0 kB
VmFlags: rd wr mr mw me ac lo dd
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
Size:                  4 kB
VmFlags: ex
`;
const STATUS =
  "Name:\tcat\nUmask:\t0022\nState:\tR (running)\nPid:\t1\nCapEff:\t000001ffffffffff\nNoNewPrivs:\t1\n";
const LIMITS =
  "Limit                     Soft Limit           Hard Limit           Units\nMax locked memory         8388608              unlimited            bytes\n";
const NONCE = new Uint8Array(64).fill(7);
const KINDS: readonly ConfidentialKind[] = [
  "AMD SEV-SNP",
  "Intel TDX",
  "Arm CCA",
];
const REPORTS = [
  snpReport(NONCE),
  snpReport(NONCE, { version: 5n }),
  tdxQuote(NONCE),
  tdxQuote(NONCE, { version: 5n }),
  ccaToken(NONCE),
];

function makeBtf(): Uint8Array {
  const view = new DataView(new ArrayBuffer(64));
  view.setUint16(0, 0xeb9f, true);
  view.setUint8(2, 1);
  [24, 0, 20, 20, 20].forEach((word, i) =>
    view.setUint32(4 + i * 4, word, true)
  );
  return new Uint8Array(view.buffer);
}

function checkElf(input: Uint8Array): void {
  try {
    const elf = readElf("x", input);
    for (const { offset, fileSize } of elf.programs) {
      must(offset + fileSize <= input.length, "segment");
    }
    mustEqual(
      encodePrograms(elf.programs).length,
      elf.programs.length * 56,
      "table",
    );
    mustEqual(
      readElf("x", makeElf(elf.programs, input.length)).programs,
      elf.programs,
      "round trip",
    );
    loads(elf);
    readInterpreter(elf);
    readDynamicNames(elf);
  } catch (error) {
    if (!(error instanceof ElfError)) throw error;
  }
}

export const MACHINE_TARGETS: readonly Target[] = [
  {
    name: "proc-texts",
    weight: 4,
    samples: [
      SMAPS,
      STATUS,
      LIMITS,
      'quiet lsm=lockdown,bpf secretmem.enable=1 x="a b" -- init\n',
      "6.18.44-fc-v657",
      "5.14\n",
    ],
    words: [
      "VmFlags:",
      "\nSize:",
      " kB\n",
      "-",
      "\n",
      ":",
      "Max locked memory ",
      "unlimited ",
      "CapEff:\t",
      '"',
      " -- ",
      "99999999999999999999",
    ],
    check: (input) => {
      const text = decode(input);
      for (const { start, end, sizeKib, flags } of parseSmaps(text)) {
        must(start >= 0n && end >= 0n && sizeKib >= 0, "mapping");
        must(
          flags.every((flag) => !/\s/.test(flag.trim()) || flag !== ""),
          "flags",
        );
      }
      hasCapability(parseStatus(text), 21);
      must((parseMemlock(text) ?? 0) >= 0, "limit");
      for (const name of parseCmdline(text).keys()) {
        must(!name.includes('"'), "quotes");
      }
      const version = parseKernelVersion(text);
      if (version) must(version.full.startsWith(version.short), "version");
    },
  },
  {
    name: "btf",
    weight: 4,
    samples: [makeBtf()],
    check: (input) => {
      const header = parseBtfHeader(input, input.length);
      if (header === undefined) return;
      for (const { at, bytes } of [header.types, header.strings]) {
        must(at >= BTF_HEADER_BYTES && at + bytes <= input.length, "section");
      }
    },
  },
  {
    name: "elf",
    weight: 4,
    samples: [makeElf()],
    words: ["\x7fELF", "/lib64/ld-linux-x86-64.so.2\0"],
    check: checkElf,
  },
  {
    name: "attestation",
    weight: 4,
    samples: REPORTS,
    check: (input) => {
      for (const kind of KINDS) {
        const report = parseReport(kind, new Uint8Array(input));
        if (report === undefined) continue;
        must(latin1(input).includes(latin1(report.nonce)), "nonce");
        must(
          report.detail.length < 100 &&
            typeof report.mayBeDebugged === "boolean",
          "report",
        );
      }
    },
  },
  {
    name: "cbor",
    weight: 4,
    samples: [
      REPORTS.at(-1)!,
      encode("\xa1\x01\x02"),
      new Uint8Array([0x83, 1, 0x82, 2, 3, 0x44, 1, 2, 3, 4]),
    ],
    check: (input) => void decodeCbor(input),
  },
];
