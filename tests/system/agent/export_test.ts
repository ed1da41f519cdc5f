/**
 * The directory that pods mount (`agent --export`): what root in a container
 * does to it, as container runtimes hand it over, and how it comes and goes.
 */
import assert from "node:assert/strict";
import { testAsRoot } from "../../support/roles.ts";
import { makeRoot } from "../../../tools/roots.ts";
import { inFolder, NodeAgent } from "../../support/agent/node_agent.ts";
import { compileProgram } from "../../support/programs.ts";
import { makeBundle } from "../../support/containers/runc.ts";
import { runWrapper, WRAPPER } from "../../support/wrapper.ts";

/** What containerd gives root of a pod, and the right to mount besides. */
const CAPS = [
  ..."CHOWN DAC_OVERRIDE FOWNER FSETID MKNOD SETGID SETUID SYS_CHROOT".split(
    " ",
  ),
  "SYS_ADMIN",
].map((name) => `CAP_${name}`);

/** What the kernel answers there, where it is not EROFS. */
const REFUSALS: Readonly<Record<string, string>> = {
  remount: "EPERM",
  remount_all: "EPERM",
  setattr: "EPERM",
  copy_setattr: "EPERM",
};

function test(name: string, work: (folder: string) => Promise<void>): void {
  testAsRoot(`export: ${name}`, () =>
    inFolder(async (folder) => {
      try {
        await work(folder);
      } finally {
        // Whatever a test left mounted.
        await new Deno.Command("umount", {
          args: ["-q", "-l", `${folder}/export`],
        }).output();
      }
    }));
}

test("root in a container connects, and changes nothing, by no mount of it", async (folder) => {
  await exportSocket(folder);
  await using _agent = await NodeAgent.start({ folder });
  assert.deepEqual(namesIn(`${folder}/export`), ["agent.sock"]);
  const control = await vandalize(`${folder}/shared`, "control.sock");
  for (const [what, result] of control) {
    if (what !== "connect") assert.equal(result, "ok", what);
  }
  for (const name of namesIn(`${folder}/shared`)) {
    if (name !== "agent.sock") {
      Deno.removeSync(`${folder}/shared/${name}`, { recursive: true });
    }
  }
  Deno.chmodSync(`${folder}/shared`, 0o755);
  for (const options of [["rbind", "rw"], ["rbind", "ro"]]) {
    const result = await vandalize(`${folder}/export`, "agent.sock", options);
    assert.equal(result.get("connect"), "ok");
    for (const [what, said] of result) {
      if (what === "connect") continue;
      assert.equal(said, REFUSALS[what] ?? "EROFS", what);
    }
  }
  assert.deepEqual(namesIn(`${folder}/shared`), ["agent.sock"]);
});

test("a container that shares its mounts makes it for the node, and it stays when that ends", async (folder) => {
  const node = `${folder}/node`;
  Deno.mkdirSync(node);
  // As /run is, with flags that a runtime does not know of.
  run("mount", "-t", "tmpfs", "-o", "mode=755,nosuid,nodev,noexec", "t", node);
  run("mount", "--make-shared", node);
  try {
    await using root = await makeRoot("empty", {
      files: { "/cloudtaser-wrapper": WRAPPER },
    });
    const mount = { destination: "/run/cloudtaser", source: node };
    await using bundle = await makeBundle({
      root: root.path,
      args: ["/cloudtaser-wrapper", "agent", "--export"],
      uid: 0,
      caps: CAPS,
      seccomp: "none",
      sharesMounts: true,
      mounts: [{ ...mount, options: ["rbind", "rshared", "rw"] }],
    });
    const { code, stderr } = await bundle.run();
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Exported \S+ read-only \(locked\)/);
    const result = await vandalize(`${node}/export`, "agent.sock");
    assert.equal(result.get("create"), "EROFS");
    assert.equal(result.get("remount"), "EPERM");
  } finally {
    run("umount", "--lazy", "--recursive", node);
  }
});

test("a second time it stays; what is mounted over it, or made anew behind it, is put right", async (folder) => {
  const { path } = await exportSocket(folder);
  const first = mountOf(path);
  await exportSocket(folder);
  assert.equal(mountOf(path), first);
  run("mount", "-t", "tmpfs", "tmpfs", path);
  await exportSocket(folder);
  assert.equal(mountOf(path).includes("tmpfs rw"), false);
  Deno.removeSync(`${folder}/shared`);
  await exportSocket(folder);
  assert.equal(Deno.statSync(path).ino, Deno.statSync(`${folder}/shared`).ino);
});

test("the next agent's socket is there; after TERM none is; --remove unmounts", async (folder) => {
  const { path } = await exportSocket(folder);
  for (let time = 0; time < 2; time++) {
    await using agent = await NodeAgent.start({ folder });
    assert.equal(
      Deno.lstatSync(`${path}/agent.sock`).ino,
      Deno.lstatSync(agent.socket).ino,
    );
    if (time === 0) Deno.kill(agent.process.pid, "SIGKILL");
    else await agent.process.stop();
  }
  assert.deepEqual(namesIn(path), []);
  const args = [
    "agent",
    "--remove",
    `--pins=${folder}/bpf/pins`,
    `--socket=${folder}/agent.sock`,
  ];
  const within = ["setpriv", "--bounding-set", "-sys_admin"];
  const pinsOnly = await runWrapper({ args, within });
  assert.equal(pinsOnly.code, 0, pinsOnly.stderr);
  assert.match(pinsOnly.stderr, /cannot unmount \S+: Operation not permitted/);
  assert.equal((await runWrapper({ args })).code, 71, "no pins any more");
  assert.equal(mountOf(path), "");
  assert.throws(() => Deno.lstatSync(path), Deno.errors.NotFound);
});

test("directories of others, and links, are refused", async (folder) => {
  const shared = `${folder}/shared`;
  Deno.mkdirSync(shared);
  const writable = /: another user can write to \S+\/shared: make it a dir/;
  const spoils: [() => void, RegExp][] = [
    [() => Deno.chmodSync(shared, 0o777), writable],
    [() => {
      Deno.chmodSync(shared, 0o755);
      Deno.chownSync(shared, 65532, 65532);
    }, writable],
    [() => {
      Deno.removeSync(shared);
      Deno.symlinkSync("/tmp", shared);
    }, /: not a directory: \S+\/shared: make it a directory owned by root/],
  ];
  for (const [spoil, words] of spoils) {
    spoil();
    const { code, stderr } = await tryExport(folder);
    assert.equal(code, 71, stderr);
    assert.match(stderr, words);
  }
});

test("a refusal that is not about capabilities does not ask for one", async () => {
  const { code, stderr } = await tryExport("/proc/nothing");
  assert.equal(code, 71, stderr);
  assert.match(stderr, /No such file or directory: make its parent directory/);
});

test("without a user namespace it is read-only all the same, and says what that is worth", async (folder) => {
  const { code, stderr } = await tryExport(folder, [
    "unshare",
    "--user",
    "--map-root-user",
    "--mount",
    "sh",
    "-c",
    'echo 0 >/proc/sys/user/max_user_namespaces; exec "$0" "$@"',
  ]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /warning: Exported \S+\/export read-only, but a/);
});

async function exportSocket(folder: string): Promise<{ path: string }> {
  const { code, stderr } = await tryExport(folder);
  assert.equal(code, 0, stderr);
  const path = `${folder}/export`;
  assert.match(stderr, /Exported \S+ read-only \(locked\)/);
  return { path };
}

function tryExport(folder: string, within: readonly string[] = []) {
  const args = ["agent", "--export", `--socket=${folder}/agent.sock`];
  return runWrapper({ args, within });
}

/** What a container's root gets of it: attempt → ok, or the errno's name. */
async function vandalize(
  source: string,
  socket: string,
  options: readonly string[] = ["rbind", "rw"],
): Promise<Map<string, string>> {
  await using root = await makeRoot("empty", {
    files: { "/vandal": compileProgram("vandal") },
  });
  if (!namesIn(source).includes(socket)) {
    Deno.writeTextFileSync(`${source}/../shared/${socket}`, "");
  }
  await using bundle = await makeBundle({
    root: root.path,
    args: ["/vandal", "/run/cloudtaser", socket],
    uid: 0,
    caps: CAPS,
    seccomp: "none",
    noNewPrivileges: false,
    mounts: [{ destination: "/run/cloudtaser", source, options }],
  });
  const { code, stdout, stderr } = await bundle.run();
  assert.equal(code, 0, stderr);
  const lines = stdout.trim().split("\n").map((line) => line.split(" "));
  return new Map(lines.map(([what = "", said = ""]) => [what, said]));
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

/** Lines of /proc/self/mountinfo. */
function mountOf(path: string): string {
  const all = Deno.readTextFileSync("/proc/self/mountinfo").split("\n");
  return all.filter((line) => line.split(" ")[4] === path).join("\n");
}

function run(command: string, ...args: string[]): void {
  const { success, stderr } = new Deno.Command(command, { args }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
