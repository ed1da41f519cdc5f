/** The metrics page, besides the specification's two gauges. */
import assert from "node:assert/strict";
import { Counter, Duration } from "@/base/metric.ts";
import { renderExposition } from "@/http/exposition.ts";
import { listMetrics } from "@/wrapper/status/metrics.ts";
import type { ReportState } from "@/wrapper/status/state.ts";
import { scoreWith } from "../../score/fake_score.ts";
import { makeState } from "./fake_state.ts";

/** Values by name with labels. */
async function read(
  changes: Partial<ReportState> = {},
): Promise<Map<string, number>> {
  const { body } = await renderExposition(listMetrics(makeState(changes)));
  const lines = body.trimEnd().split("\n");
  const samples = lines.filter((line) => !line.startsWith("#"));
  return new Map(samples.map((line) => {
    const at = line.lastIndexOf(" ");
    return [line.slice(0, at), Number(line.slice(at + 1))];
  }));
}

Deno.test("every check has a gauge", async () => {
  const metrics = await read({ score: scoreWith({ mlock: "limit" }) });
  const of = (check: string) =>
    metrics.get(`cloudtaser_protection_check{check="${check}"}`);
  assert.equal(of("mlock"), 0);
  assert.equal(of("memfd_secret"), 1);
  const checks = [...metrics.keys()].filter((name) => /_check\{/.test(name));
  assert.equal(checks.length, 7);
});

Deno.test("a counter is on the page once it has a sample, and adds up by labels", async () => {
  const counter = new Counter("cloudtaser_tests_total", "Only here");
  const of = async (labels: string) =>
    (await read()).get(`cloudtaser_tests_total${labels}`);
  assert.equal(await of(""), undefined);
  counter.add(0, { check: "mlock", result: "absent" });
  assert.equal(await of('{check="mlock",result="absent"}'), 0);
  counter.add(1, { check: "mlock", result: "absent" });
  counter.add(0.25, { check: "mlock", result: "absent" });
  counter.add(4, { check: "mlock", result: "unknown" });
  assert.equal(await of('{check="mlock",result="absent"}'), 1.25);
  assert.equal(await of('{check="mlock",result="unknown"}'), 4);
});

Deno.test("a duration has a sum in seconds and a count", async () => {
  const duration = new Duration(
    "cloudtaser_test_duration_seconds",
    "Only here",
  );
  const labels = { job: "fetch" };
  const values = async () => {
    const metrics = await read();
    const name = "cloudtaser_test_duration_seconds";
    return ["sum", "count"].map((what) =>
      metrics.get(`${name}_${what}{job="fetch"}`)
    );
  };
  assert.deepEqual(await values(), [undefined, undefined]);
  duration.show(labels);
  assert.deepEqual(await values(), [0, 0]);
  duration.add(250, labels);
  duration.add(500, labels);
  duration.show(labels);
  assert.deepEqual(await values(), [0.75, 2]);
});

Deno.test("gauges and orphans show the state", async () => {
  const metrics = await read();
  for (
    const [name, value] of Object.entries({
      orphans_reaped_total: 0,
      lease_ttl_seconds: 3540.7,
      lease_expiry_timestamp_seconds: 1_700_003_540,
      'build_info{version="0.1.0",deno="2.9.6",glibc="2.41"}': 1,
    })
  ) {
    assert.equal(metrics.get(`cloudtaser_${name}`), value, name);
  }
});

Deno.test("the state of application and Vault", async () => {
  const up = await read();
  assert.equal(up.get("cloudtaser_application_up"), 1);
  assert.equal(up.get("cloudtaser_vault_up"), 1);
  assert.equal(up.get("cloudtaser_sealed"), 0);
  const down = await read({
    application: { phase: "ended" },
    vault: { phase: "unreachable" },
  });
  assert.equal(down.get("cloudtaser_application_up"), 0);
  assert.equal(down.get("cloudtaser_vault_up"), 0);
  const sealed = await read({
    application: { phase: "sealed" },
    vault: { phase: "sealed" },
  });
  assert.equal(sealed.get("cloudtaser_sealed"), 1);
  assert.equal(sealed.get("cloudtaser_vault_up"), undefined);
});

Deno.test("what is unknown is omitted", async () => {
  const { score: _, ...early } = makeState({
    identity: { pod: 'a"b\\c\nd' },
    vault: { phase: "unused" },
  });
  const { body } = await renderExposition(listMetrics(early));
  assert.match(body, /^cloudtaser_protection_max\{pod="a\\"b\\\\c\\nd"\} 75$/m);
  assert.doesNotMatch(body, /cloudtaser_(protection_score|protection_check)/);
  assert.doesNotMatch(body, /cloudtaser_(vault_up|lease_)/);
});
