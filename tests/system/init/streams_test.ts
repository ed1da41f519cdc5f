/** Standard streams that are closed, full or broken, and a port that is taken: none of it keeps an application from running. */
import assert from "node:assert/strict";
import { testInBothRoles } from "../../support/roles.ts";
import { runShell } from "../../support/shell.ts";
import { runWrapper } from "../../support/wrapper.ts";

const LOUD = { CLOUDTASER_LOG_LEVEL: "debug" };

Deno.test("closed standard streams", async () => {
  const ran = `"$W" /bin/sh -c "echo ran > \\"$F\\"; exit 4"`;
  for (const closed of ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"]) {
    const script = `F=$(mktemp); export F; (exec ${ran} ${closed})
      echo "status $?"; cat "$F"; rm "$F"`;
    const { stdout } = await runShell(script, LOUD);
    assert.equal(stdout, "status 4\nran\n", closed);
  }
});

Deno.test("a log that nobody reads", async () => {
  // The pipe is full and its reader sleeps: `sleep` holds it open, then is ended.
  const { stdout } = await runShell(FULL_PIPE, LOUD);
  assert.equal(stdout, "application\nstatus 6\n");
});

/** `$D/log` is a pipe that is full; 9 writes to it, and `$S` holds it open without reading. */
const FILL = `
D=$(mktemp -d) && mkfifo "$D/log"
sleep 600 < "$D/log" & S=$!
exec 9> "$D/log"
python3 -I -c 'import os,fcntl
fcntl.fcntl(9, fcntl.F_SETFL, os.O_NONBLOCK)
try:
  while True: os.write(9, b"x" * 4096)
except BlockingIOError: pass
fcntl.fcntl(9, fcntl.F_SETFL, 0)'`;

const FULL_PIPE = `${FILL}
"$W" /bin/sh -c 'echo application; exit 6' 2>&9
echo "status $?"
kill $S; rm -r "$D"
`;

Deno.test("a log that is read again goes on", async () => {
  const script = `${FILL}
"$W" "$A" signals 15 > "$D/out" 2>&9 & P=$!
until grep -q ready "$D/out"; do sleep 0.02; done
cat < "$D/log" > "$D/read" 2>/dev/null 9>&- & C=$!
exec 9>&-
kill -USR1 $P
until grep -q 'Received SIGUSR1' "$D/read"; do kill -USR1 $P; sleep 0.02; done
kill -TERM $P; wait $P; echo "status $?"
kill $S $C; rm -r "$D"`;
  const { stdout } = await runShell(script, LOUD);
  assert.equal(stdout, "status 40\n");
});

Deno.test("a log whose reader has gone", async () => {
  const script = `python3 -I -c '
import os
r, w = os.pipe()
os.close(r)
os.dup2(w, 2)
os.execv(os.environ["W"], ["w", "/bin/sh", "-c", "exit 6"])'; echo "status $?"`;
  const { stdout } = await runShell(script, LOUD);
  assert.equal(stdout, "status 6\n");
});

Deno.test("a file system that is full", async () => {
  const script = `"$W" /bin/echo ran 2>/dev/full; echo "status $?"`;
  const { stdout } = await runShell(script, LOUD);
  assert.equal(stdout, "ran\nstatus 0\n");
});

for (
  const [title, stream, start] of [
    ["journald gets priorities", "$(stat -Lc %d:%i /proc/self/fd/2)", "<3>"],
    ["a stream of another process is not journald", "1:2", "\\S+Z "],
  ] as const
) {
  Deno.test(title, async () => {
    const script = `export JOURNAL_STREAM="${stream}"; exec "$W" /nonexistent`;
    const { code, stderr } = await runShell(script);
    assert.equal(code, 127);
    const form = `^${start}\\[cloudtaser-wrapper\\] error: .*\n$`;
    assert.match(stderr, new RegExp(form));
  });
}

Deno.test("without the time a line has the specification's letters", async () => {
  const script = 'exec "$W" --log-time=off --log-level=info -- "$A" exit 0';
  const { stderr } = await runShell(script);
  assert.match(stderr, /^\[cloudtaser-wrapper\] Protection score: \d+\/75\n/);
});

testInBothRoles("a port that is taken is one warning", async (role) => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    const { code, stdout, stderr } = await runWrapper({
      ...role,
      args: ["/bin/echo", "ran"],
      env: {
        CLOUDTASER_LISTEN: `127.0.0.1:${listener.addr.port}`,
        CLOUDTASER_LOG_LEVEL: "warning",
      },
    });
    assert.equal(code, 0);
    assert.equal(stdout, "ran\n");
    assert.match(
      stderr,
      /^\S+Z \[cloudtaser-wrapper\] warning: .*CLOUDTASER_LISTEN.*\n/,
    );
    assert.equal(stderr.match(/warning: /g)?.length, 1, stderr);
  } finally {
    listener.close();
  }
});

Deno.test("nothing is printed but our log", async () => {
  const script = 'exec "$W" "$A" exit 0';
  const { code, stdout, stderr } = await runShell(script);
  assert.deepEqual({ code, stdout, stderr }, {
    code: 0,
    stdout: "",
    stderr: "",
  });
});
