/**
 * The enforcer's file under the lock: of all files that are not our own
 * bytes the one that the lock guards is executed, and no other.
 */
import { doesNotMatch, equal, match } from "node:assert/strict";
import { Guest, SOCKET } from "./guest.ts";

/** Another version of the program: one byte more. It starts as from an agent, which is gone at once. */
const NEWER = "/tmp/newer";
const OTHER = "/run/other/agent.sock";

async function start(guest: Guest, socket: string): Promise<string> {
  return await guest.do(`rm -f /tmp/said
    ${NEWER} --lock=on --socket=${socket} 3>/tmp/said; echo "exit $?"
    cat /tmp/said`);
}

Deno.test("with the lock on another version goes on as the pinned file, and runs nothing else", async (test) => {
  await using guest = await Guest.boot({ kernel: "debian-6.12" });
  await guest.do("mount -o remount,size=16m /run");
  await guest.do(`{ cat /bin/enforcer; echo; } >${NEWER}; chmod 755 ${NEWER}`);
  await guest.startAgent("--lock=on");
  const pinned = await guest.do("stat -c %i /run/cloudtaser/enforcer");
  await guest.stopAgent();
  await test.step("it adopts what is pinned, which only that file may", async () => {
    const said = await start(guest, SOCKET);
    match(said, /"t":"ready".*"adopted":true/);
    doesNotMatch(said, /exit [^0]/);
  });
  await guest.do("dd if=/dev/zero of=/run/full bs=1M 2>/dev/null || true");
  await test.step("on a full tmpfs too", async () => {
    match(await start(guest, SOCKET), /"t":"ready".*"adopted":true/);
    equal(await guest.do("stat -c %i /run/cloudtaser/enforcer"), pinned);
  });
  await test.step("at another place a stranger's file is not run", async () => {
    await guest.do(`rm /run/full; mkdir /run/other
      cp /bin/busybox /run/other/enforcer; chmod 555 /run/other/enforcer
      dd if=/dev/zero of=/run/full bs=1M 2>/dev/null || true`);
    const said = await start(guest, OTHER);
    match(said, /cannot write \/run\/other\/enforcer: No space left/);
  });
});
