/** The protocol's parsers never throw and pass no foreign text through. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  parseHello,
  parseLine,
  parseProof,
  parseProtected,
} from "@/protocol/agent.ts";

Deno.test("no answer makes the protocol's parsers throw", () => {
  const keys = fc.constantFrom(
    ...("op nonce version mode vectors name uptime attacks pid protected " +
      "comm vector blocked").split(" "),
  );
  const answers = fc.dictionary(
    keys,
    fc.oneof(fc.jsonValue(), fc.constant("hello")),
  );
  fc.assert(
    fc.property(
      fc.oneof(answers, fc.jsonValue()),
      fc.string(),
      (value, raw) => {
        parseLine(raw);
        const answer = parseLine(JSON.stringify(value));
        if (!answer) return;
        const hello = parseHello(answer, "n");
        assert.ok(hello === undefined || answer.nonce === "n");
        parseProof(answer, "n");
        parseProtected(answer, 1);
      },
    ),
    { numRuns: 1000 },
  );
});

Deno.test("text from the agent is one printable line of bounded length", () => {
  const answer = {
    op: "hello",
    nonce: "n",
    version: "1\n2",
    mode: "x".repeat(999),
    vectors: 1,
    name: "a\x1b[2Jb",
  };
  const hello = parseHello(answer, "n");
  assert.equal(hello?.version, "1 2");
  assert.equal(hello?.mode.length, 80);
  assert.equal(hello?.name, "a [2Jb");
});
