/** Unusual signals, limits and directories of the caller: the wrapper works, or ends with one line and status 71. */
import assert from "node:assert/strict";
import { startApp } from "../../support/app.ts";
import { testAsRoot, testInBothRoles } from "../../support/roles.ts";
import { compileProgram } from "../../support/programs.ts";
import { runShell } from "../../support/shell.ts";
import { startWrapper, WRAPPER } from "../../support/wrapper.ts";

/** A command that executes the wrapper with every signal ignored. */
const IGNORING = [
  "python3",
  "-Ic",
  `import os, signal, sys
for s in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}: signal.signal(s, signal.SIG_IGN)
os.execv(sys.argv[1], sys.argv[1:])`,
];

testInBothRoles(
  "an ignored SIGCHLD does not hide the application's end",
  async (role) => {
    await using wrapper = startWrapper({
      ...role,
      within: ["bash", "-c", 'trap "" CHLD; exec "$@"', "bash"],
      args: ["/bin/sh", "-c", "exit 7"],
    });
    assert.equal((await wrapper.ended).code, 7);
  },
);

testInBothRoles(
  "signals that the caller ignores are forwarded",
  async (role) => {
    await using wrapper = await startApp("signals 15", {
      ...role,
      within: IGNORING,
    });
    wrapper.signal("SIGPIPE");
    await wrapper.waitForOutput(/signal 13\n/);
    wrapper.signal("SIGHUP");
    await wrapper.waitForOutput(/signal 1\n/);
    assert.equal((await wrapper.stop()).code, 40);
  },
);

/** What the starting shell sets, and the line that reports it. */
const REFUSED: Readonly<Record<string, readonly [string, RegExp]>> = {
  "a removed working directory": [
    'd=$(mktemp -d) && cd "$d" && rmdir "$d"',
    /the working directory does not exist any more: start in one that does/,
  ],
  "2 GiB of addresses": ["ulimit -v 2097152", /RLIMIT_AS is below 65 GiB: /],
  "just too few addresses": [
    "ulimit -v $((65 * 1024 * 1024 - 1))",
    /RLIMIT_AS is below 65 GiB: /,
  ],
  "64 MiB of data": ["ulimit -d 65536", /RLIMIT_DATA is below 600 MiB: /],
  "just too little data": [
    "ulimit -d $((600 * 1024 - 1))",
    /RLIMIT_DATA is below 600 MiB: /,
  ],
  "16 KiB of stack": ["ulimit -s 16", /RLIMIT_STACK is below 512 KiB: /],
  "just too little stack": ["ulimit -s 511", /RLIMIT_STACK is below 512 KiB: /],
  "12 open files": ["ulimit -n 12", /RLIMIT_NOFILE is below 64: /],
  "files of 0 bytes": [
    "ulimit -f 0",
    /check the memory limit and RLIMIT_FSIZE/,
  ],
};

for (const [name, [mistake, line]] of Object.entries(REFUSED)) {
  Deno.test(`${name}: one line, exit 71`, async () => {
    const script = `${mistake}; exec "$W" "$A" exit 0`;
    const { code, stdout, stderr } = await runShell(script);
    assert.equal(code, 71, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, line);
    assert.match(stderr, /^\[cloudtaser-wrapper\] error: [^\n]+\n$/);
  });
}

/** The lowest accepted limits. */
const ENOUGH: Readonly<Record<string, string>> = {
  "65 GiB of addresses": "ulimit -v $((65 * 1024 * 1024))",
  "600 MiB of data": "ulimit -d $((600 * 1024))",
  "512 KiB of stack": "ulimit -s 512",
  "64 open files": "ulimit -n 64",
  "3 open files that may be more": "ulimit -Sn 3",
};

for (const [name, limit] of Object.entries(ENOUGH)) {
  Deno.test(`${name}: it runs`, async () => {
    const { code, stderr } = await runShell(`${limit}; exec "$W" "$A" exit 9`);
    assert.equal(code, 9, stderr);
    assert.equal(stderr, "");
  });
}

testAsRoot("a closed stream and no /dev/null: one line, exit 71", async () => {
  const script =
    `exec unshare -m sh -c 'mount -t tmpfs none /dev && exec "$W" "$A" exit 0 <&-'`;
  const { code, stderr } = await runShell(script);
  assert.equal(code, 71, stderr);
  assert.match(stderr, /^\[.*open\(\/dev\/null\) answered ENOENT: [^\n]+\n$/);
});

/** The processes of this user are counted, so no other may run as it. */
const UID = 47_119;

testAsRoot(
  "an application may use up the limit of processes",
  async () => {
    const { code, stderr } = await new Deno.Command("prlimit", {
      args: ["--nproc=60", WRAPPER, compileProgram("app"), "bomb", "2500"],
      uid: UID,
      clearEnv: true,
      env: { CLOUDTASER_LISTEN: "off", CLOUDTASER_SCORE_INTERVAL: "700ms" },
    }).output();
    const text = new TextDecoder().decode(stderr);
    assert.equal(code, 9, text);
    assert.doesNotMatch(text, /Deno/);
  },
);
