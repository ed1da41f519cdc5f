/** Which file counts as built already. */
import { equal } from "node:assert/strict";
import { compile } from "../../tools/compile.ts";
import { TemporaryFolder } from "../../tools/temporary_folder.ts";

Deno.test("compile: a file with one other byte is built again, whatever its time", async () => {
  await using folder = await TemporaryFolder.make("compile");
  const output = `${folder.path}/wrapper`;
  const { sha256 } = await compile({ output });
  const { atime, mtime } = await Deno.stat(output);
  const bytes = await Deno.readFile(output);
  bytes[bytes.length - 1]! ^= 1;
  await Deno.writeFile(output, bytes);
  await Deno.utime(output, atime!, mtime!);
  equal((await compile({ output })).sha256, sha256);
  bytes[bytes.length - 1]! ^= 1;
  equal(Deno.readFileSync(output).every((byte, i) => byte === bytes[i]), true);
});
