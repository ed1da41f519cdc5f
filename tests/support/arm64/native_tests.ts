/** Runs the native tests of shim and enforcer, cross-built, on a kernel for arm64. */
import assert from "node:assert/strict";
import { make } from "../../../tools/build/c.ts";
import {
  buildEnforcerTests,
  buildNativeTests,
} from "../../../tools/build/native_tests.ts";
import { TemporaryFolder } from "../../../tools/temporary_folder.ts";
import { bootMachine } from "../../../tools/vm/boot.ts";
import type { KernelName } from "../../../tools/vm/kernels.ts";

const ARCH = "aarch64";

/** Declares the test, with a step for each program. A kernel feature that is missing fails it. */
export function testNatively(name: KernelName): void {
  Deno.test(`the native tests on ${name} for arm64`, async (t) => {
    await using folder = await TemporaryFolder.make("native");
    const tests = [
      ...await buildNativeTests(ARCH),
      ...await buildEnforcerTests(ARCH),
    ];
    const files = Object.fromEntries(
      tests.map(({ name, path }) => [`/native/${name}`, path]),
    );
    files["/bin/true"] = await compileTrue(folder.path);
    const options = { kernel: name, arch: ARCH, files } as const;
    await using machine = await bootMachine(options);
    for (const test of tests) {
      await t.step(test.name, async () => {
        const { code, output } = await machine.run(`/native/${test.name}`);
        assert.equal(code, 0, output);
        assert.match(output, /^ok /m);
        assert.doesNotMatch(output, /^FAILED |lacks:/m);
      });
    }
  });
}

/** Busybox, of which `true` is a link, goes by its first argument. */
async function compileTrue(folder: string): Promise<string> {
  const source = `${folder}/true.c`;
  await Deno.writeTextFile(source, "int main(void) { return 0; }\n");
  const path = `${folder}/true`;
  await make(path, [source], ARCH);
  return path;
}
