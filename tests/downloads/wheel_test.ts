/** Of PyPI, only the wheel with the pinned hash is unpacked. */
import assert from "node:assert/strict";
import { sha256 } from "../../tools/cache.ts";
import { run } from "../../tools/run.ts";
import { TemporaryFolder } from "../../tools/temporary_folder.ts";
import type { Wheel } from "../../tools/wheels.ts";
import { callTool, withOneByteChanged } from "./swap.ts";

const FILE = "tiny-1.0-py3-none-any.whl";

Deno.test("unpackWheel() unpacks the pinned wheel, and nothing of one with one byte changed", async () => {
  await using folder = await TemporaryFolder.make("wheel");
  const good = await makeWheel(folder.path);
  const hash = await sha256(good);
  const wheel: Wheel = {
    name: "tiny",
    version: "1.0",
    sha256: { x86_64: hash, aarch64: hash },
  };
  let served = withOneByteChanged(good);
  await using index = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url }) =>
      url.endsWith(".whl")
        ? new Response(served)
        : new Response(`<a href="/${FILE}">${FILE}</a>`, {
          headers: { "content-type": "text/html" },
        }),
  );
  const env = {
    PIP_INDEX_URL: `http://127.0.0.1:${index.addr.port}/simple`,
    PIP_CACHE_DIR: `${folder.path}/pip`,
    XDG_CACHE_HOME: folder.path,
  };
  const unpack = () =>
    callTool<string>("wheels.ts", "unpackWheel", [wheel], env);

  await assert.rejects(unpack(), (error: Error) => {
    assert.match(error.message, /^fetching tiny 1\.0 failed: [^\n]+$/);
    assert.match(error.message, /DO NOT MATCH THE HASHES/);
    assert.ok(error.message.includes(`Expected sha256 ${hash} Got`));
    return true;
  });
  const cache = `${folder.path}/cloudtaser-wrapper/wheels`;
  const left = [...Deno.readDirSync(cache)].filter((one) => one.isDirectory);
  assert.deepEqual(left, []);

  served = good;
  const path = await unpack();
  assert.equal(await Deno.readTextFile(`${path}/tiny.py`), "ONE = 1\n");
});

async function makeWheel(folder: string): Promise<Uint8Array<ArrayBuffer>> {
  const script = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    wheel.writestr("tiny.py", "ONE = 1\\n")
    info = "tiny-1.0.dist-info/"
    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(info + "RECORD", "tiny.py,,\\n")
`;
  await run("python3", ["-c", script, `${folder}/${FILE}`]);
  return await Deno.readFile(`${folder}/${FILE}`);
}
