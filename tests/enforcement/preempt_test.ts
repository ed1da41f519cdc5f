/**
 * A preemptible kernel: a tracing program that is interrupted is skipped for the
 * next process, so fmod_ret must not count these vectors, and BPF LSM must
 * refuse them.
 */
import { equal, match, ok } from "node:assert/strict";
import { Guest } from "./guest.ts";

const TIMES = 1500;

/** How often a process got a map while it interrupted another that asked. */
async function race(guest: Guest): Promise<number> {
  return Number(await guest.do(`tricks race ${TIMES}`));
}

Deno.test("a preemptible kernel gets no promise that it breaks", async (test) => {
  await using guest = await Guest.boot({
    kernel: "debian-6.12",
    parameters: ["preempt=full"],
  });
  await test.step("fmod_ret counts what is certain", async () => {
    await guest.startAgent("--backends=fmod_ret", "--exec=deny");
    const { vectors } = await guest.agentStatus();
    const ids: string[] = vectors.ids;
    for (const id of ["ptrace_attach", "process_vm_readv", "proc_environ"]) {
      ok(ids.includes(id), id);
    }
    for (const id of ["core_signal", "perf_task", "proc_cmdline"]) {
      ok(!ids.includes(id), id);
    }
    match(
      await guest.do("cat /tmp/agent.log"),
      /kernel is preemptible \(preempt=full\)/,
    );
    equal(await race(guest), TIMES);
    await guest.removeAgent();
  });
  await test.step("fmod_ret gives no lock", async () => {
    const { code, output } = await guest.try(
      "cloudtaser-wrapper agent --check --backends=fmod_ret --lock=on",
    );
    equal(code, 71);
    match(output, /fmod_ret cannot enforce the lock/);
    match(output, /preempt=voluntary/);
  });
  await test.step("BPF LSM keeps it", async () => {
    await guest.startAgent("--lock=on");
    equal(await race(guest), 0);
  });
});
