/** The agent's four pages. */
import assert from "node:assert/strict";
import { makePages } from "@/agent/pages.ts";
import type { AgentState } from "@/agent/status.ts";
import { makeReady } from "./fake_enforcer.ts";

function makeState(changes: Partial<AgentState> = {}): AgentState {
  return {
    version: "0.1.0",
    name: "cloudtaser-agent-x",
    mode: "enforce",
    startedAt: 1_000_000,
    now: 1_012_345,
    ready: makeReady({ notes: ["no kprobes"] }),
    active: ["ptrace_attach", "kcmp"],
    trees: [{
      id: 3,
      pid: 1234,
      container: { podUid: "u", containerId: "c" },
    }, { id: 4, pid: 99, container: {} }],
    processes: 5,
    treeCount: 2,
    connections: 1,
    counts: [
      { vector: "kcmp", action: "blocked", count: 8 },
      { vector: "proc_mem", action: "blocked", count: 0 },
    ],
    eventsLost: 1,
    auditSuppressed: 2,
    restarts: 3,
    ...changes,
  };
}

async function get(path: string, changes: Partial<AgentState> = {}) {
  const page = makePages(() => makeState(changes)).get(path);
  assert.ok(page, path);
  return await page();
}

Deno.test("/metrics has every figure, and every metric its help", async () => {
  const { body, type } = await get("/metrics");
  assert.match(type ?? "", /^text\/plain; version=0\.0\.4/);
  for (
    const line of [
      'cloudtaser_agent_build_info{version="0.1.0",mode="bpf lsm"} 1',
      "cloudtaser_agent_up 1",
      "cloudtaser_agent_vectors_active 2",
      "cloudtaser_agent_protected_processes 5",
      "cloudtaser_agent_process_trees 2",
      "cloudtaser_agent_connections 1",
      'cloudtaser_agent_attacks_total{vector="kcmp",action="blocked"} 8',
      'cloudtaser_agent_attacks_total{vector="proc_mem",action="blocked"} 0',
      "cloudtaser_agent_events_lost_total 1",
      "cloudtaser_agent_audit_suppressed_total 2",
      "cloudtaser_agent_enforcer_restarts_total 3",
    ]
  ) assert.ok(body.split("\n").includes(line), line);
  const samples = body.split("\n").filter((line) => /^[a-z]/.test(line));
  for (const name of samples.map((line) => line.split(/[{ ]/)[0] ?? "")) {
    const type = name.endsWith("_total") ? "counter" : "gauge";
    assert.match(body, new RegExp(`^# HELP ${name} \\w`, "m"));
    assert.match(body, new RegExp(`^# TYPE ${name} ${type}$`, "m"));
  }
});

Deno.test("/v1/status has mode, backends with reasons, vectors, process trees with pod and container", async () => {
  const status = JSON.parse((await get("/v1/status")).body);
  assert.equal(status.uptimeSeconds, 12);
  assert.equal(status.mode, "enforce");
  assert.deepEqual(status.vectors, {
    active: 2,
    ids: ["ptrace_attach", "kcmp"],
  });
  assert.deepEqual(status.processTrees, {
    count: 2,
    list: [
      { id: 3, pid: 1234, containerId: "c", podUid: "u" },
      { id: 4, pid: 99, containerId: null, podUid: null },
    ],
  });
  assert.equal(status.enforcer.mode, "bpf lsm");
  assert.equal(status.enforcer.lock, false);
  assert.equal(status.enforcer.backends[2].reason, "not built");
  assert.deepEqual(status.enforcer.notes, ["no kprobes"]);
  assert.deepEqual(status.attacks, [
    { vector: "kcmp", action: "blocked", count: 8 },
  ]);
});

Deno.test("/readyz needs an enforcer and a passed backend; /healthz needs nothing", async () => {
  assert.equal((await get("/readyz")).status, 200);
  const without = await get("/readyz", { ready: undefined });
  assert.equal(without.status, 503);
  assert.equal(without.body, "the enforcer is not running\n");
  const idle = await get("/readyz", { ready: makeReady({ mode: "" }) });
  assert.equal(idle.body, "no backend passed its self-test\n");
  assert.equal((await get("/healthz", { ready: undefined })).status, 200);
});

Deno.test("without an enforcer the pages say so, and are complete", async () => {
  const changes = { ready: undefined, active: [], counts: [] };
  const status = JSON.parse((await get("/v1/status", changes)).body);
  assert.equal(status.enforcer, null);
  const { body } = await get("/metrics", changes);
  assert.match(body, /^cloudtaser_agent_up 0$/m);
  assert.doesNotMatch(body, /attacks_total/);
});

Deno.test("at most a thousand process trees are listed", async () => {
  const trees = Array.from({ length: 3000 }, (_, id) => ({
    id,
    pid: id,
    container: {},
  }));
  const status = JSON.parse((await get("/v1/status", { trees })).body);
  assert.equal(status.processTrees.list.length, 1000);
});
