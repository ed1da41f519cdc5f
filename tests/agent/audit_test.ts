/** What the audit tells, of whom, and how often. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Audit, type AuditRecord } from "@/agent/audit.ts";
import { Families } from "@/agent/families.ts";
import { Fold } from "@/agent/fold.ts";
import type { ProcessFiles } from "@/agent/process_files.ts";
import { Whois } from "@/agent/whois.ts";
import { makeEvent } from "./fake_enforcer.ts";
import { NO_FILES } from "./run_agent.ts";

const VICTIM = { podUid: "victim-pod", containerId: "victim-container" };
const THIEF = { podUid: "thief-pod", containerId: "thief-container" };

/** An audit with a clock of its own. */
class Bench {
  readonly records: AuditRecord[] = [];
  readonly heldBack: number[] = [];
  now = 0;
  readonly families: Families;
  readonly audit: Audit;

  constructor(files: ProcessFiles = NO_FILES) {
    this.families = new Families(files);
    const whois = new Whois(files);
    this.audit = new Audit({
      write: (record) => this.records.push(record),
      whois: (event) => whois.ask(event, this.now),
      tellHeldBack: (count) => this.heldBack.push(count),
      now: () => this.now,
    });
  }

  take(event = makeEvent()): void {
    this.audit.take(event, this.families.takeAttack(event, this.now));
  }
}

Deno.test("a line names both sides, and what became of it", () => {
  const bench = new Bench({
    container: (pid) => pid === 1234 ? VICTIM : THIEF,
    executable: (pid) => pid === 9 ? "/usr/bin/thief" : undefined,
    cgroupPath: () => undefined,
  });
  bench.families.register(3, 1234);
  bench.take();
  assert.deepEqual(bench.records, [{
    time: "2023-11-14T22:13:20.000Z",
    level: "warning",
    logger: "cloudtaser-agent",
    message: "blocked: process_vm_readv on process 1234 by process 9 (thief)",
    audit: "attack",
    vector: "process_vm_readv",
    title: "process_vm_readv",
    action: "blocked",
    tier: "bpf lsm",
    program: "ptrace_access_check",
    arg: 2,
    repeated: 0,
    attacker: {
      pid: 9,
      uid: 0,
      comm: "thief",
      exe: "/usr/bin/thief",
      ...THIEF,
    },
    target: { pid: 1234, family: 3, comm: "app", ...VICTIM },
  }]);
});

Deno.test("a wrapper's attack on itself is no audit event", () => {
  const bench = new Bench();
  bench.take(makeEvent({ self: true }));
  bench.audit.settle();
  assert.deepEqual(bench.records, []);
});

Deno.test("the target's container is known after its death, the attacker's by its cgroup", () => {
  let alive = true;
  const bench = new Bench({
    container: () => alive ? VICTIM : undefined,
    executable: () => undefined,
    cgroupPath: (id) =>
      id === 4711 ? `/kubepods/pod${"a".repeat(32)}/${"b".repeat(64)}` : "",
  });
  bench.families.register(3, 1234);
  alive = false;
  bench.take();
  assert.equal(bench.records[0]?.target.podUid, VICTIM.podUid);
  assert.equal(bench.records[0]?.attacker.podUid, "a".repeat(32));
  assert.equal(bench.records[0]?.attacker.containerId, "b".repeat(64));
  assert.equal(bench.records[0]?.attacker.exe, "thief");
});

Deno.test("a family from before this agent is met by the attack on it", () => {
  const bench = new Bench({ ...NO_FILES, container: () => VICTIM });
  bench.take(makeEvent({ target: { family: 12, pid: 77 } }));
  assert.equal(bench.records[0]?.target.podUid, VICTIM.podUid);
  assert.deepEqual(bench.families.list().map(({ id }) => id), [12]);
});

Deno.test("an attack on the machine has no target", () => {
  const bench = new Bench();
  bench.take(makeEvent({
    vector: "module_load",
    target: { pid: 0, family: 0, comm: "" },
  }));
  assert.equal(
    bench.records[0]?.message,
    "blocked: kernel modules by process 9 (thief)",
  );
  assert.deepEqual(bench.families.list(), []);
});

Deno.test("nobody looks at an attacker who is a member: that would be the next event", () => {
  const bench = new Bench({
    ...NO_FILES,
    executable: () => assert.fail("looked"),
  });
  bench.take(makeEvent({ attacker: { family: 8 } }));
  assert.equal(bench.records[0]?.attacker.exe, "thief");
});

Deno.test("a number that is another's by now gives neither path nor container", () => {
  const bench = new Bench({
    container: () => THIEF,
    executable: () => "/usr/bin/innocent",
    cgroupPath: () => undefined,
  });
  bench.take();
  assert.equal(bench.records[0]?.attacker.exe, "thief");
  assert.equal(bench.records[0]?.attacker.podUid, undefined);
});

Deno.test("names cannot forge lines", () => {
  const bench = new Bench();
  bench.take(makeEvent({ attacker: { comm: "a\nb\x1b[2J", exe: "e\u2028x" } }));
  const line = JSON.stringify(bench.records[0]);
  assert.equal(bench.records[0]?.attacker.comm, "a b [2J");
  assert.equal(bench.records[0]?.attacker.exe, "e x");
  assert.equal(line.split("\n").length, 1);
});

Deno.test("what comes again is one line with its number, ten seconds later", () => {
  const bench = new Bench();
  for (let i = 0; i < 1000; i++) bench.take();
  assert.equal(bench.records.length, 1);
  bench.now = 9_999;
  bench.audit.settle();
  assert.equal(bench.records.length, 1);
  bench.now = 10_000;
  bench.audit.settle();
  assert.deepEqual(bench.records.map(({ repeated }) => repeated), [0, 998]);
  bench.now = 30_000;
  bench.audit.settle();
  assert.equal(bench.records.length, 2);
  assert.deepEqual(bench.heldBack, []);
  bench.take();
  assert.equal(bench.records.length, 3);
});

Deno.test("who looks around all day is a line every ten minutes, and takes nobody's", () => {
  const bench = new Bench();
  const lines: number[] = [];
  for (; bench.now < 3_600_000; bench.now += 1_000) {
    const before = bench.records.length;
    if (bench.now % 15_000 === 0) bench.take();
    bench.audit.settle();
    if (bench.records.length > before) lines.push(bench.now / 1000);
  }
  assert.deepEqual(lines.slice(0, 5), [0, 15, 35, 75, 155]);
  assert.ok(lines.length <= 13, `${lines}`);
  assert.equal(lines.at(-1)! - lines.at(-2)!, 600);
  const told = bench.records.reduce(
    (sum, { repeated }) => sum + 1 + repeated,
    0,
  );
  assert.ok(told > 200);
  bench.take(makeEvent({ attacker: { exe: "thief" } }));
  assert.equal(bench.records.at(-1)?.attacker.exe, "thief");
});

Deno.test("a thousand different attackers are fifty lines and a number", () => {
  const bench = new Bench();
  for (let i = 0; i < 1000; i++) {
    bench.take(makeEvent({ attacker: { exe: `thief${i}` } }));
  }
  bench.audit.settle();
  assert.equal(bench.records.length, 50);
  assert.deepEqual(bench.heldBack, [950]);
  assert.equal(bench.audit.suppressed, 950);
});

Deno.test("an attack from another container is told beside a kubelet that looks all day", () => {
  const bench = new Bench();
  const kubelet = { attacker: { exe: "kubelet", comm: "kubelet" } };
  for (; bench.now < 60_000; bench.now += 10_000) {
    bench.take(makeEvent(kubelet));
    bench.audit.settle();
  }
  const before = bench.records.length;
  bench.take(makeEvent({ attacker: { ...kubelet.attacker, cgroup: 666 } }));
  assert.equal(bench.records.length, before + 1);
});

Deno.test("throw-away names do not silence the first attack of another vector or on another victim", () => {
  const bench = new Bench();
  const flood = (count: number) => {
    for (let i = 0; i < count; i++) {
      bench.take(makeEvent({ attacker: { exe: `x${bench.now}-${i}` } }));
    }
  };
  flood(1000);
  assert.equal(bench.records.length, 50);
  bench.take(makeEvent({ vector: "proc_environ" }));
  bench.take(makeEvent({ vector: "proc_environ" }));
  bench.take(makeEvent({ target: { pid: 77 } }));
  assert.deepEqual(
    bench.records.slice(50).map(({ vector, target }) => [vector, target.pid]),
    [["proc_environ", 1234], ["process_vm_readv", 77]],
  );
  for (; bench.now < 120_000; bench.now += 1000) {
    flood(100);
    bench.audit.settle();
  }
  flood(100);
  const before = bench.records.length;
  bench.take(makeEvent({ vector: "proc_environ" }));
  assert.equal(bench.records.length, before + 1);
});

Deno.test("the reserve is small: a thousand victims are seventy lines", () => {
  const bench = new Bench();
  for (let pid = 1; pid <= 1000; pid++) {
    bench.take(makeEvent({ target: { pid } }));
  }
  bench.audit.settle();
  assert.equal(bench.records.length, 70);
  assert.equal(bench.audit.suppressed, 930);
});

Deno.test("a fold loses nothing: told, repeated and held back are all there was", () => {
  fc.assert(fc.property(
    fc.array(
      fc.record({ key: fc.nat(160), wait: fc.nat(3000), settle: fc.boolean() }),
      { maxLength: 300 },
    ),
    (steps) => {
      let [now, told, heldBack] = [0, 0, 0];
      const fold = new Fold<number>((_, repeated) => told += 1 + repeated, 0);
      for (const { key, wait, settle } of steps) {
        now += wait;
        fold.take(`${key}`, `${key % 40}`, key, now);
        if (settle) fold.settle(now);
        heldBack += fold.takeHeldBack();
      }
      for (let i = 0; i < 100; i++) fold.settle(now += 600_000);
      heldBack += fold.takeHeldBack();
      assert.equal(told + heldBack, steps.length);
    },
  ));
});
