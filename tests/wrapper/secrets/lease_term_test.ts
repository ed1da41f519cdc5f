/** The arithmetic of a lease's lifetime. */
import { equal, ok } from "node:assert/strict";
import fc from "fast-check";
import {
  dueAt,
  endsAt,
  makeTerm,
  renewTerm,
} from "@/wrapper/secrets/lease_term.ts";

Deno.test("dueAt() is between 60 % and two thirds of the lifetime", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (ttl, random) => {
        const due = dueAt(makeTerm(ttl, true, 0), random) / (ttl * 1000);
        ok(due >= 0.599 && due <= 0.6667, String(due));
      },
    ),
  );
});

Deno.test("a term without a TTL never expires", () => {
  equal(dueAt(makeTerm(undefined, false, 5), 0.5), Infinity);
  equal(endsAt(makeTerm(undefined, false, 5)), Infinity);
});

Deno.test("a TTL of 0 ends within a second, and is looked at again before", () => {
  const term = makeTerm(0, false, 5);
  equal(endsAt(term), 1005);
  ok(dueAt(term, 1) > 600);
});

Deno.test("renewTerm() recognizes the last term by a shorter TTL", () => {
  const term = makeTerm(60, true, 0);
  equal(renewTerm(term, 60, 40_000).isLast, false);
  equal(renewTerm(term, 30, 80_000).isLast, true);
  equal(endsAt(renewTerm(term, 30, 80_000)), 110_000);
});

Deno.test("a renewal that grants 0 seconds is the end", () => {
  const term = renewTerm(makeTerm(60, true, 0), 0, 40_000);
  equal(term.isLast, true);
  equal(dueAt(term, 0.5), 40_000);
  equal(endsAt(term), 40_000);
});

Deno.test("a term that is not renewable is the last one", () => {
  equal(makeTerm(60, false, 0).isLast, true);
});
