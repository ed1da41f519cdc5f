/**
 * Files whose code protected processes run: under the lock no other process
 * writes to them, by any name, while a process runs them.
 */
import { equal, match } from "node:assert/strict";
import { type Boot, Guest, SOCKET, waitFor } from "./guest.ts";

/** One file by its names: in a layer, in what is mounted over it as a container sees it, and once it was changed there. */
const [LAYER, MERGED, UPPER] = ["/t/low/code", "/t/merged/code", "/t/up/code"];

/** Seven eighths of CT_MAX_CODE_FILES in c/bpf/state.h. */
const MANY = 32_768 / 8 * 7;
/** To make and map that many. */
const CROWD_MS = 240_000;

async function write(guest: Guest, path: string): Promise<string> {
  return (await guest.do(`code write ${path}`)).trim();
}

/** Starts `code run`, `late` or `fill`; answers its number. */
async function start(guest: Guest, words: string, n: string): Promise<number> {
  const output = await guest.do(
    `rm -f /tmp/code${n}*
    mkfifo /tmp/code${n}.in
    code ${words} <>/tmp/code${n}.in >/tmp/code${n}.out 2>&1 &
    until grep -q runs /tmp/code${n}.out; do
      [ -d /proc/$! ] || { cat /tmp/code${n}.out; exit 1; }
      sleep 0.05
    done
    echo $!`,
    CROWD_MS,
  );
  // What the machine's kernel has to say may stand before it.
  const pid = Number(output.trim().split("\n").at(-1));
  if (!(pid > 0)) throw new Error(`code ${words}: ${output}`);
  return pid;
}

/** What it gets when it writes to its own file. */
async function writeItself(guest: Guest, n: string): Promise<string> {
  return (await guest.do(`echo >/tmp/code${n}.in
    ${waitFor(`[ $(wc -l </tmp/code${n}.out) -gt 1 ]`)}
    tail -n 1 /tmp/code${n}.out`)).trim();
}

async function boot(boot: Boot): Promise<Guest> {
  const guest = await Guest.boot(boot);
  await guest.do(`mkdir /t; mount -t tmpfs tmpfs /t
    cd /t; mkdir low up work merged many
    for f in low/code early late shared own; do head -c 4096 /bin/code >$f; done
    cp /bin/code /bin/editor`);
  return guest;
}

Deno.test("code that protected processes run is changed by no other process", async (test) => {
  await using guest = await boot({ kernel: "override" });
  await guest.do(
    "cd /t; mount -t overlay overlay \
    -o lowerdir=/t/low,upperdir=/t/up,workdir=/t/work /t/merged",
  );
  await guest.startAgent();
  const early = await start(guest, `run /t/early ${SOCKET}`, "0");
  await start(guest, `run ${MERGED} ${SOCKET}`, "1");
  await test.step("without the lock any process may", async () => {
    equal(await write(guest, "/t/early"), "passed");
    equal(await write(guest, LAYER), "passed");
  });
  await guest.killAgent();
  await guest.startAgent("--lock=on", "--lock-allow=editor");
  await test.step("with it, what ran before is known, a layer's file too", async () => {
    equal(await write(guest, "/t/early"), "EPERM");
    equal(await write(guest, LAYER), "EPERM");
  });
  await test.step("what is changed through an overlay is a copy, and guarded once that runs", async () => {
    equal(await write(guest, MERGED), "passed");
    equal(await write(guest, UPPER), "passed");
    await start(guest, `run ${MERGED} ${SOCKET}`, "8");
    equal(await write(guest, MERGED), "EPERM");
    equal(await write(guest, UPPER), "EPERM");
  });
  await test.step("what was mapped before its process registered", async () => {
    await noteLate(guest);
  });
  await test.step("it is not truncated", async () => {
    equal((await guest.do("code cut /t/late")).trim(), "EPERM");
  });
  await test.step("a program that was named may", async () => {
    equal((await guest.do("editor write /t/late")).trim(), "passed");
  });
  await test.step("a process tree may write its own, and not what another runs too", async () => {
    await start(guest, `run /t/own ${SOCKET}`, "3");
    equal(await writeItself(guest, "3"), "passed");
    await start(guest, `run /t/shared ${SOCKET}`, "4");
    await start(guest, `run /t/shared ${SOCKET}`, "5");
    equal(await writeItself(guest, "4"), "EPERM");
    equal(await writeItself(guest, "5"), "EPERM");
  });
  await test.step("the agent reports the attempt", async () => {
    const { vectors } = await guest.agentStatus();
    equal(vectors.ids.includes("mapped_file"), true);
    await guest.awaitLog(" vector=mapped_file ");
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
  await test.step("without room for its files a process is not registered, until there is room", async () => {
    const crowd = await start(guest, `fill /t/many ${MANY} ${SOCKET}`, "7");
    const { code, output } = await guest.try(`code run /t/own ${SOCKET}`);
    equal(code, 3, output);
    match(output, /table of code files .* is full/);
    await guest.end(crowd);
    const again = `code ask ${SOCKET} 2>/dev/null`;
    await guest.do(`rm -r /t/many; ${waitFor(again)}; ${again}`);
  });
});

async function noteLate(guest: Guest): Promise<void> {
  equal(await write(guest, "/t/late"), "passed");
  await start(guest, `late /t/late ${SOCKET}`, "2");
  equal(await write(guest, "/t/late"), "EPERM");
}

Deno.test("the same where mappings are a list still, by fmod_ret", async () => {
  await using guest = await boot({ kernel: "ubuntu-5.15" });
  await guest.startAgent("--lock=on");
  await noteLate(guest);
  await start(guest, `run /t/own ${SOCKET}`, "3");
  equal(await write(guest, "/t/own"), "EPERM");
  const { vectors } = await guest.agentStatus();
  equal(vectors.ids.includes("mapped_file"), true);
});

Deno.test("on a preemptible kernel it does not count, whichever agent answers", async () => {
  const parameters = ["preempt=full"];
  await using guest = await boot({ kernel: "debian-6.12", parameters });
  for (let i = 0; i < 2; i++) {
    await guest.startAgent("--lock=on");
    const { vectors } = await guest.agentStatus();
    equal(vectors.ids.includes("kexec"), true);
    equal(vectors.ids.includes("mapped_file"), false);
    await guest.stopAgent();
  }
});
