/**
 * Files of /proc that were opened before protection: watching every read for
 * them costs the whole node, so it begins with the first process that another
 * one may have opened files of.
 */
import { equal, ok } from "node:assert/strict";
import { attackOnce, holdAttacks } from "./attackers.ts";
import { parseRows } from "../attacks/results.ts";
import { Guest, PINS, SOCKET } from "./guest.ts";

/** Whether every read asks the program. */
async function isWatching(guest: Guest): Promise<boolean> {
  const pins = await guest.do(`ls ${PINS}/links-*`);
  ok(pins.includes("lsm-file_open-"), pins);
  return pins.includes("lsm-file_permission-");
}

/** `proc_open_earlier` counts whether it is watched for or would be. */
async function counts(guest: Guest): Promise<boolean> {
  const { vectors } = await guest.agentStatus();
  return vectors.ids.includes("proc_open_earlier");
}

Deno.test("reads are watched once a file may have been opened before, and not until then", async (test) => {
  await using guest = await Guest.boot({ kernel: "debian-6.12" });
  const rows = parseRows(await guest.do("attack --list"))
    .filter(({ name }) => name === "earlier_mem" || name === "earlier_trace");
  await guest.startAgent();
  await test.step("a process that no other opened files of", async () => {
    await guest.startVictim(`--agent=${SOCKET}`);
    equal(await isWatching(guest), false);
    ok(await counts(guest));
  });
  await test.step("one that another did open files of", async () => {
    const held = await holdAttacks(guest, rows);
    ok(await isWatching(guest));
    equal((await held.finish()).get("earlier_mem"), "EPERM");
  });
  await test.step("a new agent goes on watching", async () => {
    await guest.killAgent();
    await guest.startAgent();
    ok(await isWatching(guest));
    ok(await counts(guest));
  });
  await test.step("no process is left, other options: no more", async () => {
    await guest.do("kill -9 $(pidof victim) 2>/dev/null; sleep 1; true");
    await guest.killAgent();
    await guest.startAgent("--exec=deny");
    equal(await isWatching(guest), false);
  });
  await test.step("one that is older than the agent", async () => {
    await guest.removeAgent();
    const old = await guest.startVictim(`--agent=${SOCKET}`, "--when=/tmp/old");
    await guest.startAgent();
    equal(await isWatching(guest), false);
    await guest.protect(old, "/tmp/old");
    ok(await isWatching(guest));
    equal(await attackOnce(guest, "vm_readv", old), "EPERM");
  });
});
