/** Files appear complete, also when one process makes the same one twice at a time. */
import assert from "node:assert/strict";
import { publish } from "../../tools/cache.ts";

Deno.test("publish() may make one file twice at a time, and leaves nothing beside it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "cloudtaser-publish-" });
  const target = `${folder}/made`;
  const write = async (partial: string) => {
    await Deno.writeTextFile(partial, "half");
    await new Promise((resolve) => setTimeout(resolve, 20));
    await Deno.writeTextFile(partial, "whole");
  };
  try {
    await Promise.all([publish(target, write), publish(target, write)]);
    assert.equal(await Deno.readTextFile(target), "whole");
    assert.deepEqual([...Deno.readDirSync(folder)].map((e) => e.name), [
      "made",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
