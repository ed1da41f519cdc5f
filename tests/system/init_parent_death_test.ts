/** A wrapper that is killed takes its application with it, also where it is not PID 1. */
import { eventually } from "../support/eventually.ts";
import { testInBothRoles } from "../support/in_both_roles.ts";
import { isAlive } from "../support/proc.ts";
import { compileProgram } from "../support/programs.ts";
import { startWrapper } from "../support/wrapper.ts";

const app = compileProgram("app");

testInBothRoles(
  "the application ends with a wrapper that is killed",
  async (role) => {
    await using wrapper = startWrapper({
      ...role,
      args: [app, "signals", "64"],
    });
    await wrapper.waitForOutput(/ready/);
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
