/** apt, as tools and tests call it, takes nothing that the keyring does not cover. */
import assert from "node:assert/strict";
import { HOST, targetOf } from "../../tools/build/target.ts";
import { ensurePackages } from "../../tools/packages.ts";
import { TemporaryFolder } from "../../tools/temporary_folder.ts";
import { INDEX, PACKAGE, RELEASE, SignedArchive } from "./signed_archive.ts";
import { callTool, withOneByteChanged } from "./swap.ts";

await ensurePackages(["gpg", "gpg-agent", "gpgv", "xz-utils"]);

Deno.test("apt() downloads what the archive's signature covers", async () => {
  await using served = await SignedArchive.make();
  assert.deepEqual(await download(served), ["tool_1_all.deb"]);
});

const REASONS = {
  [RELEASE]: /BADSIG/,
  [INDEX]: /Hash Sum mismatch/,
  [PACKAGE]: /Hash Sum mismatch/,
};

for (const [path, reason] of Object.entries(REASONS)) {
  Deno.test(`apt() refuses one byte of ${path} changed, though the machine's settings allow it`, async () => {
    await using served = await SignedArchive.make();
    const bytes = served.files.get(path)!;
    const at = path === RELEASE ? 60 : undefined;
    served.files.set(path, withOneByteChanged(bytes, at));
    await assert.rejects(download(served), reason);
  });
}

Deno.test("apt() refuses an archive without a signature, though the machine's settings allow it", async () => {
  await using served = await SignedArchive.make();
  await served.stripSignature();
  await assert.rejects(download(served), /is not signed/);
});

Deno.test("apt() refuses a source that this machine trusts without a signature", async () => {
  for (
    const source of [
      "deb [trusted=yes] URL trixie main\n",
      "Types: deb\nURIs: URL\nSuites: trixie\nComponents: main\nTrusted: yes\n",
    ]
  ) {
    await using served = await SignedArchive.make();
    await served.sign({}, "evil");
    await assert.rejects(
      download(served, source),
      /sources\.(list|sources): apt takes packages without a signature/,
    );
  }
});

/** By a machine that has only this archive, and weakened settings. @returns names of the files */
async function download(
  served: SignedArchive,
  source?: string,
): Promise<string[]> {
  await using folder = await TemporaryFolder.make("apt");
  const { url, keyring } = served.archive;
  for (const name of ["lists/partial", "cache/archives/partial", "out"]) {
    await Deno.mkdir(`${folder.path}/${name}`, { recursive: true });
  }
  const sources = source?.replace("URL", url) ??
    `deb [signed-by=${await keyring!()}] ${url} trixie main\n`;
  // Two formats, by the name's end.
  const end = sources.startsWith("deb ") ? "list" : "sources";
  await Deno.writeTextFile(`${folder.path}/sources.${end}`, sources);
  await Deno.writeTextFile(`${folder.path}/status`, "");
  const settings = {
    "Dir::Etc::sourcelist": `${folder.path}/sources.${end}`,
    "Dir::Etc::sourceparts": "/dev/null",
    "Dir::State::lists": `${folder.path}/lists`,
    "Dir::State::status": `${folder.path}/status`,
    "Dir::Cache": `${folder.path}/cache`,
    "APT::Architecture": targetOf(HOST).debian,
    "APT::Sandbox::User": "root",
    "APT::Get::AllowUnauthenticated": "true",
    "Acquire::AllowInsecureRepositories": "true",
    "Acquire::AllowWeakRepositories": "true",
  };
  const lines = Object.entries(settings).map(([k, v]) => `${k} "${v}";\n`);
  await Deno.writeTextFile(`${folder.path}/apt.conf`, lines.join(""));
  const cwd = `${folder.path}/out`;
  const env = { APT_CONFIG: `${folder.path}/apt.conf` };
  const isPackage = (name: string) => name.endsWith(".deb");
  const list = () => [...Deno.readDirSync(cwd)].map((one) => one.name);
  await callTool("packages.ts", "apt", [["download", "tool"], { cwd }], env)
    .catch((error) => {
      assert.deepEqual(list().filter(isPackage), []);
      throw error;
    });
  return list();
}
