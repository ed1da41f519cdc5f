/**
 * The agent's life as a wrapper and an attacker see it: killed, back, with other
 * options, only detecting, locked. One machine, in this order.
 */
import {
  deepEqual,
  doesNotMatch,
  equal,
  match,
  notEqual,
  ok,
} from "node:assert/strict";
import { attackOnce } from "./attackers.ts";
import { Guest, type GuestWrapper, PINS, SOCKET, waitFor } from "./guest.ts";

const INTERVAL_S = 2;
/** Also where many others want the processor. */
const LATEST_S = 30;
const STOP = "/tmp/stop_loop";
/** In a second, under emulation, on a machine that does much else. */
const LEAST_TRIES = 200;
const ROWS = ["environ", "mem", "vm_readv", "ptrace_attach", "getfd_secretmem"];

Deno.test("the agent's life", async (test) => {
  await using guest = await Guest.boot({ kernel: "debian-6.12" });
  await test.step("--backends without one that works is an error that names these alone", async () => {
    const { code, output } = await guest.try(
      "cloudtaser-wrapper agent --check --backends=kprobe",
    );
    equal(code, 71);
    match(output, /kernel; kprobe override: CONFIG_\w+ not set: start without/);
    match(output, /start without --backends, or use a kernel with BPF LSM,/);
    doesNotMatch(output, /not asked for|bpf lsm: |reactive kill: /);
  });
  await test.step("control: the loop of attacks leaks without an agent", async () => {
    const victim = await guest.startVictim();
    const loop = await startLoop(guest, victim);
    const { tries, leaks } = await stopLoop(guest, loop);
    ok(tries > LEAST_TRIES, `${tries} tries`);
    equal(leaks, tries);
    await guest.end(victim.pid);
  });
  await guest.startAgent();
  const wrapper = await startWatchful(guest);
  const loop = await startLoop(guest, wrapper.application);
  const pins = await readPins(guest);

  for (
    const [how, end] of [
      ["SIGKILL", () => guest.do("kill -9 $(cat /tmp/agent.pid)")],
      [
        "cgroup.kill",
        () => guest.do("echo 1 >/sys/fs/cgroup/agent/cgroup.kill"),
      ],
    ] as const
  ) {
    await test.step(`${how}: protection stays, the score falls`, async () => {
      await end();
      await guest.awaitNoAgent();
      deepEqual(await tryAll(guest, wrapper), []);
      await sees(guest, wrapper, "Protection score: 55/75 (was 75/75)");
      match(await lastOf(guest, wrapper), /ebpf_connected: FAIL \(\+0\) \S+/);
    });
    await test.step("a new one adopts what is there, the score is back", async () => {
      await guest.startAgent();
      const { enforcer } = await guest.agentStatus();
      equal(enforcer.adopted, true);
      equal(await readPins(guest), pins);
      await sees(guest, wrapper, "Protection score: 75/75 (was 55/75)");
    });
  }

  await test.step("another with other options takes over", async () => {
    await guest.stopAgent();
    await guest.startAgent("--exec=deny");
    const { enforcer } = await guest.agentStatus();
    equal(enforcer.exec, "deny");
    await sees(guest, wrapper, "Protection score: 75/75 (was 55/75)");
    match(await attackOnce(guest, "ns_mnt", wrapper.application), /^E/);
  });

  await test.step("in all that time no attack succeeded", async () => {
    const { tries, leaks } = await stopLoop(guest, loop);
    ok(tries > LEAST_TRIES, `${tries} tries`);
    equal(leaks, 0);
    deepEqual(await tryAll(guest, wrapper), []);
  });
  await guest.end(wrapper.pid, wrapper.application.pid);
  await guest.removeAgent();

  await test.step("--mode=detect reports, and refuses nothing", async () => {
    await guest.startAgent("--mode=detect");
    const victim = await guest.startVictim(`--agent=${SOCKET}`);
    equal(await attackOnce(guest, "environ", victim), "leaked");
    const log = await guest.awaitLog(" vector=proc_environ ");
    match(log, / vector=proc_environ .* action=seen /);
    const { attacks } = await guest.agentStatus();
    const actions = new Set(attacks.map((one: Attack) => one.action));
    deepEqual([...actions], ["seen"]);
    await guest.end(victim.pid);
    await guest.removeAgent();
  });

  await test.step("--lock=on: its pins stay", async () => {
    await guest.startAgent("--lock=on");
    const victim = await guest.startVictim(`--agent=${SOCKET}`);
    const locked = await readPins(guest);
    await guest.stopAgent();
    const removal = await guest.try("cloudtaser-wrapper agent --remove");
    notEqual(removal.code, 0);
    match(removal.output, /reboot/);
    notEqual((await guest.try(`rm -r ${PINS}`)).code, 0);
    equal(await readPins(guest), locked);
    equal(await attackOnce(guest, "vm_readv", victim), "EPERM");
  });

  await test.step("--lock=on: an agent with other options reports that they are not used", async () => {
    await guest.startAgent("--lock=on");
    const same = await guest.agentStatus();
    deepEqual(same.enforcer.notes.filter(isOfLock), []);
    await guest.stopAgent();
    await guest.startAgent("--lock=on", "--exec=allow");
    const { enforcer } = await guest.agentStatus();
    equal(enforcer.exec, "deny");
    equal(enforcer.notes.filter(isOfLock).length, 1);
  });

  await test.step("--lock=on: --check, and an agent without it, report the lock", async () => {
    await guest.stopAgent();
    const check = await guest.try("cloudtaser-wrapper agent --check");
    notEqual(check.code, 0);
    match(check.output, /locked by --lock=on, reboot first/);
    const other = await guest.try("cloudtaser-wrapper agent --listen=off");
    notEqual(other.code, 0);
    match(other.output, /start the agent with --lock=on, or reboot/);
  });
});

function isOfLock(note: string): boolean {
  return note.startsWith("lock irrevocable until reboot: the earlier agent's");
}

interface Attack {
  readonly action: string;
}

function startWatchful(guest: Guest): Promise<GuestWrapper> {
  const interval = `CLOUDTASER_SCORE_INTERVAL=${INTERVAL_S}s`;
  return guest.startWrapper({ variables: [interval] });
}

/** Names of the attacks that were not refused. */
async function tryAll(
  guest: Guest,
  { application }: GuestWrapper,
): Promise<string[]> {
  const through: string[] = [];
  for (const row of ROWS) {
    const result = await attackOnce(guest, row, application);
    if (result !== "EPERM" && result !== "EACCES") {
      through.push(`${row}: ${result}`);
    }
  }
  return through;
}

/** An attacker that reads and reads; the file that it writes in the end. */
async function startLoop(
  guest: Guest,
  { pid, facts }: { pid: number; facts: string },
): Promise<string> {
  const out = `/tmp/loop${pid}`;
  await guest.do(`rm -f ${STOP}
    attack --loop ${pid} ${facts} --trigger=${STOP} >${out} 2>&1 </dev/null &
    sleep 1`);
  return out;
}

async function stopLoop(
  guest: Guest,
  out: string,
): Promise<{ tries: number; leaks: number }> {
  const text = await guest.do(`touch ${STOP}
    ${waitFor(`grep -q leaked ${out}`)}
    cat ${out}`);
  const [, tries, leaks] = /^(\d+) tries, (\d+) leaked$/m.exec(text) ?? [];
  return { tries: Number(tries), leaks: Number(leaks) };
}

/** What is pinned; another generation has other names. */
async function readPins(guest: Guest): Promise<string> {
  return await guest.do(`ls -R ${PINS}`);
}

/** The line comes with the next proof. */
async function sees(
  guest: Guest,
  { log }: GuestWrapper,
  line: string,
): Promise<void> {
  const started = performance.now();
  await guest.do(`${waitFor(`tail -n 4 ${log} | grep -qF "${line}"`)}
    tail -n 4 ${log} | grep -qF "${line}" || { tail ${log}; exit 1; }`);
  const seconds = (performance.now() - started) / 1000;
  ok(seconds < LATEST_S, `only after ${seconds} s`);
}

async function lastOf(guest: Guest, { log }: GuestWrapper): Promise<string> {
  return await guest.do(`tail -n 4 ${log}`);
}
