/** The libraries of a program, read from its file, are those that the dynamic linker loads. */
import assert from "node:assert/strict";
import { ARCHES, HOST } from "../../tools/build/target.ts";
import { run } from "../../tools/run.ts";
import { TemporaryFolder } from "../../tools/temporary_folder.ts";
import { listLibraries } from "../../tools/vm/libraries.ts";
import { compileProgram } from "../support/programs.ts";

Deno.test("listLibraries() finds what ldd(1) finds", async () => {
  const said = await run("ldd", [Deno.execPath()]);
  const loaded = [...said.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)]
    .map(([, path]) => path);
  const found = await listLibraries(Deno.execPath(), "", HOST);
  assert.deepEqual(found.sort(), loaded.sort());
  assert.ok(found.some((path) => path.endsWith("/libc.so.6")), said);
});

Deno.test("listLibraries() finds none of a static program and of a script", async () => {
  await using folder = await TemporaryFolder.make("libraries");
  const script = `${folder.path}/script`;
  await Deno.writeTextFile(script, "#!/bin/sh\n");
  assert.deepEqual(await listLibraries(script, "", HOST), []);
  assert.deepEqual(await listLibraries(compileProgram("app"), "", HOST), []);
});

Deno.test("listLibraries() refuses a program for another processor", async () => {
  const [, other = HOST] = ARCHES;
  await assert.rejects(listLibraries(Deno.execPath(), "", other), {
    message: `${Deno.execPath()} is not for ${other}, the machine's processor`,
  });
});
