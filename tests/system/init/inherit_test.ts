/** What the application inherits is what it would have had without the wrapper. */
import assert from "node:assert/strict";
import { runShell } from "../../support/shell.ts";

/** Runs `show` with and without the wrapper, in the same surroundings. */
async function compare(surroundings: string): Promise<string> {
  const script = (wrapper: string) =>
    `{ ${wrapper} "$A" show; } ${surroundings}`;
  const bare = await runShell(script(""));
  const wrapped = await runShell(script('"$W"'));
  assert.equal(wrapped.stderr, "");
  assert.equal(wrapped.code, 0);
  assert.deepEqual(files(wrapped.stdout), files(bare.stdout));
  assert.equal(line(wrapped.stdout, "nofile"), line(bare.stdout, "nofile"));
  return wrapped.stdout;
}

/** Descriptors without the numbers of pipes, which each run makes anew. */
function files(shown: string): string[] {
  return shown.split("\n").filter((line) => line.startsWith("fd "))
    .map((line) => line.replace(/pipe:\[\d+\] inode \d+/, "pipe"));
}

function line(shown: string, name: string): string {
  return shown.split("\n").find((line) => line.startsWith(`${name} `)) ?? "";
}

Deno.test("signals: default dispositions, empty mask, nothing pending", async () => {
  const shown = await compare("");
  const zero = "0000000000000000";
  for (const field of ["SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt"]) {
    assert.match(shown, new RegExp(`${field}:\\t${zero}\n`));
  }
});

Deno.test("signals: ignored and blocked ones of our caller are default too", async () => {
  const script = `python3 -I -c '
import os, signal, sys
for s in (signal.SIGHUP, signal.SIGUSR1, signal.SIGPIPE): signal.signal(s, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGUSR2, 40})
os.execv(os.environ["W"], ["w", os.environ["A"], "show"])'`;
  const { code, stdout } = await runShell(script);
  assert.equal(code, 0);
  assert.match(stdout, /SigBlk:\t0{16}\nSigIgn:\t0{16}\n/);
});

Deno.test("it leads a process group of its own", async () => {
  assert.equal(line(await compare(""), "leads"), "leads 1");
});

Deno.test("descriptors: none of ours, stdio with its own inodes and flags", async () => {
  const shown = await compare("</etc/hostname");
  assert.match(shown, /fd 0 \/etc\/hostname inode \d+ flags 100000\n/);
});

Deno.test("descriptors: an inherited one is passed on", async () => {
  assert.match(await compare("7</etc/hostname"), /fd 7 \/etc\/hostname /);
});

Deno.test("descriptors: several are passed on", async () => {
  const shown = await compare("3</etc/hostname 4</etc/passwd 9</etc/group");
  assert.match(shown, /fd 3 \/etc\/hostname /);
  assert.match(shown, /fd 4 \/etc\/passwd /);
  assert.match(shown, /fd 9 \/etc\/group /);
});

Deno.test("limits: the soft number of open files stays as it was", async () => {
  const show = (wrapper: string) => `ulimit -Sn 333; exec ${wrapper} "$A" show`;
  const bare = await runShell(show(""));
  const wrapped = await runShell(show('"$W"'));
  assert.match(wrapped.stdout, /nofile 333 /);
  assert.equal(line(wrapped.stdout, "nofile"), line(bare.stdout, "nofile"));
});

Deno.test("the working directory and the umask stay", async () => {
  const script = 'cd /usr && umask 027 && exec "$W" /bin/sh -c "pwd; umask"';
  const { stdout } = await runShell(script);
  assert.equal(stdout, "/usr\n0027\n");
});
