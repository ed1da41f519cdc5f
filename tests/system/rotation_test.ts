/** Secrets that change while the application runs: log, signal or restart, as CLOUDTASER_ON_ROTATE says. */
import assert from "node:assert/strict";
import { startApp } from "../support/app.ts";
import { eventually } from "../support/eventually.ts";
import { type Role, testInBothRoles } from "../support/roles.ts";
import { childrenOf, isAlive, raise, stateOf } from "../support/proc.ts";
import { compileProgram } from "../support/programs.ts";
import { TestVault } from "../support/test_vault.ts";
import { startWrapper, type Wrapper } from "../support/wrapper.ts";

const app = compileProgram("app");

/** Starts a wrapper that refreshes secrets at short intervals, with this policy. */
function start(
  role: Role,
  vault: TestVault,
  onRotate: string,
  args: readonly string[],
): Wrapper {
  const env = vault.env({
    CLOUDTASER_REFRESH_INTERVAL: "300ms",
    CLOUDTASER_ON_ROTATE: onRotate,
  });
  return startWrapper({ ...role, args, env });
}

/** Waits for `more` refreshes that begin after this call. */
async function refreshes(wrapper: Wrapper, more: number): Promise<void> {
  const seen = wrapper.stderr.text.match(/Checked for changes/g)?.length ?? 0;
  // The next one may have begun before this call.
  await wrapper.waitForLog(/Checked for changes/, { count: seen + more + 1 });
}

testInBothRoles(
  "none: the change is logged once, and the application keeps running",
  async (role) => {
    await using vault = await TestVault.start();
    await using wrapper = start(role, vault, "none", [app, "signals", "15"]);
    await wrapper.waitForOutput(/ready/);
    const { applicationPid } = wrapper;
    await vault.setPassword("second-password");
    await wrapper.waitForLog(/Changed: DB_PASSWORD; the application keeps/);
    await refreshes(wrapper, 2);
    assert.equal(wrapper.applicationPid, applicationPid);
    const { code, stdout, stderr } = await wrapper.stop();
    assert.equal(code, 40);
    assert.deepEqual(stdout.match(/signal \d+/g), ["signal 15"]);
    assert.equal(stderr.match(/Changed:/g)?.length, 1);
  },
);

testInBothRoles(
  "signal: sent once for a changed value, not for a new version with the same value",
  async (role) => {
    await using vault = await TestVault.start();
    await using wrapper = start(role, vault, "signal:USR1", [
      app,
      "signals",
      "15",
    ]);
    await wrapper.waitForOutput(/ready/);
    await vault.setPassword("s3cr3t-p4ss");
    await refreshes(wrapper, 2);
    assert.doesNotMatch(wrapper.stdout.text, /signal/);
    await vault.setPassword("second-password");
    await wrapper.waitForOutput(/signal 10\n/);
    await refreshes(wrapper, 2);
    const { code, stdout } = await wrapper.stop();
    assert.equal(code, 40);
    assert.deepEqual(stdout.match(/signal \d+/g), ["signal 10", "signal 15"]);
  },
);

const LIFE = `
test -e "$0" && kill -0 $(cat "$0") 2>/dev/null && echo "two at once"
echo $$ > "$0"
trap 'echo "ended with $DB_PASSWORD"; exit 0' TERM
echo "started with $DB_PASSWORD"
while :; do sleep 600 & wait $!; done
`;

testInBothRoles(
  "restart: the new application has the new value, the old one and its group are gone",
  async (role) => {
    await using vault = await TestVault.start();
    const file = await Deno.makeTempFile();
    const args = ["/bin/sh", "-c", LIFE, file];
    await using wrapper = start(role, vault, "restart", args);
    await wrapper.waitForOutput(/started with s3cr3t-p4ss\n/);
    const old = wrapper.applicationPid;
    const [sleeper = 0] = await eventually(
      () => childrenOf(old),
      (children) => children.length === 1,
    );
    await vault.setPassword("second-password");
    await wrapper.waitForOutput(/started with second-password\n/);
    assert.notEqual(wrapper.applicationPid, old);
    await eventually(() => isAlive(old) || isAlive(sleeper), (alive) => !alive);
    await vault.setPassword("third-password");
    await wrapper.waitForOutput(/started with third-password\n/);
    await using _rest = leftOver(wrapper.applicationPid);
    const { code, stdout, stderr } = await wrapper.stop();
    assert.equal(code, 0);
    const ends = stderr.match(/\] The application exited with code 0$/gm);
    assert.equal(ends?.length, 3, "each end is logged, without a warning");
    const starts = stderr.match(
      /\] The application started again \(pid \d+\)$/gm,
    );
    assert.equal(starts?.length, 2, "each start after the first is logged");
    assert.deepEqual(stdout.trim().split("\n"), [
      "started with s3cr3t-p4ss",
      "ended with s3cr3t-p4ss",
      "started with second-password",
      "ended with second-password",
      "started with third-password",
      "ended with third-password",
    ]);
    await Deno.remove(file);
  },
);

/** Ends the shell's `sleep` after the shell, because it keeps the test's pipes open. */
function leftOver(pid: number): AsyncDisposable {
  const [sleeper] = childrenOf(pid);
  const work = eventually(() => isAlive(pid), (alive) => !alive).then(() => {
    if (sleeper && isAlive(sleeper)) Deno.kill(sleeper, "SIGKILL");
  });
  return { [Symbol.asyncDispose]: () => work };
}

testInBothRoles(
  "restart: an application that ignores TERM is killed after the grace",
  async (role) => {
    await using vault = await TestVault.start();
    await using wrapper = await startApp("signals 1", {
      ...role,

      env: vault.env({
        CLOUDTASER_REFRESH_INTERVAL: "300ms",
        CLOUDTASER_ON_ROTATE: "restart",
        CLOUDTASER_STOP_GRACE: "200ms",
      }),
    });
    await vault.setPassword("second-password");
    await wrapper.waitForOutput(/ready/, { count: 2 });
    wrapper.signal("SIGHUP");
    assert.equal((await wrapper.ended).code, 40);
  },
);

testInBothRoles(
  "restart: after a TERM while the old application ends, no new one starts",
  async (role) => {
    await using vault = await TestVault.start();
    await using wrapper = start(role, vault, "restart", [app, "signals", "1"]);
    await wrapper.waitForOutput(/ready/);
    await vault.setPassword("second-password");
    await wrapper.waitForOutput(/signal 15\n/);
    wrapper.signal("SIGTERM");
    await wrapper.waitForOutput(/signal 15\n/, { count: 2 });
    wrapper.signal("SIGHUP");
    const { code, stdout } = await wrapper.ended;
    assert.equal(code, 40);
    assert.equal(stdout.match(/ready/g)?.length, 1);
  },
);

/** The first run handles signals; the second has no handler, so the first signal ends it. */
const TWO_LIVES = `
test -s "$1" && exec sleep 600
echo lived > "$1"
exec "$0" signals 1`;

testInBothRoles(
  "restart: a signal after the death of the old application goes to the new one",
  async (role) => {
    await using vault = await TestVault.start();
    const file = await Deno.makeTempFile();
    const args = ["/bin/sh", "-c", TWO_LIVES, app, file];
    await using wrapper = start(role, vault, "restart", args);
    await wrapper.waitForOutput(/ready/);
    const old = wrapper.applicationPid;
    await vault.setPassword("second-password");
    await wrapper.waitForOutput(/signal 15\n/);
    // While the wrapper is stopped, the old application ends and a signal arrives: the wrapper sees both at once.
    const { pid } = wrapper;
    Deno.kill(pid, "SIGSTOP");
    await eventually(() => stateOf(pid), (letter) => letter === "T");
    raise(old, 1);
    await eventually(() => stateOf(old), (letter) => letter === "Z");
    raise(pid, 10);
    Deno.kill(pid, "SIGCONT");
    assert.equal((await wrapper.ended).code, 138);
    await Deno.remove(file);
  },
);

testInBothRoles(
  "restart: an application that cannot be started again ends the wrapper",
  async (role) => {
    await using vault = await TestVault.start();
    const folder = await Deno.makeTempDir();
    await Deno.copyFile(app, `${folder}/app`);
    await Deno.chmod(`${folder}/app`, 0o755);
    const args = [`${folder}/app`, "signals", "15"];
    await using wrapper = start(role, vault, "restart", args);
    await wrapper.waitForOutput(/ready/);
    await Deno.remove(folder, { recursive: true });
    await vault.setPassword("second-password");
    const { code, stderr } = await wrapper.ended;
    assert.equal(code, 127);
    assert.match(stderr, /error: Cannot start .* exit_code=127\n/);
  },
);

testInBothRoles(
  "a Vault that hangs does not delay the end",
  async (role) => {
    await using vault = await TestVault.startWithProxy();
    await using wrapper = start(role, vault, "none", [app, "signals", "1"]);
    await wrapper.waitForOutput(/ready/);
    vault.proxy.add({ kind: "hang" });
    const asked = vault.proxy.requests.length;
    await eventually(
      () => vault.proxy.requests.length,
      (count) => count > asked,
    );
    wrapper.signal("SIGHUP");
    const { code, stderr } = await wrapper.ended;
    vault.proxy.clear();
    assert.equal(code, 40);
    assert.doesNotMatch(stderr, /warning/);
  },
);
