/**
 * An agent that is killed during its start, again and again, later each time:
 * there is no moment without protection, and the next agent completes the start.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { attackOnce } from "./attackers.ts";
import { Guest, PINS, SOCKET, type Victim, waitFor } from "./guest.ts";

const FIRST_S = 0.5;
const STEP_S = 0.4;
const LAST_S = 14;
const GROUP = "/sys/fs/cgroup/agent";

/** Starts an agent and kills it after that time; answers whether it had come to its end. */
async function cutShort(guest: Guest, seconds: number): Promise<boolean> {
  const { output } = await guest.try(`rm -f ${SOCKET}
    sh -c 'echo $$ >${GROUP}/cgroup.procs
      exec cloudtaser-wrapper agent --lock=on --listen=off' \
      </dev/null >/tmp/short.log 2>&1 &
    sleep ${seconds.toFixed(1)}
    for pid in $(cat ${GROUP}/cgroup.procs); do kill -9 $pid; done 2>/dev/null
    ${
    waitFor(
      `! grep -q . ${GROUP}/cgroup.procs || grep -q irrevocable /tmp/short.log`,
    )
  }
    grep "irrevocable until reboot" /tmp/short.log`);
  return output.includes("irrevocable");
}

async function readVictim(guest: Guest, victim: Victim): Promise<string[]> {
  const got: string[] = [];
  for (const row of ["vm_readv", "mem", "vm_readv_child"]) {
    got.push(await attackOnce(guest, row, victim));
  }
  return got;
}

Deno.test("an agent that is killed during its start leaves no gap, and a lock that the next one completes", async (test) => {
  await using guest = await Guest.boot({ kernel: "debian-6.12" });
  await guest.startAgent();
  const victim = await guest.startVictim(`--agent=${SOCKET}`);
  const first = await readVictim(guest, victim);
  deepEqual(first, ["EPERM", "EPERM", "EPERM"]);
  await guest.killAgent();
  let starts = 0;
  await test.step("no gap", async () => {
    for (let seconds = FIRST_S; seconds < LAST_S; seconds += STEP_S) {
      starts++;
      const done = await cutShort(guest, seconds);
      deepEqual(await readVictim(guest, victim), first, `${seconds} s`);
      if (done) break;
    }
  });
  await test.step("whole in the end", async () => {
    ok(starts > 3, `${starts} starts`);
    const log = await guest.do("cat /tmp/short.log");
    ok(log.includes("Enforcement: 42 vectors active (bpf lsm)"), log);
    const links = await guest.do(`ls -d ${PINS}/links-*`);
    equal(links.trim().split("\n").length, 1, links);
  });
});
