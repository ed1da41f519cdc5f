/**
 * Files whose code protected processes run: under the lock nobody else writes
 * to them, wherever the file is reached, and for as long as somebody runs it.
 */
import { equal } from "node:assert/strict";
import { Guest, SOCKET, waitFor } from "./guest.ts";
import { GuestVault } from "./guest_vault.ts";

/** Two names of one file: in a layer, and in what is mounted over it, as a container sees it. */
const [LAYER, MERGED] = ["/t/low/code", "/t/merged/code"];

async function write(guest: Guest, path: string): Promise<string> {
  return (await guest.do(`code write ${path}`)).trim();
}

/** Starts `code run` or `code late`; answers its number. */
async function start(guest: Guest, words: string, n: string): Promise<number> {
  const output = await guest.do(`rm -f /tmp/code${n}*
    mkfifo /tmp/code${n}.in
    code ${words} <>/tmp/code${n}.in >/tmp/code${n}.out 2>&1 &
    ${waitFor(`grep -q runs /tmp/code${n}.out || ! [ -d /proc/$! ]`)}
    grep -q runs /tmp/code${n}.out && echo $!`);
  return Number(output);
}

/** What it gets when it writes to its own file. */
async function writeItself(guest: Guest, n: string): Promise<string> {
  return (await guest.do(`echo >/tmp/code${n}.in
    ${waitFor(`[ $(wc -l </tmp/code${n}.out) -gt 1 ]`)}
    tail -n 1 /tmp/code${n}.out`)).trim();
}

async function makeFiles(guest: Guest): Promise<void> {
  await guest.do(`mkdir /t; mount -t tmpfs tmpfs /t
    cd /t; mkdir low up work merged
    for f in low/code early late shared own; do head -c 4096 /bin/code >$f; done
    mount -t overlay overlay \
      -o lowerdir=/t/low,upperdir=/t/up,workdir=/t/work /t/merged
    cp /bin/code /bin/editor`);
}

Deno.test("code that protected processes run is changed by nobody else", async (test) => {
  await using vault = await GuestVault.start();
  await using guest = await Guest.boot({ kernel: "override" }, vault);
  await makeFiles(guest);
  await guest.startAgent();
  const early = await start(guest, `run /t/early ${SOCKET}`, "0");
  await start(guest, `run ${MERGED} ${SOCKET}`, "1");
  await test.step("without the lock anybody may", async () => {
    equal(await write(guest, "/t/early"), "passed");
    equal(await write(guest, LAYER), "passed");
  });
  await guest.killAgent();
  await guest.startAgent("--lock=on", "--lock-allow=editor");
  await test.step("with it, what ran before is known", async () => {
    equal(await write(guest, "/t/early"), "EPERM");
    equal(await write(guest, LAYER), "EPERM");
  });
  await test.step("what was mapped before its process registered", async () => {
    equal(await write(guest, "/t/late"), "passed");
    await start(guest, `late /t/late ${SOCKET}`, "2");
    equal(await write(guest, "/t/late"), "EPERM");
  });
  await test.step("nobody shortens it", async () => {
    const { output } = await guest.try("truncate -s 0 /t/late");
    equal(output.includes("Operation not permitted"), true, output);
    equal((await guest.do("wc -c </t/late")).trim(), "4096");
  });
  await test.step("a program that was named may", async () => {
    equal((await guest.do("editor write /t/late")).trim(), "passed");
  });
  await test.step("a family may write its own, and not what another runs too", async () => {
    await start(guest, `run /t/own ${SOCKET}`, "3");
    equal(await writeItself(guest, "3"), "passed");
    await start(guest, `run /t/shared ${SOCKET}`, "4");
    await start(guest, `run /t/shared ${SOCKET}`, "5");
    equal(await writeItself(guest, "4"), "EPERM");
    equal(await writeItself(guest, "5"), "EPERM");
  });
  await test.step("the agent tells who tried", async () => {
    const { vectors } = await guest.agentStatus();
    equal(vectors.ids.includes("mapped_file"), true);
    await guest.awaitLog('"vector":"mapped_file"');
  });
  await test.step("it goes on without the agent, and with the next", async () => {
    await guest.stopAgent();
    equal(await write(guest, "/t/late"), "EPERM");
    await guest.startAgent("--lock=on", "--lock-allow=editor");
    equal(await write(guest, "/t/late"), "EPERM");
  });
  await test.step("what only others run is theirs again", async () => {
    await start(guest, "run /t/early", "6");
    equal(await write(guest, "/t/early"), "EPERM");
    await guest.end(early);
    await guest.do(waitFor("code write /t/early | grep -q passed"));
    equal(await write(guest, "/t/early"), "passed");
  });
});
