/** Processes below the wrapper: it reaps orphans, and the application ends when the wrapper is killed. */
import assert from "node:assert/strict";
import { startApp } from "../../support/app.ts";
import { eventually } from "../../support/eventually.ts";
import { testInBothRoles } from "../../support/roles.ts";
import { childrenOf, isAlive, stateOf } from "../../support/proc.ts";
import { compileProgram } from "../../support/programs.ts";
import { startWrapper } from "../../support/wrapper.ts";

const app = compileProgram("app");

testInBothRoles("1,000 orphans are reaped", async (role) => {
  await using wrapper = await startApp("orphans 1000", role);
  const application = wrapper.applicationPid;
  await eventually(
    () => childrenOf(wrapper.pid),
    (children) => children.length === 1,
  );
  assert.deepEqual(childrenOf(wrapper.pid), [application]);
  assert.equal((await wrapper.stop()).code, 40);
});

testInBothRoles(
  "20 daemons are adopted, and reaped when they end",
  async (role) => {
    await using wrapper = await startApp("daemons 20", role);
    const daemons = childrenOf(wrapper.pid)
      .filter((pid) => pid !== wrapper.applicationPid);
    assert.equal(daemons.length, 20);
    for (const pid of daemons) Deno.kill(pid, "SIGKILL");
    await eventually(() => childrenOf(wrapper.pid).length, (n) => n === 1);
    assert.equal(daemons.map(stateOf).join(""), "");
    assert.equal((await wrapper.stop()).code, 40);
  },
);

testInBothRoles("an orphan's end is not the application's", async (role) => {
  await using wrapper = startWrapper({
    ...role,
    args: ["/bin/sh", "-c", '(exit 7 &); exec "$0" signals 15', app],
  });
  await wrapper.waitForOutput(/ready/);
  await eventually(() => childrenOf(wrapper.pid).length, (n) => n === 1);
  assert.equal((await wrapper.stop()).code, 40);
});

testInBothRoles(
  "the application ends with a wrapper that is killed",
  async (role) => {
    await using wrapper = await startApp("signals 64", role);
    const { applicationPid } = wrapper;
    Deno.kill(wrapper.pid, "SIGKILL");
    await wrapper.ended;
    try {
      await eventually(() => isAlive(applicationPid), (alive) => !alive);
    } finally {
      if (isAlive(applicationPid)) Deno.kill(applicationPid, "SIGKILL");
    }
  },
);
