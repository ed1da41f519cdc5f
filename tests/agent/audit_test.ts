/** What the audit tells, and of whom. */
import assert from "node:assert/strict";
import { Bench } from "./audit_bench.ts";
import { makeEvent } from "./fake_enforcer.ts";
import { NO_FILES } from "./run_agent.ts";

const VICTIM = { podUid: "victim-pod", containerId: "victim-container" };
const THIEF = { podUid: "thief-pod", containerId: "thief-container" };

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
