/** The specification's two events. */
import assert from "node:assert/strict";
import { describeEvent } from "@/score/event_text.ts";
import { scoreWith } from "./fake_score.ts";

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
