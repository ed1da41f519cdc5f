/** Ending the application: asked first, killed with its group when the grace is over. */
import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { testInBothRoles } from "../support/in_both_roles.ts";
import { childrenOf, isAlive } from "../support/proc.ts";
import { compileProgram } from "../support/programs.ts";
import { startWrapper } from "../support/wrapper.ts";

const app = compileProgram("app");
const SHORT = { CLOUDTASER_STOP_GRACE: "300ms" };

testInBothRoles(
  "who ignores TERM is killed with its group after the grace",
  async (role) => {
    await using wrapper = startWrapper({
      ...role,
      args: ["/bin/sh", "-c", '"$0" signals 64 & exec "$0" signals 64', app],
      env: SHORT,
    });
    await wrapper.waitForOutput(/ready/, { count: 2 });
    const family = [
      wrapper.applicationPid,
      ...childrenOf(wrapper.applicationPid),
    ];
    assert.equal(family.length, 2);
    const { code, stderr } = await wrapper.stop();
    assert.equal(code, 137);
    assert.match(stderr, /warning: .*within 0\.3 s, sending KILL.*STOP_GRACE/);
    await eventually(() => family.filter(isAlive).length, (n) => n === 0);
  },
);

for (const name of ["SIGINT", "SIGQUIT"] as const) {
  testInBothRoles(`${name} starts the grace too`, async (role) => {
    await using wrapper = startWrapper({
      ...role,
      args: [app, "signals", "64"],
      env: SHORT,
    });
    await wrapper.waitForOutput(/ready/);
    wrapper.signal(name);
    assert.equal((await wrapper.ended).code, 137);
  });
}

testInBothRoles(
  "a second TERM is forwarded, and does not set the grace back",
  async (role) => {
    await using wrapper = startWrapper({
      ...role,
      args: [app, "signals", "64"],
      env: SHORT,
    });
    await wrapper.waitForOutput(/ready/);
    wrapper.signal("SIGTERM");
    await wrapper.waitForOutput(/signal 15\n/);
    wrapper.signal("SIGTERM");
    await wrapper.waitForOutput(/signal 15\n/, { count: 2 });
    const { code, stderr } = await wrapper.ended;
    assert.equal(code, 137);
    assert.equal(stderr.match(/sending KILL/g)?.length, 1);
  },
);

testInBothRoles("without a grace it is never killed", async (role) => {
  await using wrapper = startWrapper({
    ...role,
    args: [app, "signals", "1"],
    env: { CLOUDTASER_STOP_GRACE: "off" },
  });
  await wrapper.waitForOutput(/ready/);
  wrapper.signal("SIGTERM");
  await wrapper.waitForOutput(/signal 15\n/);
  wrapper.signal("SIGHUP");
  const { code, stderr } = await wrapper.ended;
  assert.equal(code, 40);
  assert.doesNotMatch(stderr, /KILL/);
});

testInBothRoles("an end within the grace is its own", async (role) => {
  // What it leaves behind must not hold our pipes.
  const script =
    "trap 'exit 9' TERM; sleep 600 >/dev/null 2>&1 & echo ready; wait";
  await using wrapper = startWrapper({
    ...role,
    args: ["/bin/sh", "-c", script],
  });
  await wrapper.waitForOutput(/ready/);
  const [sleeper = 0] = childrenOf(wrapper.applicationPid);
  const { code } = await wrapper.stop();
  if (isAlive(sleeper)) Deno.kill(sleeper, "SIGKILL");
  assert.equal(code, 9);
});
