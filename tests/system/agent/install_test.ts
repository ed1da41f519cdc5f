/**
 * The enforcer's installed file with the lock: only the enforcer's own program is
 * executed from there, whatever is at its path and however it changes. The pins
 * are not on a bpffs, so each start ends before anything is locked.
 */
import assert from "node:assert/strict";
import { testAsRoot } from "../../support/roles.ts";
import { compileProgram } from "../../support/programs.ts";
import { runWrapper } from "../../support/wrapper.ts";

/** The last message of the enforcer, started from its file. */
const OURS = /the lock must outlive the agent/;
const STRANGER = 42;

/** A tmpfs, as /run is; `enforcer` is the place in question. */
class Place implements Disposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "cloudtaser-place-" });
  readonly enforcer = `${this.folder}/enforcer`;

  constructor(size = "16m") {
    run(
      "mount",
      "-t",
      "tmpfs",
      "-o",
      `size=${size},mode=755`,
      "t",
      this.folder,
    );
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
    assert.ok(
      !stderr.includes(`exit ${STRANGER}`),
      `a stranger ran: ${stderr}`,
    );
    return stderr;
  }

  /** Our file after a first start; what lies there then. */
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
      // There is no space left: that was wanted.
    }
  }

  [Symbol.dispose](): void {
    run("umount", "--lazy", this.folder);
    Deno.removeSync(this.folder);
  }
}

function test(name: string, work: () => Promise<void>): void {
  testAsRoot(`install of the enforcer: ${name}`, work);
}

test("a full tmpfs and a foreign file: not run, with an error", async () => {
  using place = new Place();
  place.putStranger();
  place.fill();
  assert.match(
    await place.start(),
    /cannot write \S+\/enforcer: No space left/,
  );
});

test("a foreign file is replaced", async () => {
  using place = new Place();
  place.putStranger();
  assert.match(await place.start(), OURS);
});

test("a link is replaced, and its target stays", async () => {
  using place = new Place();
  place.putStranger(`${place.folder}/theirs`);
  Deno.symlinkSync(`${place.folder}/theirs`, place.enforcer);
  const { isFile } = await place.installed();
  assert.equal(isFile, true);
  assert.equal(
    Deno.statSync(`${place.folder}/theirs`).size,
    Deno.statSync(compileProgram("stranger")).size,
  );
});

test("the next start uses the same file", async () => {
  using place = new Place();
  const { ino } = await place.installed();
  assert.equal((await place.installed()).ino, ino);
});

test("the same bytes, but open for writing, owned by another user, with two links or writable: replaced", async () => {
  using place = new Place();
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

test("a file immutable for another reason does not count as guarded by the lock", async () => {
  using place = new Place();
  place.putStranger();
  run("chattr", "+i", place.enforcer);
  assert.match(await place.start(), /cannot write \S+\/enforcer/);
  run("chattr", "-i", place.enforcer);
});

test("a directory writable for others is refused", async () => {
  using place = new Place();
  Deno.chmodSync(place.folder, 0o777);
  assert.match(
    await place.start(),
    /another user can write to the directory of/,
  );
});

test("a change between check and execve(2) never runs a foreign file", async () => {
  using place = new Place();
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

function run(command: string, ...args: string[]): void {
  const { success, stderr } = new Deno.Command(command, { args }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
