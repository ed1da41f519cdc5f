/** Tables and --watch on a terminal: widths, heights, overwriting. */
import assert from "node:assert/strict";
import { cutEnd, cutMiddle, measure, pad } from "@/fleet/render/cells.ts";
import { FleetError } from "@/fleet/command/errors.ts";
import type { Probe } from "@/fleet/collect/probe.ts";
import { type Fleet, makeFleet } from "@/fleet/collect/fleet.ts";
import { makeColours } from "@/fleet/render/colours.ts";
import { parseStatus } from "@/fleet/collect/status_schema.ts";
import { renderTable } from "@/fleet/render/table.ts";
import { watch } from "@/fleet/watch.ts";
import { renderAge } from "@/protocol/status.ts";
import { makeAnswer } from "../answers.ts";
import { Kept } from "../status_run.ts";

function fleetOf(size: number, namespace = "production"): Fleet {
  const probes = Array.from({ length: size }, (_, index) => ({
    target: { namespace, pod: `web-${index}`, port: 8199 },
    status: parseStatus(makeAnswer(index % 2 ? { mlock: "limit" } : {})),
  }));
  return makeFleet(probes, { at: 0, place: "test" });
}

const PLAIN = { colours: makeColours(false), wide: false };

/** The text without colours. */
function bare(text: string): string {
  // deno-lint-ignore no-control-regex -- colours are control characters
  return text.replace(/\x1b\[\d+m/g, "");
}

Deno.test("a table is cut at the edge of the terminal, without losing colour codes", () => {
  const fleet = fleetOf(3);
  const whole = renderTable(fleet, { ...PLAIN, wide: true });
  for (let columns = 1; columns < 120; columns++) {
    const options = { colours: makeColours(true), wide: true, columns };
    const lines = renderTable(fleet, options).split("\n");
    for (const line of lines.slice(0, 4)) {
      assert.ok(bare(line).length <= columns, `${columns}: ${line}`);
      // deno-lint-ignore no-control-regex -- colours are control characters
      const codes = [...line.matchAll(/\x1b\[(\d+)m/g)].map(([, code]) => code);
      assert.ok(codes.length % 2 === 0 && (codes.at(-1) ?? "0") === "0");
    }
  }
  const wide = { colours: makeColours(true), wide: true, columns: 500 };
  assert.equal(bare(renderTable(fleet, wide)), whole);
});

Deno.test("names are shortened in the middle, so that scores are visible on every terminal", () => {
  const names = [
    "a-very-long-deployment-name-that-people-have-7d8f9c6b4-xk2mn",
    "a-very-long-deployment-name-that-people-have-7d8f9c6b4-bnl96",
    "web-1",
  ];
  const probes = names.map((pod, index) => ({
    target: { namespace: `the-namespace-of-team-${index}`, pod, port: 8199 },
    status: parseStatus(makeAnswer({ mlock: "limit" })),
  }));
  const fleet = makeFleet(probes, { at: 0, place: "test" });
  for (const columns of [30, 40, 80, 120, 200]) {
    const text = renderTable(fleet, { ...PLAIN, columns });
    const lines = text.split("\n").slice(1, 4);
    for (const line of lines) {
      assert.match(line, / 65\/75 .*mlock$/, `${columns}: ${line}`);
      assert.ok(line.length <= columns);
      assert.match(line, /(^| )(a-.*(xk2mn|bnl96)|web-1) /);
    }
    assert.equal(new Set(lines).size, 3, "the names differ");
  }
  const roomy = renderTable(fleet, { ...PLAIN, columns: 200 });
  assert.ok(roomy.includes(names[0] ?? "?"));
});

Deno.test("characters of two cells do not push a line over the edge", () => {
  const wide = "目录不存在".repeat(20);
  assert.equal(measure("目录"), 4);
  assert.equal(measure("Größe → 5 µs…"), 13);
  for (let cells = 0; cells < 40; cells++) {
    for (const text of [wide, `a${wide}`, "web-1-目录-x".repeat(5)]) {
      assert.ok(measure(cutEnd(text, cells)) <= cells);
      assert.ok(measure(cutMiddle(text, cells)) <= cells);
      assert.ok(measure(pad(cutEnd(text, cells), cells)) === cells);
    }
  }
  assert.equal(cutMiddle("checkout-xk2mn", 9), "chec…k2mn");
  assert.equal(cutMiddle("short", 9), "short");
  const probes = [1, 2].map((number) => ({
    target: { namespace: "n", pod: `web-${number}`, port: 8199 },
    error: wide,
  }));
  const fleet = makeFleet(probes, { at: 0, place: "test" });
  const table = renderTable(fleet, { ...PLAIN, columns: 60 });
  for (const line of table.split("\n")) {
    assert.ok(measure(line) <= 60, line);
  }
});

Deno.test("a table that is higher than the screen shows the lowest scores and the number of omitted rows", () => {
  for (let rows = 5; rows < 30; rows++) {
    const text = renderTable(fleetOf(20), { ...PLAIN, rows });
    const lines = text.trimEnd().split("\n");
    assert.ok(lines.length <= rows, `${rows}: ${lines.length}`);
    const shown = lines.filter((line) => line.startsWith("web-")).length;
    const left = /… and (\d+) more/.exec(text)?.[1] ?? "0";
    assert.equal(shown + Number(left), 20);
    assert.match(lines[1] ?? "", /^web-\d+ +65\/75/);
  }
});

Deno.test("a pod with two wrappers has two lines, named by port", () => {
  const [one] = fleetOf(1).wrappers;
  const probes = [8199, 8198].map((port) => ({
    target: { namespace: "a", pod: "web", port },
    ...(one?.status && { status: one.status }),
  }));
  const fleet = makeFleet(probes, { at: 0, place: "test" });
  const shown = fleet.wrappers.map(({ name }) => name);
  assert.deepEqual(shown, ["web:8198", "web:8199"]);
});

Deno.test("watch() overwrites the last round, and continues after a failed one", async () => {
  const stdout = new Kept({ isTerminal: true });
  const controller = new AbortController();
  let round = 0;
  const look = () => {
    if (++round === 2) {
      return Promise.reject(new FleetError("the server is gone"));
    }
    if (round === 3) controller.abort();
    return Promise.resolve(fleetOf(2));
  };
  const { signal } = controller;
  const options = { stdout, coloured: false, signal, pauseMs: 1 };
  assert.equal(await watch(look, { ...options, format: "text" }), 0);
  const begin = "\x1b[H\x1b[2J\x1b[?7l1970-01-01T00:00:00.000Z  test\x1b[K\n";
  assert.ok(stdout.text.startsWith(begin));
  assert.match(stdout.text, /Z {2}the server is gone/);
  assert.ok(stdout.text.includes("\x1b[J"));
  assert.ok(stdout.text.endsWith("\x1b[?7h\x1b[K\x1b[J\n"));
});

Deno.test("watch() shows the top of output that is higher than the screen", async () => {
  const stdout = new Kept({ isTerminal: true, left: 1 });
  const { signal } = new AbortController();
  const status = parseStatus(makeAnswer());
  const [fact] = status.facts;
  const facts = Array.from({ length: 60 }, () => fact ?? assert.fail());
  const [wrapper] = fleetOf(1).wrappers;
  const probe = { ...wrapper, status: { ...status, facts } };
  const fleet = makeFleet([probe as Probe], { at: 0, place: "test" });
  const look = () => Promise.resolve(fleet);
  await watch(look, { stdout, format: "wide", coloured: false, signal });
  const lines = stdout.text.split("\n");
  assert.equal(lines.length, 23, "24 rows are there");
  assert.match(stdout.text, /Protection Score: 75\/75/);
});

Deno.test("watch() without a terminal appends rounds, JSON on one line each", async () => {
  const stdout = new Kept({ left: 3 });
  const signal = new AbortController().signal;
  const look = () => Promise.resolve(fleetOf(2));
  const options = { stdout, coloured: false, signal, pauseMs: 1 };
  await watch(look, { ...options, format: "json" });
  const lines = stdout.text.trimEnd().split("\n");
  assert.equal(lines.length, 3);
  for (const line of lines) assert.equal(JSON.parse(line).summary.wrappers, 2);
});

Deno.test("watch() ends when its first round fails", async () => {
  const stdout = new Kept();
  const { signal } = new AbortController();
  const look = () => Promise.reject(new FleetError("no cluster"));
  await assert.rejects(
    watch(look, { stdout, format: "text", coloured: false, signal }),
    { message: "no cluster" },
  );
});

Deno.test("renderAge() has one unit", () => {
  assert.deepEqual(
    [0.9, 119, 120, 7199, 50_400, 172_800].map(renderAge),
    ["0s", "119s", "2m", "119m", "14h", "2d"],
  );
});
