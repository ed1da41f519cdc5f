/** Nothing of a Debian archive is unpacked unless the archive's keyring covers it. */
import assert from "node:assert/strict";
import { ensurePackages } from "../../tools/packages.ts";
import { TemporaryFolder } from "../../tools/temporary_folder.ts";
import { listPackages, unpackPackage } from "../../tools/vm/archive.ts";
import {
  INDEX,
  INSTALLED,
  PACKAGE,
  RELEASE,
  SignedArchive,
} from "./signed_archive.ts";

const OTHER_HASH = "expected SHA-256 [0-9a-f]{64}, got [0-9a-f]{64}; try again";
const OTHER_KEY =
  "expected a signature by \\S+/good\\.gpg, got .*; use another network";

await ensurePackages(["gpg", "gpg-agent", "gpgconf", "xz-utils"]);

Deno.test("an archive whose signature and hashes fit is unpacked", async () => {
  await using served = await SignedArchive.make();
  assert.deepEqual(await unpack(served), [INSTALLED]);
  await served.sign({ "Valid-Until": inDays(1) });
  assert.deepEqual(await unpack(served), [INSTALLED]);
});

const HASHED = { [INDEX]: OTHER_HASH, [PACKAGE]: OTHER_HASH };
for (
  const [path, reason] of Object.entries({ [RELEASE]: OTHER_KEY, ...HASHED })
) {
  Deno.test(`one byte of ${path} changed is refused`, async () => {
    await using served = await SignedArchive.make();
    const bytes = served.files.get(path)!;
    // In InRelease it is a letter of the signed text.
    const at = path === RELEASE ? 60 : bytes.length >> 1;
    bytes[at] = bytes[at]! ^ 1;
    await assert.rejects(unpack(served), oneLine(`/${path}: ${reason}`));
  });
}

Deno.test("a signature by a key that the keyring does not have is refused", async () => {
  await using served = await SignedArchive.make();
  await served.sign({}, "evil");
  await assert.rejects(unpack(served), oneLine(`/${RELEASE}: ${OTHER_KEY}`));
  await assert.rejects(unpack(served), /No public key/);
});

Deno.test("text before or after the signed message is refused", async () => {
  await using served = await SignedArchive.make();
  const text = new TextDecoder().decode(served.files.get(RELEASE)!);
  for (
    const changed of [
      `Suite: other\n${text}`,
      `${text}Suite: other\n`,
      text + text,
    ]
  ) {
    served.files.set(RELEASE, new TextEncoder().encode(changed));
    await assert.rejects(unpack(served), /got no single signed message/);
  }
});

Deno.test("the list of another suite, and one past its Valid-Until, are refused", async () => {
  await using served = await SignedArchive.make();
  await served.sign({ Suite: "oldstable", Codename: "bookworm" });
  await assert.rejects(
    unpack(served),
    oneLine(`/${RELEASE}: expected trixie, got bookworm; use another network`),
  );
  await served.sign({ "Valid-Until": inDays(-1) });
  await assert.rejects(
    unpack(served),
    oneLine(
      `/${RELEASE}: expected a list that is valid now, got one until .*; check`,
    ),
  );
});

Deno.test("a list without the index is refused, and indexes are fetched by hash", async () => {
  await using served = await SignedArchive.make();
  await served.sign({ "Acquire-By-Hash": "yes" });
  await assert.rejects(unpack(served), /by-hash\/SHA256\/[0-9a-f]{64}: 404/);
  const list = new TextDecoder().decode(served.files.get(RELEASE)!);
  const hash = /[0-9a-f]{64}/.exec(list)![0];
  const folder = INDEX.replace("Packages.xz", "by-hash/SHA256");
  served.files.set(`${folder}/${hash}`, served.files.get(INDEX)!);
  assert.deepEqual(await unpack(served), [INSTALLED]);
});

/** Unpacks its package. @returns the paths of the files */
async function unpack({ archive }: SignedArchive): Promise<string[]> {
  await using folder = await TemporaryFolder.make("unpacked");
  const [found] = await listPackages(archive, /^tool$/);
  const unpacking = unpackPackage(archive, found!, folder.path, /tool$/);
  await unpacking.catch((error) => {
    assert.deepEqual([...Deno.readDirSync(folder.path)], []);
    throw error;
  });
  const { isFile } = await Deno.stat(`${folder.path}/${INSTALLED}`);
  return isFile ? [INSTALLED] : [];
}

function oneLine(pattern: string): RegExp {
  return new RegExp(`^Error: http://127[^\n]*${pattern}[^\n]*$`);
}

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toUTCString();
}
