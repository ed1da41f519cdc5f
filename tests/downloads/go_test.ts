/** Of the Go module proxy, only what go.sum or the checksum database has is built. */
import assert from "node:assert/strict";
import { sha256 } from "../../tools/cache.ts";
import { findGo, goSettings } from "../../tools/cluster/go.ts";
import { run } from "../../tools/run.ts";
import { TemporaryFolder } from "../../tools/temporary_folder.ts";

const MODULE = "example.com/tool";
const GO_MOD = `module ${MODULE}\n\ngo 1.21\n`;
const SOURCE = "package tool\n\nconst One = 1\n";

/** What a machine may have set, which must not count. */
const WEAK = { GOSUMDB: "off", GONOSUMDB: "*", GONOSUMCHECK: "1", GOFLAGS: "" };

Deno.test("go builds the module of go.sum, and refuses it with one byte changed", async () => {
  await using folder = await TemporaryFolder.make("go");
  await Deno.writeTextFile(
    `${folder.path}/go.mod`,
    `module project\n\ngo 1.21\n\nrequire ${MODULE} v1.0.0\n`,
  );
  const whole = await h1({
    [`${MODULE}@v1.0.0/go.mod`]: GO_MOD,
    [`${MODULE}@v1.0.0/tool.go`]: SOURCE,
  });
  await Deno.writeTextFile(
    `${folder.path}/go.sum`,
    `${MODULE} v1.0.0 ${whole}\n` +
      `${MODULE} v1.0.0/go.mod ${await h1({ "go.mod": GO_MOD })}\n`,
  );
  await using good = await serveModule(folder.path, SOURCE);
  await using bad = await serveModule(folder.path, SOURCE.replace("1", "3"));
  const build = async (proxy: Deno.HttpServer<Deno.NetAddr>, cache: string) =>
    await run(await findGo(), ["build", MODULE], {
      cwd: folder.path,
      env: {
        ...WEAK,
        GOPROXY: addressOf(proxy),
        ...goSettings(`${folder.path}/${cache}`),
      },
    });

  await build(good, "good");
  await assert.rejects(build(bad, "bad"), (error: Error) => {
    assert.match(
      error.message,
      /example\.com\/tool@v1\.0\.0: checksum mismatch/,
    );
    assert.match(error.message, /downloaded: +h1:/);
    assert.ok(error.message.includes(whole));
    return true;
  });
});

Deno.test("go asks the checksum database for a module without go.sum, whatever the machine's settings are", async () => {
  await using folder = await TemporaryFolder.make("go");
  await using proxy = await serveModule(folder.path, SOURCE);
  const download = async (settings: Readonly<Record<string, string>>) =>
    await run(await findGo(), ["mod", "download", `${MODULE}@v1.0.0`], {
      cwd: folder.path,
      env: { ...WEAK, GOPROXY: addressOf(proxy), ...settings },
    });
  const settings = goSettings(`${folder.path}/unknown`);
  await assert.rejects(download(settings), /sum\.golang\.org/);
  // The module is sound: only the database is missing it.
  await download({ ...settings, ...WEAK, GOPATH: `${folder.path}/control` });
});

function addressOf(server: Deno.HttpServer<Deno.NetAddr>): string {
  return `http://127.0.0.1:${server.addr.port}`;
}

/** A module proxy with one module. */
async function serveModule(
  folder: string,
  source: string,
): Promise<Deno.HttpServer<Deno.NetAddr>> {
  const script = `
import sys, zipfile
path, prefix, mod, source = sys.argv[1:]
with zipfile.ZipFile(path, "w") as archive:
    archive.writestr(prefix + "go.mod", mod)
    archive.writestr(prefix + "tool.go", source)
`;
  const path = `${folder}/module.zip`;
  const args = [path, `${MODULE}@v1.0.0/`, GO_MOD, source];
  await run("python3", ["-c", script, ...args]);
  const zip = await Deno.readFile(path);
  const answers: Readonly<Record<string, () => BodyInit>> = {
    info: () => JSON.stringify({ Version: "v1.0.0" }),
    mod: () => GO_MOD,
    zip: () => zip,
  };
  return Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url }) => {
      const kind = /\/@v\/v1\.0\.0\.(\w+)$/.exec(new URL(url).pathname)?.[1];
      const answer = answers[kind ?? ""]?.();
      return new Response(answer ?? null, { status: answer ? 200 : 404 });
    },
  );
}

/** Go's hash of files, as go.sum has it. */
async function h1(files: Readonly<Record<string, string>>): Promise<string> {
  const lines = await Promise.all(
    Object.entries(files).map(async ([name, text]) =>
      `${await sha256(text)}  ${name}\n`
    ),
  );
  const hash = Uint8Array.fromHex(await sha256(lines.join("")));
  return `h1:${hash.toBase64()}`;
}
