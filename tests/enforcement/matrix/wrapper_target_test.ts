/** An empty wrapper half of the matrix is an error. */
import { throws } from "node:assert/strict";
import { succeeded } from "../../attacks/results.ts";
import { checkEnough } from "./wrapper_target.ts";

const PLAINEST = ["vm_readv", "mem", "environ"];

function resultsOf(count: number, plainest = PLAINEST): Map<string, string> {
  const others = Array.from({ length: count }, (_, i) => `other${i}`);
  return new Map([...plainest, ...others].map((name) => [name, "leaked"]));
}

Deno.test("attacks on the wrapper: enough is enough", () => {
  checkEnough(resultsOf(27), succeeded);
});

Deno.test("attacks on the wrapper: none, or too few", () => {
  throws(() => checkEnough(new Map(), succeeded), /only 0 attacks/);
  throws(() => checkEnough(resultsOf(26), succeeded), /only 29 attacks/);
});

Deno.test("attacks on the wrapper: one of the plainest failed or is missing", () => {
  for (const name of PLAINEST) {
    const others = PLAINEST.filter((other) => other !== name);
    throws(
      () => checkEnough(resultsOf(99, others), succeeded),
      new RegExp(`without ${name}`),
    );
    const failed = resultsOf(99).set(name, "EPERM");
    throws(() => checkEnough(failed, succeeded), new RegExp(`without ${name}`));
  }
});
