/** The content of audit lines. */
import assert from "node:assert/strict";
import { Bench } from "./audit_bench.ts";
import { makeEvent } from "./fake_enforcer.ts";
import { NO_FILES } from "./run_agent.ts";

const VICTIM = { podUid: "victim-pod", containerId: "victim-container" };
const THIEF = { podUid: "thief-pod", containerId: "thief-container" };

Deno.test("a line names both sides and the result", () => {
  const bench = new Bench({
    container: (pid) => pid === 1234 ? VICTIM : THIEF,
    executable: (pid) => pid === 9 ? "/usr/bin/thief" : undefined,
    cgroupPath: () => undefined,
  });
  bench.trees.register(3, 1234);
  bench.add();
  assert.deepEqual(bench.records, [{
    time: Date.parse("2023-11-14T22:13:20.000Z"),
    message: "blocked: process_vm_readv on process 1234 by process 9 (thief)",
    fields: {
      audit: "attack",
      vector: "process_vm_readv",
      title: "process_vm_readv",
      action: "blocked",
      backend: "bpf lsm",
      program: "ptrace_access_check",
      arg: 2,
      repeated: 0,
      attacker_pid: 9,
      attacker_uid: 0,
      attacker_comm: "thief",
      attacker_exe: "/usr/bin/thief",
      attacker_pod_uid: "thief-pod",
      attacker_container_id: "thief-container",
      target_pid: 1234,
      target_process_tree: 3,
      target_comm: "app",
      target_pod_uid: "victim-pod",
      target_container_id: "victim-container",
    },
  }]);
});

Deno.test("a wrapper's attack on itself gets no line", () => {
  const bench = new Bench();
  bench.add(makeEvent({ ownProbe: true }));
  bench.audit.flush();
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
  bench.trees.register(3, 1234);
  alive = false;
  bench.add();
  assert.equal(bench.records[0]?.fields.target_pod_uid, VICTIM.podUid);
  assert.equal(bench.records[0]?.fields.attacker_pod_uid, "a".repeat(32));
  assert.equal(bench.records[0]?.fields.attacker_container_id, "b".repeat(64));
  assert.equal(bench.records[0]?.fields.attacker_exe, "thief");
});

Deno.test("a process tree from before this agent is recorded when it is attacked", () => {
  const bench = new Bench({ ...NO_FILES, container: () => VICTIM });
  bench.add(makeEvent({ target: { tree: 12, pid: 77 } }));
  assert.equal(bench.records[0]?.fields.target_pod_uid, VICTIM.podUid);
  assert.deepEqual(bench.trees.list().map(({ id }) => id), [12]);
});

Deno.test("an attack on the machine has no target", () => {
  const bench = new Bench();
  bench.add(makeEvent({
    vector: "module_load",
    target: { pid: 0, tree: 0, comm: "" },
  }));
  assert.equal(
    bench.records[0]?.message,
    "blocked: kernel modules by process 9 (thief)",
  );
  assert.deepEqual(bench.trees.list(), []);
});

Deno.test("a protected attacker is not looked up, which would cause the next event", () => {
  const bench = new Bench({
    ...NO_FILES,
    executable: () => assert.fail("looked"),
  });
  bench.add(makeEvent({ attacker: { tree: 8 } }));
  assert.equal(bench.records[0]?.fields.attacker_exe, "thief");
});

Deno.test("a reused pid gives neither path nor container", () => {
  const bench = new Bench({
    container: () => THIEF,
    executable: () => "/usr/bin/innocent",
    cgroupPath: () => undefined,
  });
  bench.add();
  assert.equal(bench.records[0]?.fields.attacker_exe, "thief");
  assert.equal(bench.records[0]?.fields.attacker_pod_uid, undefined);
});

Deno.test("names cannot forge lines or fields", () => {
  const bench = new Bench();
  bench.add(makeEvent({ attacker: { comm: "a\nb\x1b[2J", exe: "e\u2028x" } }));
  bench.add(makeEvent({ attacker: { comm: '") action=seen', exe: "y" } }));
  bench.add(makeEvent({
    attacker: { comm: "\u202egnp.exe", exe: "z" },
    target: { comm: "t\nlevel=info\u202e\x1b[2J" },
  }));
  const [line, other, third] = bench.records;
  assert.equal(line?.fields.attacker_comm, "a b [2J");
  assert.equal(line?.fields.attacker_exe, "e x");
  assert.equal(JSON.stringify(line).split("\n").length, 1);
  assert.match(other?.message ?? "", / \(\?\) action\?seen\)$/);
  assert.equal(other?.fields.attacker_comm, '") action=seen');
  assert.equal(third?.fields.attacker_comm, "gnp.exe");
  assert.equal(third?.fields.target_comm, "t level=info [2J");
});
