/** `agent` as a command: what it says of a kernel, of mistakes, and of rights that it does not have. */
import assert from "node:assert/strict";
import { VECTORS } from "@/agent/vectors.ts";
import { SYNCHRONOUS } from "../support/protected_application.ts";
import { runWrapper } from "../support/wrapper.ts";

Deno.test("--check tells of this kernel, and its status is what it says", async () => {
  const { code, stdout } = await runWrapper({ args: ["agent", "--check"] });
  for (const { id } of VECTORS) {
    assert.match(stdout, new RegExp(`^${id} +(refused|killed|open)`, "m"));
  }
  const isSynchronous = SYNCHRONOUS.some((tier) =>
    new RegExp(`^${tier} +passed`, "m").test(stdout)
  );
  assert.equal(code, isSynchronous ? 0 : 77);
});

Deno.test("what cannot be is one line with its remedy, and the exit status says whose mistake it is", async () => {
  const cases: [string[], number, RegExp][] = [
    [["--mode=on"], 78, /CLOUDTASER_AGENT_MODE is "on": give enforce, detect/],
    [["--lock=on", "--pins=none"], 78, /the lock must outlive the agent/],
    [["--nope"], 64, /--nope is no flag/],
    [["extra"], 64, /agent takes flags only/],
    [["--check", "--remove"], 64, /not both/],
    [["--socket=/nowhere/at/all.sock"], 71, /No enforcer: \/nowhere/],
  ];
  for (const [args, expected, words] of cases) {
    const { code, stderr } = await runWrapper({ args: ["agent", ...args] });
    assert.equal(code, expected, stderr);
    assert.match(stderr, words);
    if (expected !== 71) assert.equal(stderr.trim().split("\n").length, 1);
  }
});

Deno.test("without the right to load BPF it says so and ends", async () => {
  const { code, stderr } = await runWrapper({
    args: ["agent", "--pins=none", "--socket=/tmp/agent-without-rights.sock"],
    uid: 65_534,
  });
  assert.equal(code, 71);
  assert.match(stderr, /No enforcer: /);
});
