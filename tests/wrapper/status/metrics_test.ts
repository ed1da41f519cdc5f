/** What stands on /metrics beside the specification's two gauges. */
import assert from "node:assert/strict";
import { renderMetrics } from "@/wrapper/status/metrics.ts";
import type { ReportState } from "@/wrapper/status/state.ts";
import { scoreWith } from "../../score/fake_score.ts";
import { makeState } from "./fake_state.ts";

/** Values by name with labels. */
function read(changes: Partial<ReportState> = {}): Map<string, number> {
  const lines = renderMetrics(makeState(changes), 75).trimEnd().split("\n");
  const samples = lines.filter((line) => !line.startsWith("#"));
  return new Map(samples.map((line) => {
    const at = line.lastIndexOf(" ");
    return [line.slice(0, at), Number(line.slice(at + 1))];
  }));
}

Deno.test("every check has a gauge of its own", () => {
  const metrics = read({ score: scoreWith({ mlock: "limit" }) });
  const of = (check: string) =>
    metrics.get(`cloudtaser_protection_check{check="${check}"}`);
  assert.equal(of("mlock"), 0);
  assert.equal(of("memfd_secret"), 1);
  const checks = [...metrics.keys()].filter((name) => /_check\{/.test(name));
  assert.equal(checks.length, 7);
});

Deno.test("counters say what they were given", () => {
  const metrics = read();
  for (
    const [name, value] of Object.entries({
      'proofs_total{check="mlock",result="in_force"}': 4,
      'proofs_total{check="mlock",result="absent"}': 1,
      'proofs_total{check="mlock",result="unknown"}': 2,
      'proof_seconds_total{check="mlock"}': 0.25,
      'fetches_total{job="fetch"}': 3,
      'fetch_failures_total{job="fetch"}': 1,
      'fetch_seconds_total{job="fetch"}': 1.5,
      lease_renewals_total: 11,
      lease_renewal_failures_total: 2,
      application_restarts_total: 1,
      orphans_reaped_total: 40,
      lease_ttl_seconds: 3540.7,
      'build_info{version="0.1.0",deno="2.9.6",glibc="2.41"}': 1,
    })
  ) {
    assert.equal(metrics.get(`cloudtaser_${name}`), value, name);
  }
});

Deno.test("the state of application and Vault", () => {
  const up = read();
  assert.equal(up.get("cloudtaser_application_up"), 1);
  assert.equal(up.get("cloudtaser_vault_up"), 1);
  assert.equal(up.get("cloudtaser_sealed"), 0);
  const down = read({
    application: { phase: "ended" },
    vault: { phase: "unreachable" },
  });
  assert.equal(down.get("cloudtaser_application_up"), 0);
  assert.equal(down.get("cloudtaser_vault_up"), 0);
  const sealed = read({
    application: { phase: "sealed" },
    vault: { phase: "sealed" },
  });
  assert.equal(sealed.get("cloudtaser_sealed"), 1);
  assert.equal(sealed.get("cloudtaser_vault_up"), undefined);
});

Deno.test("what is not known is left out", () => {
  const { score: _, ...early } = makeState({
    identity: { pod: 'a"b\\c\nd' },
    vault: { phase: "unused" },
  });
  const text = renderMetrics(early, 75);
  assert.match(
    text,
    /^cloudtaser_protection_max\{pod="a\\"b\\\\c\\nd"\} 75$/m,
  );
  assert.doesNotMatch(text, /cloudtaser_(protection_score|protection_check)/);
  assert.doesNotMatch(text, /cloudtaser_(vault_up|lease_ttl_seconds)/);
});
