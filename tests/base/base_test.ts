/** Durations, variable names, signals, log lines, rates. */
import { deepEqual, equal, match } from "node:assert/strict";
import fc from "fast-check";
import { isEnvironmentName, showPath } from "@/base/text.ts";
import {
  type LineStart,
  type LogFormat,
  type LogLevel,
  startLog,
} from "@/base/log.ts";
import { RateLimiter } from "@/base/rate_limiter.ts";
import { parseDuration, renderDuration } from "@/base/duration.ts";
import { parseSignal, signalName } from "@/base/signals.ts";

for (
  const [text, ms] of [
    ["500ms", 500],
    ["30s", 30_000],
    ["2m", 120_000],
    ["1h", 3_600_000],
    ["90", 90_000],
    ["1.5s", 1500],
    ["", undefined],
    ["-1s", undefined],
    ["1d", undefined],
    ["1e3", undefined],
    ["999999h", undefined],
  ] as const
) {
  Deno.test(`parseDuration() reads ${JSON.stringify(text)}`, () =>
    equal(parseDuration(text), ms));
}

Deno.test("renderDuration() gives text that parseDuration() reads", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 1e9 }), (ms) => {
    equal(typeof parseDuration(renderDuration(ms)), "number");
  }));
});

Deno.test("isEnvironmentName() refuses names that shells do not support", () => {
  for (const name of ["A", "_a1"]) equal(isEnvironmentName(name), true);
  for (const name of ["", "1A", "A-B", "A=B", "Ä", "A\0"]) {
    equal(isEnvironmentName(name), false, name);
  }
});

function record(
  format: LogFormat,
  level: LogLevel = "debug",
  start: LineStart = "nothing",
) {
  const lines: string[] = [];
  const log = startLog({
    logger: "cloudtaser-wrapper",
    format,
    level,
    start,
    write: (line) => lines.push(new TextDecoder().decode(line)),
  });
  return { log, lines };
}

Deno.test("the text log has the specification's format, one line per record", () => {
  const { log, lines } = record("text");
  log.info("Protection score: 75/75");
  const check = {
    level: "warning",
    message: "mlock: FAIL",
    fields: {},
  } as const;
  log.line({ ...check, fixed: true });
  log.line(check);
  log.warn("a\nb\x1b[31m {x}");
  log.info("c\x9b2Jd\u2028e");
  deepEqual(lines, [
    "[cloudtaser-wrapper] Protection score: 75/75\n",
    "[cloudtaser-wrapper] mlock: FAIL\n",
    "[cloudtaser-wrapper] warning: mlock: FAIL\n",
    "[cloudtaser-wrapper] warning: a b [31m {x}\n",
    "[cloudtaser-wrapper] c 2Jd e\n",
  ]);
});

Deno.test("no character of a line controls a terminal, in both formats", () => {
  const hostile = [
    "\x7f",
    "\x9b",
    "\xad",
    "\u200b",
    "\u202e",
    "\u2028",
    "\u2066",
    "\ufeff",
    "\u{e0041}",
  ];
  for (const one of hostile) {
    const fields = { name: `a${one}b` };
    const text = record("text");
    text.log.warn(`a${one}b`, fields);
    deepEqual(text.lines, [
      '[cloudtaser-wrapper] warning: a b name="a b"\n',
    ]);
    const json = record("json");
    json.log.warn(`a${one}b`, fields);
    const [line = ""] = json.lines;
    equal(line.includes(one), false);
    equal(JSON.parse(line).message, `a${one}b`);
    equal(JSON.parse(line).name, `a${one}b`);
  }
});

Deno.test("a long message leaves room for the fields", () => {
  const { log, lines } = record("text");
  log.error("x".repeat(100_000), { exit_code: 78 });
  const [line = ""] = lines;
  equal(new TextEncoder().encode(line).length < 4096, true);
  equal(line.endsWith("x… exit_code=78\n"), true);
});

Deno.test("showPath() quotes what could be taken for more than a path", () => {
  equal(showPath("/run/secrets/token-1_a.pem"), "/run/secrets/token-1_a.pem");
  equal(showPath("/x exit_code=0"), '"/x exit_code=0"');
  equal(showPath("/x\u202e"), '"/x"');
  equal(showPath("/".repeat(900)).length, 202);
});

Deno.test("a line of text has its time, and fields as key=value", () => {
  const { log, lines } = record("text", "debug", "time");
  log.warn("a", {
    count: 2,
    is_new: true,
    name: 'x "y" z',
    quote: 'x"y',
    empty: "",
    two: "b=c",
  });
  match(
    lines[0] ?? "",
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \[cloudtaser-wrapper\] warning: a count=2 is_new=true name="x \\"y\\" z" quote="x\\"y" empty="" two="b=c"\n$/,
  );
});

Deno.test("an audit line has the time of its event in both formats, at any level", () => {
  const time = Date.parse("2026-11-25T04:38:14.731Z");
  const fields = { audit: "attack", target_pid: 7, time: "forged" };
  const text = record("text", "error", "time");
  text.log.audit(time, "blocked: a", fields);
  deepEqual(text.lines, [
    "2026-11-25T04:38:14.731Z [cloudtaser-wrapper] warning: blocked: a audit=attack target_pid=7 time=forged\n",
  ]);
  const json = record("json", "error");
  json.log.audit(time, "blocked: a", fields);
  deepEqual(json.lines.map((line) => JSON.parse(line)), [{
    ...fields,
    time: "2026-11-25T04:38:14.731Z",
    level: "warning",
    logger: "cloudtaser-wrapper",
    message: "blocked: a",
  }]);
});

Deno.test("journald gets the priority instead of the time", () => {
  const { log, lines } = record("text", "debug", "priority");
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");
  log.line({ level: "warning", message: "e", fields: {}, fixed: true });
  deepEqual(lines, [
    "<7>[cloudtaser-wrapper] debug: a\n",
    "<6>[cloudtaser-wrapper] b\n",
    "<4>[cloudtaser-wrapper] warning: c\n",
    "<3>[cloudtaser-wrapper] error: d\n",
    "<4>[cloudtaser-wrapper] e\n",
  ]);
});

Deno.test("journald gets the priority of JSON and of attacks too", () => {
  for (
    const [format, form] of [
      ["json", /^<4>\{"time":"[^"]+","level":"warning",.*\}\n$/],
      ["text", /^<4>\[cloudtaser-wrapper\] warning: a\n$/],
    ] as const
  ) {
    const { log, lines } = record(format, "info", "priority");
    log.warn("a");
    log.audit(0, "a", {});
    equal(lines.length, 2);
    for (const line of lines) match(line, form);
  }
});

Deno.test("the JSON log is one object per line with its fields", () => {
  const { log, lines } = record("json");
  log.error('a "b" {c}', { secret_count: 2 });
  const { time, ...rest } = JSON.parse(lines[0] ?? "");
  match(time, /^\d{4}-\d\d-\d\dT/);
  deepEqual(rest, {
    level: "error",
    logger: "cloudtaser-wrapper",
    message: 'a "b" {c}',
    secret_count: 2,
  });
});

Deno.test("the log omits lower levels", () => {
  const { log, lines } = record("text", "warning");
  log.debug("a");
  log.info("b");
  log.error("c");
  deepEqual(lines, ["[cloudtaser-wrapper] error: c\n"]);
});

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

Deno.test("RateLimiter: delayMs() is the time until allow() is true, and uses nothing", () => {
  const limiter = new RateLimiter(2, 0.5, 0);
  deepEqual([limiter.delayMs(0), limiter.allow(0), limiter.allow(0)], [
    0,
    true,
    true,
  ]);
  deepEqual([limiter.delayMs(0), limiter.delayMs(500)], [2000, 1500]);
  deepEqual([limiter.allow(1999), limiter.allow(2000)], [false, true]);
  equal(limiter.delayMs(2000), 2000);
});

Deno.test("a line that cannot be written does not stop its caller", () => {
  const log = startLog({
    logger: "cloudtaser-wrapper",
    level: "info",
    format: "text",
    start: "time",
    write: () => {
      throw new Error("closed");
    },
  });
  log.error("first");
});
