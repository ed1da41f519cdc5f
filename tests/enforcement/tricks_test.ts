/**
 * Attacks on the enforcer that need several calls (../attacks/programs/tricks.c),
 * and what a process has when it registers. Each works on the same machine before.
 */
import { deepEqual, equal, match } from "node:assert/strict";
import { attackOnce } from "./attackers.ts";
import { Guest, SOCKET, waitFor } from "./guest.ts";

const ENFORCER = "/run/cloudtaser/enforcer";
/** Files that the lock refuses to open, and the way they are used. */
const HELD = [
  ["/proc/kcore", "r"],
  ["/sys/kernel/tracing/uprobe_events", "w"],
  ["/sys/kernel/tracing/trace_marker", "w"],
] as const;

async function trick(guest: Guest, ...words: string[]): Promise<string> {
  return (await guest.do(`tricks ${words.join(" ")}`)).trim();
}

/** Opens files and has their users wait for `/tmp/go`. */
async function holdFiles(guest: Guest): Promise<void> {
  await guest.do(`rm -rf /tmp/held; mkdir /tmp/held`);
  for (const [i, [path, use]] of HELD.entries()) {
    await guest.do(`tricks hold ${path} ${use} /tmp/go >/tmp/held/${i} 2>&1 &
      ${waitFor(`grep -q holding /tmp/held/${i}`)}`);
  }
}

/** What each of them gets. */
async function useFiles(guest: Guest): Promise<string[]> {
  const output = await guest.do(`touch /tmp/go
    ${waitFor("! pidof tricks >/dev/null")}
    rm /tmp/go; tail -qn 1 /tmp/held/*`);
  return output.trim().split("\n");
}

Deno.test("what goes round the lock by several calls is refused", async (test) => {
  await using guest = await Guest.boot({ kernel: "debian-6.12" });
  await guest.do("cp /bin/tricks /bin/other");
  const namespace = (await guest.do(`unshare -m sleep 1000 >/dev/null 2>&1 &
    ${waitFor("pidof sleep >/dev/null")}
    sleep 0.2; stat -Lc %i /proc/$(pidof sleep)/ns/mnt`)).trim();
  await test.step("without it each works", async () => {
    equal(await trick(guest, "exe", "/bin/other"), "claimed");
    equal(await trick(guest, "traced", "/bin/other"), "runs");
    equal(await trick(guest, "namespace", namespace), "reached");
    await holdFiles(guest);
    deepEqual(await useFiles(guest), ["passed", "passed", "passed"]);
  });
  await holdFiles(guest);
  const loaded = "/sys/kernel/kexec_crash_loaded";
  await guest.do(`echo 1 >/tmp/loaded; mount --bind /tmp/loaded ${loaded}`);
  await guest.startAgent("--lock=on");
  await test.step("a crash kernel is reported", async () => {
    await guest.awaitLog("a crash kernel is loaded");
    await guest.do(`umount ${loaded}`);
  });
  await test.step("no program passes for the enforcer", async () => {
    equal(await trick(guest, "exe", ENFORCER), "EPERM");
    equal(await trick(guest, "traced", "/bin/other"), "runs");
    equal(await trick(guest, "traced", ENFORCER), "EPERM");
  });
  await test.step("no process gets the namespaces of others", async () => {
    equal(await trick(guest, "namespace", namespace), "refused");
  });
  await test.step("a file from before is of no use", async () => {
    deepEqual(await useFiles(guest), ["EPERM", "EPERM", "passed"]);
  });
});

Deno.test("what a process had before it registered is looked at", async (test) => {
  await using guest = await Guest.boot({ kernel: "debian-6.12" });
  await guest.startAgent();
  await test.step("its children become protected", async () => {
    const late = "/tmp/late";
    const victim = await guest.startVictim(
      `--agent=${SOCKET}`,
      `--when=${late}`,
    );
    const read = () => attackOnce(guest, "vm_readv_child", victim);
    equal(await read(), "leaked");
    await guest.protect(victim, late);
    equal(await read(), "EPERM");
  });
  await test.step("its command line is not read by a descriptor that it opened itself", async () => {
    const go = "/tmp/handed";
    const victim = (socket: string) =>
      `CT_SECRET=xxxxxxxxxxxxxxxx tricks handed ${go} /bin/victim \
        --secret=CT_SECRET --out=/tmp/handed.facts ${socket}`;
    const run = async (socket: string) =>
      (await guest.do(`rm -f ${go} /tmp/handed.facts
        ${victim(socket)} >/tmp/handed.out 2>&1 </dev/null &
        ${waitFor("[ -f /tmp/handed.facts ]")}
        ${socket ? waitFor("grep -q 'protected 1' /tmp/handed.facts") : ""}
        touch ${go}
        ${waitFor("grep -qE 'E|read|nothing' /tmp/handed.out")}
        cat /tmp/handed.out; kill -9 $!`)).trim();
    equal(await run(""), "read");
    equal(await run(`--agent=${SOCKET}`), "EPERM");
  });
  await test.step("filters that no other process answers are accepted, more than can be checked are not", async () => {
    const run = (filters: number) =>
      guest.try(`rm -f /tmp/filtered
        CT_SECRET=xxxxxxxxxxxxxxxx tricks filtered ${filters} /bin/victim \
          --secret=CT_SECRET --out=/tmp/filtered --agent=${SOCKET} \
          >/tmp/filtered.out 2>&1 </dev/null &
        ${waitFor("[ -f /tmp/filtered ] || ! [ -d /proc/$! ]")}
        kill -9 $!; cat /tmp/filtered /tmp/filtered.out`);
    match((await run(4)).output, /^protected 1$/m);
    match((await run(300)).output, /another process can answer its system/);
  });
});
