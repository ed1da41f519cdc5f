/**
 * The enforcer's file under the lock: only the wrapper's own program is executed
 * from there, even if another process puts or changes a file at its path. The
 * pins are not on a bpffs, so each start ends before anything is locked.
 */
import assert from "node:assert/strict";
import { testAsRoot } from "../../support/roles.ts";
import { compileProgram } from "../../support/programs.ts";
import { run } from "../../../tools/run.ts";
import { runWrapper } from "../../support/wrapper.ts";

/** The error of the real enforcer, started from its file. */
const OURS = /the lock must outlive the agent/;
const STRANGER = 42;

/** A tmpfs, as /run is, in which the agent installs its enforcer. */
class Place implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "cloudtaser-place-" });
  readonly enforcer = `${this.folder}/enforcer`;

  static async make(): Promise<Place> {
    const place = new Place();
    const options = ["-t", "tmpfs", "-o", "size=16m,mode=755", "t"];
    await run("mount", [...options, place.folder]);
    return place;
  }

  /** Starts an agent that wants the lock; what it said. */
  async start(): Promise<string> {
    const { code, stderr } = await runWrapper({
      args: [
        "agent",
        "--lock=on",
        "--listen=off",
        `--pins=${this.folder}/pins`,
        `--socket=${this.folder}/agent.sock`,
      ],
    });
    assert.equal(code, 71, stderr);
    assert.ok(!stderr.includes(`exit ${STRANGER}`), stderr);
    return stderr;
  }

  /** The enforcer's file after a start that uses it. */
  async installed(): Promise<Deno.FileInfo> {
    assert.match(await this.start(), OURS);
    return Deno.lstatSync(this.enforcer);
  }

  putStranger(path = this.enforcer): void {
    Deno.copyFileSync(compileProgram("stranger"), path);
    Deno.chmodSync(path, 0o755);
  }

  fill(): void {
    const bytes = new Uint8Array(1 << 20);
    try {
      for (;;) {
        Deno.writeFileSync(`${this.folder}/full`, bytes, { append: true });
      }
    } catch {
      // The tmpfs is full.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run("umount", ["--lazy", this.folder]);
    Deno.removeSync(this.folder);
  }
}

function test(name: string, work: (place: Place) => Promise<void>): void {
  testAsRoot(`install of the enforcer: ${name}`, async () => {
    await using place = await Place.make();
    await work(place);
  });
}

test("a stranger's file on a full tmpfs is not run", async (place) => {
  place.putStranger();
  place.fill();
  assert.match(
    await place.start(),
    /cannot write \S+\/enforcer: No space left/,
  );
});

test("a stranger's file is replaced", async (place) => {
  place.putStranger();
  assert.match(await place.start(), OURS);
});

test("a link is replaced, and its target stays", async (place) => {
  place.putStranger(`${place.folder}/theirs`);
  Deno.symlinkSync(`${place.folder}/theirs`, place.enforcer);
  const { isFile } = await place.installed();
  assert.equal(isFile, true);
  assert.equal(
    Deno.statSync(`${place.folder}/theirs`).size,
    Deno.statSync(compileProgram("stranger")).size,
  );
});

test("the next start uses the same file", async (place) => {
  const { ino } = await place.installed();
  assert.equal((await place.installed()).ino, ino);
});

test("a file with the right bytes that others can change is replaced", async (place) => {
  const { ino } = await place.installed();
  using _writer = Deno.openSync(place.enforcer, { write: true });
  const second = await place.installed();
  assert.notEqual(second.ino, ino);
  Deno.chownSync(place.enforcer, 65532, 65532);
  const third = await place.installed();
  assert.notEqual(third.ino, second.ino);
  assert.equal(third.uid, 0);
  Deno.linkSync(place.enforcer, `${place.folder}/second`);
  const fourth = await place.installed();
  assert.notEqual(fourth.ino, third.ino);
  Deno.chmodSync(place.enforcer, 0o775);
  assert.notEqual((await place.installed()).ino, fourth.ino);
});

test("an immutable file is not mistaken for one under the lock", async (place) => {
  place.putStranger();
  await run("chattr", ["+i", place.enforcer]);
  assert.match(await place.start(), /cannot write \S+\/enforcer/);
  await run("chattr", ["-i", place.enforcer]);
});

test("a directory that others may write to is refused", async (place) => {
  Deno.chmodSync(place.folder, 0o777);
  assert.match(
    await place.start(),
    /another user can write to the directory of/,
  );
});

test("a file that is exchanged between the check and execve(2) does not run", async (place) => {
  const [ours, theirs] = [`${place.folder}/ours`, `${place.folder}/theirs`];
  await place.installed();
  Deno.renameSync(place.enforcer, ours);
  place.putStranger(theirs);
  const swapper = new Deno.Command(theirs, {
    args: ["swap", ours, theirs, place.enforcer],
  }).spawn();
  try {
    for (let time = 0; time < 12; time++) await place.start();
  } finally {
    swapper.kill("SIGKILL");
    await swapper.status;
  }
});
