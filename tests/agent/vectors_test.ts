/** The table of vectors against the BPF sources, and which of them count as closed. */
import assert from "node:assert/strict";
import { AttackCounts } from "@/agent/counts.ts";
import {
  listEnforced,
  listPartly,
  renderCheck,
  renderEnforcement,
  renderLockGaps,
} from "@/agent/vectors/report.ts";
import { findVector, listActive } from "@/agent/vectors/coverage.ts";
import { type Arch, VECTORS } from "@/agent/vectors/table.ts";
import { EXIT } from "@/base/errors.ts";
import { loadAgentConfig } from "@/config/agent.ts";
import type { Ready } from "@/protocol/enforcer.ts";
import { BACKENDS } from "@/protocol/agent.ts";
import { makeReady } from "./fake_enforcer.ts";

const BPF = new URL("../../c/bpf/", import.meta.url);
/**
 * Programs that close no vector themselves: they maintain maps, remember a
 * refusal (capable), or run instead of another program (file_ioctl_compat). A
 * backend without `capable` on a kernel that needs it fails its self-test.
 */
const HELPERS = [
  "task_alloc",
  "capable",
  "sched_process_fork",
  "sched_process_free",
  "cgroup_attach_task",
  "security_inode_free",
  "file_ioctl_compat",
];
/** Programs of reactive kill, which the table does not name. */
const REACTIVE = ["sys_enter", "sys_exit"];

function read(name: string): string {
  return Deno.readTextFileSync(new URL(name, BPF));
}

/** Names in an X-macro list `#define LIST(V) V(a) V(b)`. */
function readList(text: string, list: string): string[] {
  const body = new RegExp(`#define ${list}\\(\\w\\)((?:.*\\\\\n)*.*)`).exec(
    text,
  );
  return [...(body?.[1] ?? "").matchAll(/\b[VP]\((\w+)\)/g)]
    .map((match) => match[1] ?? "");
}

/** Texts of an array in a file of the enforcer. */
function readArray(file: string, name: string): string[] {
  const text = read(`../enforcer/${file}`);
  const [, list] = new RegExp(`\\b${name}\\[\\w*\\] = \\{(.*)\\}`).exec(text) ??
    [];
  return JSON.parse(`[${list}]`);
}

/** Names of the programs that the sources define. */
function readPrograms(): Set<string> {
  const texts = ["./", "lock/"].flatMap((folder) =>
    [...Deno.readDirSync(new URL(folder, BPF))].filter(({ isFile }) => isFile)
      .map(({ name }) => read(folder + name))
  ).join("\n");
  const hooks = [...texts.matchAll(/\bBPF_PROG\((\w+)/g)].map((m) =>
    m[1] ?? ""
  );
  const calls = [...texts.matchAll(/^CALL\((\w+)\)/gm)].map((m) =>
    `sys_${m[1]}`
  );
  const probes = [...texts.matchAll(/^SEC\("kprobe\/(\w+)"\)$/gm)].map((m) =>
    m[1] ?? ""
  );
  const all = [...hooks, ...calls, ...probes];
  return new Set(all.map((name) => name.replace(/_old$/, "")));
}

Deno.test("the table has the order of c/bpf/vectors.h", () => {
  const ids = readList(read("vectors.h"), "CT_VECTORS");
  assert.ok(ids.length > 38);
  assert.deepEqual(VECTORS.map(({ id }) => id), ids);
});

Deno.test("another order of vectors or backends needs a new CT_MAPS_VERSION", async () => {
  const [, version] = /CT_MAPS_VERSION (\d+)/.exec(read("state.h")) ?? [];
  const names = [...readList(read("vectors.h"), "CT_VECTORS"), ...BACKENDS];
  const bytes = new TextEncoder().encode(names.join("\n"));
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  assert.deepEqual(
    { version, order: new Uint8Array(digest).toHex().slice(0, 16) },
    { version: "3", order: "5c07028c1ee60ecd" },
  );
});

Deno.test("agent and enforcer have the same names of backends", () => {
  assert.deepEqual(BACKENDS, readArray("event_names.c", "backends"));
  const options = readArray("options.c", "names").join(",");
  const { backends } = loadAgentConfig(new Map([["backends", options]]), []);
  assert.equal(backends.join(","), options);
  assert.equal(backends.length, BACKENDS.length);
});

Deno.test("agent and enforcer have the same exit codes", () => {
  const main = read("../enforcer/main.c");
  const codes = [...main.matchAll(/#define EXIT_(\w+) (\d+)/g)];
  assert.deepEqual(
    Object.fromEntries(codes.map(([, name, code]) => [name, Number(code)])),
    { KERNEL: EXIT.kernel, USAGE: EXIT.usage },
  );
});

Deno.test("the table and the sources name the same programs", () => {
  const named = VECTORS.flatMap(({ hooks, calls }) => [...hooks, ...calls]);
  const known = new Set([...named, ...HELPERS, ...REACTIVE]);
  const written = readPrograms();
  assert.ok(written.size > 30);
  assert.deepEqual([...known].filter((name) => !written.has(name)), []);
  assert.deepEqual([...written].filter((name) => !known.has(name)), []);
  const numbered = readList(read("event.h"), "CT_PROGRAMS");
  assert.deepEqual([...numbered].sort(), [...known].sort());
});

Deno.test("programs report vectors that the table assigns to them", () => {
  for (
    const name of [
      "lock.bpf.c",
      "lock/code_guard.inc.h",
      "lock/executable_guard.inc.h",
      "lock/pin_guard.inc.h",
      "lock/socket_guard.inc.h",
    ]
  ) {
    const ids = [...read(name).matchAll(/\bCT_V_([a-z_]+)/g)].map((m) => m[1]);
    for (const id of ids) {
      const vector = findVector(id ?? "");
      assert.equal(vector?.needs, "lock=on", `${name} reports ${id}`);
    }
  }
  for (const id of ["core_signal", "ptrace_traceme", "perf_task"]) {
    assert.match(read("access.bpf.c"), new RegExp(`CT_V_${id}\\b`));
    assert.equal(findVector(id)?.needs, undefined);
  }
});

Deno.test("every row has texts, and is closed by something or open for a reason", () => {
  assert.equal(new Set(VECTORS.map(({ title }) => title)).size, VECTORS.length);
  for (const vector of VECTORS) {
    assert.ok(vector.title && vector.steals, vector.id);
    const ways = [
      vector.hooks.length,
      vector.madeOf.length,
      vector.open ? 1 : 0,
    ]
      .filter((n) => n > 0);
    assert.equal(ways.length, 1, vector.id);
    for (const id of vector.madeOf) assert.ok(findVector(id), id);
  }
});

const HOOKS = [...new Set(VECTORS.flatMap(({ hooks }) => hooks))];
const CALLS = [...new Set(VECTORS.flatMap(({ calls }) => calls))];
const every = (names: readonly string[], backend: string) =>
  names.map((name) => ({ name, backend }));

function count(
  passed: string[],
  programs: { name: string; backend: string }[],
  {
    lock = false,
    exec = "deny" as "allow" | "deny",
    arch = "x86_64" as Arch,
  } = {},
): number {
  return listActive({ passed, programs, lock, exec, arch }).length;
}

Deno.test("a vector counts when a passed backend has all of its programs attached", () => {
  const lsm = every(HOOKS, "bpf lsm");
  const fmod = every(HOOKS, "fmod_ret");
  assert.equal(count(["bpf lsm"], lsm, { lock: true }), 42);
  assert.equal(count(["fmod_ret"], fmod, { lock: true }), 42);
  assert.equal(count(["bpf lsm"], lsm), 22);
  assert.equal(count(["bpf lsm"], lsm, { exec: "allow" }), 21);
  // It has no model-specific registers.
  const arm = { lock: true, arch: "aarch64" as const };
  assert.equal(count(["bpf lsm"], lsm, arm), 41);
  // A program must be attached, and its backend must have passed.
  assert.equal(count([], lsm, { lock: true }), 0);
  assert.equal(count(["fmod_ret"], lsm, { lock: true }), 0);
  assert.equal(count(["bpf lsm"], []), 0);
});

Deno.test("a program that does not load opens what only it closes", () => {
  const without = (gone: string) =>
    listActive({
      passed: ["bpf lsm"],
      programs: every(HOOKS.filter((name) => name !== gone), "bpf lsm"),
      lock: true,
      exec: "deny",
      arch: "x86_64",
    });
  assert.ok(!without("file_permission").includes("proc_open_earlier"));
  assert.ok(without("file_permission").includes("proc_mem"));
  assert.ok(!without("ptrace_access_check").includes("process_vm_readv"));
});

Deno.test("kprobe override and reactive kill close less, and partly closed vectors do not count", () => {
  const calls = every(CALLS, "kprobe override");
  const kprobe = listActive({
    passed: ["kprobe override"],
    programs: calls,
    lock: false,
    exec: "deny",
    arch: "x86_64",
  });
  assert.deepEqual(kprobe, [
    "ptrace_attach",
    "process_vm_readv",
    "process_vm_writev",
    "pidfd_getfd",
    "kcmp",
    "page_move",
    "perf_task",
    "seccomp_notify",
  ]);
  for (const id of ["io_uring", "proc_mem", "proc_open_earlier"]) {
    assert.ok(!kprobe.includes(id), id);
  }
  const reactive = every(REACTIVE, "reactive kill");
  assert.equal(count(["reactive kill"], reactive), 6);
  for (const id of ["proc_cmdline", "proc_state"]) {
    assert.equal(findVector(id)?.reactive, "reported");
  }
  assert.equal(count(["reactive kill"], []), 0);
});

Deno.test("detect mode counts no vector", () => {
  const watching = makeReady({ mode: "detect only", enforcing: false });
  assert.equal(
    renderEnforcement(watching),
    "Enforcement: 0 vectors active (detect only); 19 monitored",
  );
  assert.match(
    renderEnforcement(makeReady()),
    /^Enforcement: \d+ vectors active \(bpf lsm\)$/,
  );
});

Deno.test("--check lists each vector with its state and what would close it", () => {
  const text = renderCheck(
    makeReady({ notes: ["secretmem is off"] }),
    "x86_64",
  );
  const lines = text.split("\n");
  for (const { id } of VECTORS) {
    const found = lines.filter((line) => line.startsWith(`${id} `));
    assert.equal(found.length, 1, id);
    assert.match(found[0] ?? "", / (refused|open) /);
  }
  assert.match(text, /^bpf lsm +passed$/m);
  assert.match(text, /^kprobe override +absent +not built$/m);
  assert.match(
    text,
    /^module_load +open +kernel modules \(--lock=on closes it\)$/m,
  );
  assert.match(text, /^namespace_entry +open .*--exec=deny closes it/m);
  assert.match(text, /^debugger +refused/m);
  assert.match(text, /^note: secretmem is off$/m);
});

Deno.test("a vector that the processor does not have is neither open nor closed", () => {
  const ready = makeReady({ lock: true, programs: every(HOOKS, "bpf lsm") });
  assert.match(renderCheck(ready, "x86_64"), /^msr +refused +writing to /m);
  const text = renderCheck(ready, "aarch64");
  assert.match(text, /^msr +absent +.* \(not on this architecture\)$/m);
  assert.equal(text.match(/^msr /gm)?.length, 1);
  assert.match(text, /^dev_mem +refused/m);
  assert.equal(renderLockGaps(ready, "aarch64"), undefined);
});

Deno.test("--check ends with what its exit status means", () => {
  const verdict = (backends: Ready["backends"]) =>
    renderCheck(makeReady({ backends })).trimEnd().split("\n").at(-1);
  const one = (name: string, state: "passed" | "absent") => [
    { name, state, reason: "" },
  ];
  assert.equal(
    verdict(one("bpf lsm", "passed")),
    "An agent here refuses the attacks above before they happen (exit status 0)",
  );
  assert.match(
    verdict(one("reactive kill", "passed")) ?? "",
    /cannot block attacks before they happen, it only kills .*status 77\)$/,
  );
  assert.match(
    verdict(one("bpf lsm", "absent")) ?? "",
    /blocks nothing: no backend works .* \(exit status 77\)$/,
  );
});

Deno.test("vectors blocked fully or partly have a count from zero on", () => {
  const reactive = makeReady({
    mode: "reactive kill",
    backends: [{ name: "reactive kill", state: "passed", reason: "" }],
    programs: every(REACTIVE, "reactive kill"),
  });
  const partly = listPartly(reactive);
  assert.ok(partly.includes("proc_environ"));
  assert.ok(!listEnforced(reactive).includes("proc_environ"));
  const counts = new AttackCounts();
  counts.begin(listEnforced(reactive), "killed", partly);
  const zero = { vector: "proc_environ", action: "killed", count: 0 };
  assert.deepEqual(
    counts.list().filter(({ vector }) => vector === "proc_environ"),
    [zero],
  );
  assert.deepEqual(listPartly({ ...reactive, enforcing: false }), []);
});

Deno.test("--check suggests no option that no working backend supports", () => {
  const text = renderCheck(makeReady({
    mode: "reactive kill",
    backends: [{ name: "reactive kill", state: "passed", reason: "" }],
    programs: every(REACTIVE, "reactive kill"),
  }));
  assert.match(text, /^process_vm_readv +killed/m);
  for (const id of ["module_load", "namespace_entry"]) {
    assert.match(
      text,
      new RegExp(`^${id} +open .*no working backend closes it`, "m"),
    );
  }
  assert.match(text, /^proc_mem +open .*partial: only direct paths blocked/m);
});

Deno.test("gaps of the lock are reported, and none without the lock", () => {
  const locked = makeReady({ lock: true, programs: every(HOOKS, "bpf lsm") });
  assert.equal(renderLockGaps(locked), undefined);
  const programs = locked.programs.filter(({ name }) => name !== "bpf");
  assert.equal(
    renderLockGaps({ ...locked, programs }),
    "The lock does not close bpf_load, bpf_tamper: their programs do not attach on this kernel",
  );
  assert.equal(renderLockGaps({ ...locked, programs, lock: false }), undefined);
});
