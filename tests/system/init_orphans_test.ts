/** Orphans: whoever loses its parent below the wrapper is reaped by it, and does not end it. */
import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { testInBothRoles } from "../support/in_both_roles.ts";
import { childrenOf, stateOf } from "../support/proc.ts";
import { compileProgram } from "../support/programs.ts";
import { startWrapper } from "../support/wrapper.ts";

const app = compileProgram("app");

testInBothRoles("1,000 orphans are reaped", async (role) => {
  await using wrapper = startWrapper({
    ...role,
    args: [app, "orphans", "1000"],
  });
  await wrapper.waitForOutput(/ready/);
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
    await using wrapper = startWrapper({
      ...role,
      args: [app, "daemons", "20"],
    });
    await wrapper.waitForOutput(/ready/);
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
