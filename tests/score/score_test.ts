/** From evidence to points, from points to a decision, and the events of a score. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { absent, inForce, unknown } from "@/score/evidence.ts";
import { ALL_CHECKS, CHECKS } from "@/score/checks.ts";
import { bandOf, makeScore } from "@/score/score.ts";
import { decideStart } from "@/score/decide.ts";
import { describeEvent } from "@/score/event_text.ts";
import { scoreWith } from "./fake_score.ts";

Deno.test("makeScore() adds up only checks that are in force", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("in", "absent", "unknown", "missing"), {
        minLength: 7,
        maxLength: 7,
      }),
      (states) => {
        const evidence = CHECKS.flatMap(({ name }, i) => {
          const finding = { check: name, source: "" };
          if (states[i] === "in") return [inForce(finding, "")];
          if (states[i] === "absent") return [absent(finding, "a")];
          return states[i] === "unknown" ? [unknown(finding, "u")] : [];
        });
        const expected = CHECKS.reduce(
          (sum, { points }, i) => sum + (states[i] === "in" ? points : 0),
          0,
        );
        const score = makeScore(evidence.reverse());
        assert.equal(score.points, expected);
        assert.equal(score.maximum, 75);
        assert.deepEqual(
          score.checks.map(({ name }) => name),
          CHECKS.map(({ name }) => name),
        );
      },
    ),
  );
});

Deno.test("makeScore() shows a check without evidence as unknown", () => {
  const [first] = makeScore([]).checks;
  assert.equal(first?.evidence.state, "unknown");
  assert.equal(first?.evidence.reason, "not proven yet");
});

Deno.test("bandOf() has the specification's limits", () => {
  const bands = [75, 70, 69, 55, 54, 40, 39, 0].map((points) => bandOf(points));
  assert.equal(
    bands.join(" "),
    "full full strong strong partial partial insufficient insufficient",
  );
});

Deno.test("decideStart() lets the minimum itself pass", () => {
  const score = scoreWith({ kprobes_active: "no", ebpf_connected: "no" });
  assert.equal(score.points, 55);
  assert.deepEqual(decideStart(score, { minimum: 55, required: [] }), {
    start: true,
  });
  assert.deepEqual(decideStart(score, { minimum: 56, required: [] }), {
    start: false,
    why:
      "protection score 55/75 is below CLOUDTASER_MIN_PROTECTION_SCORE=56; " +
      "failed: ebpf_connected (no), kprobes_active (no)",
  });
  assert.equal(decideStart(score, { minimum: NaN, required: [] }).start, false);
});

Deno.test("decideStart() requires named checks whatever the points", () => {
  const score = scoreWith({ mlock: "limit too small" });
  assert.deepEqual(
    decideStart(score, { minimum: 0, required: ["memfd_secret"] }),
    { start: true },
  );
  assert.deepEqual(
    decideStart(score, { minimum: 75, required: ["mlock", "mlock"] }),
    {
      start: false,
      why:
        "protection score 65/75 is below CLOUDTASER_MIN_PROTECTION_SCORE=75; " +
        "failed: mlock (limit too small); " +
        "CLOUDTASER_REQUIRE_CHECKS requires mlock, which fails: limit too small",
    },
  );
});

Deno.test("with nine checks there are 105 points, and the bands scale", () => {
  const evidence = ALL_CHECKS.map(({ name }) =>
    inForce({ check: name, source: "" }, "")
  );
  const whole = makeScore(evidence, ALL_CHECKS);
  const { points, maximum, band } = whole;
  assert.deepEqual([points, maximum, band], [105, 105, "full"]);
  const bands = [98, 97, 77, 76, 56, 55].map((points) => bandOf(points, 105));
  assert.equal(
    bands.join(" "),
    "full strong strong partial partial insufficient",
  );
});

Deno.test("uncounted checks have no points and may be required", () => {
  const check = "ld_preload_active";
  const active = CHECKS.map(({ name }) =>
    inForce({ check: name, source: "" }, "")
  );
  const policy = { minimum: 75, required: [check] as const };
  const good = makeScore([...active, inForce({ check, source: "" }, "")]);
  assert.deepEqual([good.points, good.maximum], [75, 75]);
  assert.deepEqual(decideStart(good, policy), { start: true });
  const bad = makeScore([...active, absent({ check, source: "" }, "why")]);
  assert.equal(bad.points, 75);
  assert.equal(decideStart(bad, policy).start, false);
});

Deno.test("all checks pass: ProtectionActive", () => {
  assert.deepEqual(describeEvent(scoreWith()), {
    type: "Normal",
    reason: "ProtectionActive",
    message: "Protection score: 75/75 (all defenses active)",
  });
});

Deno.test("any fails: ProtectionDegraded names those that do", () => {
  assert.deepEqual(describeEvent(scoreWith({ memfd_secret: "too old" })), {
    type: "Warning",
    reason: "ProtectionDegraded",
    message: "Protection score: 60/75 (memfd_secret unavailable)",
  });
  const two = scoreWith({ memfd_secret: "x", kprobes_active: "y" });
  assert.equal(
    describeEvent(two).message,
    "Protection score: 50/75 (memfd_secret, kprobes_active unavailable)",
  );
});
