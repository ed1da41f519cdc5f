/** Evidence, and the table of checks against the specification's. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { absent, inForce, unknown } from "@/score/evidence.ts";
import { cleanText } from "@/base/text.ts";
import { CHECKS, isCheckName, MAXIMUM_SCORE } from "@/score/checks.ts";

Deno.test("CHECKS are the specification's, in its order, 75 points in all", () => {
  assert.deepEqual(CHECKS.map(({ name, points }) => `${name} ${points}`), [
    "memfd_secret 15",
    "mlock 10",
    "madv_dontdump 10",
    "pr_set_dumpable 10",
    "token_protected 10",
    "ebpf_connected 10",
    "kprobes_active 10",
  ]);
  assert.equal(MAXIMUM_SCORE, 75);
  assert.equal(isCheckName("mlock"), true);
  assert.equal(isCheckName("toString"), false);
});

Deno.test("evidence is frozen, and has a reason or a detail", () => {
  const finding = { check: "mlock", source: "/proc/self/smaps" } as const;
  const passed = inForce(finding, "locked");
  assert.equal(passed.detail, "locked");
  assert.equal(passed.reason, "");
  assert.ok(Object.isFrozen(passed));
  assert.ok(Math.abs(Date.now() - passed.at) < 1000);
  assert.equal(absent(finding, "why").state, "absent");
  assert.equal(unknown(finding, "why").reason, "why");
});

Deno.test("cleanText() gives one printable line of bounded length", () => {
  assert.equal(cleanText("a\r\nb\x1b[31m\u2028c\x9b"), "a b [31m c");
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }),
      fc.integer({ min: 1, max: 50 }),
      (text, limit) => {
        const clean = cleanText(text, limit);
        assert.ok(clean.length <= limit);
        // deno-lint-ignore no-control-regex -- that is what must not be there
        assert.ok(!/[\x00-\x1f\x7f-\x9f]/.test(clean));
      },
    ),
  );
});
