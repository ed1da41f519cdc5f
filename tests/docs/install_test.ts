/**
 * docs/INSTALL.md: its checks and commands for a release work on files that
 * stand for one. tests/release makes and checks a real one,
 * tests/binary/dockerfile_test.ts builds the image.
 */
import { deepEqual, equal, match } from "node:assert/strict";
import { HOST } from "../../tools/build/target.ts";
import { ensurePackages } from "../../tools/packages.ts";
import { FILES } from "../../tools/release.ts";
import { signSums } from "../../tools/release/signature.ts";
import { run } from "../../tools/run.ts";
import { TemporaryFolder } from "../../tools/temporary_folder.ts";
import { PageShell } from "../support/pages/shell.ts";
import { WRAPPER } from "../support/wrapper.ts";
import { blocksOf, read, rowsOf } from "./page.ts";

const NAME = "cloudtaser-wrapper";
const PAGE = read("docs/INSTALL.md");

/** A folder with files of these names, and their sums. */
async function makeRelease(): Promise<TemporaryFolder> {
  const folder = await TemporaryFolder.make("install");
  for (const name of FILES) {
    await Deno.writeTextFile(
      `${folder.path}/${name}`,
      `#!/bin/sh\necho "$@"\n`,
    );
  }
  const sums = await run("sha256sum", FILES, { cwd: folder.path });
  await Deno.writeTextFile(`${folder.path}/SHA256SUMS`, `${sums.trim()}\n`);
  return folder;
}

Deno.test("docs/INSTALL.md names the files of a release", () => {
  const [, part = ""] =
    /\n## The files of a release\n([^]*?)\n## /.exec(PAGE) ??
      [];
  const named = rowsOf(part).slice(1).map(([cell = ""]) =>
    cell.replaceAll("`", "")
  );
  deepEqual(named, [...FILES, "SHA256SUMS", "SHA256SUMS.sig"]);
});

Deno.test("the check of docs/INSTALL.md accepts a release, and finds a changed file", async () => {
  await using folder = await makeRelease();
  await using shell = await PageShell.open({ cwd: folder.path });
  const check = () => shell.try("docs/INSTALL.md", "sha256sum --check");
  const { code, stdout } = await check();
  equal(code, 0);
  equal(
    stdout.trimEnd().split("\n").every((line) => line.endsWith("OK")),
    true,
  );
  const [binary = ""] = FILES;
  await Deno.writeTextFile(`${folder.path}/${binary}`, "another");
  equal((await check()).code, 1);
  await Deno.remove(`${folder.path}/${binary}`);
  equal((await check()).code, 1);
});

Deno.test("the signature's check of docs/INSTALL.md finds other sums, signers and versions", async () => {
  await using folder = await makeRelease();
  const { path } = folder;
  const keygen = (name: string) =>
    run("ssh-keygen", [
      "-q",
      "-t",
      "ed25519",
      "-N",
      "",
      "-f",
      `${path}/${name}`,
    ]);
  const trust = async (name: string) => {
    const key = await Deno.readTextFile(`${path}/${name}.pub`);
    await Deno.writeTextFile(`${path}/signers`, `release@cloudtaser ${key}`);
  };
  await ensurePackages(["openssh-client"]);
  await keygen("ours");
  await keygen("theirs");
  await trust("ours");
  const { version } = JSON.parse(read("deno.json"));
  const sign = (version: string) =>
    signSums(path, { key: `${path}/ours`, version });
  await sign("0.0.9");
  await using shell = await PageShell.open({ cwd: path });
  const check = () => shell.try("docs/INSTALL.md", "ssh-keygen -Y verify");
  equal((await check()).code === 0, false);
  await Deno.remove(`${path}/SHA256SUMS.sig`);
  await sign(version);
  match(
    (await check()).stdout,
    /^Good "cloudtaser-wrapper-v[\d.]+" signature /,
  );
  await trust("theirs");
  equal((await check()).code === 0, false);
  await trust("ours");
  await Deno.writeTextFile(`${path}/SHA256SUMS`, "\n", { append: true });
  equal((await check()).code === 0, false);
});

Deno.test("docs/INSTALL.md installs the program where PATH finds it", async () => {
  await using folder = await makeRelease();
  await Deno.copyFile(WRAPPER, `${folder.path}/${NAME}-${HOST}`);
  await using shell = await PageShell.open({
    cwd: folder.path,
    env: {
      PREFIX: `${folder.path}/prefix`,
      PATH: `${folder.path}/prefix/bin:${Deno.env.get("PATH")}`,
    },
  });
  const said = await shell.run("docs/INSTALL.md", "install -D");
  match(said, /^cloudtaser-wrapper \d+\.\d+\.\d+ [^]*^Protection Score: /m);
  const mode = (await Deno.stat(`${folder.path}/prefix/bin/${NAME}`)).mode ?? 0;
  equal(mode & 0o777, 0o755);
});

Deno.test("tasks and versions in docs/INSTALL.md are this repository's", () => {
  const { tasks, version } = JSON.parse(read("deno.json"));
  const commands = blocksOf(PAGE).join("\n");
  const named = [...commands.matchAll(/ task (\w+)/g)].map(([, one = ""]) =>
    one
  );
  deepEqual([...new Set(named)], ["release", "compile"]);
  deepEqual(named.filter((name) => !(name in tasks)), []);
  const own = [
    ...commands.matchAll(/cloudtaser-wrapper:(\d\S*?)"|[ -]v(\d\S*) /g),
  ]
    .map(([, tag, other]) => tag ?? other);
  deepEqual([...new Set(own)], [version]);
});
