/** Programs for these tests (guests), and a wrapper that starts them with secrets. */
import assert from "node:assert/strict";
import { search } from "../attacks/search.ts";
import { post } from "../../tools/openbao/api.ts";
import { lineOf } from "./hash.ts";
import { TestVault } from "../support/test_vault.ts";
import {
  runWrapper,
  startWrapper,
  type Wrapper,
  type WrapperOptions,
} from "../support/wrapper.ts";

const SOURCE = new URL("./programs/guest.c", import.meta.url).pathname;
const ODD_SOURCE = new URL("./programs/odd_loader.c", import.meta.url).pathname;
const FLAGS = ["-std=gnu11", "-O1", "-Wall", "-Wno-unused-result", "-pthread"];

/** A folder for these tests that every user can enter. */
export const FOLDER = Deno.makeTempDirSync({ prefix: "cloudtaser-guests-" });
Deno.chmodSync(FOLDER, 0o755);
addEventListener("unload", () => Deno.removeSync(FOLDER, { recursive: true }));

/** Compiles guest.c. @throws Error with the compiler's messages */
export function compileGuest(
  name: string,
  compiler = "gcc",
  more: readonly string[] = [],
): string {
  const path = `${FOLDER}/${name}`;
  compile(compiler, ...FLAGS, ...more, "-o", path, SOURCE);
  return path;
}

/** The same with musl, which has no kernel headers. */
export function compileMuslGuest(name: string): string {
  const include = "/usr/include";
  return compileGuest(name, "musl-gcc", [
    "-Dstrerrorname_np=strerror",
    ...["-idirafter", include],
    ...["-idirafter", `${include}/${Deno.build.arch}-linux-gnu`],
  ]);
}

/** Compiles a small program or library. @throws Error with the compiler's messages */
export function compileText(
  name: string,
  text: string,
  flags: readonly string[] = [],
): string {
  const source = `${FOLDER}/${name}.c`;
  Deno.writeTextFileSync(source, text);
  const path = `${FOLDER}/${name}`;
  compile("gcc", "-o", path, source, ...flags);
  return path;
}

/** A program whose loader passes the trial, and then does not load the interposer. */
export function compileOdd(): string {
  const [loader, program] = [`${FOLDER}/ld-linux-odd.so`, `${FOLDER}/odd`];
  const flags = ["-O1", "-ffreestanding", "-fno-stack-protector", "-nostdlib"];
  const common = [...flags, "-static", ODD_SOURCE, "-o"];
  compile("gcc", ...common, loader);
  const own = [`-DODD_PROGRAM="${loader}"`, "-Wl,-Ttext-segment=0x10000"];
  compile("gcc", ...common, program, ...own);
  return program;
}

function compile(compiler: string, ...args: string[]): void {
  const { success, stderr } = new Deno.Command(compiler, { args }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** The secret: a value that occurs nowhere else in memory. */
export const SECRET = "pattern-Pa55-of-the-interposer";

/** What guest.c's `hash DB_PASSWORD` prints for the right value. */
export const RIGHT = lineOf(SECRET);

/** A Vault whose DB_PASSWORD is the secret. */
export async function startVault(): Promise<TestVault> {
  const vault = await TestVault.start();
  await vault.setPassword(SECRET);
  return vault;
}

/** Writes other fields at secret/data/NAME. */
export async function write(
  vault: TestVault,
  name: string,
  data: Record<string, string>,
): Promise<void> {
  await post(vault.server, `secret/data/${name}`, { data });
}

/** Environment of the wrapper. */
export function settings(
  vault: TestVault,
  interpose: string,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return vault.env({
    PATH: "/usr/local/bin:/usr/bin:/bin",
    HOME: "/tmp",
    CLOUDTASER_INTERPOSE: interpose,
    ...more,
  });
}

/** Runs a command to its end. */
export function runGuest(
  vault: TestVault,
  args: WrapperOptions["args"],
  interpose = "require",
  more: Readonly<Record<string, string>> = {},
) {
  return runWrapper({ args, env: settings(vault, interpose, more) });
}

/** Output of a command. Output and exit code must be the same without the interposer. */
export async function same(
  vault: TestVault,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
  interpose = "require",
): Promise<string> {
  const with_ = await runGuest(vault, args, interpose, more);
  const without = await runGuest(vault, args, "off", more);
  assert.deepEqual(
    [with_.code, with_.stdout],
    [without.code, without.stdout],
    with_.stderr,
  );
  return with_.stdout;
}

/** Starts a guest that prints `ready PID`. */
export function startGuest(
  vault: TestVault,
  args: readonly string[],
  interpose = "require",
  more: Readonly<Record<string, string>> = {},
) {
  return startWrapper({ args, env: settings(vault, interpose, more) });
}

/** Starts a guest, waits for `ready PID`, and checks the value that it has read. */
export async function whileReady(
  vault: TestVault,
  args: readonly string[],
  check: (pid: number, wrapper: Wrapper) => void | Promise<void>,
  interpose?: string,
  more?: Readonly<Record<string, string>>,
): Promise<void> {
  await using wrapper = startGuest(vault, args, interpose, more);
  const [, pid] = await wrapper.waitForOutput(/ready (\d+)/);
  assert.match(wrapper.stdout.text, new RegExp(RIGHT));
  await check(Number(pid), wrapper);
}

/** Copies of the secret in a process's environment block and in all readable memory. */
export function copiesIn(pid: number): { environ: number; memory: number } {
  const [environ = -1] = search("environ", pid, [SECRET]).copies;
  const [memory = -1] = search("mem", pid, [SECRET]).copies;
  return { environ, memory };
}

/** Fails if root finds a copy. */
export function assertNoCopy(pid: number): void {
  assert.deepEqual(copiesIn(pid), { environ: 0, memory: 0 });
}

/** Fails unless the environment block has exactly one copy, as without a hand-off. */
export function assertInEnvironment(pid: number): void {
  assert.deepEqual(search("environ", pid, [SECRET]).copies, [1]);
}

/** Rounds in which ld_preload_active was in force. */
export async function countProofs(wrapper: Wrapper): Promise<number> {
  const metric =
    /proofs_total\{check="ld_preload_active",result="in_force"\} (\d+)/;
  return Number((await wrapper.page("/metrics")).match(metric)?.[1] ?? 0);
}
