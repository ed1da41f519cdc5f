/** Signals to the wrapper reach the application, each once, from 1 to 64. */
import assert from "node:assert/strict";
import { startApp } from "../../support/app.ts";
import { eventually } from "../../support/eventually.ts";
import { type Role, testInBothRoles } from "../../support/roles.ts";
import { childrenOf, raise, stateOf } from "../../support/proc.ts";
import { compileProgram } from "../../support/programs.ts";
import { startWrapper, type Wrapper } from "../../support/wrapper.ts";

const app = compileProgram("app");
const SIGUSR2 = 12;
const SIGTERM = 15;
const SIGCHLD = 17;
const SIGCONT = 18;
const SIGTSTP = 20;

/** KILL and STOP cannot be caught, 32 and 33 are glibc's. */
const NOT_FORWARDED = [9, 19, 32, 33];
/** For these the wrapper takes action, or they end the test's application. */
const LAST = SIGTERM;

const FORWARDED = Array.from({ length: 64 }, (_, n) => n + 1)
  .filter((n) => !NOT_FORWARDED.includes(n) && n !== SIGCHLD && n !== LAST);

testInBothRoles("each catchable signal is forwarded once", async (role) => {
  await using wrapper = await startApp("signals 15", role);
  for (const signo of FORWARDED) {
    raise(wrapper.pid, signo);
    await wrapper.waitForOutput(new RegExp(`signal ${signo}\n`));
  }
  raise(wrapper.pid, SIGCHLD);
  raise(wrapper.pid, SIGTERM);
  const { code, stdout } = await wrapper.ended;
  assert.equal(code, 40);
  assert.deepEqual(received(stdout), [...FORWARDED, SIGTERM]);
});

testInBothRoles("queued real-time signals all arrive", async (role) => {
  await using wrapper = await startApp("signals 15", role);
  raise(wrapper.pid, 40, 500);
  await wrapper.waitForOutput(/signal 40\n/, { count: 500 });
  raise(wrapper.pid, SIGTERM);
  const { code, stdout } = await wrapper.ended;
  assert.equal(code, 40);
  assert.equal(received(stdout).length, 501);
});

testInBothRoles("CONT after STOP reaches application", async (role) => {
  await using wrapper = await startApp("signals 15", role);
  const application = wrapper.applicationPid;
  raise(application, 19);
  await eventually(() => stateOf(application), (letter) => letter === "T");
  raise(wrapper.pid, SIGCONT);
  await wrapper.waitForOutput(/signal 18\n/);
  assert.equal((await wrapper.stop()).code, 40);
});

testInBothRoles("TSTP stops and CONT wakes it, as by default", async (role) => {
  await using wrapper = startWrapper({
    ...role,
    args: ["/bin/sh", "-c", "echo ready; exec sleep 600"],
  });
  await wrapper.waitForOutput(/ready/);
  const application = wrapper.applicationPid;
  raise(wrapper.pid, SIGTSTP);
  await eventually(() => stateOf(application), (letter) => letter === "T");
  raise(wrapper.pid, SIGCONT);
  await eventually(() => stateOf(application), (letter) => letter === "S");
  assert.equal((await wrapper.stop()).code, 143);
});

testInBothRoles("signals to the group when that is asked for", async (role) => {
  await using wrapper = await startGroup(role, "true");
  raise(wrapper.pid, SIGUSR2);
  await wrapper.waitForOutput(/signal 12\n/, { count: 2 });
  raise(wrapper.pid, SIGTERM);
  const { code, stdout } = await wrapper.ended;
  assert.equal(code, 40);
  assert.deepEqual(received(stdout).sort(), [12, 12, 15, 15]);
});

testInBothRoles("signals to the application alone by default", async (role) => {
  await using wrapper = await startGroup(role, "false");
  const [other = 0] = childrenOf(wrapper.applicationPid);
  raise(wrapper.pid, SIGUSR2);
  await wrapper.waitForOutput(/signal 12\n/);
  raise(other, SIGTERM);
  await wrapper.waitForOutput(/signal 15\n/);
  raise(wrapper.pid, SIGTERM);
  const { code, stdout } = await wrapper.ended;
  assert.equal(code, 40);
  // CHLD is about the other one.
  const signals = received(stdout).filter((signo) => signo !== SIGCHLD);
  assert.deepEqual(signals, [12, 15, 15]);
});

/** Two programs that tell their signals, in one process group. */
async function startGroup(role: Role, killGroup: string): Promise<Wrapper> {
  const script = '"$0" signals 15 & exec "$0" signals 15';
  const wrapper = startWrapper({
    ...role,
    args: ["/bin/sh", "-c", script, app],
    env: { CLOUDTASER_KILL_GROUP: killGroup },
  });
  await wrapper.waitForOutput(/ready/, { count: 2 });
  return wrapper;
}

function received(stdout: string): number[] {
  return [...stdout.matchAll(/signal (\d+)\n/g)].map(([, n]) => Number(n));
}
