/** How often the audit writes repeated attacks, and that a flood does not silence others. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Deduplicator } from "@/agent/audit/dedup.ts";
import { Bench } from "./audit_bench.ts";
import { makeEvent } from "./fake_enforcer.ts";

Deno.test("repetitions are one line with their count, ten seconds later", () => {
  const bench = new Bench();
  for (let i = 0; i < 1000; i++) bench.add();
  assert.equal(bench.records.length, 1);
  bench.now = 9_999;
  bench.audit.flush();
  assert.equal(bench.records.length, 1);
  bench.now = 10_000;
  bench.audit.flush();
  assert.deepEqual(bench.records.map(({ fields }) => fields.repeated), [
    0,
    998,
  ]);
  bench.now = 30_000;
  bench.audit.flush();
  assert.equal(bench.records.length, 2);
  assert.deepEqual(bench.suppressed, []);
  bench.add();
  assert.equal(bench.records.length, 3);
});

Deno.test("an attacker that repeats all day gets a line every ten minutes, at no cost to others", () => {
  const bench = new Bench();
  const lines: number[] = [];
  for (; bench.now < 3_600_000; bench.now += 1_000) {
    const before = bench.records.length;
    if (bench.now % 15_000 === 0) bench.add();
    bench.audit.flush();
    if (bench.records.length > before) lines.push(bench.now / 1000);
  }
  assert.deepEqual(lines.slice(0, 5), [0, 15, 35, 75, 155]);
  assert.ok(lines.length <= 13, `${lines}`);
  assert.equal(lines.at(-1)! - lines.at(-2)!, 600);
  const told = bench.records.reduce(
    (sum, { fields }) => sum + 1 + Number(fields.repeated),
    0,
  );
  assert.ok(told > 200);
  bench.add(makeEvent({ attacker: { exe: "thief" } }));
  assert.equal(bench.records.at(-1)?.fields.attacker_exe, "thief");
});

Deno.test("a thousand attackers are fifty lines and a count", () => {
  const bench = new Bench();
  for (let i = 0; i < 1000; i++) {
    bench.add(makeEvent({ attacker: { exe: `thief${i}` } }));
  }
  bench.audit.flush();
  assert.equal(bench.records.length, 50);
  assert.deepEqual(bench.suppressed, [950]);
  assert.equal(bench.audit.suppressed, 950);
});

Deno.test("an attack from another container is written beside a kubelet that reads all day", () => {
  const bench = new Bench();
  const kubelet = { attacker: { exe: "kubelet", comm: "kubelet" } };
  for (; bench.now < 60_000; bench.now += 10_000) {
    bench.add(makeEvent(kubelet));
    bench.audit.flush();
  }
  const before = bench.records.length;
  bench.add(makeEvent({ attacker: { ...kubelet.attacker, cgroup: 666 } }));
  assert.equal(bench.records.length, before + 1);
});

Deno.test("throw-away names do not silence the first attack of another vector or on another victim", () => {
  const bench = new Bench();
  const flood = (count: number) => {
    for (let i = 0; i < count; i++) {
      bench.add(makeEvent({ attacker: { exe: `x${bench.now}-${i}` } }));
    }
  };
  flood(1000);
  assert.equal(bench.records.length, 50);
  bench.add(makeEvent({ vector: "proc_environ" }));
  bench.add(makeEvent({ vector: "proc_environ" }));
  bench.add(makeEvent({ target: { pid: 77 } }));
  assert.deepEqual(
    bench.records.slice(50).map((
      { fields },
    ) => [fields.vector, fields.target_pid]),
    [["proc_environ", 1234], ["process_vm_readv", 77]],
  );
  for (; bench.now < 120_000; bench.now += 1000) {
    flood(100);
    bench.audit.flush();
  }
  flood(100);
  const before = bench.records.length;
  bench.add(makeEvent({ vector: "proc_environ" }));
  assert.equal(bench.records.length, before + 1);
});

Deno.test("the reserve is small: a thousand victims are seventy lines", () => {
  const bench = new Bench();
  for (let pid = 1; pid <= 1000; pid++) {
    bench.add(makeEvent({ target: { pid } }));
  }
  bench.audit.flush();
  assert.equal(bench.records.length, 70);
  assert.equal(bench.audit.suppressed, 930);
});

Deno.test("no item is lost: each is written, counted as repeated or as suppressed", () => {
  fc.assert(fc.property(
    fc.array(
      fc.record({ key: fc.nat(160), wait: fc.nat(3000), flush: fc.boolean() }),
      { maxLength: 300 },
    ),
    (steps) => {
      let [now, written, suppressed] = [0, 0, 0];
      const dedup = new Deduplicator<number>(
        (_, repeated) => written += 1 + repeated,
        0,
      );
      for (const { key, wait, flush } of steps) {
        now += wait;
        dedup.add(`${key}`, `${key % 40}`, key, now);
        if (flush) dedup.flush(now);
        suppressed += dedup.drainSuppressed();
      }
      for (let i = 0; i < 100; i++) dedup.flush(now += 600_000);
      suppressed += dedup.drainSuppressed();
      assert.equal(written + suppressed, steps.length);
    },
  ));
});
