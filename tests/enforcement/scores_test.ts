/**
 * The score where the agent does not do what it should, or lies: the true
 * lower one, line by line. Where it is 75 is in matrix_test.ts.
 */
import { deepEqual, match } from "node:assert/strict";
import { Guest, SOCKET, waitFor } from "./guest.ts";
import { scoreLines } from "./matrix/play.ts";

const WITHOUT = [
  "[cloudtaser-wrapper] memfd_secret: OK (+15)",
  "[cloudtaser-wrapper] mlock: OK (+10)",
  "[cloudtaser-wrapper] madv_dontdump: OK (+10)",
  "[cloudtaser-wrapper] pr_set_dumpable: OK (+10)",
  "[cloudtaser-wrapper] token_protected: OK (+10)",
];

Deno.test("the score without protection is lower, whatever an agent says", async (test) => {
  await using guest = await Guest.boot({ kernel: "override" });

  await test.step("no agent: 55", async () => {
    await expectLower(guest, 55, [
      /ebpf_connected: FAIL \(\+0\) .*no agent/,
      /kprobes_active: FAIL \(\+0\) \S+/,
    ]);
  });

  await test.step("an agent that lies: 55", async () => {
    await guest.do(`mkdir -p /run/cloudtaser
      liar ${SOCKET} agree </dev/null >/tmp/liar.log 2>&1 &
      ${waitFor(`[ -S ${SOCKET} ]`)}`);
    await expectLower(guest, 55, [
      /ebpf_connected: FAIL \(\+0\) \S+/,
      /kprobes_active: FAIL \(\+0\) \S+/,
    ]);
    await guest.do(`kill -9 $(pidof liar)`);
  });

  await test.step("an agent that only kills: 65", async () => {
    await guest.startAgent("--backends=reactive");
    await expectLower(guest, 65, [
      /ebpf_connected: OK \(\+10\)$/,
      /kprobes_active: FAIL \(\+0\) \S+/,
    ]);
    await guest.removeAgent();
  });

  await test.step("an agent that only detects: 65", async () => {
    await guest.startAgent("--mode=detect");
    await expectLower(guest, 65, [
      /ebpf_connected: OK \(\+10\)$/,
      /kprobes_active: FAIL \(\+0\) .*detect/,
    ]);
    await guest.removeAgent();
  });
});

async function expectLower(
  guest: Guest,
  points: number,
  lines: readonly RegExp[],
): Promise<void> {
  const wrapper = await guest.startWrapper();
  const found = scoreLines(await guest.do(`cat ${wrapper.log}`));
  await guest.end(wrapper.pid, wrapper.application.pid);
  const sum = `[cloudtaser-wrapper] Protection score: ${points}/75`;
  deepEqual(found.slice(0, 6), [sum, ...WITHOUT], found.join("\n"));
  lines.forEach((line, i) => match(found[6 + i] ?? "", line));
}
