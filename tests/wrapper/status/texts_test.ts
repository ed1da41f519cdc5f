/** Texts of the specification: score lines, metrics, status. */
import assert from "node:assert/strict";
import { type LogLine, startLog } from "@/base/log.ts";
import { hostPort } from "@/wrapper/status/state.ts";
import {
  makeStatus,
  renderStatus,
  renderText,
} from "@/wrapper/status/status.ts";
import { renderExposition } from "@/http/exposition.ts";
import { listMetrics } from "@/wrapper/status/metrics.ts";
import { renderScoreChange, renderScoreLines } from "@/score/score_lines.ts";
import { scoreWith } from "../../score/fake_score.ts";
import { SPECIFICATION, STATUS } from "../../score/specification.ts";
import { makeState } from "./fake_state.ts";

const FULL = `\
[cloudtaser-wrapper] Protection score: 75/75
[cloudtaser-wrapper] memfd_secret: OK (+15)
[cloudtaser-wrapper] mlock: OK (+10)
[cloudtaser-wrapper] madv_dontdump: OK (+10)
[cloudtaser-wrapper] pr_set_dumpable: OK (+10)
[cloudtaser-wrapper] token_protected: OK (+10)
[cloudtaser-wrapper] ebpf_connected: OK (+10)
[cloudtaser-wrapper] kprobes_active: OK (+10)
`;
const DEGRADED = `\
[cloudtaser-wrapper] Protection score: 50/75
[cloudtaser-wrapper] memfd_secret: FAIL (+0) kernel 5.10 < 5.14
[cloudtaser-wrapper] mlock: OK (+10)
[cloudtaser-wrapper] madv_dontdump: OK (+10)
[cloudtaser-wrapper] pr_set_dumpable: OK (+10)
[cloudtaser-wrapper] token_protected: OK (+10)
[cloudtaser-wrapper] ebpf_connected: OK (+10)
[cloudtaser-wrapper] kprobes_active: FAIL (+0) CONFIG_BPF_KPROBE_OVERRIDE not set
`;
const METRICS = `\
# HELP cloudtaser_protection_score Current protection score
# TYPE cloudtaser_protection_score gauge
cloudtaser_protection_score{pod="my-app-7d8f9c6b4-xk2mn",namespace="production"} 75
# HELP cloudtaser_protection_max Maximum possible protection score
# TYPE cloudtaser_protection_max gauge
cloudtaser_protection_max{pod="my-app-7d8f9c6b4-xk2mn",namespace="production"} 75
`;
function log(lines: readonly LogLine[]): string {
  const written: string[] = [];
  const log = startLog({
    logger: "cloudtaser-wrapper",
    level: "info",
    format: "text",
    start: "nothing",
    write: (line) => written.push(new TextDecoder().decode(line)),
  });
  lines.forEach(log.line);
  return written.join("");
}

Deno.test("renderScoreLines() writes both examples of the specification", () => {
  assert.equal(log(renderScoreLines(scoreWith())), FULL);
  const degraded = scoreWith({
    memfd_secret: "kernel 5.10 < 5.14",
    kprobes_active: "CONFIG_BPF_KPROBE_OVERRIDE not set",
  });
  assert.equal(log(renderScoreLines(degraded)), DEGRADED);
});

Deno.test("a check that fails is a warning, and score and checks are fields", () => {
  const [sum, first, second] = renderScoreLines(
    scoreWith({ memfd_secret: "kernel 5.10 < 5.14" }),
  );
  assert.deepEqual([sum?.level, sum?.fields], [
    "info",
    { score: 60, maximum: 75 },
  ]);
  const reason = "kernel 5.10 < 5.14";
  assert.deepEqual([first?.level, first?.fields], [
    "warning",
    { check: "memfd_secret", points: 0, reason },
  ]);
  assert.deepEqual([second?.level, second?.fields], [
    "info",
    { check: "mlock", points: 10 },
  ]);
});

Deno.test("the examples in these tests are the specification's", () => {
  for (const text of [FULL, DEGRADED, METRICS, STATUS]) {
    assert.ok(SPECIFICATION.includes(text), text);
  }
});

Deno.test("renderScoreChange() renders only what changed", () => {
  const full = scoreWith();
  assert.deepEqual(renderScoreChange(full, scoreWith()), []);
  const less = scoreWith({ ebpf_connected: "agent closed the connection" });
  assert.deepEqual(renderScoreChange(full, less), [{
    level: "warning",
    message: "Protection score: 65/75 (was 75/75)",
    fields: { score: 65, maximum: 75, previous_score: 75 },
  }, {
    level: "warning",
    message: "ebpf_connected: FAIL (+0) agent closed the connection",
    fields: {
      check: "ebpf_connected",
      points: 0,
      reason: "agent closed the connection",
    },
  }]);
  assert.deepEqual(
    renderScoreChange(less, full).map(({ message }) => message),
    [
      "Protection score: 75/75 (was 65/75)",
      "ebpf_connected: OK (+10)",
    ],
  );
  const swapped = scoreWith({ mlock: "limit" });
  assert.equal(renderScoreChange(less, swapped).length, 3);
});

Deno.test("the metrics page begins with the specification's text", async () => {
  const { body: text } = await renderExposition(listMetrics(makeState()));
  assert.equal(text.slice(0, METRICS.length), METRICS);
});

Deno.test("renderText() begins with the specification's status", () => {
  const text = `${STATUS}Assessment: Full protection\nswap: off\n`;
  assert.equal(renderText(makeState()), text);
});

Deno.test("renderText() omits unknown values, and shows reasons", () => {
  const text = renderText(makeState({
    identity: {},
    score: scoreWith({ mlock: "limit" }),
    vault: { phase: "unused" },
    agent: { connected: false, failure: "no agent socket at /x" },
    facts: [],
  }));
  const lines = text.trimEnd().split("\n");
  assert.equal(lines[0], "Protection Score: 65/75");
  assert.equal(lines[2], "mlock FAIL 0/10 limit");
  assert.deepEqual(lines.slice(8), [
    "eBPF Agent: no agent socket at /x",
    "Assessment: Strong protection",
  ]);
});

Deno.test("renderText() aligns its columns for a terminal", () => {
  const lines = renderText(
    makeState({ score: scoreWith({ mlock: "limit" }) }),
    { aligned: true },
  ).split("\n");
  assert.equal(lines[4], "memfd_secret      OK   15/15 memfd_secret works");
  assert.equal(lines[5], "mlock             FAIL  0/10 limit");
});

Deno.test("hostPort() shows neither user nor path", () => {
  assert.equal(
    hostPort("https://u:hunter2@v.example:8200/x?t=1"),
    "v.example:8200",
  );
  assert.equal(hostPort("https://v.example"), "v.example:443");
  assert.equal(hostPort("http://[::1]:80/"), "[::1]:80");
  assert.equal(hostPort("not an address"), undefined);
  assert.equal(hostPort(undefined), undefined);
});

Deno.test("makeStatus() has every field, and renders as JSON", () => {
  const status = makeStatus(makeState());
  assert.equal(
    Object.keys(status).join(" "),
    "version uptimeSeconds process sealed pod namespace node score maximum " +
      "band minimum required checks facts application vault agent",
  );
  assert.equal(status.uptimeSeconds, 12);
  assert.equal(status.sealed, false);
  const parsed = JSON.parse(renderStatus(makeState()));
  assert.equal(parsed.score, 75);
  assert.equal(parsed.checks.length, 7);
  assert.match(parsed.checks[0].time, /^\d{4}-\d\d-\d\dT/);
  assert.deepEqual(parsed.vault, {
    state: "connected",
    address: "vault.eu-central.example.com:8200",
    connected: true,
    leaseTtlSeconds: 3540.7,
  });
  const { score: _, ...early } = makeState();
  assert.equal(makeStatus(early).score, null);
});
