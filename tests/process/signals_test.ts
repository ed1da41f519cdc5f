/** Signal names and numbers. */
import { equal } from "node:assert/strict";
import { parseSignal, signalName } from "@/process/mod.ts";

Deno.test("parseSignal() and signalName() are inverse for the classic signals", () => {
  for (let signo = 1; signo <= 31; signo++) {
    equal(parseSignal(signalName(signo)), signo);
  }
});

for (
  const [text, signo] of [
    ["HUP", 1],
    ["sigusr1", 10],
    [" 15 ", 15],
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
