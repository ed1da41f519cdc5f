/** Proofs about pages: each passes on a protected arena, fails on an attack that gets through, and is unknown when its control fails. */
import assert from "node:assert/strict";
import {
  proveDontDump,
  proveLocked,
  proveSecretMemory,
} from "@/wrapper/checks/proofs/memory_proofs.ts";
import { proveDumpable } from "@/wrapper/checks/proofs/process_proof.ts";
import {
  capture,
  makeArena,
  makeKernel,
  makeProcHost,
  makeRound,
  makeSubject,
  ORDINARY_ARENA,
  SECRET_ARENA,
} from "../fake_machine.ts";

const ordinary = makeSubject({ arenas: [makeArena(ORDINARY_ARENA)] });
const gone = makeSubject({
  arenas: [makeArena({ start: 0x1000n, bytes: 4096 })],
});
const none = makeSubject({ arenas: [] });

/** The captured machine with words of its smaps replaced. */
function withSmaps(from: string | RegExp, to: string) {
  const text = capture("6.18-vm", "smaps").replaceAll(from, to);
  return makeProcHost("6.18-vm", { "/proc/self/smaps": text });
}

Deno.test("proveSecretMemory() passes on secret memory", async () => {
  const proof = await proveSecretMemory(makeRound());
  assert.equal(proof.state, "in_force");
  assert.equal(proof.detail, "Kernel 6.18.44 supports memfd_secret");
});

Deno.test("proveSecretMemory() fails on ordinary locked memory", async () => {
  const both = makeSubject({
    arenas: [makeArena(SECRET_ARENA), makeArena(ORDINARY_ARENA)],
  });
  for (const subject of [ordinary, both]) {
    const proof = await proveSecretMemory(makeRound({ subject }));
    assert.equal(proof.state, "absent");
    assert.equal(proof.reason, "protected memory is ordinary locked memory");
  }
});

Deno.test("proveSecretMemory() fails where another process may have made the memory", async () => {
  const cases = [
    [
      { seccompListener: () => 16 },
      /^another process holds a seccomp listener/,
    ],
    [{ seccompListener: () => 71 }, /^seccomp\(2\) claims success/],
    [
      { seccompListener: () => 1 },
      /^cannot rule out a seccomp listener: .* EPERM/,
    ],
    [
      { trySecretMemory: () => "ENOSYS" },
      /^memfd_secret\(2\) fails now with ENOSYS: another process/,
    ],
  ] as const;
  for (const [changes, reason] of cases) {
    const kernel = makeKernel(changes);
    const { state, reason: found } = await proveSecretMemory(
      makeRound({ kernel }),
    );
    assert.equal(state, "absent");
    assert.match(found, reason);
  }
});

Deno.test("proveSecretMemory() fails when a page can be read", async () => {
  const last = SECRET_ARENA.start + 3n * 4096n;
  const kernel = makeKernel({
    read: (what, length) =>
      what instanceof Uint8Array || what.start === last ? length : -14,
  });
  const proof = await proveSecretMemory(makeRound({ kernel }));
  assert.equal(proof.state, "absent");
  assert.equal(proof.reason, "the kernel read protected memory");
});

Deno.test("proveSecretMemory() fails while a descriptor is open", async () => {
  const subject = makeSubject({
    arenas: [makeArena(SECRET_ARENA, { fdIsOpen: () => true })],
  });
  const proof = await proveSecretMemory(makeRound({ subject }));
  assert.equal(proof.state, "absent");
  assert.match(proof.reason, /pidfd_getfd/);
});

Deno.test("proveSecretMemory() proves nothing when the control fails", async () => {
  const kernel = makeKernel({ read: () => -1 });
  const proof = await proveSecretMemory(makeRound({ kernel }));
  assert.equal(proof.state, "unknown");
  assert.match(proof.reason, /reading ordinary memory failed with EPERM/);
});

Deno.test("proveSecretMemory() fails when another error than EFAULT comes", async () => {
  const kernel = makeKernel({
    read: (what, length) => what instanceof Uint8Array ? length : -1,
  });
  const proof = await proveSecretMemory(makeRound({ kernel }));
  assert.equal(proof.state, "absent");
});

Deno.test("all page proofs fail without memory to prove anything about", async () => {
  for (const subject of [none, gone]) {
    const round = makeRound({ subject });
    for (const prove of [proveSecretMemory, proveLocked, proveDontDump]) {
      assert.equal((await prove(round)).state, "absent");
    }
  }
});

Deno.test("proveLocked() passes on both kinds of arena", () => {
  assert.equal(
    proveLocked(makeRound()).detail,
    "CAP_IPC_LOCK granted, pages locked",
  );
  assert.equal(proveLocked(makeRound({ subject: ordinary })).state, "in_force");
});

Deno.test("proveLocked() passes on memory that a fetcher shares", () => {
  const text = capture("6.18-vm", "smaps");
  const at = text.indexOf("/secretmem");
  const shared = text.slice(0, at) +
    text.slice(at)
      .replace(/Pss: +16 kB/, "Pss:                   8 kB")
      .replace(/Locked: +16 kB/, "Locked:                8 kB");
  const host = makeProcHost("6.18-vm", { "/proc/self/smaps": shared });
  assert.equal(proveLocked(makeRound({ host })).state, "in_force");
});

Deno.test("proveLocked() fails without lo, and names the limit", () => {
  const host = withSmaps(" lo", "");
  const proof = proveLocked(makeRound({ host, subject: ordinary }));
  assert.equal(proof.state, "absent");
  assert.equal(
    proof.reason,
    "RLIMIT_MEMLOCK 8 MiB too small, grant CAP_IPC_LOCK or raise it",
  );
});

Deno.test("proveLocked() needs no lo on secret memory (Linux 6.12.107), but its pages", () => {
  const text = capture("6.18-vm", "smaps").replaceAll(" lo", "")
    .replaceAll(/Locked: +16 kB/g, "Locked:                0 kB");
  const host = makeProcHost("6.18-vm", { "/proc/self/smaps": text });
  assert.equal(proveLocked(makeRound({ host })).state, "in_force");
  const missing = text.replaceAll(/\nRss: +16 kB/g, "\nRss:  12 kB");
  const without = makeProcHost("6.18-vm", { "/proc/self/smaps": missing });
  assert.equal(proveLocked(makeRound({ host: without })).state, "absent");
});

Deno.test("proveLocked() fails when pages are missing or uncounted", () => {
  for (const field of ["Rss", "Locked"]) {
    const host = withSmaps(
      new RegExp(`\n${field}: +16 kB`, "g"),
      `\n${field}:   12 kB`,
    );
    assert.equal(proveLocked(makeRound({ host })).state, "absent", field);
  }
});

Deno.test("proveLocked() proves nothing when everything reads as locked", () => {
  const host = withSmaps(
    /Pss: +(\d+) kB([^V]*?)Locked: +\d+ kB([^V]*)VmFlags:/g,
    "Pss: $1 kB$2Locked: $1 kB$3VmFlags: lo",
  );
  const all = makeProcHost("6.18-vm", {
    "/proc/self/smaps": host.readText("/proc/self/smaps")
      .replaceAll(/Size: +\d+ kB\nKernel/g, "Size: 0 kB\nKernel")
      .replaceAll(/Pss: 0 kB/g, "Pss: 1 kB")
      .replaceAll(/Locked: 0 kB/g, "Locked: 1 kB"),
  });
  assert.equal(proveLocked(makeRound({ host: all })).state, "unknown");
});

Deno.test("proveDontDump() passes, fails without dd, and needs its control", () => {
  assert.equal(
    proveDontDump(makeRound()).detail,
    "Core dump exclusion active",
  );
  const without = withSmaps(" dd", "");
  assert.equal(proveDontDump(makeRound({ host: without })).state, "absent");
  const everywhere = withSmaps("VmFlags:", "VmFlags: dd");
  const proof = proveDontDump(makeRound({ host: everywhere }));
  assert.equal(proof.state, "unknown");
});

Deno.test("proofs fail, and no child is made, where children would inherit an arena", async () => {
  const others = [makeArena(SECRET_ARENA), makeArena(ORDINARY_ARENA)];
  const cases: [string, { start: bigint; bytes: number }[]][] = [
    ["6.18-vm", [SECRET_ARENA]],
    ["of two", [SECRET_ARENA, ORDINARY_ARENA]],
  ];
  for (const [name, bounds] of cases) {
    let children = 0;
    const made = <T>(answer: T) => {
      children++;
      return Promise.resolve(answer);
    };
    const subject = makeSubject({
      arenas: bounds.map((one) => makeArena(one)),
      agent: { exercise: () => made({ unreachable: false, listed: true }) },
    });
    const kernel = makeKernel({
      dumpable: () =>
        made({ dumpable: 0, openUs: 13, openShut: 13, openControl: 0 }),
    });
    const host = withSmaps("lo dc dd", "lo dd");
    const round = makeRound({ subject, kernel, host });
    const why =
      "children inherit protected memory: MADV_DONTFORK is not in force";
    assert.equal(proveDontDump(round).reason, why, name);
    assert.equal(
      (await proveDumpable(round)).reason,
      `cannot be proven: ${why}`,
    );
    assert.equal((await round.trial()).failure, why);
    assert.equal(children, 0, name);
  }
  const intact = makeSubject({ arenas: others });
  assert.equal(proveDontDump(makeRound({ subject: intact })).state, "in_force");
});

Deno.test("proveDumpable() judges each of its attacks", async () => {
  const shut = { dumpable: 0, openUs: 13, openShut: 13, openControl: 0 };
  const cases: [Partial<typeof shut>, string][] = [
    [{}, "in_force: "],
    [{ dumpable: 1 }, "absent: process is dumpable (PR_GET_DUMPABLE is 1)"],
    [{ dumpable: 2 }, "absent: process is dumpable (PR_GET_DUMPABLE is 2)"],
    [
      { openUs: 0 },
      "absent: a process of the same user opened /proc/PID/mem",
    ],
    [
      { openControl: 13 },
      "unknown: cannot be proven: opening /proc/PID/mem of a dumpable child failed with EACCES too",
    ],
  ];
  for (const [change, expected] of cases) {
    const kernel = makeKernel({
      dumpable: () => Promise.resolve({ ...shut, ...change }),
    });
    const { state, reason } = await proveDumpable(makeRound({ kernel }));
    assert.equal(`${state}: ${reason}`, expected);
  }
  const kernel = makeKernel({
    dumpable: () => Promise.resolve({ ...shut, openShut: 0 }),
  });
  const proof = await proveDumpable(makeRound({ kernel }));
  assert.equal(proof.state, "unknown");
});
