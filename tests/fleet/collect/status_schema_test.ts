/** Validation of statuses. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { safeText } from "@/base/text.ts";
import { SchemaError } from "@/fleet/kubernetes/schema.ts";
import { parseStatus } from "@/fleet/collect/status_schema.ts";
import { makeAnswer, parseAnswer } from "../answers.ts";

Deno.test("parseStatus() keeps all values, under the same names", () => {
  const text = makeAnswer();
  const answer = JSON.parse(text);
  const status = parseStatus(text);
  const { application, vault, agent, checks, ...plain } = answer;
  const { application: _a, vault: _v, agent: _g, checks: found, ...rest } =
    status;
  assert.deepEqual(rest, plain);
  assert.deepEqual(found, checks);
  assert.equal(status.application.state, application.state);
  assert.equal(status.vault.address, vault.address);
  assert.deepEqual(status.agent, agent);
});

Deno.test("parseStatus() computes the band, and accepts checks of a newer wrapper", () => {
  const answer = parseAnswer();
  answer.band = "full";
  answer.score = 10;
  answer.maximum = 30;
  answer.checks = [
    { name: "mlock", points: 10, worth: 10, state: "in_force" },
    { name: "confidential_computing", points: 0, worth: 20, state: "absent" },
  ];
  const status = parseStatus(JSON.stringify(answer));
  assert.equal(status.band, "insufficient");
  assert.equal(status.checks[1]?.name, "confidential_computing");
  assert.equal(status.checks[0]?.time, null);
});

Deno.test("parseStatus() reads a process without PID or start time as unknown", () => {
  for (
    const process of [{}, { pid: 1 }, { pid: null, startTicks: 5 }, null]
  ) {
    const text = JSON.stringify({ ...parseAnswer(), process });
    assert.equal(parseStatus(text).process, null, text);
  }
});

Deno.test("parseStatus() refuses points that do not add up", () => {
  const checks = [
    { name: "mlock", points: 10, worth: 10, state: "in_force" },
    { name: "memfd_secret", points: 0, worth: 15, state: "absent" },
  ];
  const half = [{ ...checks[0], points: 0.5, worth: 0.5 }];
  for (
    const wrong of [
      { score: 0, maximum: 0, checks: [] },
      { score: 10, maximum: 10, checks },
      { score: 10, maximum: 75, checks },
      { score: 25, maximum: 25, checks },
      { score: 0.5, maximum: 0.5, checks: half },
    ]
  ) {
    const text = JSON.stringify({ ...parseAnswer(), ...wrong });
    assert.throws(() => parseStatus(text), /points do not add up/, text);
  }
});

Deno.test("parseStatus() returns a status or throws SchemaError, for any JSON and any change of a status", () => {
  const verify = (text: string) => {
    try {
      const status = parseStatus(text);
      assert.ok(JSON.stringify(status).length < 400_000);
      assert.ok(status.score === null || status.score <= (status.maximum ?? 0));
    } catch (error) {
      assert.ok(error instanceof SchemaError, String(error));
    }
  };
  fc.assert(fc.property(fc.json(), verify));
  const names = Object.keys(parseAnswer());
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.jsonValue(), (name, value) => {
      verify(JSON.stringify({ ...parseAnswer(), [name]: value }));
    }),
  );
  const parts = Object.keys(parseAnswer().checks[0]);
  fc.assert(
    fc.property(fc.constantFrom(...parts), fc.jsonValue(), (name, value) => {
      const answer = parseAnswer();
      answer.checks[3] = { ...answer.checks[3], [name]: value };
      verify(JSON.stringify(answer));
    }),
  );
});

Deno.test("messages name the field and never quote the value", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const answer = parseAnswer();
    answer.vault.address = [`hunter2${JSON.stringify(value)}`];
    assert.throws(
      () => parseStatus(JSON.stringify(answer)),
      { message: "vault.address must be a string" },
    );
  }));
});

Deno.test("safeText() returns one line of visible characters within the limit", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 2000 }), (text) => {
      const safe = safeText(text, 50);
      assert.ok(safe.length <= 50);
      const isCut = safe.length === 50;
      assert.ok(safe.isWellFormed() || !text.isWellFormed() || isCut);
      assert.ok(!/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(safe));
    }),
  );
  assert.equal(safeText("Größe 5 µs → 3"), "Größe 5 µs → 3");
});
