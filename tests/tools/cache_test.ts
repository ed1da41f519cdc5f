/** Files appear complete, also when one process makes the same one twice at a time; only this user can change the cache. */
import assert from "node:assert/strict";
import { publish } from "../../tools/cache.ts";
import { run } from "../../tools/run.ts";
import { testAsRoot } from "../support/roles.ts";

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

testAsRoot(
  "without HOME, the cache is no folder that another user can change",
  async () => {
    const cache = new URL("../../tools/cache.ts", import.meta.url).href;
    const program =
      `import { cacheDirectory } from "${cache}"; console.log(await cacheDirectory("base"));`;
    // A /tmp of its own, where the folder does not exist yet.
    const call = async (prepare: string) =>
      await run("unshare", [
        ...["--mount", "sh", "-euc"],
        `mount -t tmpfs none /mnt && cp "$1" /mnt/deno
       mount -t tmpfs none /tmp && ${prepare} && env -u HOME -u XDG_CACHE_HOME \\
         DENO_DIR=/mnt /mnt/deno eval --no-lock "$2"`,
        ...["sh", Deno.execPath(), program],
      ]);
    const path = "/tmp/cloudtaser-wrapper-cache-0";
    assert.equal(await call("true"), `${path}/base\n`);
    assert.equal(await call(`mkdir ${path}`), `${path}/base\n`);
    for (
      const prepare of [
        `mkdir ${path} && chown 65534 ${path}`,
        `mkdir -m 777 ${path}`,
        `mkdir /tmp/other && ln -s other ${path}`,
      ]
    ) {
      await assert.rejects(call(prepare), /only this user can change/, prepare);
    }
  },
);
