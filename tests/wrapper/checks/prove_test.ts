/** proveAll(): order, isolation of proofs, time limits. */
import assert from "node:assert/strict";
import { Arena, type DumpableProof } from "@ffi";
import { CHECKS } from "@/score/checks.ts";
import { proveAll } from "@/wrapper/checks/prove.ts";
import { eventually } from "../../support/eventually.ts";
import {
  makeHost,
  makeKernel,
  makeProcHost,
  makeSubject,
} from "./fake_machine.ts";

const names = CHECKS.map(({ name }) => name);

Deno.test("proveAll() proves the seven checks in the specification's order", async () => {
  const timed: string[] = [];
  const found = await proveAll(makeSubject(), {
    host: makeProcHost("6.18-vm"),
    kernel: makeKernel(),
    timer: (check) => timed.push(check),
  });
  assert.deepEqual(found.map(({ check }) => check), names);
  assert.deepEqual(timed, names);
  assert.deepEqual(
    found.map(({ state }) => state),
    [...Array(5).fill("in_force"), "absent", "absent"],
  );
  assert.ok(found.every((one) => Object.isFrozen(one)));
});

Deno.test("proveAll() continues after proofs that throw", async () => {
  const refuse = () => {
    throw new Error("broken\nshim");
  };
  const found = await proveAll(
    makeSubject({
      agent: { exercise: () => Promise.reject(new Error("bug")) },
    }),
    {
      host: makeHost({}),
      kernel: makeKernel({
        read: refuse,
        dumpable: refuse,
        scan: refuse,
        environment: refuse,
      }),
    },
  );
  assert.deepEqual(found.map(({ check }) => check), names);
  assert.ok(found.every(({ state }) => state === "unknown"));
  assert.ok(found.every(({ reason }) => !reason.includes("\n")));
  assert.match(found[3]?.reason ?? "", /^proof failed: broken shim$/);
});

Deno.test("proveAll(): arenas stay mapped until a proof that takes too long has ended", async () => {
  const arena = Arena.map(-1, 4096, { lock: "wanted" });
  arena.format();
  const late = Promise.withResolvers<DumpableProof>();
  await proveAll(makeSubject(), {
    host: makeProcHost("6.18-vm"),
    kernel: makeKernel({ dumpable: () => late.promise }),
    checks: ["pr_set_dumpable"],
  });
  arena.close();
  assert.equal(arena.check(), 0);
  late.resolve({ dumpable: 0, openUs: 13, openShut: 13, openControl: 0 });
  await eventually(() => isMapped(arena), (mapped) => !mapped);
});

function isMapped(arena: Arena): boolean {
  try {
    return arena.check() === 0;
  } catch {
    return false;
  }
}

Deno.test("proveAll() continues after a proof that hangs", async () => {
  const found = await proveAll(makeSubject(), {
    host: makeProcHost("6.18-vm"),
    kernel: makeKernel({ dumpable: () => new Promise(() => {}) }),
  });
  assert.equal(found[3]?.reason, "proof took longer than 2000 ms");
  assert.equal(found[3]?.state, "unknown");
  assert.equal(found[4]?.state, "in_force");
});
