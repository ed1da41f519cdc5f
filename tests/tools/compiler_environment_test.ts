/** Variables with which a compiler takes headers that no file of the build names. */
import { TemporaryFolder } from "../../tools/temporary_folder.ts";
import { make } from "../../tools/build/c.ts";

Deno.test("headers named by the environment are not part of a build", async () => {
  await using folder = await TemporaryFolder.make("headers");
  const { path } = folder;
  await Deno.writeTextFile(`${path}/string.h`, "#error not this one\n");
  await Deno.writeTextFile(`${path}/unit.c`, "#include <string.h>\n");
  const before = Deno.env.get("C_INCLUDE_PATH");
  Deno.env.set("C_INCLUDE_PATH", path);
  try {
    await make(`${path}/unit.o`, ["-c", `${path}/unit.c`]);
  } finally {
    if (before === undefined) Deno.env.delete("C_INCLUDE_PATH");
    else Deno.env.set("C_INCLUDE_PATH", before);
  }
});
