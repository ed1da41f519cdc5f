/**
 * Runs the native tests of the shim and of the enforcer, in their plain and sanitizer builds. A
 * kernel feature that they miss is named in their output and fails them, unless
 * CT_MAY_LACK says that it may be missing here.
 */
import assert from "node:assert/strict";
import {
  buildEnforcerTests,
  buildNativeTests,
} from "../../tools/build/native_tests.ts";

/** They block all signals, so only KILL ends one that hangs. */
const LIMIT_MS = 120_000;

async function run(path: string): Promise<{ code: number; text: string }> {
  const abort = AbortSignal.timeout(LIMIT_MS);
  const child = new Deno.Command(path, {
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const end = () => child.kill("SIGKILL");
  abort.addEventListener("abort", end);
  const { code, stdout, stderr } = await child.output();
  abort.removeEventListener("abort", end);
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

const tests = [...await buildNativeTests(), ...await buildEnforcerTests()];

for (const test of tests) {
  Deno.test(`native ${test.name}, ${test.build}`, async () => {
    const { code, text } = await run(test.path);
    const said = text.split("\n").filter((line) => /lacks:/.test(line));
    for (const line of said) console.log(line);
    assert.equal(code, 0, text);
    assert.match(text, /^ok /m);
    assert.doesNotMatch(text, /^FAILED /m);
  });
}
