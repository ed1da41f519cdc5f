/** Core dumps: a wrapper that is killed by a fault leaves none, whatever the limit says. The control leaves one with the secret in it. */
import assert from "node:assert/strict";
import { TestVault } from "../../support/test_vault.ts";
import { compileProgram } from "../../support/programs.ts";
import { runShell } from "../../support/shell.ts";

const search = compileProgram("search");
const victim = compileProgram("victim");
const PATTERN = Deno.readTextFileSync("/proc/sys/kernel/core_pattern").trim();
const SECRET = "core-71d4a9e35cf8b026";

/** A pattern that is a pipe or a path would write where other programs look. */
const ignore = /[|/]/.test(PATTERN);

/** Starts a program in a folder of its own, makes it fault, and tells what it leaves. */
function endByFault(program: string): string {
  return `
D=$(mktemp -d); chmod 777 "$D"; cd "$D"; ulimit -c unlimited
${program} > out 2> log & P=$!
until grep -qE "ready|end 1" out; do sleep 0.05; kill -0 $P || break; done
"${search}" fault $P >/dev/null; wait $P 2>/dev/null; echo "status $?"
ls | grep -c '^core'
cat core* 2>/dev/null | grep -aq "$WANTED" && echo found || echo clean
kill -KILL $(sed -n 's/ready //p' out) 2>/dev/null
cd /; rm -r "$D"`;
}

// A fault of its own: a signal that is sent is forwarded to the application.
Deno.test({
  name: "no core of the wrapper after a fault",
  ignore,
  fn: async () => {
    await using vault = await TestVault.start();
    await vault.setPassword(SECRET);
    const env = { ...vault.env(), WANTED: SECRET };
    const script = endByFault('"$W" "$A" signals 1');
    const { stdout } = await runShell(script, env);
    assert.equal(stdout, "status 139\n0\nclean\n");
  },
});

Deno.test({
  name: "control: a core of an unprotected process after a fault",
  ignore,
  fn: async () => {
    const script = endByFault(`"${victim}" --secret=WANTED`);
    const { stdout } = await runShell(script, { WANTED: SECRET });
    assert.equal(stdout, "status 139\n1\nfound\n");
  },
});

Deno.test({
  name:
    "the application's own core is its own business: it may raise its limit",
  ignore,
  fn: async () => {
    const script =
      'ulimit -c unlimited; exec "$W" /bin/sh -c "ulimit -Sc; ulimit -Hc; ulimit -Sc unlimited; ulimit -Sc"';
    const { stdout } = await runShell(script);
    assert.equal(stdout, "0\nunlimited\nunlimited\n");
  },
});
