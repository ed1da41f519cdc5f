/** Timers on top of AbortSignal.timeout: order, cancelling, errors, and long times. */
import { every, pause, Timer, within } from "@/base/timer.ts";
import { deepEqual } from "node:assert/strict";

Deno.test("timers fire in the order of their times, not of their creation", async () => {
  const fired: string[] = [];
  const last = Promise.withResolvers<void>();
  new Timer(60, () => {
    fired.push("late");
    last.resolve();
  });
  new Timer(30, () => fired.push("middle"));
  new Timer(1, () => fired.push("early"));
  await last.promise;
  deepEqual(fired, ["early", "middle", "late"]);
});

Deno.test("a cancelled timer does not fire, a later one does", async () => {
  const fired: string[] = [];
  const cancelled = new Timer(1, () => fired.push("cancelled"));
  cancelled.cancel();
  await new Promise<void>((resolve) => {
    new Timer(20, () => {
      fired.push("other");
      resolve();
    });
  });
  deepEqual(fired, ["other"]);
});

Deno.test("a timer that a due one cancels does not fire", async () => {
  const fired: string[] = [];
  const first = new Timer(5, () => {
    fired.push("first");
    second.cancel();
  });
  const second = new Timer(first.dueAt - performance.now(), () => {
    fired.push("second");
  });
  await pause(30);
  deepEqual(fired, ["first"]);
});

Deno.test("an error in one timer is reported and does not stop the others", async () => {
  const reported = Promise.withResolvers<string>();
  const report = (event: ErrorEvent) => {
    event.preventDefault();
    reported.resolve(event.message);
  };
  addEventListener("error", report);
  const other = Promise.withResolvers<string>();
  new Timer(5, () => {
    throw new Error("of the first");
  });
  new Timer(5, () => other.resolve("fired"));
  deepEqual(await other.promise, "fired");
  deepEqual(await reported.promise, "Uncaught Error: of the first");
  removeEventListener("error", report);
});

Deno.test("a time longer than Deno's longest does not end at once", async () => {
  // setTimeout and AbortSignal.timeout of 2 ** 31 ms end after 1 ms.
  const fired: string[] = [];
  const timers = [2 ** 31, Infinity].map((ms) =>
    new Timer(ms, () => fired.push(`${ms}`))
  );
  await pause(50);
  deepEqual(fired, []);
  timers.forEach((timer) => timer.cancel());
});

Deno.test("every: calls until it is cancelled", async () => {
  let calls = 0;
  const done = Promise.withResolvers<void>();
  const repeated = every(2, () => {
    calls++;
    if (calls === 3) {
      repeated.cancel();
      done.resolve();
    }
  });
  await done.promise;
  await pause(30);
  deepEqual(calls, 3);
});

Deno.test("within: the promise's result or error, else undefined", async () => {
  const never = new Promise<string>(() => {});
  deepEqual(await within(60_000, Promise.resolve("result")), "result");
  deepEqual(await within(5, never), undefined);
  const refused = within(60_000, Promise.reject(new Error("refused")));
  deepEqual(await refused.catch((error) => error.message), "refused");
});
