/**
 * The parsers in C, under AddressSanitizer and UBSan, with libFuzzer: it keeps
 * inputs that reach new code and mutates these.
 */
import { ENFORCER_UNITS } from "../build/native_tests.ts";
import { dirname } from "node:path";
import { filesBelow, isFresh, OUT, ROOT, runTool } from "../build/c.ts";
import { publish } from "../cache.ts";
import { tryRun, words } from "../run.ts";
import { TemporaryFolder } from "../temporary_folder.ts";
import { encode } from "./target.ts";
import { makeElf } from "./samples.ts";
import type { Result } from "./watch.ts";

const FOLDER = "tests/fuzz/c";
const FLAGS = words(`
  -std=gnu11 -D_GNU_SOURCE -g -O1 -pthread -fsanitize=fuzzer,address,undefined
  -fno-sanitize-recover=all -fno-omit-frame-pointer -iquote c
  -iquote c/interposer
`);
const ENFORCER = [
  ...["-iquote", "tests/native/enforcer"],
  ...ENFORCER_UNITS.map((unit) => `c/enforcer/${unit}.c`),
  "tests/native/enforcer/fake_enforce.c",
];

/** One parser in C. */
export interface NativeTarget {
  /** Also its file. */
  readonly name: string;
  readonly weight: number;
  readonly samples: readonly (string | Uint8Array)[];
  /** Further arguments of the compiler. */
  readonly units: readonly string[];
}

export const NATIVE_TARGETS: readonly NativeTarget[] = [
  {
    name: "agent_commands",
    // A thousand a second, because of its sockets.
    weight: 2,
    samples: ['{}\nstats\nprotect 1\nclose 2\nanswer 3 {"op":"hello"}'],
    units: ENFORCER.filter((unit) => unit !== "c/enforcer/commands.c"),
  },
  {
    name: "peer_requests",
    weight: 1,
    samples: ['{"op":"protect"}\n{"op":"hello","nonce":"a"}\n'],
    units: ENFORCER,
  },
  {
    name: "json_writer",
    weight: 14,
    samples: ["\x01\x00text\n"],
    units: ["c/enforcer/wire/json.c"],
  },
  {
    name: "programs",
    weight: 16,
    samples: [makeElf(), "#! /bin/sh -e\n"],
    units: [],
  },
  {
    name: "proc_lines",
    weight: 16,
    samples: [
      "\xff10000-11000 rw-p 00000000 00:00 0\nSize: 4 kB\nVmFlags: lo dd\n20000-21000 ---p\n",
    ],
    units: ["c/low_memory.c"],
  },
];
const PLANTED: NativeTarget = {
  name: "planted",
  weight: 0,
  samples: ['{"a":1}'.slice(0, 2)],
  units: [],
};

/** The target of this name. Undefined: it is one in TypeScript, or none. */
export function findNative(name: string): NativeTarget | undefined {
  return [...NATIVE_TARGETS, PLANTED].find((target) => target.name === name);
}

/** @returns the program */
async function build({ name, units }: NativeTarget): Promise<string> {
  const path = `${OUT}/fuzz/${name}`;
  const folders = ["c", FOLDER, "tests/native/enforcer"];
  const inputs = (await Promise.all(
    folders.map((folder) => filesBelow(`${ROOT}${folder}`, /\.[ch]$/)),
  )).flat();
  if (await isFresh(path, inputs)) return path;
  await Deno.mkdir(dirname(path), { recursive: true });
  await publish(
    path,
    (partial) =>
      runTool("clang-19", [
        "-o",
        partial,
        ...FLAGS,
        `${FOLDER}/${name}.c`,
        ...units,
      ]),
  );
  return path;
}

/** Runs libFuzzer. It saves the input of a finding in `folder`. */
export async function runNative(
  target: NativeTarget,
  { seed, count, seconds, folder }: {
    readonly seed: number;
    readonly count: number;
    readonly seconds: number;
    readonly folder: string;
  },
): Promise<Result> {
  const path = await build(target);
  await using corpus = await TemporaryFolder.make("fuzz");
  for (const [index, sample] of target.samples.entries()) {
    await Deno.writeFile(`${corpus.path}/${index}`, encode(sample));
  }
  const { code, stderr } = await tryRun(path, [
    `-runs=${Number.isFinite(count) ? count : -1}`,
    // libFuzzer replaces seed 0 by a random one.
    `-seed=${seed || 1}`,
    `-max_total_time=${Number.isFinite(seconds) ? Math.ceil(seconds) : 0}`,
    ...words(
      "-timeout=20 -rss_limit_mb=1024 -max_len=8192 -print_final_stats=1",
    ),
    `-artifact_prefix=${folder}/`,
    corpus.path,
  ]);
  const inputs = Number(
    /number_of_executed_units: (\d+)/.exec(stderr)?.[1] ?? 0,
  );
  if (code === 0) return { inputs, found: undefined };
  const file = /Test unit written to (\S+)/.exec(stderr)?.[1];
  if (file === undefined) {
    throw new Error(`${target.name}: ${stderr.slice(-2000)}`);
  }
  return {
    inputs,
    found: { what: explain(stderr), input: await Deno.readFile(file) },
  };
}

/** Tries one input again. @returns what is wrong with it */
export async function replayNative(
  target: NativeTarget,
  file: string,
): Promise<string | undefined> {
  const { code, stderr } = await tryRun(await build(target), [
    "-timeout=20",
    file,
  ]);
  return code === 0 ? undefined : explain(stderr);
}

function explain(text: string): string {
  const lines = text.split("\n");
  return lines.find((line) => /must hold:|runtime error:/.test(line)) ??
    lines.find((line) => line.startsWith("SUMMARY:")) ?? text.slice(-500);
}
