/**
 * The agent on kernels for arm64: which backend passes, and why the others do
 * not; system calls of 32-bit ARM programs, which have numbers of their own; an
 * argument that a tracer changes at the last moment; and an address with a tag.
 */
import { deepEqual, equal, match } from "node:assert/strict";
import { AgentMachine } from "./agent_machine.ts";

const NEEDS_DIRECT_CALLS =
  "absent on arm64 attaching to kernel functions needs CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS, which this kernel lacks: use Linux 6.4 or newer";

/** open, creat, openat, kcmp and PTRACE_ATTACH of 32-bit ARM, on a process. */
const CALLS: readonly ((pid: number) => string)[] = [
  (pid) => `5 /proc/${pid}/mem 0`,
  (pid) => `8 /proc/${pid}/mem 384`,
  (pid) => `322 4294967196 /proc/${pid}/mem 0`,
  (pid) => `378 ${pid} ${pid} 0 0 0`,
  (pid) => `26 16 ${pid} 0 0`,
];
const SUCCEEDS = 0;
const EPERM = 1;
const KILLED = 128 + 9;

/** The exit status of each attack. */
async function attack(machine: AgentMachine, pid: number): Promise<number[]> {
  const attacks = CALLS.map((call) => `call32 ${call(pid)}`);
  const codes: number[] = [];
  attacks.push(`changed_argument ${pid}`, `tagged_path /proc/${pid}/fd/0`);
  for (const command of attacks) {
    codes.push((await machine.run(command)).code);
  }
  return codes;
}

/** With an agent all attacks have one result; without it they succeed. */
async function expectAll(
  machine: AgentMachine,
  backend: string,
  expected: number,
): Promise<void> {
  const { output } = await machine.run("sleep 1000 >/dev/null 2>&1 & echo $!");
  const free = await attack(machine, Number(output));
  deepEqual(free, free.map(() => SUCCEEDS));
  await machine.withAgent(`--backends=${backend}`, async (enforcer) => {
    const codes = await attack(machine, enforcer);
    const all = codes.map(() => expected);
    deepEqual({ backend, codes }, { backend, codes: all });
  });
}

Deno.test("arm64, Linux 6.12: BPF LSM and fmod_ret refuse, reactive kill kills", async (test) => {
  await using machine = await AgentMachine.boot("debian-6.12");
  await test.step("--check", async () => {
    const { code, output, row } = await machine.check("--lock=off");
    equal(code, 0);
    match(output, /^Enforcement: 21 vectors active \(bpf lsm\)$/m);
    equal(row("bpf lsm"), "passed");
    equal(row("process_vm_readv"), "refused process_vm_readv");
    match(row("msr"), /^absent .*\(not on this architecture\)$/);
  });
  await test.step("kprobe override", async () => {
    const { output } = await machine.check("--backends=kprobe");
    match(output, /kprobe override: CONFIG_BPF_KPROBE_OVERRIDE not set/);
  });
  await test.step("attacks", async () => {
    await expectAll(machine, "lsm", EPERM);
    await expectAll(machine, "fmod_ret", EPERM);
    await expectAll(machine, "reactive", KILLED);
  });
});

Deno.test("arm64, Linux 6.1: only reactive kill, and the reason", async (test) => {
  await using machine = await AgentMachine.boot("debian-6.1");
  await test.step("--check", async () => {
    const { code, output, row } = await machine.check();
    equal(code, 77);
    match(output, /^Enforcement: 6 vectors active \(reactive kill\)$/m);
    equal(row("bpf lsm"), NEEDS_DIRECT_CALLS);
    equal(row("fmod_ret"), NEEDS_DIRECT_CALLS);
    equal(row("kprobe override"), "absent CONFIG_BPF_KPROBE_OVERRIDE not set");
    equal(row("reactive kill"), "passed");
  });
  await test.step("the lock", async () => {
    const { code, output } = await machine.check("--lock=on");
    equal(code, 71);
    match(output, /lock needs bpf lsm or fmod_ret/);
  });
  await test.step("attacks", () => expectAll(machine, "reactive", KILLED));
});

Deno.test("arm64, Linux 6.18: preemption that no boot parameter ends", async () => {
  const parameters = ["lsm=lockdown,yama"];
  await using machine = await AgentMachine.boot("debian-6.18", parameters);
  const { output, row } = await machine.check();
  equal(row("fmod_ret"), "passed");
  match(
    output,
    /^note: the kernel is preemptible \(built in\); .* use a kernel that is not preemptible$/m,
  );
  const locked = await machine.check("--lock=on");
  equal(locked.code, 71);
  match(locked.output, /kernel is preemptible \(built in\)/);
  match(locked.output, /use a kernel that is not preemptible/);
});

Deno.test("arm64, pages of 64 KiB: each backend passes", async (test) => {
  await using machine = await AgentMachine.boot("override-64k");
  const { output } = await machine.run("cat /proc/self/smaps");
  match(output, /^KernelPageSize: +64 kB$/m);
  for (const backend of ["lsm", "fmod_ret", "kprobe", "reactive"]) {
    await test.step(
      backend,
      () =>
        expectAll(machine, backend, backend === "reactive" ? KILLED : EPERM),
    );
  }
});
