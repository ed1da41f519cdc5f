/**
 * `deno task fuzz`: every parser that reads what others wrote, with inputs that
 * are made of valid ones. A seed gives the same inputs again. A finding is saved
 * in dist/fuzz, and the command that replays it is printed; exit status 1.
 *
 *   --inputs=N       in all (default 10,000,000)
 *   --seconds=N      in all; then without a number of inputs
 *   --seed=N         default: a new one, which is printed
 *   --target=NAME    this parser alone
 *   --replay=FILE    tries this input of --target again
 *   --output=FOLDER  instead of dist/fuzz
 */
import { parseArgs } from "node:util";
import { ensurePackages } from "./packages.ts";
import { runMain, say } from "./progress.ts";
import {
  findNative,
  NATIVE_TARGETS,
  type NativeTarget,
  replayNative,
  runNative,
} from "./fuzz/native.ts";
import type { Target } from "./fuzz/target.ts";
import { findTarget, TARGETS } from "./fuzz/targets.ts";
import { replay, type Result, watchTarget } from "./fuzz/watch.ts";

const FOLDER = new URL("../dist/fuzz", import.meta.url).pathname;
const ALL = 10_000_000;

interface Limits {
  readonly seed: number;
  readonly count: number;
  readonly seconds: number;
  readonly folder: string;
}

function readArguments() {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: {
      inputs: text,
      seconds: text,
      seed: text,
      target: text,
      replay: text,
      output: text,
    },
  });
  const number = (name: "inputs" | "seconds" | "seed", otherwise: number) => {
    const value = values[name] === undefined ? otherwise : Number(values[name]);
    if (value >= 0) return value;
    throw new Error(`--${name} needs a number`);
  };
  const seconds = number("seconds", Infinity);
  return {
    target: values.target,
    replay: values.replay,
    limits: {
      seed: number("seed", crypto.getRandomValues(new Uint32Array(1))[0]!),
      seconds,
      count: number("inputs", seconds < Infinity ? Infinity : ALL),
      folder: values.output ?? FOLDER,
    },
  };
}

/** @throws {Error} with all names when there is none of this name */
function findByName(name: string): Target | NativeTarget {
  const found = findNative(name) ?? findTarget(name);
  if (found) return found;
  const names = [...NATIVE_TARGETS, ...TARGETS].map((target) => target.name);
  throw new Error(`no target "${name}": use ${names.join(", ")}`);
}

/** Its part of all limits. */
function share(limits: Limits, weight: number, of: number): Limits {
  const part = of === 0 ? 1 : weight / of;
  return {
    ...limits,
    count: Math.ceil(limits.count * part),
    seconds: limits.seconds * part,
  };
}

async function runOne(
  target: Target | NativeTarget,
  limits: Limits,
): Promise<Result> {
  if (!("check" in target)) return await runNative(target, limits);
  const until = performance.now() + limits.seconds * 1000;
  return await watchTarget(target, {
    ...limits,
    count: Math.min(limits.count, 2 ** 31 - 1),
    until,
  });
}

/** @returns how many inputs, and whether something was found */
async function fuzzOne(
  target: Target | NativeTarget,
  limits: Limits,
): Promise<{ inputs: number; isBad: boolean }> {
  const started = performance.now();
  const { inputs, found } = await runOne(target, limits);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `${target.name}: ${inputs.toLocaleString("en")} inputs in ${seconds} s`,
  );
  if (found) {
    const { seed, folder, count } = limits;
    const file = `${folder}/${target.name}-${seed}`;
    await Deno.writeFile(file, found.input);
    const again = found.isOfMany
      ? `--seed=${seed} --inputs=${count}`
      : `--replay=${file}`;
    console.log(`FOUND by ${target.name}, seed ${seed}: ${found.what}`);
    console.log(
      `  input: ${file}\n  again: deno task fuzz --target=${target.name} ${again}`,
    );
  }
  return { inputs, isBad: found !== undefined };
}

async function main(): Promise<number> {
  const { target: name, replay: file, limits } = readArguments();
  await ensurePackages(["clang-19", "libclang-rt-19-dev"]);
  await Deno.mkdir(limits.folder, { recursive: true });
  const all = name === undefined
    ? [...NATIVE_TARGETS, ...TARGETS]
    : [findByName(name)];
  if (file !== undefined) {
    const what = await replayOne(all, file);
    console.log(what === undefined ? "nothing found" : `FOUND: ${what}`);
    return what === undefined ? 0 : 1;
  }
  console.log(`seed ${limits.seed}`);
  const started = performance.now();
  const weights = all.reduce((sum, { weight }) => sum + weight, 0);
  let [inputs, found] = [0, 0];
  for (const target of all) {
    const result = await fuzzOne(target, share(limits, target.weight, weights));
    inputs += result.inputs;
    found += Number(result.isBad);
  }
  const seconds = Math.round((performance.now() - started) / 1000);
  say(
    `${
      inputs.toLocaleString("en")
    } inputs, ${seconds} s, ${found} findings, seed ${limits.seed}`,
  );
  return found > 0 ? 1 : 0;
}

async function replayOne(
  [target, more]: readonly (Target | NativeTarget)[],
  file: string,
): Promise<string | undefined> {
  if (target === undefined || more) throw new Error("--replay needs --target");
  return "check" in target
    ? await replay(target, await Deno.readFile(file))
    : await replayNative(target, file);
}

if (import.meta.main) await runMain("fuzz", main);
