/** How often the audit tells of what comes again and again, and whom a flood silences. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Fold } from "@/agent/audit/dedup.ts";
import { Bench } from "./audit_bench.ts";
import { makeEvent } from "./fake_enforcer.ts";

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
