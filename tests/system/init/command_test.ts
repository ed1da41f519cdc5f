/** Which program is started, with which words and which environment, and what is said when it cannot be. */
import assert from "node:assert/strict";
import { compileProgram } from "../../support/programs.ts";
import { runShell } from "../../support/shell.ts";
import { runWrapper, type WrapperOptions } from "../../support/wrapper.ts";

const app = compileProgram("app");
const folder = Deno.makeTempDirSync({ prefix: "cloudtaser-command-" });
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

const QUIET = { CLOUDTASER_LOG_LEVEL: "error" };

/** With our log at errors, so that nothing is said when all is well. */
function run(options: WrapperOptions) {
  const env = Array.isArray(options.env)
    ? [...options.env, "CLOUDTASER_LOG_LEVEL=error"]
    : { ...QUIET, ...options.env };
  return runWrapper({ ...options, env });
}

function write(name: string, text: string | Uint8Array, mode: number): string {
  const path = `${folder}/${name}`;
  const bytes = typeof text === "string"
    ? new TextEncoder().encode(text)
    : text;
  Deno.writeFileSync(path, bytes);
  Deno.chmodSync(path, mode);
  return path;
}

Deno.test("PATH of the application finds the program", async () => {
  Deno.mkdirSync(`${folder}/empty/tool`, { recursive: true });
  Deno.mkdirSync(`${folder}/bin`);
  write("bin/tool", "#!/bin/sh\necho found by $0\n", 0o755);
  const env = { PATH: `/nonexistent:${folder}/empty:${folder}/bin` };
  const { code, stdout } = await run({ args: ["tool"], env });
  assert.equal(code, 0);
  assert.equal(stdout, `found by ${folder}/bin/tool\n`);
});

Deno.test("without PATH the usual folders are looked at", async () => {
  const { code, stdout } = await run({ args: ["echo", "here"] });
  assert.equal(code, 0);
  assert.equal(stdout, "here\n");
});

Deno.test("an empty folder in PATH is the working directory", async () => {
  write("local", "#!/bin/sh\necho local\n", 0o755);
  const env = { PATH: "/nonexistent:" };
  const { stdout } = await run({ args: ["local"], env, cwd: folder });
  assert.equal(stdout, "local\n");
});

Deno.test("what is not there is 127", async () => {
  for (const name of ["no-such-program", "/no/such/program", "/etc/passwd/x"]) {
    const { code, stderr } = await run({ args: [name] });
    assert.equal(code, 127, name);
    assert.match(
      stderr,
      /^\S+Z \[cloudtaser-wrapper\] error: Cannot start .*\n$/,
    );
  }
});

Deno.test("an empty word is no program: 127", async () => {
  const { code, stderr } = await run({ args: ["--", ""] });
  assert.equal(code, 127, stderr);
});

Deno.test("an interpreter that is not there is 127", async () => {
  const path = write("odd", "#!/no/such/interpreter\n", 0o755);
  const { code, stderr } = await run({ args: [path] });
  assert.equal(code, 127);
  assert.match(stderr, /interpreter is missing/);
});

Deno.test("what may not be run is 126", async () => {
  const plain = write("plain", "#!/bin/sh\n", 0o644);
  for (const name of [plain, "/etc"]) {
    const { code, stderr } = await run({ args: [name] });
    assert.equal(code, 126, name);
    assert.match(
      stderr,
      /^\S+Z \[cloudtaser-wrapper\] error: .*not executable.*\n$/,
    );
  }
});

Deno.test("a script without #! is run by /bin/sh, arguments and all", async () => {
  const path = write("script", 'echo "$0 $1"; exit 5\n', 0o755);
  const { code, stdout } = await run({ args: [path, "two words"] });
  assert.equal(code, 5);
  assert.equal(stdout, `${path} two words\n`);
});

Deno.test("a script without #! is found by PATH, past folders of its name", async () => {
  Deno.mkdirSync(`${folder}/first/bare`, { recursive: true });
  Deno.mkdirSync(`${folder}/second`);
  write("second/bare", "echo bare $0\n", 0o755);
  const env = { PATH: `${folder}/first:${folder}/second:/bin` };
  const { code, stdout, stderr } = await run({ args: ["bare"], env });
  assert.equal(code, 0, stderr);
  assert.equal(stdout, `bare ${folder}/second/bare\n`);
});

Deno.test("arguments that are too large for the kernel are one line, 71", async () => {
  // A quarter of the stack is what the kernel takes, pointers included.
  const words = "x ".repeat(60_000);
  const script = 'ulimit -s 1500; exec "$W"';
  const env = { CLOUDTASER_ORIGINAL_CMD: `/bin/echo ${words}` };
  const { code, stderr } = await runShell(script, env);
  assert.equal(code, 71, stderr);
  assert.match(stderr, /^\S+Z \[cloudtaser-wrapper\] error: .*E2BIG.*\n$/);
});

Deno.test("-- ends our own flags, once", async () => {
  const args = ["--log-level=error", "--", "/bin/echo", "--", "--help"];
  const { code, stdout } = await run({ args });
  assert.equal(code, 0);
  assert.equal(stdout, "-- --help\n");
});

Deno.test("words behind the program are its own", async () => {
  const { stdout } = await run({ args: ["/bin/echo", "--version", "-h"] });
  assert.equal(stdout, "--version -h\n");
});

Deno.test("CLOUDTASER_ORIGINAL_CMD is the command when there are no words", async () => {
  for (
    const [text, wanted] of [
      [`/bin/echo 'a b' "c \\"d" e\\ f`, 'a b c "d e f\n'],
      ['["/bin/echo", "a b", "$HOME", ""]', "a b $HOME \n"],
      ["/bin/echo $HOME; exit 3", "$HOME; exit 3\n"],
    ] as const
  ) {
    const env = { CLOUDTASER_ORIGINAL_CMD: text };
    const { code, stdout } = await run({ args: [], env });
    assert.equal(code, 0);
    assert.equal(stdout, wanted);
  }
});

Deno.test("words of the command line win over CLOUDTASER_ORIGINAL_CMD", async () => {
  const env = { CLOUDTASER_ORIGINAL_CMD: "/bin/echo original" };
  const { stdout } = await run({ args: ["/bin/echo", "given"], env });
  assert.equal(stdout, "given\n");
});

Deno.test("no command at all is 64", async () => {
  const { code, stderr } = await run({ args: [] });
  assert.equal(code, 64);
  assert.match(stderr, /CLOUDTASER_ORIGINAL_CMD/);
});

Deno.test("arguments reach it byte for byte", async () => {
  const odd = Uint8Array.from([0x61, 0xff, 0xfe, 0x80, 0x0a, 0xc3, 0x28]);
  const { stdoutBytes } = await run({
    args: ["/usr/bin/printf", "%s|", odd, "", "last"],
    env: [],
  });
  const wanted = [...odd, 0x7c, 0x7c, ...new TextEncoder().encode("last|")];
  assert.deepEqual([...stdoutBytes], wanted);
});

Deno.test("the environment reaches it byte for byte, in its order", async () => {
  const theirs = [
    "HOME=/somewhere",
    "DENO_DIR=/theirs",
    "NODE_OPTIONS=--theirs",
    "LD_LIBRARY_PATH=/theirs",
    "CT_NOFILE_SOFT=theirs",
    "SSL_CERT_FILE=/theirs",
    Uint8Array.from([0x41, 0xff, 0x3d, 0x80, 0x0a, 0xc3]),
    "TWICE=1",
    "TWICE=2",
    "EMPTY=",
    "NO_EQUALS",
    "=NAMELESS",
  ];
  const ours = ["VAULT_ADDR=x", "BAO_ADDR=x", "CLOUDTASER_KILL_GROUP=true"];
  const { stdoutBytes } = await run({
    args: [app, "env"],
    env: [...theirs, ...ours],
  });
  const wanted = theirs.flatMap((entry) => [
    ...(typeof entry === "string" ? new TextEncoder().encode(entry) : entry),
    0x0a,
  ]);
  assert.deepEqual([...stdoutBytes], wanted);
});

Deno.test("a user's LD_PRELOAD is the application's, not ours", async () => {
  const env = { LD_PRELOAD: "/no/such/library.so" };
  const { code, stdout, stderr } = await run({ args: [app, "env"], env });
  assert.equal(code, 0);
  assert.equal(stdout, "LD_PRELOAD=/no/such/library.so\n");
  assert.equal(stderr, "");
});

Deno.test("variables of ours are passed on when they are asked for", async () => {
  const env = {
    VAULT_ADDR: "http://vault",
    BAO_ADDR: "http://bao",
    CLOUDTASER_PASSTHROUGH: "VAULT_ADDR",
  };
  const { stdout } = await run({ args: [app, "env"], env });
  assert.equal(stdout, "VAULT_ADDR=http://vault\n");
});

Deno.test("help on an unknown topic is a usage error that lists the topics", async () => {
  const { code, stderr } = await run({ args: ["help", "agnet"] });
  assert.equal(code, 64);
  assert.match(stderr, /no help on "agnet": use help run, check, .* or policy/);
  assert.doesNotMatch(stderr, /Internal error/);
});
