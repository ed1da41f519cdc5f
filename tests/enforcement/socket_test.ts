/**
 * The agent's socket under the lock, beside what the matrix tries: what has to
 * go on working, and ways that no file system of a control has.
 */
import { equal, match } from "node:assert/strict";
import { attackOnce } from "./attackers.ts";
import { Guest, SOCKET } from "./guest.ts";

const FOLDER = SOCKET.replace(/\/[^/]*$/, "");
const ABOVE = FOLDER.replace(/\/[^/]*$/, "");
/** As the agent shares the socket with pods. */
const BELOW = `${FOLDER}/below`;

async function create(guest: Guest, path: string): Promise<boolean> {
  return (await guest.try(`touch ${path} && rm ${path}`)).code === 0;
}

Deno.test("the lock guards the agent's socket, and the next agent has it", async (test) => {
  await using guest = await Guest.boot({ kernel: "debian-6.12" });
  await guest.do(`mkdir -p ${BELOW} /tmp/bind /tmp/root`);
  const pivot = async () =>
    (await guest.try("pivot_root /tmp/root /tmp/root 2>&1")).output;
  await test.step("control: without it files are made there", async () => {
    equal(await create(guest, `${FOLDER}/file`), true);
    equal(await create(guest, `${BELOW}/file`), true);
    match(await pivot(), /Invalid argument|Device or resource busy/);
  });
  await guest.startAgent("--lock=on");
  await test.step("no file is made there, at any depth", async () => {
    equal(await create(guest, `${FOLDER}/file`), false);
    equal(await create(guest, `${BELOW}/file`), false);
    equal(await create(guest, `${ABOVE}/file`), true);
  });
  await test.step("process 1 gets no other root", async () => {
    match(await pivot(), /Operation not permitted/);
  });
  await test.step("what runtimes and kubelets do is done", async () => {
    await guest.do(`mount --bind ${FOLDER} /tmp/bind; umount /tmp/bind`);
    await guest.do(`unshare -m sh -ec 'mount -t tmpfs own ${ABOVE}
      umount ${ABOVE}'`);
  });
  await test.step("without an agent no other process listens in its place", async () => {
    const victim = await guest.startVictim(`--agent=${SOCKET}`);
    await guest.stopAgent();
    equal(await guest.try(`[ -e ${SOCKET} ]`).then(({ code }) => code), 1);
    const option = `--agent=${SOCKET}`;
    equal(await attackOnce(guest, "socket_replace", victim, option), "EPERM");
    await guest.startAgent("--lock=on");
    await guest.startVictim(`--agent=${SOCKET}`);
  });
});
