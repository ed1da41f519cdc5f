/** `install DIR`, by the compiled binary: complete, executable, or one clear error. */
import assert from "node:assert/strict";
import { testAsRoot } from "../support/roles.ts";
import { sha256 } from "../../tools/cache.ts";
import { compileProgram } from "../support/programs.ts";
import { runWrapper, WRAPPER } from "../support/wrapper.ts";

async function withFolder(
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "cloudtaser-install-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("install: the copy is the binary, mode 0755, and nothing else is left", async () => {
  await withFolder(async (folder) => {
    const { code, stderr } = await runWrapper({ args: ["install", folder] });
    assert.equal(code, 0, stderr);
    assert.deepEqual(
      [...Deno.readDirSync(folder)].map(({ name }) => name),
      ["cloudtaser-wrapper"],
    );
    const copy = `${folder}/cloudtaser-wrapper`;
    assert.equal(
      await sha256(await Deno.readFile(copy)),
      await sha256(await Deno.readFile(WRAPPER)),
    );
    assert.equal((Deno.statSync(copy).mode ?? 0) & 0o7777, 0o755);
    const version = await new Deno.Command(copy, { args: ["--version"] })
      .output();
    assert.equal(version.code, 0);
  });
});

Deno.test("install: it replaces an older copy, also while that one runs", async () => {
  await withFolder(async (folder) => {
    for (let time = 0; time < 2; time++) {
      const command = time === 0 ? WRAPPER : `${folder}/cloudtaser-wrapper`;
      const { code } = await new Deno.Command(command, {
        args: ["install", folder],
      }).output();
      assert.equal(code, 0);
    }
  });
});

Deno.test("install: a missing directory is a usage error", async () => {
  const { code, stderr } = await runWrapper({
    args: ["install", "/nonexistent/dir"],
  });
  assert.equal(code, 64);
  assert.match(stderr, /"\/nonexistent\/dir": it does not exist; mount a vol/);
});

Deno.test("install: a file is no directory", async () => {
  const { code, stderr } = await runWrapper({ args: ["install", WRAPPER] });
  assert.equal(code, 64);
  assert.match(stderr, /not a directory/);
});

Deno.test("install: without a directory it says what is missing", async () => {
  const { code } = await runWrapper({ args: ["install"] });
  assert.equal(code, 64);
});

testAsRoot(
  "install: a directory of somebody else names the remedy, exit 71",
  () =>
    withFolder(async (folder) => {
      await Deno.chmod(folder, 0o755);
      const { code, stderr } = await runWrapper({
        args: ["install", folder],
        uid: 65532,
      });
      assert.equal(code, 71);
      assert.match(stderr, /not writable for this user.*EACCES/);
      assert.deepEqual([...Deno.readDirSync(folder)], []);
    }),
);

testAsRoot(
  "install: a full volume names the remedy and leaves nothing behind",
  () =>
    withFolder(async (folder) => {
      const { code, stdout, stderr } = await new Deno.Command("unshare", {
        args: [
          "--mount",
          "sh",
          "-c",
          'mount -t tmpfs -o size=8m tmpfs "$1" && "$0" install "$1"; code=$?; ls -A "$1"; exit $code',
          WRAPPER,
          folder,
        ],
      }).output();
      const decoder = new TextDecoder();
      assert.equal(code, 71);
      assert.match(decoder.decode(stderr), /no space left.*sizeLimit/);
      assert.equal(decoder.decode(stdout), "");
    }),
);

Deno.test("install: a link at its place is replaced, and a file behind it stays as it is", async () => {
  await withFolder(async (folder) => {
    const theirs = `${folder}/theirs`;
    await Deno.writeTextFile(theirs, "theirs", { mode: 0o600 });
    await Deno.symlink(theirs, `${folder}/cloudtaser-wrapper`);
    const { code, stderr } = await runWrapper({ args: ["install", folder] });
    assert.equal(code, 0, stderr);
    assert.equal(await Deno.readTextFile(theirs), "theirs");
    assert.equal((Deno.statSync(theirs).mode ?? 0) & 0o777, 0o600);
    assert.equal(Deno.lstatSync(`${folder}/cloudtaser-wrapper`).isFile, true);
  });
});

testAsRoot(
  "install: who changes the file meanwhile gets no other file installed, nor another's mode changed",
  () =>
    withFolder(async (folder) => {
      const victim = await Deno.makeTempFile();
      await Deno.chmod(victim, 0o600);
      const swapper = new Deno.Command(compileProgram("stranger"), {
        args: ["replace", folder, ".tmp", victim],
      }).spawn();
      try {
        const { code, stderr } = await runWrapper({
          args: ["install", folder],
        });
        assert.equal(code, 71, stderr);
        assert.match(
          stderr,
          /another process replaced .* during installation; allow only/,
        );
        assert.equal((Deno.statSync(victim).mode ?? 0) & 0o777, 0o600);
      } finally {
        swapper.kill("SIGKILL");
        await swapper.status;
        await Deno.remove(victim);
      }
    }),
);
