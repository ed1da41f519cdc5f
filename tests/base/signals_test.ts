/** Signal names and numbers. */
import { equal } from "node:assert/strict";
import { parseSignal, signalName } from "@/base/signals.ts";

Deno.test("parseSignal() and signalName() are inverse", () => {
  for (let signo = 1; signo <= 64; signo++) {
    if (signo === 32 || signo === 33) continue; // glibc's own have no name
    equal(parseSignal(signalName(signo)), signo);
  }
});

for (
  const [text, signo] of [
    ["HUP", 1],
    ["sigusr1", 10],
    [" 15 ", 15],
    ["RTMIN", 34],
    ["SIGRTMIN+3", 37],
    ["rtmin+30", 64],
    ["RTMIN+31", undefined],
    ["RTMIN+", undefined],
    ["0", undefined],
    ["65", undefined],
    ["", undefined],
    ["NOPE", undefined],
    ["SIG", undefined],
  ] as const
) {
  Deno.test(`parseSignal() reads ${JSON.stringify(text)}`, () =>
    equal(parseSignal(text), signo));
}
