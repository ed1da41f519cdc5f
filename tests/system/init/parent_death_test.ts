/** A wrapper that is killed takes its application with it, also where it is not PID 1. */
import { startApp } from "../../support/app.ts";
import { eventually } from "../../support/eventually.ts";
import { testInBothRoles } from "../../support/roles.ts";
import { isAlive } from "../../support/proc.ts";

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
