/** Deno's crate is the pinned one, or nothing is written. */
import { equal, match } from "node:assert/strict";
import { DENO_VERSION } from "../../../tools/base/deno_executables.ts";
import { NOTICES, TABLE } from "../../../tools/release/deno/crates.ts";
import { tryRun } from "../../../tools/run.ts";
import { TemporaryFolder } from "../../../tools/temporary_folder.ts";

const UPDATE =
  new URL("../../../tools/release/deno/update.ts", import.meta.url).pathname;

Deno.test("another file as Deno's crate is refused before it is unpacked", async () => {
  await using folder = await TemporaryFolder.make("cargo");
  const { path } = folder;
  const cache = `${path}/registry/cache/index`;
  await Deno.mkdir(cache, { recursive: true });
  await Deno.writeTextFile(`${cache}/deno-${DENO_VERSION}.crate`, "another");
  await Deno.writeTextFile(
    `${path}/cargo`,
    `#!/bin/sh\n[ "$1" = info ] || echo >>${path}/after\n`,
    { mode: 0o755 },
  );
  const read = () =>
    Promise.all([TABLE, NOTICES].map((file) => Deno.readTextFile(file)));
  const before = await read();
  const { code, stderr } = await tryRun(
    Deno.execPath(),
    ["run", "-A", "--no-check", UPDATE],
    { env: { CARGO_HOME: path, PATH: `${path}:${Deno.env.get("PATH")}` } },
  );
  equal(code, 1);
  match(
    stderr,
    /crate deno 2\.9\.6: expected SHA-256 [0-9a-f]{64}, got [0-9a-f]{64}; delete it/,
  );
  equal(await Deno.stat(`${path}/after`).catch(() => undefined), undefined);
  equal((await read()).join(), before.join());
});
