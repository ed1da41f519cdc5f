/** Lines over a socket pair: whole, in order, bounded. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { closeFd, send, socketPair } from "@ffi";
import { JsonChannel } from "@/process/json_channel.ts";
import { LineChannel } from "@/process/line_channel.ts";

const LIMIT_MS = 5000;

function makePair(): [LineChannel, number] {
  const [ours, theirs] = socketPair();
  return [new LineChannel(ours), theirs];
}

Deno.test("lines arrive whole and in order, however they are cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.string({ maxLength: 300 }).map((s) => s.replaceAll("\n", "")),
        { minLength: 1, maxLength: 20 },
      ),
      fc.array(fc.nat(2000), { maxLength: 5 }),
      async (lines, cuts) => {
        const [ours, theirs] = makePair();
        const bytes = new TextEncoder().encode(`${lines.join("\n")}\n`);
        const places = [0, ...cuts.map((c) => c % bytes.length), bytes.length]
          .sort((a, b) => a - b);
        for (const [i, start] of places.entries()) {
          const part = bytes.slice(start, places[i + 1] ?? bytes.length);
          if (part.length > 0) await send(theirs, part, LIMIT_MS);
        }
        for (const line of lines) {
          const expected = new TextDecoder().decode(
            new TextEncoder().encode(line),
          );
          assert.equal(await ours.receive(LIMIT_MS), expected);
        }
        closeFd(theirs);
        assert.equal(await ours.receive(LIMIT_MS), undefined);
        ours.close();
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("several lines are sent at once, and answered", async () => {
  const [ours, theirs] = socketPair();
  const [one, other] = [new LineChannel(ours), new LineChannel(theirs)];
  await one.send("a", "", "c d");
  for (const line of ["a", "", "c d"]) {
    assert.equal(await other.receive(LIMIT_MS), line);
  }
  one.close();
  await assert.rejects(other.send("x"), /EPIPE/);
  other.close();
});

Deno.test("silence until the limit is an error, also for a limit beyond poll(2)'s", async () => {
  const [ours, theirs] = makePair();
  await assert.rejects(ours.receive(10), /ETIMEDOUT/);
  const waiting = ours.receive(Number.MAX_SAFE_INTEGER);
  await send(theirs, new TextEncoder().encode("late\n"), LIMIT_MS);
  assert.equal(await waiting, "late");
  closeFd(theirs);
  ours.close();
});

Deno.test("messages are JSON; anything else is an error", async () => {
  const [ours, theirs] = socketPair();
  const [one, other] = [
    new JsonChannel<unknown, unknown>(ours),
    new JsonChannel<unknown, unknown>(theirs),
  ];
  await one.send({ say: "ready", text: "a\nb" });
  assert.deepEqual(await other.receive(LIMIT_MS), {
    say: "ready",
    text: "a\nb",
  });
  await send(ours, new TextEncoder().encode("no\n"), LIMIT_MS);
  await assert.rejects(other.receive(LIMIT_MS), SyntaxError);
  one.close();
  other.close();
});
