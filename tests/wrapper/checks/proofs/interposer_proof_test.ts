/** ld_preload_active: each part of the proof alone can fail it. */
import assert from "node:assert/strict";
import { proveAll } from "@/wrapper/checks/prove.ts";
import type { Interposition } from "@/wrapper/child/interposer.ts";
import { makeHost, makeKernel, makeSubject } from "../fake_machine.ts";

const VALUE = "a-value-that-must-not-be-there";
const encoder = new TextEncoder();
const ACTIVE = {
  kind: "active",
  pid: 7,
  expected: 2,
  adopted: 2,
  lost: "",
} as const;
const GOOD = {
  "/proc/7/environ": "LD_PRELOAD=/proc/self/fd/./6\0B=\0",
  "/proc/7/maps":
    "55d0-55d1 r--p 0 0:0 1 /app\n7f00-7f01 rw-s 0 0:0 2                 /secretmem (deleted)\n",
};

async function prove(
  state: Interposition | undefined,
  files: Record<string, string> = GOOD,
  isPublic = false,
) {
  const wiped: Uint8Array[] = [];
  const subject = makeSubject({
    patterns: () => [{ name: "DB_PASSWORD", bytes: encoder.encode(VALUE) }],
    isPublic: () => Promise.resolve(isPublic),
    ...(state && { interposition: () => state }),
  });
  const [evidence] = await proveAll(subject, {
    host: makeHost(files),
    kernel: makeKernel({ wipe: (view) => wiped.push(view) }),
    checks: ["ld_preload_active"],
  });
  assert.ok(evidence);
  return { ...evidence, wiped };
}

Deno.test("passes with report, environment block and mappings", async () => {
  const { state, detail, wiped } = await prove(ACTIVE);
  assert.equal(state, "in_force");
  assert.match(detail, /\(pid 7\) reads 2 secrets from memfd_secret/);
  assert.equal(wiped.length, 2);
});

Deno.test("each of them alone can fail", async () => {
  const environ = GOOD["/proc/7/environ"];
  const cases: [
    Interposition | undefined,
    Record<string, string>,
    string,
  ][] = [
    [undefined, GOOD, "no application was started"],
    [{ kind: "absent", reason: "static binary" }, GOOD, "static binary"],
    [{ ...ACTIVE, adopted: 1 }, GOOD, "1 of 2 secrets passed in secret memory"],
    [
      { ...ACTIVE, lost: "static binary" },
      GOOD,
      "lost when the application executed another program: static binary",
    ],
    [
      ACTIVE,
      { ...GOOD, "/proc/7/environ": `${environ}X=${VALUE}\0` },
      "DB_PASSWORD is in the application's environment",
    ],
    [
      ACTIVE,
      {
        ...GOOD,
        "/proc/7/maps": "7f00-7f01 rw-s 0 0:0 2 /tmp/secretmem.txt\n",
      },
      "the application has no secret memory",
    ],
  ];
  for (const [state, files, reason] of cases) {
    const found = await prove(state, files);
    assert.deepEqual([found.state, found.reason], ["absent", reason]);
  }
});

Deno.test("a public value is not a copy", async () => {
  const files = {
    ...GOOD,
    "/proc/7/environ": `${GOOD["/proc/7/environ"]}X=${VALUE}\0`,
  };
  assert.equal((await prove(ACTIVE, files, true)).state, "in_force");
});

Deno.test("passes if the block is overwritten by a title; unknown if it is empty", async () => {
  const title = { ...GOOD, "/proc/7/environ": "nginx: master process\0" };
  assert.equal((await prove(ACTIVE, title)).state, "in_force");
  const empty = { ...GOOD, "/proc/7/environ": "" };
  assert.equal((await prove(ACTIVE, empty)).state, "unknown");
});

Deno.test("unknown if the application cannot be inspected", async () => {
  const { state, reason } = await prove(ACTIVE, {});
  assert.equal(state, "unknown");
  assert.match(reason, /cannot inspect the application \(pid 7\): NotFound/);
});
