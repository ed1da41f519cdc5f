/** What the entry stub hands to Deno, and what it lets nobody change. */
import assert from "node:assert/strict";
import { testAsRoot } from "../support/roles.ts";
import { rawExec } from "../support/raw_exec.ts";
import { compileProbe, parseSeen } from "./stub_probe.ts";

const folder = await Deno.makeTempDir({ prefix: "cloudtaser-stub-test-" });
const probe = await compileProbe(folder);
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

/** Runs a shell script that ends in `exec "$0" …`. */
function runShell(script: string, env: Record<string, string> = {}) {
  return new Deno.Command("/bin/sh", {
    args: ["-c", script, probe],
    clearEnv: true,
    env,
    cwd: folder,
  }).output();
}

/** Nothing comes between: LD_DEBUG would make a shell talk. */
function runExactly(args: readonly string[], env: readonly string[]) {
  const [command = "", ...rest] = rawExec([probe, ...args], env);
  return new Deno.Command(command, { args: rest, cwd: folder }).output();
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

const HOSTILE = [
  "HOME=/tmp",
  "PATH=/bin",
  "DENO_DIR=/tmp",
  "DENO_V8_FLAGS=--help",
  "DENO_LOG=trace",
  "NODE_OPTIONS=--require=/tmp/evil.js",
  "NODE_V8_COVERAGE=/tmp/coverage",
  "NO_COLOR=0",
  "LD_PRELOAD=/tmp/evil.so",
  "LD_LIBRARY_PATH=/tmp",
  "LD_DEBUG=all",
  "GLIBC_TUNABLES=glibc.malloc.check=3",
  "HTTPS_PROXY=http://127.0.0.1:1",
  "SSL_CERT_FILE=/tmp/evil.pem",
  "CT_SECTION=1,1",
  "CT_TABLE=1",
  "CT_NOFILE_SOFT=1",
];

Deno.test("stub: nothing of the caller's environment and arguments reaches Deno", async () => {
  const words = ["--help", "--v8-flags=--help", "--", "run", "/tmp/x.js"];
  const { stdout, stderr } = await runExactly(words, HOSTILE);
  const seen = parseSeen(stdout);
  assert.deepEqual(seen.args, []);
  assert.deepEqual(Object.keys(seen.env).sort(), [
    "CT_GLIBC",
    "CT_NOFILE_SOFT",
    "CT_TABLE",
    "DENO_DIR",
    "DENO_LOG",
    "DENO_NO_UPDATE_CHECK",
    "HOME",
    "NO_COLOR",
  ]);
  assert.equal(seen.env.HOME, "/proc/none");
  assert.equal(text(stderr), "");
});

Deno.test("stub: the kernel's own blocks stay as they were", async () => {
  const { stdout } = await runExactly(["--one", "two"], HOSTILE);
  const seen = parseSeen(stdout);
  assert.deepEqual(seen.cmdline, [probe, "--one", "two"]);
  assert.deepEqual(seen.environ, HOSTILE);
});

Deno.test("stub: files beside the binary and in the working directory change nothing", async () => {
  const evil = "console.log('evil'); Deno.exit(9)";
  const names = ["deno.json", "package.json", ".npmrc", "deno.jsonc", ".env"];
  for (const name of names) {
    await Deno.writeTextFile(`${folder}/${name}`, `{"broken": ${evil}`);
  }
  await Deno.writeTextFile(`${folder}/main.js`, evil);
  const { code, stdout, stderr } = await runShell('exec "$0"');
  assert.equal(code, 0, text(stderr));
  assert.equal(parseSeen(stdout).execPath, probe);
  for (const name of [...names, "main.js"]) {
    await Deno.remove(`${folder}/${name}`);
  }
});

Deno.test("stub: all signals that can wait are blocked, but glibc's own", async () => {
  const { stdout } = await runShell('exec "$0"');
  // Bit n - 1 for signal n: open are KILL, STOP, 32 and 33.
  assert.equal(parseSeen(stdout).blocked, "fffffffe7ffbfeff");
});

Deno.test("stub: no library stays open, and descriptors of the caller do", async () => {
  const { stdout } = await runShell('exec 7</etc/hostname; exec "$0"');
  const { files } = parseSeen(stdout);
  assert.equal(files.some((file) => file.includes("memfd:")), false);
  assert.ok(files.includes("/etc/hostname"), files.join(" "));
});

Deno.test("stub: libraries are pages of the executable, not of memory files", async () => {
  const { stdout } = await runShell('exec "$0"');
  const { codeFiles, memoryFiles } = parseSeen(stdout);
  assert.deepEqual(memoryFiles, []);
  assert.deepEqual(codeFiles, [probe]);
});

testAsRoot(
  "stub: root cannot write into a mapped library through map_files",
  async () => {
    const { stdout } = await runShell('exec "$0"');
    assert.match(parseSeen(stdout).libraryWrite, /^Text file busy/);
  },
);

Deno.test("stub: the original soft limit of open files is handed over", async () => {
  const { stdout } = await runShell('ulimit -Sn 333; exec "$0"');
  assert.equal(parseSeen(stdout).env.CT_NOFILE_SOFT, "333");
});

Deno.test("stub: closed stdin, stdout and stderr do no harm", async () => {
  const { code } = await runShell('exec "$0" <&- >&- 2>&-');
  assert.equal(code, 0);
});

Deno.test("stub: too few descriptors is one line with a remedy, exit 71", async () => {
  const { code, stderr } = await runShell('ulimit -n 5; exec "$0"');
  assert.equal(code, 71);
  assert.equal(
    text(stderr),
    "[cloudtaser-wrapper] error: RLIMIT_NOFILE is below 64: raise the hard limit of open files (ulimit -n)\n",
  );
});

Deno.test("stub: a file size limit is one line with a remedy, exit 71", async () => {
  const { code, stderr } = await runShell('ulimit -f 1; exec "$0"');
  assert.equal(code, 71);
  assert.match(text(stderr), /^\[.*errno 27: .*RLIMIT_FSIZE\n$/);
});

Deno.test("stub: an empty argument list works", async () => {
  const { code, stdout } = await new Deno.Command("python3", {
    args: [
      "-c",
      "import ctypes,sys; n = (ctypes.c_char_p * 1)(None); ctypes.CDLL(None).execve(sys.argv[1].encode(), n, n)",
      probe,
    ],
  }).output();
  assert.equal(code, 0);
  assert.deepEqual(parseSeen(stdout).environ, []);
});

testAsRoot("stub: without /proc it says what is missing, exit 71", async () => {
  const { code, stderr } = await new Deno.Command("chroot", {
    args: [folder, "/probe"],
  }).output();
  assert.equal(code, 71);
  assert.match(text(stderr), /mount procfs on \/proc\n$/);
});

Deno.test({
  name: "stub: a node that forbids executable memory files is named, exit 71",
  ignore: Deno.uid() !== 0 || !hasMemfdNoexec(),
  fn: async () => {
    const { code, stderr } = await new Deno.Command("unshare", {
      args: [
        "--pid",
        "--fork",
        "--mount-proc",
        "sh",
        "-c",
        'echo 2 > /proc/sys/vm/memfd_noexec && exec "$0"',
        probe,
      ],
    }).output();
    assert.equal(code, 71);
    assert.match(
      text(stderr),
      /answered EACCES: .*set sysctl vm\.memfd_noexec to 0/,
    );
    assert.equal(text(stderr).trimEnd().split("\n").length, 1);
  },
});

testAsRoot("stub: not dumpable before any code of Deno runs", async () => {
  await Deno.chmod(folder, 0o755);
  const run = async (...words: string[]) => {
    const { stdout } = await new Deno.Command("setpriv", {
      args: ["--reuid=65532", "--regid=65532", "--clear-groups", ...words],
      cwd: "/",
      clearEnv: true,
      env: { PATH: "/bin", A: "b" },
    }).output();
    return text(stdout);
  };
  // A process that is not dumpable may not even open its own: it is root's.
  assert.deepEqual(parseSeen(await run(probe)).environ, ["refused"]);
  assert.match(await run("cat", "/proc/self/environ"), /A=b/, "control");
});

testAsRoot(
  "stub: file capabilities (AT_SECURE) as another user do not stop it",
  async () => {
    const copy = `${folder}/secure`;
    await Deno.copyFile(probe, copy);
    await Deno.chmod(folder, 0o755);
    // vfs_cap_data, version 2, effective: cap_net_bind_service. setcap(8) is not everywhere.
    const { success } = await new Deno.Command("python3", {
      args: [
        "-c",
        "import os,sys,struct; os.setxattr(sys.argv[1], 'security.capability', struct.pack('<IIIII', 0x02000001, 1 << 10, 0, 0, 0))",
        copy,
      ],
    }).output();
    assert.ok(success);
    const { code, stdout, stderr } = await new Deno.Command("setpriv", {
      args: ["--reuid=65532", "--regid=65532", "--clear-groups", copy],
      cwd: "/",
    }).output();
    assert.equal(code, 0, text(stderr));
    assert.deepEqual(parseSeen(stdout).args, []);
  },
);

for (
  const [how, what] of [
    ["1", "an exception"],
    ["2", "a rejection that nobody handles"],
    ["3", "an exception in a timer"],
  ] as const
) {
  Deno.test(`bootstrap: ${what} is one line without its message, exit 70`, async () => {
    const { code, stderr } = await runShell('exec "$0"', { THROW: how });
    assert.equal(code, 70);
    const said = text(stderr);
    assert.match(said, /^\[cloudtaser-wrapper\] internal error: TypeError at /);
    assert.equal(said.trimEnd().split("\n").length, 1);
    assert.equal(said.includes("secret"), false);
  });
}

function hasMemfdNoexec(): boolean {
  try {
    return Deno.statSync("/proc/sys/vm/memfd_noexec").isFile;
  } catch {
    return false;
  }
}
