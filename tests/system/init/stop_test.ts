/** Ending the application: asked first, killed with its group when the grace is over. */
import assert from "node:assert/strict";
import { startApp } from "../../support/app.ts";
import { eventually } from "../../support/eventually.ts";
import { testInBothRoles } from "../../support/roles.ts";
import { childrenOf, isAlive, raise } from "../../support/proc.ts";
import { compileProgram } from "../../support/programs.ts";
import { startWrapper, type Wrapper } from "../../support/wrapper.ts";

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
    assert.match(
      stderr,
      /warning: .*within 0\.3 s .*STOP_GRACE\), sending KILL/,
    );
    await eventually(() => family.filter(isAlive).length, (n) => n === 0);
  },
);

testInBothRoles("INT starts the grace too", async (role) => {
  await using wrapper = await startApp("signals 64", { ...role, env: SHORT });
  wrapper.signal("SIGINT");
  assert.equal((await wrapper.ended).code, 137);
});

/** A page of the status server comes after a timer of 1 ms that must not be there. */
async function passTime(wrapper: Wrapper): Promise<void> {
  for (let page = 0; page < 20; page++) await wrapper.page("/readyz");
}

testInBothRoles("QUIT is forwarded and ends nothing", async (role) => {
  await using wrapper = await startApp("signals 15", {
    ...role,

    env: { CLOUDTASER_STOP_GRACE: "1ms" },
  });
  wrapper.signal("SIGQUIT");
  await wrapper.waitForOutput(/signal 3\n/);
  await passTime(wrapper);
  raise(wrapper.applicationPid, 15);
  const { code, stderr } = await wrapper.ended;
  assert.equal(code, 40);
  assert.doesNotMatch(stderr, /sending KILL/);
});

testInBothRoles(
  "stop signals are those that the setting names",
  async (role) => {
    await using wrapper = await startApp("signals 64", {
      ...role,

      env: {
        CLOUDTASER_STOP_GRACE: "1ms",
        CLOUDTASER_STOP_SIGNALS: "QUIT,RTMIN+3",
      },
    });
    wrapper.signal("SIGTERM");
    await wrapper.waitForOutput(/signal 15\n/);
    await passTime(wrapper);
    assert.doesNotMatch(wrapper.stderr.text, /sending KILL/);
    raise(wrapper.pid, 37);
    const { code, stderr } = await wrapper.ended;
    assert.equal(code, 137);
    assert.match(stderr, /sending KILL/);
  },
);

testInBothRoles("without stop signals nothing starts", async (role) => {
  await using wrapper = startWrapper({
    ...role,
    args: [app, "exit", "0"],
    env: { CLOUDTASER_STOP_SIGNALS: "" },
  });
  const { code, stderr } = await wrapper.ended;
  assert.equal(code, 78);
  assert.match(
    stderr,
    /CLOUDTASER_STOP_SIGNALS is empty: set at least one signal/,
  );
});

testInBothRoles(
  "a second TERM is forwarded, and does not set the grace back",
  async (role) => {
    await using wrapper = await startApp("signals 64", { ...role, env: SHORT });
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
  await using wrapper = await startApp("signals 1", {
    ...role,

    env: { CLOUDTASER_STOP_GRACE: "off" },
  });
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
